package io.election.leaderonly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.Lifecycle;

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
    }

    @Test
    void areNotStartedByAnElectionThatIsToldWhenItIsOver() {
        leads = false;
        components.onLeaderElected(new LeaderElectedEvent("orders", "a", 3, null));
        assertThat(component.running).isFalse();
    }
}
