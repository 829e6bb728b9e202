package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FencingToken;
import io.election.ReplicatedStore;
import io.election.ReplicatedValue;
import io.election.StoredValue;
import io.election.WriteResult;
import io.election.WriteResult.Reason;
import io.election.Writers;
import io.election.actuate.MemoryDescriptor;
import io.election.cluster.TestCluster.Member;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.health.contributor.Status;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Three applications with a replicated store. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
@Tag("cluster")
class ReplicatedStoreClusterTests {

    @TempDir
    Path directory;

    /** What a job keeps of how far it is. */
    record Progress(int step, String by) {}

    private TestCluster cluster() throws Exception {
        return withStore(TestCluster.bare(directory, "a", "b", "c"));
    }

    /** A machine that stands still for a second is no reason for an election. */
    private static TestCluster withStore(TestCluster cluster) {
        return cluster.with("election.election-timeout", "3s")
                .with("election.lease-duration", "2500ms")
                .with("election.store.enabled", true);
    }

    private static <T> T ended(CompletionStage<T> stage) {
        return stage.toCompletableFuture()
                .orTimeout(TestCluster.PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    private static ReplicatedValue<Progress> progress(Member member) {
        return member.context().getBean(ReplicatedStore.class).value("import/progress", Progress.class);
    }

    private static ReplicatedValue<String> flag(Member member) {
        return member.context().getBean(ReplicatedStore.class).value("flag", String.class, Writers.ANY_MEMBER);
    }

    private static Reason refused(WriteResult<?> result) {
        assertThat(result).isInstanceOf(WriteResult.NotApplied.class);
        return ((WriteResult.NotApplied<?>) result).reason();
    }

    @Test
    void aSuccessorGoesOnWithWhatTheLeaderWroteAndADeposedLeadersLateWriteIsRefused() throws Exception {
        try (TestCluster cluster = cluster().startAll()) {
            Member first = cluster.leader();
            List<StoredValue<Progress>> heard = new CopyOnWriteArrayList<>();
            progress(cluster.others(first).get(0)).onChange(heard::add);
            FencingToken token = first.leadership().fencingToken();
            long version = first.leadership()
                    .callWhileLeading(work -> ended(progress(first).set(new Progress(1, first.id())))
                            .orElseThrow());
            for (Member member : cluster.members()) {
                assertThat(ended(progress(member).read(TestCluster.PATIENCE)).value())
                        .isEqualTo(new Progress(1, first.id()));
            }
            await().atMost(TestCluster.PATIENCE)
                    .untilAsserted(() -> assertThat(heard)
                            .last()
                            .satisfies(stored -> assertThat(stored.value()).isEqualTo(new Progress(1, first.id()))));

            ended(first.leadership().handOver(null));
            Member second = cluster.leaderAmong(cluster.others(first));
            // What the leader wrote is there before it leads.
            assertThat(progress(second).get().value()).isEqualTo(new Progress(1, first.id()));
            assertThat(refused(ended(progress(first).set(new Progress(9, "too late"), token))))
                    .isEqualTo(Reason.STALE_TOKEN);
            assertThat(refused(ended(progress(first).set(new Progress(9, "no leader")))))
                    .isEqualTo(Reason.NOT_LEADER);
            assertThat(ended(progress(second).compareAndSet(version, new Progress(2, second.id())))
                            .wasApplied())
                    .isTrue();
            WriteResult<Long> flagged = ended(flag(first).set("on"));
            assertThat(flagged.wasApplied()).isTrue();
            assertThat(ended(flag(second).get(flagged.orElseThrow(), TestCluster.PATIENCE))
                            .value())
                    .isEqualTo("on");
            assertThat(refused(ended(progress(first).set(new Progress(9, "again"), token))))
                    .isEqualTo(Reason.STALE_TOKEN);
            assertThat(ended(progress(first).read(TestCluster.PATIENCE)).value())
                    .isEqualTo(new Progress(2, second.id()));
        }
    }

    @Test
    void theLeaderShowsHowFarTheOthersAreAndValuesAreReadOverHttpWhereThatIsAllowed() throws Exception {
        try (TestCluster cluster = withStore(new TestCluster(directory, false, "a", "b", "c"))
                .with("management.endpoints.web.exposure.include", "election,electionstore")
                .startAll()) {
            Member leader = cluster.leader();
            ended(progress(leader).set(new Progress(1, leader.id()))).orElseThrow();
            await().atMost(TestCluster.PATIENCE).untilAsserted(() -> {
                MemoryDescriptor memory = Objects.requireNonNull(leader.status().memory());
                assertThat(memory.members())
                        .extracting(MemoryDescriptor.Member::id)
                        .containsExactly("a", "b", "c");
                assertThat(memory.members())
                        .allSatisfy(member -> assertThat(member.lag()).isZero())
                        .allSatisfy(member -> assertThat(member.doesNotRead()).isEmpty());
            });
            assertThat(leader.health().getDetails()).containsEntry("memoryLag", 0L);
            assertThat(get(cluster, leader, "", 404)).isNull();

            Member other = cluster.others(leader).get(0);
            cluster.stop(other.id());
            Member again = cluster.start(other.id(), Map.of("management.endpoint.electionstore.access", "read-only"));
            await().atMost(TestCluster.PATIENCE)
                    .until(() -> progress(again).get().isPresent());
            assertThat(get(cluster, again, "", 200).get("names").get(0).asString())
                    .isEqualTo("import/progress");
            JsonNode value = get(cluster, again, "/import/progress", 200);
            assertThat(value.get("value").asString()).isEqualTo("{\"step\":1,\"by\":\"" + leader.id() + "\"}");
            assertThat(value.get("version").asLong()).isPositive();
            get(cluster, again, "/import/nothing", 404);
        }
    }

    private static @Nullable JsonNode get(TestCluster cluster, Member member, String path, int expected)
            throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + cluster.serverPort(member.id())
                                        + "/actuator/electionstore" + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(expected);
        return expected == 200 ? new JsonMapper().readTree(response.body()) : null;
    }

    @Test
    void membersOfWhichOneHasNoStoreSaySoAndNothingIsWritten() throws Exception {
        try (TestCluster cluster = cluster()) {
            cluster.start("a", Map.of("election.members[0].priority", 1));
            cluster.start("b", Map.of("election.members[0].priority", 1));
            cluster.start("c", Map.of("election.members[0].priority", 1, "election.store.enabled", false));
            Member leader = cluster.leader();
            Member differing = cluster.member("c");
            Member other = leader == differing ? cluster.member("a") : leader;
            await().atMost(TestCluster.PATIENCE)
                    .untilAsserted(() ->
                            assertThat(leader.status().memoryDiffers()).contains(leader == differing ? "'a'" : "'c'"));
            await().atMost(TestCluster.PATIENCE)
                    .untilAsserted(() -> assertThat(differing.status().memoryDiffers())
                            .endsWith("with a replicated memory, and this member has none"));
            assertThat(leader.health().getStatus()).isEqualTo(Status.UP);
            assertThat(leader.health().getDetails()).containsKey("memoryDiffers");
            assertThat(leader.status().history()).anyMatch(event -> event.what().equals("memory-differs"));
            assertThat(refused(ended(flag(other).set("on"))))
                    .isIn(Reason.NOT_READ, Reason.UNAVAILABLE, Reason.NO_LEADER);

            cluster.stop("c");
            cluster.start("c", Map.of("election.members[0].priority", 1));
            await().atMost(TestCluster.PATIENCE)
                    .untilAsserted(() -> assertThat(ended(flag(other).set("on")).wasApplied())
                            .isTrue());
            await().atMost(TestCluster.PATIENCE)
                    .untilAsserted(() -> assertThat(cluster.leader().status().memoryDiffers())
                            .isNull());
        }
    }
}
