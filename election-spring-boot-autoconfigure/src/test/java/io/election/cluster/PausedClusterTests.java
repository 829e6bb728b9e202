package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.HandoverResult;
import io.election.cluster.TestCluster.Member;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.health.contributor.Status;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A leadership that an operator pauses at the endpoint of any member stays where it is, also while nobody leads, until it is resumed. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
@Tag("cluster")
class PausedClusterTests {

    @TempDir
    Path directory;

    private final JsonMapper json = new JsonMapper();

    @Test
    void nobodyElseLeadsUntilSomebodyResumes() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, true, "a", "b", "c")
                .with("election.health.leaderless-grace", "1s")
                .startAll()) {
            Member leader = cluster.leader();
            List<Member> others = cluster.others(leader);
            cluster.post(others.get(0), "pause", "{'until':'1h','by':'anna','reason':'new kernels'}", 200);
            for (Member member : cluster.members()) {
                await().atMost(TestCluster.PATIENCE).untilAsserted(() -> {
                    assertThat(member.status().paused()).isNotNull();
                    assertThat(member.status().paused().holder()).isEqualTo(leader.id());
                    assertThat(member.status().paused().by()).isEqualTo("anna");
                    assertThat(member.health().getDetails()).containsKey("paused");
                });
            }
            assertThat(leader.leadership()
                            .handOver(null)
                            .toCompletableFuture()
                            .get(TestCluster.PATIENCE.toSeconds(), TimeUnit.SECONDS)
                            .outcome())
                    .isEqualTo(HandoverResult.Outcome.PAUSED);
            long term = others.get(0).status().term();

            cluster.stop(leader.id());

            for (Member member : others) {
                await().atMost(TestCluster.PATIENCE).untilAsserted(() -> {
                    assertThat(member.health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
                    assertThat(member.status().whyNobodyLeads()).isNotNull();
                    assertThat(member.status().whyNobodyLeads().summary())
                            .contains("leadership is paused until", "only '" + leader.id() + "' stands");
                    assertThat(member.status().term()).isEqualTo(term);
                });
            }

            JsonNode resumed = cluster.post(others.get(1), "resume", "{'by':'bert'}", 200);
            assertThat(resumed.get("outcome").asString()).isEqualTo("DONE");
            assertThat(resumed.get("detail").asString()).endsWith("The leadership is paused no longer.");
            cluster.leaderAmong(others);
            cluster.start(leader.id());
            for (Member member : cluster.members()) {
                await().atMost(TestCluster.PATIENCE)
                        .untilAsserted(
                                () -> assertThat(member.status().paused()).isNull());
            }
        }
    }

    @Test
    @Tag("thorough")
    void whoeverStoppedInAPauseLeadsAgainWhenItIsBack() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, true, "a", "b", "c").startAll()) {
            Member leader = cluster.leader();
            cluster.post(leader, "pause", "{'until':'1h','by':'anna'}", 200);

            cluster.stop(leader.id());
            Member back = cluster.start(leader.id());

            assertThat(cluster.leader()).isEqualTo(back);
            JsonNode refused = cluster.post(back, "pause", "{'until':'2h','by':'bert'}", 409);
            assertThat(refused.get("outcome").asString()).isEqualTo("STALE");
            assertThat(cluster.post(back, "pause", "{'by':'bert'}", 400)
                            .get("detail")
                            .asString())
                    .contains("'until' is missing");
            cluster.post(back, "resume", "{}", 200);
        }
    }
}
