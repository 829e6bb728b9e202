package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import io.election.core.ClockReading;
import io.election.core.ElectionMachine;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.Input;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.Output;
import io.election.core.Request;
import io.election.journal.MemoryJournal;
import io.election.peer.HttpPeerTransport;
import io.election.peer.Messages;
import io.election.peer.PeerSettings;
import io.election.peer.Peers;
import io.election.peer.Peers.Outcome;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the peers of a member hear whose election came to an end: at once, although they would wait for minutes. */
@Timeout(120)
class DeadLoopTests {

    private static final String OUT = "refused (503): " + Outage.OUT_OF_SERVICE;
    private static final Duration T = Duration.ofMinutes(10);

    private final Peers peers = new Peers();
    private final AtomicInteger swallowed = new AtomicInteger();
    private volatile boolean dies;
    private ElectionNode node;

    @AfterEach
    void stop() {
        peers.close();
        node.stop().toCompletableFuture().join();
    }

    /** Answers no peer, and dies of the next one when told so. */
    private final class Mute implements ElectionMachine {

        private final ElectionMachine real;

        Mute(ElectionMachine real) {
            this.real = real;
        }

        @Override
        public Output step(Input input, ClockReading clock) {
            if (input instanceof Input.RequestReceived) {
                if (dies) {
                    throw new IllegalStateException("of this test");
                }
                swallowed.incrementAndGet();
                return new Output(List.of(), clock.monotonicNanos() + 1_000_000);
            }
            return real.step(input, clock);
        }

        @Override
        public ElectionView view(ClockReading at) {
            return real.view(at);
        }
    }

    private HttpPeerTransport start() {
        ElectionSettings settings = new ElectionSettings(
                Peers.CLUSTER,
                "b",
                List.of(new Member("a", MemberKind.DATA, 0, false), new Member("b", MemberKind.DATA, 0, false)),
                T,
                Duration.ofSeconds(60),
                Duration.ofMinutes(8),
                0.02,
                Duration.ofMillis(50),
                Duration.ofSeconds(10),
                false,
                64);
        HttpPeerTransport transport = new HttpPeerTransport(new PeerSettings(
                Peers.CLUSTER,
                "b",
                Map.of("a", Peers.url(1), "b", Peers.url(1)),
                "/election",
                T,
                Peers.SECRET,
                new PeerSettings.ServerSettings(InetAddress.getLoopbackAddress(), 0),
                null));
        node = new ElectionNode(
                new NodeSettings(settings, false, Map.of(), Map.of(), false),
                (of, memory, since) -> new Mute(ElectionFactory.REAL.create(of, memory, since)),
                new MemoryJournal(),
                transport,
                NodeClock.SYSTEM,
                new Nobody(),
                List.of());
        node.start();
        return transport;
    }

    private static final class Nobody implements LeadershipListener {
        @Override
        public void onLeaderElected(LeaderElectedEvent event) {}

        @Override
        public void onStepDown(StepDownEvent event) {}

        @Override
        public void onLeaderChanged(LeaderChangedEvent event) {}
    }

    private static Request heartbeat(long id) {
        return Messages.heartbeat(Peers.CLUSTER, "a", "b", id);
    }

    @Test
    void whoWaitsAndWhoAsksIsAnsweredAtOnce() throws Exception {
        HttpPeerTransport b = start();
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(b.port())));
        Outcome waiting = new Outcome();
        Outcome alsoWaiting = new Outcome();
        a.send(heartbeat(1), waiting);
        a.send(Messages.append(Peers.CLUSTER, "a", "b", 2), alsoWaiting);
        await().atMost(Duration.ofSeconds(60)).until(() -> swallowed.get() == 2);
        dies = true;
        assertThat(Peers.ask(a, heartbeat(3)).get()).as("what it died of").isEqualTo(OUT);
        assertThat(waiting.get()).isEqualTo(OUT);
        assertThat(alsoWaiting.get()).isEqualTo(OUT);
        assertThat(Peers.ask(a, heartbeat(4)).get()).isEqualTo(OUT);
        assertThat(swallowed).hasValue(2);
    }
}
