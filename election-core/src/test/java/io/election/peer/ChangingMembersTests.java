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
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Members that are added and removed while a transport runs. */
class ChangingMembersTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Peers peers = new Peers();
    private final Answering b = new Answering();
    private final Answering d = new Answering();
    private final List<HttpPeerTransport> closed = new ArrayList<>();

    @AfterEach
    void close() {
        closed.forEach(HttpPeerTransport::close);
        peers.close();
    }

    private static Request.Heartbeat heartbeat(String from, String to, long requestId) {
        return Messages.heartbeat(Peers.CLUSTER, from, to, requestId);
    }

    /** It is for the election to say what it may do: it may not know yet that it was removed. */
    @Test
    void aRequestFromAMemberThatWasRemovedIsHeard() throws Exception {
        HttpPeerTransport server = peers.serving("b", b);
        HttpPeerTransport c = peers.asking("c", Map.of("b", Peers.url(server.port())));
        Request first = heartbeat("c", "b", 1);
        assertThat(Peers.ask(c, first).get()).isEqualTo(Messages.answer(first));

        server.members(Set.of("a", "b"));

        Request second = heartbeat("c", "b", 2);
        assertThat(Peers.ask(c, second).get()).isEqualTo(Messages.answer(second));
        assertThat(b.requests).containsExactly(first, second);
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
        HttpPeerTransport a = new HttpPeerTransport(settings(server));
        a.members(Set.of("a"));
        a.start((request, reply) -> {});
        closed.add(a);
        assertThat(Peers.ask(a, heartbeat("a", "b", 1)).get()).isEqualTo("'b' is no member of this cluster now");

        a.members(Set.of("a", "b"));

        assertThat(Peers.ask(a, heartbeat("a", "b", 2)).get()).isEqualTo(Messages.answer(heartbeat("a", "b", 2)));
    }

    private static PeerSettings settings(HttpPeerTransport b) {
        return new PeerSettings(
                Peers.CLUSTER,
                "a",
                Map.of("a", URI.create("http://127.0.0.1:1"), "b", Peers.url(b.port())),
                "/election",
                Peers.LONG,
                Peers.SECRET,
                null,
                null);
    }

    /** It is to be told first. */
    @Test
    void aMemberThatIsRemovedIsCalledForAsLongAsThereIsSomethingToTellIt() throws Exception {
        HttpPeerTransport server = peers.serving("b", b);
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(server.port())));

        a.members(Set.of("a"));

        assertThat(Peers.ask(a, heartbeat("a", "b", 1)).get()).isEqualTo(Messages.answer(heartbeat("a", "b", 1)));
    }

    @Test
    void aMemberThatIsRemovedAndNotSpokenToIsForgottenWithItsConnectionsAndThreads() throws Exception {
        try (ServerSocket c = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            HttpPeerTransport server = peers.serving("b", b);
            HttpPeerTransport a = peers.asking(
                    Peers.CLUSTER,
                    "a",
                    Peers.SECRET,
                    Duration.ofSeconds(2),
                    null,
                    Map.of("b", Peers.url(server.port()), "c", Peers.url(c.getLocalPort())));
            Outcome underWay = new Outcome();
            a.send(heartbeat("a", "c", 1), underWay);
            try (Socket connection = c.accept()) {
                InputStream in = connection.getInputStream();
                assertThat(in.read()).isEqualTo('P');
                assertThat(threads("-peer-c-")).isOne();

                a.members(Set.of("a", "b"));

                // On a busy machine its time may be up while the connection is still being made.
                assertThat(underWay.get()).asString().containsAnyOf("no answer", "no connection in time");
                // The whole of it, and then its end.
                connection.setSoTimeout((int) PATIENCE.toMillis());
                assertThat(in.readAllBytes()).isNotEmpty();
            }
            await().atMost(PATIENCE).until(() -> threads("-peer-c-") == 0);
            assertThat(Peers.ask(a, heartbeat("a", "c", 2)).get()).isEqualTo("'c' is no member of this cluster now");
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

        String why = "'d' has not said where it is reached, and election.members gives no url for it here";
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

    /** The loop runs, and says who the members are and where, before its transport starts. */
    @Test
    void whatIsSaidBeforeAStartCountsFromItAndNotAfterAClose() throws Exception {
        HttpPeerTransport server = peers.serving("b", b);
        HttpPeerTransport a = new HttpPeerTransport(settings(server));
        closed.add(a);
        a.members(Set.of("a"));
        a.contact("c", List.of(Peers.url(peers.serving("c", d).port()).toString()));
        a.start((request, reply) -> {});
        assertThat(Peers.ask(a, heartbeat("a", "b", 1)).get()).isEqualTo("'b' is no member of this cluster now");
        assertThat(Peers.ask(a, heartbeat("a", "c", 2)).get()).isEqualTo(Messages.answer(heartbeat("a", "c", 2)));

        a.close();
        a.start((request, reply) -> {});

        assertThat(Peers.ask(a, heartbeat("a", "b", 3)).get()).isEqualTo(Messages.answer(heartbeat("a", "b", 3)));
        assertThat(Peers.ask(a, heartbeat("a", "c", 4)).get())
                .isEqualTo("'c' is no other member on this member's list");
    }

    // ------------------------------------------------------------------------------------------------ moving

    @Test
    void aMemberThatMovedIsCalledThereAndItsConnectionsEndAfterTheExchangeUnderWay() throws Exception {
        try (ServerSocket before = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(before.getLocalPort())));
            Outcome underWay = new Outcome();
            a.send(heartbeat("a", "b", 1), underWay);
            try (Socket connection = before.accept()) {
                InputStream in = connection.getInputStream();
                assertThat(in.read()).isEqualTo('P');

                a.contact("b", List.of(Peers.url(peers.serving("b", b).port()).toString()));

                Request there = heartbeat("a", "b", 2);
                assertThat(Peers.ask(a, there).get()).isEqualTo(Messages.answer(there));
                // What was under way is waited for, and answered by nobody who can sign.
                assertThat(underWay.isDone()).isFalse();
                connection
                        .getOutputStream()
                        .write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                assertThat(underWay.get()).asString().startsWith("unsigned answer (200)");
                connection.setSoTimeout((int) PATIENCE.toMillis());
                assertThat(in.readAllBytes()).isNotEmpty();
            }
            assertThat(Peers.ask(a, heartbeat("a", "b", 3)).get()).isEqualTo(Messages.answer(heartbeat("a", "b", 3)));
        }
    }

    /** The thread with its connection that nothing is under way on ends at once. */
    @Test
    void nothingIsLeftOfAConnectionToWhereAMemberWas() throws Exception {
        HttpPeerTransport before = peers.serving("b", b);
        HttpPeerTransport mover = peers.asking("mover", Map.of("b", Peers.url(before.port())));
        Request request = heartbeat("mover", "b", 1);
        assertThat(Peers.ask(mover, request).get()).isEqualTo(Messages.answer(request));
        await().atMost(PATIENCE).until(() -> threads("orders-mover-peer-b-") == 1);

        mover.contact("b", List.of("http://127.0.0.1:1"));

        // Long before a thread goes that has had nothing to do for a while.
        await().atMost(Duration.ofSeconds(15)).until(() -> threads("orders-mover-peer-b-") == 0);
    }

    @Test
    void whereAMemberDoesNotAnswerTheNextUrlIsTriedAndThatOfTheListLast() throws Exception {
        String nowhere = "http://127.0.0.1:1";
        HttpPeerTransport server = peers.serving("b", b);
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(server.port())));

        a.contact("b", List.of(nowhere, nowhere + "/path", "no url", "ftp://127.0.0.1", nowhere));

        assertThat(Peers.ask(a, heartbeat("a", "b", 1)).get()).isEqualTo("connection refused");
        assertThat(Peers.ask(a, heartbeat("a", "b", 2)).get()).isEqualTo("connection refused");
        Request third = heartbeat("a", "b", 3);
        assertThat(Peers.ask(a, third).get()).isEqualTo(Messages.answer(third));
    }

    /** A member with the same secret answers there, and says that it is another one. */
    @Test
    void whereAnotherMemberAnswersTheNextUrlIsTried() throws Exception {
        HttpPeerTransport another = peers.serving("c", d);
        HttpPeerTransport server = peers.serving("b", b);
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(server.port())));

        a.contact("b", List.of(Peers.url(another.port()).toString()));

        assertThat(Peers.ask(a, heartbeat("a", "b", 1)).get()).asString().contains("I am 'c', not 'b'");
        Request second = heartbeat("a", "b", 2);
        assertThat(Peers.ask(a, second).get()).isEqualTo(Messages.answer(second));
    }

    /** One call that fails among others that are answered is no reason to look elsewhere. */
    @Test
    void whereAMemberAnswersItIsCalledAgainAfterOneFailure() throws Exception {
        HttpPeerTransport server = peers.serving("b", b);
        HttpPeerTransport a = peers.asking("a", Map.of("b", URI.create("http://127.0.0.1:1")));
        a.contact("b", List.of(Peers.url(server.port()).toString()));
        Request first = heartbeat("a", "b", 1);
        assertThat(Peers.ask(a, first).get()).isEqualTo(Messages.answer(first));
        int port = server.port();
        server.close();
        assertThat(Peers.ask(a, heartbeat("a", "b", 2)).get()).asString().doesNotContain("Heartbeat[");

        peers.serving(Peers.CLUSTER, "b", Peers.SECRET, port, Peers.LONG, null, b);

        Request third = heartbeat("a", "b", 3);
        await().atMost(PATIENCE)
                .until(() -> Messages.answer(third).equals(Peers.ask(a, third).get()));
    }

    @Test
    void whereTheListIsRightAgainTheMemberIsCalledThere() throws Exception {
        HttpPeerTransport server = peers.serving("b", b);
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(server.port())));
        a.contact("b", List.of("http://127.0.0.1:1"));

        a.contact("b", List.of());

        Request request = heartbeat("a", "b", 1);
        assertThat(Peers.ask(a, request).get()).isEqualTo(Messages.answer(request));
    }

    /** Else whoever holds the secret could read what the members say to each other. */
    @Test
    void nobodyIsTalkedOutOfTls() {
        PeerSettings settings = new PeerSettings(
                Peers.CLUSTER,
                "a",
                Map.of("a", URI.create("https://127.0.0.1:1")),
                "/election",
                Peers.LONG,
                Peers.SECRET,
                null,
                null);
        PeerUrls urls = new PeerUrls(settings);

        urls.contact("b", List.of("http://127.0.0.1:2", "https://127.0.0.1:3"));

        assertThat(urls.urls("b")).containsExactly(URI.create("https://127.0.0.1:3"));
    }

    @Test
    void whetherItsOwnIdIsAmongTheMembersMakesNoDifference() throws Exception {
        HttpPeerTransport server = peers.serving("b", b);
        server.members(Set.of("a"));
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(server.port())));
        assertThat(Peers.ask(a, heartbeat("a", "b", 1)).get()).isEqualTo(Messages.answer(heartbeat("a", "b", 1)));
    }
}
