package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.core.Request;
import io.election.peer.Peers.Answering;
import io.election.peer.Peers.Outcome;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Members that are added and removed while a transport runs. */
class ChangingMembersTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String REFUSED = "refused (403): 'c' is no other member on my list; the others on it are a";

    private final Peers peers = new Peers();
    private final Answering b = new Answering();

    @AfterEach
    void close() {
        peers.close();
    }

    private static Request.Heartbeat heartbeat(String from, String to, long requestId) {
        return Messages.heartbeat(Peers.CLUSTER, from, to, requestId);
    }

    @Test
    void aRequestFromAMemberThatWasRemovedIsRefused() throws Exception {
        HttpPeerTransport server = peers.serving("b", b);
        HttpPeerTransport c = peers.asking("c", Map.of("b", Peers.url(server.port())));
        Request first = heartbeat("c", "b", 1);
        assertThat(Peers.ask(c, first).get()).isEqualTo(Messages.answer(first));

        server.members(Set.of("a", "b"));

        assertThat(Peers.ask(c, heartbeat("c", "b", 2)).get()).isEqualTo(REFUSED);
        assertThat(b.requests).containsExactly(first);
        assertThat(server.refused()).containsEntry("not-a-member", 1L);
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(server.port())));
        Request other = heartbeat("a", "b", 3);
        assertThat(Peers.ask(a, other).get()).isEqualTo(Messages.answer(other));
    }

    @Test
    void aMemberThatReturnsMayCallAgain() throws Exception {
        HttpPeerTransport server = peers.serving("b", b);
        HttpPeerTransport c = peers.asking("c", Map.of("b", Peers.url(server.port())));
        assertThat(Peers.ask(c, heartbeat("c", "b", 1)).get()).isEqualTo(Messages.answer(heartbeat("c", "b", 1)));

        server.members(Set.of("a", "b"));
        server.members(Set.of("a", "b", "c"));

        assertThat(Peers.ask(c, heartbeat("c", "b", 2)).get()).isEqualTo(Messages.answer(heartbeat("c", "b", 2)));
    }

    /** Its url is in the configuration already; the core named it only now. */
    @Test
    void aMemberThatIsAddedIsCalled() throws Exception {
        HttpPeerTransport server = peers.serving("b", b);
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(server.port())));
        a.members(Set.of("a"));
        assertThat(Peers.ask(a, heartbeat("a", "b", 1)).get()).isEqualTo("'b' is no member of this cluster now");

        a.members(Set.of("a", "b"));

        assertThat(Peers.ask(a, heartbeat("a", "b", 2)).get()).isEqualTo(Messages.answer(heartbeat("a", "b", 2)));
    }

    @Test
    void aMemberThatIsRemovedIsNoLongerCalledAndItsConnectionsAndThreadsEnd() throws Exception {
        try (ServerSocket c = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            HttpPeerTransport server = peers.serving("b", b);
            HttpPeerTransport a =
                    peers.asking("a", Map.of("b", Peers.url(server.port()), "c", Peers.url(c.getLocalPort())));
            Outcome underWay = new Outcome();
            a.send(heartbeat("a", "c", 1), underWay);
            try (Socket connection = c.accept()) {
                InputStream in = connection.getInputStream();
                assertThat(in.read()).isEqualTo('P');
                assertThat(threads("-peer-c-")).isOne();

                a.members(Set.of("a", "b"));

                assertThat(underWay.get()).isEqualTo("closed");
                // The whole of it, and then its end.
                connection.setSoTimeout((int) PATIENCE.toMillis());
                assertThat(in.readAllBytes()).isNotEmpty();
            }
            assertThat(Peers.ask(a, heartbeat("a", "c", 2)).get()).isEqualTo("'c' is no member of this cluster now");
            await().atMost(PATIENCE).until(() -> threads("-peer-c-") == 0);
            assertThat(Peers.ask(a, heartbeat("a", "b", 3)).get()).isEqualTo(Messages.answer(heartbeat("a", "b", 3)));
        }
    }

    private static long threads(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().contains(name))
                .count();
    }

    @Test
    void aMemberWithoutAUrlMayCallAndWhoAsksForItLearnsWhyItIsNotCalled() throws Exception {
        HttpPeerTransport server = peers.serving("b", b);
        server.members(Set.of("a", "b", "d"));
        HttpPeerTransport d = peers.asking("d", Map.of("b", Peers.url(server.port())));
        assertThat(Peers.ask(d, heartbeat("d", "b", 1)).get()).isEqualTo(Messages.answer(heartbeat("d", "b", 1)));

        String why = "election.members gives no url for 'd' here; add it on this member, and restart it";
        assertThat(Peers.ask(server, heartbeat("b", "d", 2)).get()).isEqualTo(why);
        CompletableFuture<String> absent = new CompletableFuture<>();
        server.ask("d", new PresenceCallback() {
            @Override
            public void present(PeerPresence presence) {
                absent.complete("present");
            }

            @Override
            public void absent(String detail) {
                absent.complete(detail);
            }

            @Override
            public void notAsked() {
                absent.complete("not asked");
            }
        });
        assertThat(absent).isCompletedWithValue(why);
    }

    /** The loop runs, and says who the members are, before its transport starts. */
    @Test
    void membersThatAreNamedBeforeAStartCountFromIt() throws Exception {
        HttpPeerTransport server = peers.serving("b", b);
        server.close();
        server.members(Set.of("a", "b"));
        server.start(b);
        HttpPeerTransport c = peers.asking("c", Map.of("b", Peers.url(server.port())));
        assertThat(Peers.ask(c, heartbeat("c", "b", 1)).get()).isEqualTo(REFUSED);

        server.close();
        server.start(b);

        HttpPeerTransport again = peers.asking("c", Map.of("b", Peers.url(server.port())));
        assertThat(Peers.ask(again, heartbeat("c", "b", 2)).get()).isEqualTo(Messages.answer(heartbeat("c", "b", 2)));
    }

    @Test
    void whetherItsOwnIdIsAmongTheMembersMakesNoDifference() throws Exception {
        HttpPeerTransport server = peers.serving("b", b);
        server.members(Set.of("a"));
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(server.port())));
        assertThat(Peers.ask(a, heartbeat("a", "b", 1)).get()).isEqualTo(Messages.answer(heartbeat("a", "b", 1)));
    }
}
