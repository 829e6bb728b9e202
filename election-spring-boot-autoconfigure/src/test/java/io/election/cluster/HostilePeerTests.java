package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;
import io.election.LeadershipState;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import io.election.cluster.TestCluster.Member;
import io.election.core.Header;
import io.election.core.ListedMember;
import io.election.core.LogPosition;
import io.election.core.MemberKind;
import io.election.core.Phase;
import io.election.core.Refusal;
import io.election.core.RefusalReason;
import io.election.core.Request;
import io.election.core.Response;
import io.election.core.TransferProof;
import io.election.peer.HttpPeerTransport;
import io.election.peer.PeerAuthentication;
import io.election.peer.PeerCallback;
import io.election.peer.PeerSettings;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Strangers, and a member that lies, against three applications over real HTTP. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
@Tag("faults")
@Tag("odd-days")
class HostilePeerTests {

    private static final Duration PATIENCE = TestCluster.PATIENCE;
    private static final Duration ATTACK = Duration.ofSeconds(8);
    private static final UnixOperatingSystemMXBean PROCESS =
            (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    @TempDir
    Path directory;

    private TestCluster cluster(boolean ownPeerPorts) throws Exception {
        // Long enough that a busy machine is no reason for an election.
        return new TestCluster(directory, ownPeerPorts, "a", "b", "c")
                .with("election.election-timeout", "6s")
                .with("election.lease-duration", "5s")
                .with("logging.level.org.apache", "error");
    }

    @ParameterizedTest(name = "a peer port of its own: {0}")
    @ValueSource(booleans = {true, false})
    void theElectionGoesOnWhateverStrangersSend(boolean ownPeerPorts) throws Exception {
        try (TestCluster cluster = cluster(ownPeerPorts).startAll()) {
            Member leader = cluster.leader();
            long term = leader.leadership().term();
            long descriptors = PROCESS.getOpenFileDescriptorCount();
            // Both ends of each are in this process.
            int idle = (int) Math.min(700, (PROCESS.getMaxFileDescriptorCount() - descriptors - 2000) / 6);
            List<Attack> attacks = new ArrayList<>();
            try {
                for (String id : List.of("a", "b", "c")) {
                    // The application's server gives each slow body a thread, as it does for any other path.
                    attacks.add(new Attack(cluster.peerPort(id))
                            .idle(idle)
                            .slowHeaders(100)
                            .slowBodies(ownPeerPorts ? 200 : 120)
                            .nonsense());
                }
                await().during(ATTACK)
                        .atMost(PATIENCE)
                        .until(() -> leader.leadership().isLeader()
                                && leader.leadership().term() == term);
            } finally {
                attacks.forEach(Attack::close);
            }
            assertThat(leader.leadership().isLeader()).isTrue();
            assertThat(cluster.members()).allSatisfy(member -> {
                assertThat(member.leadership().term()).isEqualTo(term);
                assertThat(member.leadership().state().leaderId()).isEqualTo(leader.id());
            });
            long made = attacks.stream().mapToLong(Attack::connections).sum();
            System.out.println("The election went on through " + made + " connections of strangers.");
            await("the connections are given back")
                    .atMost(PATIENCE.multipliedBy(2))
                    .until(() -> PROCESS.getOpenFileDescriptorCount() < descriptors + 300);
            await("the threads are given back")
                    .atMost(PATIENCE.multipliedBy(2))
                    .until(() -> peerServerThreads() < 3 * 20);
        }
    }

    private static long peerServerThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().contains("-peer-server-"))
                .count();
    }

    @Test
    void aLiarWithTheRightSecretStopsNobody() throws Exception {
        try (TestCluster cluster = cluster(true).startAll()) {
            cluster.leader();
            String clusterId = cluster.clusterId();
            cluster.stop("c");
            try (Liar liar = new Liar(cluster, clusterId)) {
                liar.lie(3000);
                assertThat(liar.answered.get()).as("answers to lies").isGreaterThan(100);
                liar.founds(20);
                long held = heldBytes();
                // Each is about 100 kilobytes, so 40 megabytes in all.
                liar.founds(400);
                assertThat(heldBytes() - held)
                        .as("bytes that stay of large lies that were answered")
                        .isLessThan(16 << 20);
            }
            Member leader = cluster.leader();
            assertThat(leader.id()).isNotEqualTo("c");
            assertThat(cluster.members()).allSatisfy(member -> {
                assertThat(member.application().events)
                        .noneMatch(event -> event instanceof StepDownEvent ended
                                && ended.reason() == StepDownReason.INTERNAL_ERROR);
            });
            assertThat(cluster.members()).allSatisfy(member -> {
                assertThat(member.status().clusterId()).isEqualTo(clusterId);
                assertThat(member.leadership().term()).isLessThan(1_000_000L);
            });
            assertThat(peerServerThreads()).isLessThan(2 * 100);
        }
    }

    /** What the whole process holds on to, after garbage collections that found nothing more. */
    private static long heldBytes() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            System.gc();
            least = Math.min(
                    least,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        return least;
    }

    /** It cannot be undone, but everybody says what it is: see "What a lying member can do". */
    @Test
    void aLiarThatUsesUpTheTermsLeavesMembersThatAnswerAndSayWhy() throws Exception {
        try (TestCluster cluster = cluster(true).startAll()) {
            cluster.leader();
            String clusterId = cluster.clusterId();
            cluster.stop("c");
            long last = (1L << 40) - 1;
            try (Liar liar = new Liar(cluster, clusterId)) {
                await().atMost(PATIENCE).untilAsserted(() -> {
                    for (String to : List.of("a", "b")) {
                        liar.send(new Request.Heartbeat(liar.header(to), last, Duration.ofMillis(1), 0, null));
                    }
                    assertThat(cluster.members())
                            .extracting(m -> m.leadership().state())
                            .extracting(LeadershipState::term)
                            .containsOnly(last);
                });
            }
            assertThat(cluster.members())
                    .allSatisfy(member -> await().atMost(PATIENCE)
                            .untilAsserted(() -> assertThat(member.status().history())
                                    .anySatisfy(
                                            entry -> assertThat(entry.what()).isEqualTo("term-leapt"))
                                    .anySatisfy(
                                            entry -> assertThat(entry.what()).isEqualTo("election-not-electable"))));
            assertThat(cluster.members())
                    .noneMatch(member -> member.leadership().isLeader());
        }
    }

    /** Speaks the real protocol with the right secret, as the member "c", whose place it took. */
    private static final class Liar implements AutoCloseable {

        private final TestCluster cluster;
        private final String clusterId;
        private final HttpPeerTransport transport;
        private final Random random = new Random(4711);
        private final AtomicLong requests = new AtomicLong();
        private final AtomicLong answered = new AtomicLong();

        Liar(TestCluster cluster, String clusterId) {
            this.cluster = cluster;
            this.clusterId = clusterId;
            transport = new HttpPeerTransport(new PeerSettings(
                    "cluster-test",
                    "c",
                    Map.of("a", url(cluster, "a"), "b", url(cluster, "b"), "c", url(cluster, "c")),
                    "/election",
                    Duration.ofSeconds(6),
                    new PeerAuthentication.SharedSecret(TestCluster.SECRET, List.of()),
                    new PeerSettings.ServerSettings(InetAddress.getLoopbackAddress(), cluster.peerPort("c")),
                    null));
            transport.start(this::answer);
        }

        private static URI url(TestCluster cluster, String id) {
            return URI.create("http://127.0.0.1:" + cluster.peerPort(id));
        }

        Header header(String to) {
            return header(to, clusterId);
        }

        private Header header(String to, @Nullable String ofCluster) {
            return new Header(
                    Header.PROTOCOL,
                    "cluster-test",
                    ofCluster,
                    "c",
                    "c-lies",
                    ofCluster != null,
                    to,
                    random.nextBoolean() ? "other" : null,
                    requests.incrementAndGet());
        }

        private void answer(Request request, Consumer<Response> reply) {
            Header asked = request.header();
            Header header = new Header(
                    Header.PROTOCOL,
                    asked.cluster(),
                    clusterId,
                    "c",
                    "c-" + random.nextInt(5),
                    random.nextBoolean(),
                    asked.from(),
                    asked.fromIncarnation(),
                    asked.requestId());
            Refusal refusal = random.nextBoolean() ? null : new Refusal(RefusalReason.LOG_MISMATCH, null, null, null);
            long term = request.term();
            if (request instanceof Request.Vote vote) {
                reply.accept(new Response.Vote(
                        header, vote.phase(), term, vote.phase() == Phase.VOTE ? term : term - 1, refusal));
            } else if (request instanceof Request.Heartbeat) {
                reply.accept(new Response.Heartbeat(header, term, refusal, LogPosition.NONE, null));
            } else if (request instanceof Request.TimeoutNow) {
                reply.accept(new Response.TimeoutNow(header, term, refusal));
            } else if (request instanceof Request.Ping) {
                reply.accept(new Response.Ping(header));
            } else {
                reply.accept(new Response.Append(header, term, refusal, random.nextInt(3)));
            }
        }

        void lie(int times) throws InterruptedException {
            CountDownLatch ended = new CountDownLatch(times);
            for (int i = 0; i < times; i++) {
                String to = random.nextBoolean() ? "a" : "b";
                long term = Math.max(1, cluster.member(to).leadership().term() + random.nextInt(3) - 1);
                Request lie = switch (random.nextInt(5)) {
                    case 0 -> new Request.Heartbeat(header(to), term, Duration.ofMillis(1), 1L << 40, null);
                    case 1 -> new Request.TimeoutNow(header(to), new TransferProof("c", term), LogPosition.NONE);
                    case 2 ->
                        new Request.Vote(
                                header(to),
                                Phase.VOTE,
                                term,
                                LogPosition.NONE,
                                null,
                                0,
                                null,
                                new TransferProof("c", term));
                    case 3 ->
                        new Request.Vote(header(to), Phase.PRE_VOTE, term + 5, LogPosition.NONE, null, 0, null, null);
                    default ->
                        new Request.Vote(header(to), Phase.VOTE, term + 5, LogPosition.NONE, null, 0, null, null);
                };
                send(lie, ended);
                if (i % 8 == 7) {
                    // No faster than they are answered, for most would fail here and never be sent.
                    TimeUnit.MILLISECONDS.sleep(5);
                }
            }
            ended.await(60, TimeUnit.SECONDS);
        }

        /** Wishes to found clusters of a thousand members that nobody ever heard of, each until it is answered. */
        void founds(int times) {
            for (int i = 0; i < times; i++) {
                String to = random.nextBoolean() ? "a" : "b";
                long number = requests.get();
                List<ListedMember> crowd = IntStream.range(0, 1000)
                        .mapToObj(j -> new ListedMember("somebody-of-lie-" + number + "-" + j, MemberKind.DATA))
                        .toList();
                long before = answered.get();
                await().atMost(PATIENCE).pollInterval(Duration.ofMillis(1)).until(() -> {
                    CountDownLatch ended = new CountDownLatch(1);
                    send(
                            new Request.Vote(header(to, null), Phase.VOTE, 1, LogPosition.NONE, null, 0, crowd, null),
                            ended);
                    return ended.await(PATIENCE.toSeconds(), TimeUnit.SECONDS) && answered.get() > before;
                });
            }
        }

        void send(Request request) {
            send(request, new CountDownLatch(1));
        }

        private void send(Request request, CountDownLatch ended) {
            transport.send(request, new PeerCallback() {
                @Override
                public void answered(Response response) {
                    answered.incrementAndGet();
                    ended.countDown();
                }

                @Override
                public void failed(String detail) {
                    ended.countDown();
                }
            });
        }

        @Override
        public void close() {
            transport.close();
        }
    }
}
