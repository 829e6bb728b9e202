package io.election.leaderonly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import io.election.node.NodeObserver;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.Lifecycle;
import org.springframework.context.SmartLifecycle;

/** What a leadership's events do to bound components, one thread, without a context. */
class BoundComponentsTests {

    private final Running component = new Running();
    private final BoundLookup lookup = mock(BoundLookup.class);
    private boolean leads = true;
    private final BoundComponents components =
            new BoundComponents(lookup, () -> leads, List::of, Duration.ofMinutes(1), Duration.ofMinutes(1));

    private static final class Running implements Lifecycle {
        private boolean running;

        @Override
        public void start() {
            running = true;
        }

        @Override
        public void stop() {
            running = false;
        }

        @Override
        public boolean isRunning() {
            return running;
        }
    }

    @BeforeEach
    void bind() {
        given(lookup.find()).willReturn(List.of(new BoundComponent("jobs", component, component)));
    }

    @Test
    void runWhileThisMemberLeads() {
        components.onLeaderElected(new LeaderElectedEvent("orders", "a", 3, null));
        assertThat(component.running).isTrue();
        components.onStepDown(new StepDownEvent("orders", "a", 3, StepDownReason.REQUESTED));
        assertThat(component.running).isFalse();
        assertThat(Thread.interrupted()).as("nobody has interrupted it").isFalse();
    }

    /** Stops when the test says so, on another thread, as the containers of listeners do. */
    private static final class StopsLater implements SmartLifecycle {
        private volatile @Nullable Runnable whenStopped;
        private volatile boolean running;

        @Override
        public void start() {
            running = true;
        }

        @Override
        public void stop(Runnable callback) {
            whenStopped = callback;
        }

        @Override
        public void stop() {
            throw new IllegalStateException("the other method is called");
        }

        @Override
        public boolean isRunning() {
            return running;
        }

        boolean isAskedToStop() {
            return whenStopped != null;
        }

        void stopped() {
            running = false;
            Objects.requireNonNull(whenStopped).run();
        }
    }

    @Test
    void areAwaitedAlsoByAThreadThatIsInterrupted() throws Exception {
        StopsLater first = new StopsLater();
        StopsLater second = new StopsLater();
        given(lookup.find())
                .willReturn(List.of(
                        new BoundComponent("jobs", component, component),
                        new BoundComponent("second", second, second),
                        new BoundComponent("first", first, first)));
        components.onLeaderElected(new LeaderElectedEvent("orders", "a", 3, null));
        AtomicBoolean interruptedAtTheEnd = new AtomicBoolean();
        Thread stopping = new Thread(() -> {
            components.onStepDown(new StepDownEvent("orders", "a", 3, StepDownReason.REQUESTED));
            interruptedAtTheEnd.set(Thread.currentThread().isInterrupted());
        });
        stopping.start();
        await().until(first::isAskedToStop);

        stopping.interrupt();

        // It takes note of the interrupt, and waits again.
        await().until(() -> !stopping.isInterrupted() && stopping.getState() == Thread.State.TIMED_WAITING);
        assertThat(second.isAskedToStop()).as("the next one's turn comes later").isFalse();
        first.stopped();
        await().until(second::isAskedToStop);
        assertThat(component.running).isTrue();
        second.stopped();
        stopping.join();
        assertThat(component.running).isFalse();
        assertThat(interruptedAtTheEnd).isTrue();
    }

    @Test
    void areStoppedWithoutTheInterruptThatCameBefore() {
        AtomicBoolean interrupted = new AtomicBoolean(true);
        Lifecycle last = new Lifecycle() {
            @Override
            public void start() {}

            @Override
            public void stop() {
                interrupted.set(Thread.currentThread().isInterrupted());
            }

            @Override
            public boolean isRunning() {
                return true;
            }
        };
        given(lookup.find()).willReturn(List.of(new BoundComponent("last", last, last)));
        components.onLeaderElected(new LeaderElectedEvent("orders", "a", 3, null));
        Thread.currentThread().interrupt();
        components.onStepDown(new StepDownEvent("orders", "a", 3, StepDownReason.REQUESTED));
        assertThat(Thread.interrupted()).as("it is there again afterwards").isTrue();
        assertThat(interrupted).isFalse();
    }

    @Test
    void areNotAwaitedForLongerThanIsSet() {
        StopsLater hangs = new StopsLater();
        AtomicInteger failures = new AtomicInteger();
        given(lookup.find())
                .willReturn(List.of(
                        new BoundComponent("jobs", component, component), new BoundComponent("hangs", hangs, hangs)));
        BoundComponents impatient = new BoundComponents(
                lookup,
                () -> true,
                () -> List.of(new NodeObserver() {
                    @Override
                    public void listenerFailed() {
                        failures.incrementAndGet();
                    }
                }),
                Duration.ofMinutes(1),
                Duration.ofMillis(1));
        impatient.onLeaderElected(new LeaderElectedEvent("orders", "a", 3, null));
        impatient.onStepDown(new StepDownEvent("orders", "a", 3, StepDownReason.REQUESTED));
        assertThat(hangs.isRunning()).isTrue();
        assertThat(component.running).isFalse();
        assertThat(failures).hasValue(1);
    }

    @Test
    void areNotStartedByAnElectionThatIsToldWhenItIsOver() {
        leads = false;
        components.onLeaderElected(new LeaderElectedEvent("orders", "a", 3, null));
        assertThat(component.running).isFalse();
    }
}
