package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.HandoverResult;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import io.election.actuate.ElectionDescriptor;
import io.election.cluster.TestCluster.Member;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three applications over real HTTP: web services where their server matters, and otherwise bare members. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
@Tag("cluster")
class ClusterTests {

    private static final Duration PATIENCE = TestCluster.PATIENCE;
    private static final int REQUEST_THREADS = 4;

    @TempDir
    Path directory;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private TestCluster cluster(String... properties) throws IOException {
        return configured(new TestCluster(directory, false, "a", "b", "c"), properties);
    }

    private TestCluster clusterWithOwnPeerPorts(String... properties) throws IOException {
        return configured(new TestCluster(directory, true, "a", "b", "c"), properties);
    }

    private TestCluster bareCluster() throws IOException {
        return TestCluster.bare(directory, "a", "b", "c");
    }

    private static TestCluster configured(TestCluster cluster, String... properties) {
        for (int i = 0; i < properties.length; i += 2) {
            cluster.with(properties[i], properties[i + 1]);
        }
        return cluster;
    }

    @Test
    void exactlyOneLeadsAndOnlyItIsTold() throws Exception {
        try (TestCluster cluster = bareCluster().startAll()) {
            Member leader = cluster.leader();
            long term = leader.leadership().term();
            await().atMost(PATIENCE).until(() -> leader.leaderships().equals(List.of("+" + term)));
            LeaderElectedEvent elected = (LeaderElectedEvent) leader.application().events.stream()
                    .filter(LeaderElectedEvent.class::isInstance)
                    .findFirst()
                    .orElseThrow();
            assertThat(elected.cluster()).isEqualTo("cluster-test");
            assertThat(elected.nodeId()).isEqualTo(leader.id());
            assertThat(elected.fencingToken()).isEqualTo(leader.leadership().fencingToken());
            assertThat(cluster.others(leader)).allSatisfy(other -> {
                assertThat(other.leaderships()).isEmpty();
                assertThat(other.leadership().isLeader()).isFalse();
                assertThat(other.leadership().state().leaderUrl())
                        .isEqualTo("http://127.0.0.1:" + cluster.serverPort(leader.id()));
            });
        }
    }

    /**
     * Whoever voted for a leader, or heard from it, helps nobody else for T. So a successor that leads within T, less the interval
     * of the last heartbeat, cannot have waited for that. T is ten seconds here.
     */
    @Test
    void handsOverOverHttpAndOnAGracefulStopWithoutWaitingForAnyTimeout() throws Exception {
        Duration timeout = Duration.ofSeconds(10);
        Duration heartbeat = Duration.ofMillis(500);
        try (TestCluster cluster = cluster(
                        "election.election-timeout", "10s",
                        "election.lease-duration", "8s",
                        "election.heartbeat-interval", "500ms",
                        "election.handover.timeout", "60s")
                .startAll()) {
            Member first = cluster.leader();
            Member second = cluster.others(first).get(0);
            // The leader must have heard from it, which the first heartbeats bring.
            await().atMost(PATIENCE)
                    .until(() -> Boolean.TRUE.equals(first.sees(second.id()).reachable()));
            long asked = System.nanoTime();
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(
                                    "http://127.0.0.1:" + cluster.serverPort(first.id()) + "/actuator/election"))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(
                                    "{\"action\":\"transfer\",\"to\":\"" + second.id() + "\"}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.body()).contains("HANDED_OVER");
            cluster.leaderAmong(List.of(second));
            Duration byRequest = Duration.ofNanos(System.nanoTime() - asked);

            List<Member> others = cluster.others(second);
            List<Object> events = second.application().events;
            // A leadership that ends before its election was told is not told of at all.
            await().atMost(PATIENCE).until(() -> !second.leaderships().isEmpty());
            long stopped = System.nanoTime();
            cluster.stop(second.id());
            Member successor = cluster.leaderAmong(others);
            Duration byStop = Duration.ofNanos(System.nanoTime() - stopped);

            assertThat(successor.leadership().term()).isEqualTo(leaderTerm(events) + 1);
            assertThat(events.stream().filter(StepDownEvent.class::isInstance))
                    .singleElement()
                    .satisfies(e -> assertThat(((StepDownEvent) e).reason()).isEqualTo(StepDownReason.SHUTDOWN));
            assertThat(List.of(byRequest, byStop))
                    .as("a handover that somebody asked for over HTTP, and that of a stop, with T = %s", timeout)
                    .allSatisfy(took -> assertThat(took).isLessThan(timeout.minus(heartbeat)));
        }
    }

    private static long leaderTerm(List<Object> events) {
        return events.stream()
                .filter(LeaderElectedEvent.class::isInstance)
                .mapToLong(e -> ((LeaderElectedEvent) e).term())
                .max()
                .orElseThrow();
    }

    @Test
    void handsOverToTheMemberNamed() throws Exception {
        try (TestCluster cluster = bareCluster().startAll()) {
            Member leader = cluster.leader();
            Member to = cluster.others(leader).get(1);
            // The leader must have heard from it, which the first heartbeats bring.
            HandoverResult result = await().atMost(PATIENCE)
                    .until(
                            () -> leader.leadership()
                                    .handOver(to.id())
                                    .toCompletableFuture()
                                    .get(30, TimeUnit.SECONDS),
                            r -> r.outcome() != HandoverResult.Outcome.NO_SUCCESSOR);
            assertThat(result.outcome()).isEqualTo(HandoverResult.Outcome.HANDED_OVER);
            assertThat(result.leaderId()).isEqualTo(to.id());
            assertThat(cluster.leader().id()).isEqualTo(to.id());
            assertThat(leader.leaderships()).hasSize(2);
        }
    }

    @Test
    void leaderCutOffFromBothOthersStepsDownBeforeASuccessorExists() throws Exception {
        try (TestCluster cluster = bareCluster().startAll()) {
            Member leader = cluster.leader();
            List<Member> others = cluster.others(leader);
            long term = leader.leadership().term();
            cluster.cutOff(leader.id());
            boolean bothLed = false;
            while (others.stream().noneMatch(m -> m.leadership().isLeader())) {
                // Often enough to see an overlap, and without a processor of its own.
                LockSupport.parkNanos(200_000);
                // The order matters: first the old one, then the new ones.
                boolean old = leader.leadership().isLeader();
                boolean successor = others.stream().anyMatch(m -> m.leadership().isLeader());
                bothLed |= old && successor && leader.leadership().isLeader();
            }
            assertThat(bothLed).isFalse();
            assertThat(leader.leadership().isLeader()).isFalse();
            await().atMost(PATIENCE).until(() -> leader.leaderships().equals(List.of("+" + term, "-" + term)));
            assertThat(leader.application().events.stream()
                            .filter(StepDownEvent.class::isInstance)
                            .map(e -> ((StepDownEvent) e).reason()))
                    .containsExactly(StepDownReason.LEASE_LOST);
            Member successor = cluster.leaderAmong(others);
            long successorsTerm = successor.leadership().term();
            cluster.heal();
            await().atMost(PATIENCE)
                    .until(() ->
                            successor.id().equals(leader.leadership().state().leaderId()));
            // The one that returns disturbs nobody.
            assertThat(successor.leadership().term()).isEqualTo(successorsTerm);
            assertThat(successor.leadership().isLeader()).isTrue();
        }
    }

    @Test
    void wholeClusterStopsAndStartsWithTermAndVote() throws Exception {
        try (TestCluster cluster = bareCluster().startAll()) {
            Member leader = cluster.leader();
            long token = leader.leadership().fencingToken().value();
            String clusterId = cluster.clusterId();
            List<Long> terms = new ArrayList<>();
            for (String id : List.of("a", "b", "c")) {
                Member member = cluster.member(id);
                cluster.stop(id);
                terms.add(member.leadership().term());
            }
            for (String id : List.of("a", "b", "c")) {
                Member restarted = cluster.start(id);
                ElectionDescriptor status = restarted.status();
                assertThat(status.term()).isGreaterThanOrEqualTo(terms.get("abc".indexOf(id)));
                assertThat(status.clusterId()).isEqualTo(clusterId);
            }
            Member next = cluster.leader();
            assertThat(next.leadership().fencingToken().value()).isGreaterThan(token);
        }
    }

    @Test
    void contextCanBeStoppedAndStartedAgain() throws Exception {
        try (TestCluster cluster = cluster().startAll()) {
            Member leader = cluster.leader();
            await().atMost(PATIENCE).until(() -> !leader.leaderships().isEmpty());
            leader.context().stop();
            assertThat(leader.leadership().isLeader()).isFalse();
            Member successor = cluster.leaderAmong(cluster.others(leader));
            leader.context().start();
            await().atMost(PATIENCE)
                    .until(() ->
                            successor.id().equals(leader.leadership().state().leaderId()));
            assertThat(leader.leaderships()).hasSize(2);
        }
    }

    @Test
    void blockingListenerNeverHoldsUpTheElection() throws Exception {
        try (TestCluster cluster = bareCluster()) {
            for (String id : List.of("a", "b", "c")) {
                cluster.start(id).application().blockElectedListener = true;
            }
            Member leader = cluster.leader();
            long term = leader.leadership().term();
            await().atMost(PATIENCE).until(() -> leader.leaderships().equals(List.of("+" + term)));
            // Its heartbeats go on for many leases while its listener stands still.
            Long token = leader.status().fencingToken();
            await().during(Duration.ofSeconds(3))
                    .atMost(PATIENCE)
                    .until(() -> leader.leadership().isLeader());
            assertThat(leader.status().fencingToken()).isEqualTo(token);
            cluster.cutOff(leader.id());
            Member successor = cluster.leaderAmong(cluster.others(leader));
            assertThat(successor.leadership().term()).isGreaterThan(term);
            // The step-down waits behind the listener that blocks, and comes after it.
            assertThat(leader.leaderships()).containsExactly("+" + term);
            assertThat(leader.leadership().isLeader()).isFalse();
            leader.application().listenerReleased.countDown();
            await().atMost(PATIENCE).until(() -> leader.leaderships().equals(List.of("+" + term, "-" + term)));
        }
    }

    /** Keeps all request threads of all members busy, and as many requests again waiting for one, until they are released. */
    private List<CompletableFuture<HttpResponse<String>>> flood(TestCluster cluster) {
        List<CompletableFuture<HttpResponse<String>>> hanging = new ArrayList<>();
        for (Member member : cluster.members()) {
            for (int i = 0; i < 2 * REQUEST_THREADS; i++) {
                hanging.add(http.sendAsync(
                        HttpRequest.newBuilder(
                                        URI.create("http://127.0.0.1:" + cluster.serverPort(member.id()) + "/hang"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString()));
            }
        }
        return hanging;
    }

    private static void release(TestCluster cluster, List<CompletableFuture<HttpResponse<String>>> hanging)
            throws Exception {
        cluster.members().forEach(member -> member.application().released.countDown());
        for (CompletableFuture<HttpResponse<String>> answer : hanging) {
            assertThat(answer.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        }
    }

    @Test
    @Tag("thorough")
    void floodOfRequestsDoesNotTouchALeaderWithAPeerPortOfItsOwn() throws Exception {
        try (TestCluster cluster = clusterWithOwnPeerPorts("server.tomcat.threads.max", String.valueOf(REQUEST_THREADS))
                .startAll()) {
            Member leader = cluster.leader();
            long term = leader.leadership().term();
            List<CompletableFuture<HttpResponse<String>>> hanging = flood(cluster);
            await().during(Duration.ofSeconds(3))
                    .atMost(PATIENCE)
                    .until(() -> leader.leadership().isLeader());
            assertThat(leader.leadership().term()).isEqualTo(term);
            assertThat(hanging).noneMatch(CompletableFuture::isDone);
            release(cluster, hanging);
        }
    }

    @Test
    @Tag("thorough")
    void sharedPortWhoseThreadsAreAllBusyCostsTheLeadershipAndNothingElse() throws Exception {
        try (TestCluster cluster = cluster("server.tomcat.threads.max", String.valueOf(REQUEST_THREADS))
                .startAll()) {
            Member leader = cluster.leader();
            List<CompletableFuture<HttpResponse<String>>> hanging = flood(cluster);
            // No member has a thread left for a heartbeat or a vote: the lease runs out, and nobody else can be
            // elected.
            await().atMost(PATIENCE).until(() -> !leader.leadership().isLeader());
            assertThat(cluster.members()).noneMatch(m -> m.leadership().isLeader());
            release(cluster, hanging);
            assertThat(cluster.leader()).isNotNull();
        }
    }

    @Test
    void strangersReplaysAndGarbageChangeNothing() throws Exception {
        try (TestCluster cluster = cluster().startAll()) {
            Member leader = cluster.leader();
            Member follower = cluster.others(leader).get(0);
            // Vote, term and position at rest: the opening entry is everywhere.
            await().atMost(PATIENCE).until(() -> follower.status().commitIndex() >= 1);
            ElectionDescriptor before = follower.status();
            List<byte[]> recorded = cluster.link(leader.id(), follower.id()).recorded();
            assertThat(recorded).isNotEmpty();
            for (byte[] requests : recorded) {
                assertThat(statusLines(cluster.peerPort(follower.id()), requests))
                        .isNotEmpty()
                        .noneMatch(line -> line.contains(" 200"));
            }
            for (String path : List.of("vote", "heartbeat", "append", "snapshot", "timeout-now", "nothing", "")) {
                for (String body : List.of("", "{", "null", "[]", "{\"term\":-1}", "x".repeat(2_000_000))) {
                    int status = post(cluster, follower, "/election/" + path, body);
                    assertThat(status).as(path + " " + body.length()).isGreaterThanOrEqualTo(400);
                }
            }
            ElectionDescriptor after = follower.status();
            assertThat(after.term()).isEqualTo(before.term());
            assertThat(after.votedFor()).isEqualTo(before.votedFor());
            assertThat(after.commitIndex()).isEqualTo(before.commitIndex());
            assertThat(after.leaderId()).isEqualTo(leader.id());
            assertThat(leader.leadership().isLeader()).isTrue();
        }
    }

    @Test
    @Tag("thorough")
    void memberWithAnotherSecretOrOfAnotherClusterTakesNoPart() throws Exception {
        try (TestCluster cluster = bareCluster().startAll()) {
            Member leader = cluster.leader();
            String stranger = cluster.others(leader).get(0).id();
            long term = leader.leadership().term();
            cluster.stop(stranger);
            cluster.with("election.peer.secret", "quite-another-secret-0123456789-abc")
                    .start(stranger);
            await().during(Duration.ofSeconds(3))
                    .atMost(PATIENCE)
                    .until(() -> leader.leadership().isLeader());
            assertThat(cluster.member(stranger).leadership().state().leaderId()).isNull();
            cluster.stop(stranger);
            cluster.with("election.peer.secret", TestCluster.SECRET)
                    .with("election.cluster", "another-cluster")
                    .start(stranger);
            await().during(Duration.ofSeconds(3))
                    .atMost(PATIENCE)
                    .until(() -> leader.leadership().isLeader());
            assertThat(cluster.member(stranger).leadership().state().leaderId()).isNull();
            assertThat(leader.leadership().term()).isEqualTo(term);
        }
    }

    private int post(TestCluster cluster, Member to, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + cluster.peerPort(to.id()) + path))
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(60))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
        } catch (IOException hungUp) {
            // An oversized body may be cut off before an answer is read.
            return 499;
        }
    }

    /** Sends recorded bytes once more, and returns the status lines of the answers. */
    private static List<String> statusLines(int port, byte[] requests) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(5_000);
            OutputStream out = socket.getOutputStream();
            out.write(requests);
            out.flush();
            socket.shutdownOutput();
            InputStream in = socket.getInputStream();
            String answers = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
            return answers.lines().filter(line -> line.startsWith("HTTP/1.1 ")).toList();
        } catch (java.net.SocketTimeoutException stillOpen) {
            return List.of();
        }
    }
}
