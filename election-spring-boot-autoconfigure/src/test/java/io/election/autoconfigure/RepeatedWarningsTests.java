package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.ClusterMembers;
import io.election.Leadership;
import io.election.node.NodeOperations;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.mock.env.MockEnvironment;

/** What has to be said of a member that stands alone is said again while it runs. */
@ExtendWith(OutputCaptureExtension.class)
class RepeatedWarningsTests {

    private static final String SENTENCE = "Every further copy leads too.";

    @Test
    void memberThatRunsRepeatsThemUntilItIsStopped(CapturedOutput output) {
        RepeatedWarnings repeated =
                new RepeatedWarnings("orders", "local", List.of(SENTENCE), Duration.ofMillis(5), Duration.ofMillis(20));
        ElectionLifecycle lifecycle = new ElectionLifecycle(
                new Mode.Disabled("orders", "local", true, List.of()),
                List.of(),
                List.of(),
                repeated,
                new NoRuntime(),
                new StandaloneTransport(),
                ElectionProperties.StandAt.READY,
                new GenericApplicationContext());
        assertThat(said(output)).as("not before the start").isZero();
        lifecycle.start();
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> said(output) >= 3);
        lifecycle.stop();
        int atTheStop = said(output);
        // As long as ten repetitions would take: nothing else shows that none comes.
        Awaitility.await()
                .during(Duration.ofMillis(200))
                .atMost(Duration.ofSeconds(60))
                .until(() -> said(output) == atTheStop);
        lifecycle.start();
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> said(output) > atTheStop);
        lifecycle.stop(() -> {});
    }

    @Test
    void aCopyThatNobodyMeantIsSaidAgainAndOneThatIsMeantIsNot() {
        assertThat(alone(new MockEnvironment()).repeated())
                .singleElement()
                .asString()
                .contains("stands alone and leads at once", "Every further copy of it", "election.standalone=true");
        assertThat(alone(new MockEnvironment().withProperty("election.standalone", "true"))
                        .repeated())
                .isEmpty();
    }

    private static Mode.Alone alone(MockEnvironment environment) {
        ElectionProperties properties = org.springframework.boot.context.properties.bind.Binder.get(environment)
                .bindOrCreate("election", ElectionProperties.class);
        return (Mode.Alone) new ModeReader(properties, environment, false, List::of).read();
    }

    private static int said(CapturedOutput output) {
        return output.getAll().split(SENTENCE, -1).length - 1;
    }

    private static final class NoRuntime implements ElectionRuntime {

        @Override
        public Leadership leadership() {
            throw new UnsupportedOperationException();
        }

        @Override
        public ClusterMembers members() {
            throw new UnsupportedOperationException();
        }

        @Override
        public NodeOperations operations() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void start() {}

        @Override
        public void ready() {}

        @Override
        public void notReady(String holding) {}

        @Override
        public boolean inOrder(Runnable task) {
            return false;
        }

        @Override
        public CompletionStage<Void> stop() {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public boolean isRunning() {
            return true;
        }
    }
}
