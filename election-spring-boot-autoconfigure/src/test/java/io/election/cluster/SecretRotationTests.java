package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.StepDownEvent;
import io.election.StepDownReason;
import io.election.cluster.TestCluster.Member;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The shared secret is replaced in three rolling restarts, as docs/operations.md says, and nobody notices but the operator. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
@Tag("cluster")
@Tag("thorough")
@Tag("odd-days")
class SecretRotationTests {

    private static final String OLD = TestCluster.SECRET;
    private static final String NEW = "another-secret-for-tests-9876543210";
    private static final List<String> IDS = List.of("a", "b", "c");

    @TempDir
    Path directory;

    private static Map<String, Object> secrets(String signs, String... accepts) {
        return Map.of("election.peer.secret", signs, "election.peer.accepted-secrets", String.join(",", accepts));
    }

    private static void awaitThatTheLeaderReachesAll(TestCluster cluster) {
        await().atMost(TestCluster.PATIENCE).untilAsserted(() -> {
            Member leader = cluster.leader();
            for (Member other : cluster.others(leader)) {
                assertThat(leader.sees(other.id()).reachable()).as(other.id()).isTrue();
                assertThat(String.valueOf(other.sees(leader.id()).lastError()))
                        .as(other.id())
                        .doesNotContain("401");
            }
        });
    }

    @Test
    void isReplacedByThreeRollingRestartsWithoutALostLeadership() throws Exception {
        try (TestCluster cluster = TestCluster.bare(directory, "a", "b", "c")
                .with("election.election-timeout", "3s")
                .with("election.lease-duration", "2500ms")
                .startAll()) {
            List<Member> lives = new ArrayList<>(cluster.members());
            awaitThatTheLeaderReachesAll(cluster);
            for (Map<String, Object> step : List.of(secrets(OLD, NEW), secrets(NEW, OLD), secrets(NEW))) {
                for (String id : IDS) {
                    cluster.stop(id);
                    lives.add(cluster.start(id, step));
                    awaitThatTheLeaderReachesAll(cluster);
                }
            }
            assertThat(lives)
                    .flatExtracting(life -> life.application().events)
                    .filteredOn(StepDownEvent.class::isInstance)
                    .extracting(event -> ((StepDownEvent) event).reason())
                    .as("each leadership was handed over by a leader that was restarted")
                    .isNotEmpty()
                    .containsOnly(StepDownReason.SHUTDOWN);

            // The old secret is worth nothing now.
            String left = cluster.others(cluster.leader()).get(0).id();
            cluster.stop(left);
            Member stranger = cluster.start(left, secrets(OLD));
            await().atMost(TestCluster.PATIENCE).untilAsserted(() -> {
                for (Member other : cluster.others(stranger)) {
                    assertThat(String.valueOf(stranger.sees(other.id()).lastError()))
                            .contains("401");
                }
            });
            assertThat(stranger.leadership().state().leaderId()).isNull();
        }
    }
}
