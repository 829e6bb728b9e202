package io.election.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.election.FencingToken;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import io.election.node.ElectionNode;
import io.election.test.OrdersApplication.Recorder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Real members of the service, as its {@code main} starts them. */
class ElectionClusterTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static ElectionCluster cluster;

    @BeforeAll
    static void start() {
        cluster = ElectionCluster.of(OrdersApplication.class).start();
    }

    @AfterAll
    static void close() {
        cluster.close();
    }

    /** Each test finds the three of them. */
    @AfterEach
    void startWhoIsMissing() {
        List<String> running =
                cluster.members().stream().map(ElectionCluster.Member::id).toList();
        Stream.of("node-1", "node-2", "node-3")
                .filter(id -> !running.contains(id))
                .forEach(cluster::start);
        running.forEach(cluster::rejoin);
    }

    private static List<LeaderElectedEvent> elections(ElectionCluster.Member member) {
        return member.bean(Recorder.class).events().stream()
                .filter(LeaderElectedEvent.class::isInstance)
                .map(LeaderElectedEvent.class::cast)
                .toList();
    }

    /** Waits until it was told of its leadership: one that ended before is told neither of its beginning nor of its end. */
    private static FencingToken token(ElectionCluster.Member leader) {
        await().atMost(PATIENCE).until(() -> !elections(leader).isEmpty());
        return latest(leader);
    }

    private static FencingToken latest(ElectionCluster.Member leader) {
        List<LeaderElectedEvent> elections = elections(leader);
        return elections.isEmpty()
                ? new FencingToken(1)
                : elections.get(elections.size() - 1).fencingToken();
    }

    /** A machine that stands still may cost any leader its leadership: what must hold in the end is waited for. */
    private static void awaitALeaderAfter(FencingToken before) {
        await().atMost(PATIENCE).until(() -> latest(cluster.awaitLeader()).compareTo(before) > 0);
    }

    @Test
    void anotherMemberLeadsWithAHigherTokenAfterTheLeaderWasKilled() throws Exception {
        ElectionCluster.Member first = cluster.awaitLeader();
        assertThat(cluster.members()).hasSize(3);
        FencingToken before = token(first);

        Recorder ofFirst = first.bean(Recorder.class);
        cluster.kill(first.id());
        assertThat(ofFirst.events())
                .filteredOn(StepDownEvent.class::isInstance)
                .extracting(event -> ((StepDownEvent) event).reason())
                .as("it handed nothing over")
                .isNotEmpty()
                .doesNotContain(StepDownReason.SHUTDOWN, StepDownReason.HANDED_OVER);
        ElectionCluster.Member second = cluster.awaitLeader();
        assertThat(cluster.members()).hasSize(2).doesNotContain(first);
        assertThat(second.id()).isNotEqualTo(first.id());
        awaitALeaderAfter(before);

        ElectionCluster.Member again = cluster.start(first.id());
        assertThat(cluster.members()).hasSize(3).contains(again);
        awaitALeaderAfter(before);
        await().atMost(PATIENCE).until(() -> post(cluster.awaitLeader()).startsWith("placed under"));
    }

    private static String post(ElectionCluster.Member member) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(member.url() + "/orders"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @Test
    void aLeaderThatIsCutOffStepsDownAndComesBackAsAFollower() {
        ElectionCluster.Member first = cluster.awaitLeader();
        FencingToken before = token(first);

        cluster.isolate(first.id());
        ElectionCluster.Member second = cluster.awaitLeader();
        assertThat(second).isNotSameAs(first);
        assertThat(first.leadership().isLeader()).isFalse();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(first.bean(Recorder.class).events())
                        .hasAtLeastOneElementOfType(StepDownEvent.class));
        awaitALeaderAfter(before);

        cluster.rejoin(first.id());
        await().atMost(PATIENCE)
                .until(() -> cluster.awaitLeader()
                        .id()
                        .equals(first.leadership().state().leaderId()));
    }

    @Test
    void aLeaderThatIsStoppedHandsOver() {
        ElectionCluster.Member first = cluster.awaitLeader();
        token(first);
        Recorder ofFirst = first.bean(Recorder.class);
        cluster.stop(first.id());
        ElectionCluster.Member second = cluster.awaitLeader();
        assertThat(second.id()).isNotEqualTo(first.id());
        assertThat(ofFirst.events()).hasAtLeastOneElementOfType(StepDownEvent.class);
        assertThatIllegalArgumentException().isThrownBy(() -> cluster.member(first.id()));
        assertThatIllegalStateException().isThrownBy(() -> cluster.start(second.id()));
        assertThatIllegalArgumentException().isThrownBy(() -> cluster.start("node-4"));
    }

    @Test
    void membersAreInMemoryWhereTheTestSaysSo() {
        try (ElectionCluster inMemory = ElectionCluster.of(OrdersApplication.class)
                .size(1)
                .properties("election.storage.mode=memory")
                .start()) {
            assertThat(inMemory.awaitLeader().bean(ElectionNode.class).status().storage())
                    .isEqualTo("memory");
        }
        assertThat(cluster.awaitLeader().bean(ElectionNode.class).status().storage())
                .isEqualTo("disk");
    }
}
