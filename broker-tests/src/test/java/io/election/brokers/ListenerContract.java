package io.election.brokers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.Leadership;
import io.election.test.ElectionCluster;
import io.election.test.TestLeadership;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;

/** What holds for a listener that is tied to the leadership, whatever its broker is. */
@ExtendWith(OutputCaptureExtension.class)
abstract class ListenerContract {

    /** Longer than a handover takes that waits for nothing. */
    private static final Duration WHILE = Duration.ofMillis(1200);

    @Autowired
    ConfigurableApplicationContext context;

    @Autowired
    TestLeadership leadership;

    abstract Class<?> application();

    abstract String[] properties();

    abstract void send(String order);

    abstract SmartLifecycle container();

    @BeforeEach
    void begin() {
        Story.begin();
    }

    @Test
    void aFollowerConsumesNothingAndALeaderWhatIsThere(CapturedOutput output) {
        send("early");
        // A registry starts all that it holds where a context is started again.
        context.stop();
        context.start();
        await().during(WHILE)
                .atMost(Story.PATIENCE)
                .until(() -> Story.lines().isEmpty() && !container().isRunning());
        assertThat(output).doesNotContain("was started although");

        leadership.grant();
        Story.awaitLine("ends early");
        assertThat(Story.lines()).containsExactly("node-0 is elected", "node-0 begins early", "node-0 ends early");
        leadership.revoke();
        assertThat(container().isRunning()).isFalse();
        send("late");
        await().during(WHILE)
                .atMost(Story.PATIENCE)
                .until(() -> Story.lines().stream().noneMatch(line -> line.contains("late")));
        leadership.grant();
        Story.awaitLine("ends late");
    }

    @Test
    void theSuccessorLeadsWhenTheMessageInFlightIsDoneAndNoMessageIsLost() {
        try (ElectionCluster cluster = ElectionCluster.of(application())
                        .properties(properties())
                        .properties(Story.UNHURRIED)
                        .properties("election.handover.timeout=25s")
                        .start();
                Story.Hold held = Story.hold("order-2")) {
            ElectionCluster.Member first = cluster.awaitLeader();
            IntStream.rangeClosed(1, 5).forEach(number -> send("order-" + number));
            Story.awaitLine("begins order-2");
            var handover = first.leadership().handOver(null).toCompletableFuture();
            await().during(WHILE)
                    .atMost(Story.PATIENCE)
                    .until(() -> cluster.members().stream()
                            .map(ElectionCluster.Member::leadership)
                            .noneMatch(Leadership::isLeader));
            Story.release();
            await().atMost(Story.PATIENCE).until(handover::isDone);
            send("order-6");
            String second = cluster.awaitLeader().id();
            assertThat(second).isNotEqualTo(first.id());
            IntStream.rangeClosed(1, 6).forEach(number -> Story.awaitLine("ends order-" + number));

            List<String> story = Story.lines();
            assertThat(story)
                    .containsSubsequence(
                            first.id() + " is elected",
                            first.id() + " begins order-2",
                            first.id() + " ends order-2",
                            first.id() + " stepped down",
                            second + " is elected",
                            second + " begins order-6",
                            second + " ends order-6");
            assertThat(story.subList(story.indexOf(first.id() + " stepped down"), story.size()))
                    .noneMatch(line -> line.startsWith(first.id() + " begins"));
            assertThat(story.stream().filter(line -> line.contains(" ends ")).map(line -> line.split(" ends ")[1]))
                    .containsExactlyInAnyOrder("order-1", "order-2", "order-3", "order-4", "order-5", "order-6");
        }
    }
}
