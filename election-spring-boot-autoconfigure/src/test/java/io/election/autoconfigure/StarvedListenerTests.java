package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.election.FencingToken;
import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import io.election.leaderonly.BoundComponents;
import io.election.leaderonly.BoundLookup;
import io.election.leaderonly.LeaderBound;
import io.election.node.LeadershipListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.context.Lifecycle;
import org.springframework.context.annotation.AnnotationConfigUtils;
import org.springframework.context.event.EventListener;
import org.springframework.context.support.GenericApplicationContext;

/** The end of a leadership, told again because somebody had no memory to listen. */
class StarvedListenerTests {

    private static final StepDownEvent END = new StepDownEvent("orders", "a", 3, StepDownReason.INTERNAL_ERROR);

    private final List<String> told = new ArrayList<>();
    private final AtomicInteger failures = new AtomicInteger();

    /** What a listener method throws comes wrapped. */
    static final class Annotated {

        private final StarvedListenerTests test;

        Annotated(StarvedListenerTests test) {
            this.test = test;
        }

        @EventListener
        void on(StepDownEvent event) {
            test.told.add("annotated");
            test.starve();
        }
    }

    private void starve() {
        if (failures.getAndDecrement() > 0) {
            throw new OutOfMemoryError("of this test");
        }
    }

    private LeadershipListener listener(String name, Runnable then) {
        return new LeadershipListener() {
            @Override
            public void onLeaderElected(LeaderElectedEvent event) {}

            @Override
            public void onStepDown(StepDownEvent event) {
                told.add(name);
                then.run();
            }

            @Override
            public void onLeaderChanged(LeaderChangedEvent event) {}
        };
    }

    @Test
    void onlyThoseAreToldAgainThatHadNoMemory() {
        failures.set(2);
        try (GenericApplicationContext context = new GenericApplicationContext()) {
            AnnotationConfigUtils.registerAnnotationConfigProcessors(context);
            context.registerBean("annotated", Annotated.class, () -> new Annotated(this));
            context.registerBean("sound", LeadershipListener.class, () -> listener("sound", () -> {}));
            context.registerBean(
                    "broken",
                    LeadershipListener.class,
                    () -> listener("broken", () -> {
                        throw new IllegalStateException("of this test");
                    }));
            context.refresh();
            ContextEvents events = new ContextEvents(context, null);

            assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> events.onStepDown(END));
            assertThat(told).containsExactlyInAnyOrder("annotated", "sound", "broken");
            assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> events.onStepDown(END));
            events.onStepDown(END);

            assertThat(told).containsExactlyInAnyOrder("annotated", "annotated", "annotated", "sound", "broken");
            told.clear();
            Throwable failure = catchThrowable(
                    () -> events.onStepDown(new StepDownEvent("orders", "a", 4, StepDownReason.LEASE_LOST)));
            assertThat(failure).as("another end").isInstanceOf(IllegalStateException.class);
            assertThat(told).containsExactlyInAnyOrder("annotated", "sound", "broken");
        }
    }

    private Lifecycle component(String name, Runnable stop) {
        return new Lifecycle() {
            private boolean running;

            @Override
            public void start() {
                running = true;
            }

            @Override
            public void stop() {
                told.add(name);
                stop.run();
                running = false;
            }

            @Override
            public boolean isRunning() {
                return running;
            }
        };
    }

    @Test
    void aComponentThatCouldNotBeStoppedForLackOfMemoryIsStoppedWithTheNextAttempt() {
        failures.set(1);
        Lifecycle starved = component("starved", this::starve);
        Lifecycle sound = component("sound", () -> {});
        BoundComponents components = new BoundComponents(
                new BoundLookup(() -> Map.of("one", new LeaderBound(sound, starved)), List::of, List::of),
                () -> true,
                List::of,
                Duration.ofMinutes(1),
                Duration.ofMinutes(1));
        components.afterSingletonsInstantiated();
        components.onLeaderElected(new LeaderElectedEvent("orders", "a", 3, new FencingToken(3)));
        assertThat(starved.isRunning()).isTrue();

        assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> components.onStepDown(END));
        assertThat(sound.isRunning()).isFalse();
        assertThat(starved.isRunning()).isTrue();
        components.onStepDown(END);

        assertThat(starved.isRunning()).isFalse();
        assertThat(told).containsExactly("starved", "sound", "starved");
    }
}
