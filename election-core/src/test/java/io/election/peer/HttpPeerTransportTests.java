package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.Peers.Answering;
import io.election.peer.Peers.Outcome;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpPeerTransportTests {

    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final Peers peers = new Peers();
    private final List<AutoCloseable> closing = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        peers.close();
        for (AutoCloseable each : closing) {
            each.close();
        }
    }

    private static Request.Heartbeat heartbeat(String to, long requestId) {
        return Messages.heartbeat(Peers.CLUSTER, "a", to, requestId);
    }

    private static Request.Append append(String to, long requestId) {
        return Messages.append(Peers.CLUSTER, "a", to, requestId);
    }

    private static Outcome send(HttpPeerTransport from, Request request) {
        Outcome outcome = new Outcome();
        from.send(request, outcome);
        return outcome;
    }

    /** Takes connections and never says a word. */
    private URI blackhole() throws IOException {
        ServerSocket hole = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        closing.add(hole);
        return Peers.url(hole.getLocalPort());
    }

    private URI nobody() throws IOException {
        return Peers.url(FreePorts.next());
    }

    private HttpPeerTransport impatient(URI b) {
        return peers.asking(Peers.CLUSTER, "a", Peers.SECRET, Duration.ofSeconds(1), null, Map.of("b", b));
    }

    /** A proxy may refuse what it does not know, or end the connection. The request gets through, without the wish. */
    @ParameterizedTest
    @ValueSource(ints = {403, 400, 501, -1})
    void asksAgainWithoutTheWishForTheConnectionWhereThatIsRefused(int refusal) throws Exception {
        HttpPeerTransport b = peers.serving("b", new Answering());
        try (Wiretap proxy = new Wiretap(b.port())) {
            proxy.onUpgrade = refusal;
            HttpPeerTransport a = peers.asking("a", Map.of("b", proxy.url()));
            for (int i = 0; i < 10; i++) {
                assertThat(Peers.ask(a, heartbeat("b", i)).get()).isEqualTo(Messages.answer(heartbeat("b", i)));
            }
            assertThat(proxy.upgrades).hasValue(1);
        }
    }

    /** A connection that was just opened was not being closed by its server; only a wish that it carried may be why it ended. */
    @Test
    void sendsNothingTwiceOnANewConnectionWithoutAWish() throws Exception {
        AtomicInteger connections = new AtomicInteger();
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        closing.add(server);
        Thread closer = new Thread(() -> {
            while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                    connections.incrementAndGet();
                    socket.getInputStream().read();
                } catch (IOException ended) {
                    // The test has ended, or the member has.
                    continue;
                }
            }
        });
        closer.setDaemon(true);
        closer.start();
        HttpPeerTransport a = peers.asking(
                Peers.CLUSTER,
                "a",
                new PeerAuthentication.TlsIdentity(null),
                Peers.LONG,
                null,
                Map.of("b", Peers.url(server.getLocalPort())));
        assertThat(Peers.ask(a, heartbeat("b", 1)).get()).isInstanceOf(String.class);
        assertThat(connections).hasValue(1);
    }

    @Test
    void stopsWishingForAConnectionThatNobodyHandsOver() throws Exception {
        HttpPeerTransport b = peers.serving("b", new Answering());
        try (Wiretap proxy = new Wiretap(b.port())) {
            HttpPeerTransport a = peers.asking("a", Map.of("b", proxy.url()));
            for (int i = 0; i < 10; i++) {
                assertThat(Peers.ask(a, heartbeat("b", i)).get()).isEqualTo(Messages.answer(heartbeat("b", i)));
            }
            assertThat(proxy.upgrades).hasValue(3);
        }
    }

    @Test
    void heartbeatsWaitNeitherForADiskNorForAnotherPeer() throws Exception {
        List<Runnable> hanging = new CopyOnWriteArrayList<>();
        HttpPeerTransport b = peers.serving("b", (request, reply) -> {
            if (request instanceof Request.Append) {
                hanging.add(() -> reply.accept(Messages.answer(request)));
            } else {
                reply.accept(Messages.answer(request));
            }
        });
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(b.port()), "c", blackhole()));
        List<Outcome> never = new ArrayList<>();
        List<Outcome> appends = new ArrayList<>();
        for (int i = 0; i < PeerClient.OUTSTANDING; i++) {
            never.add(send(a, heartbeat("c", i)));
            never.add(send(a, append("c", i)));
            appends.add(send(a, append("b", i)));
        }
        for (int i = PeerClient.OUTSTANDING; i < PeerCallers.MOST_LIGHT; i++) {
            never.add(send(a, heartbeat("c", i)));
        }
        await().atMost(PATIENCE).until(() -> hanging.size() == PeerClient.OUTSTANDING);

        for (int i = 0; i < 20; i++) {
            assertThat(Peers.ask(a, heartbeat("b", i)).get()).isEqualTo(Messages.answer(heartbeat("b", i)));
        }

        assertThat(send(a, append("b", 9)).get()).asString().startsWith("too many outstanding");
        // Of the heartbeats that cannot be sent, the newest waits.
        Outcome older = send(a, heartbeat("c", 19));
        assertThat(older.isDone()).isFalse();
        never.add(send(a, heartbeat("c", 20)));
        assertThat(older.get()).isEqualTo("a newer one took its place");
        assertThat(never).noneMatch(Outcome::isDone);
        assertThat(appends).noneMatch(Outcome::isDone);
        hanging.forEach(Runnable::run);
        for (int i = 0; i < appends.size(); i++) {
            assertThat(appends.get(i).get()).isEqualTo(Messages.answer(append("b", i)));
        }
        a.close();
        for (Outcome outcome : never) {
            assertThat(outcome.get()).isEqualTo("closed");
        }
    }

    @Test
    void whoeverWaitsOrAsksIsToldAtOnceThatAMemberIsOutOfService() throws Exception {
        List<Request> held = new CopyOnWriteArrayList<>();
        HttpPeerTransport b = peers.serving("b", (request, reply) -> held.add(request));
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(b.port())));
        Outcome waiting = send(a, heartbeat("b", 1));
        await().atMost(PATIENCE).until(() -> held.size() == 1);

        b.outOfService("its election came to an end");

        assertThat(waiting.get()).isEqualTo("refused (503): its election came to an end");
        assertThat(Peers.ask(a, append("b", 2)).get()).isEqualTo("refused (503): its election came to an end");
        assertThat(held).hasSize(1);
        assertThat(b.refused()).containsEntry("out-of-service", 2L);
        b.close();
        b.start((request, reply) -> reply.accept(Messages.answer(request)));
        HttpPeerTransport again = peers.asking("a", Map.of("b", Peers.url(b.port())));
        assertThat(Peers.ask(again, heartbeat("b", 3)).get()).isEqualTo(Messages.answer(heartbeat("b", 3)));
    }

    @Test
    void aRequestThatTheHandlerRefusesIsAnsweredAtOnce() throws Exception {
        HttpPeerTransport b = peers.serving("b", (request, reply) -> {
            throw new RejectedExecutionException("it takes no part");
        });
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(b.port())));
        assertThat(Peers.ask(a, heartbeat("b", 1)).get()).isEqualTo("refused (503): it takes no part");
    }

    @Test
    void givesUpInTimeOnAPeerThatNeverAnswers() throws Exception {
        HttpPeerTransport a = impatient(blackhole());
        awaitNoAnswerInTime(a);
        // The places are free again.
        for (int i = 0; i < 2 * PeerClient.OUTSTANDING; i++) {
            assertThat(Peers.ask(a, heartbeat("b", i)).get()).isIn("no answer within PT1S", FailedCall.NO_CONNECTION);
        }
    }

    @Test
    void givesUpInTimeOnAnAnswerThatTrickles() throws Exception {
        ServerSocket trickle = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        closing.add(trickle);
        serve(trickle, (socket, number) -> {
            readRequest(socket);
            socket.getOutputStream()
                    .write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            return true;
        });
        HttpPeerTransport a = impatient(Peers.url(trickle.getLocalPort()));
        awaitNoAnswerInTime(a);
    }

    /** On a busy machine the time may be over before there is a connection, or before the beginning of an answer was read. */
    private static void awaitNoAnswerInTime(HttpPeerTransport a) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> Peers.ask(a, heartbeat("b", 1)).get(), "no answer within PT1S"::equals);
    }

    @Test
    void saysWhatIsWrongWithAnUnreachablePeer() throws Exception {
        HttpPeerTransport a =
                peers.asking("a", Map.of("b", nobody(), "c", URI.create("http://no-such-host.invalid:1")));
        assertThat(Peers.ask(a, heartbeat("b", 1)).get()).isEqualTo("connection refused");
        assertThat(Peers.ask(a, heartbeat("c", 1)).get()).isEqualTo("unknown host 'no-such-host.invalid'");
        assertThat(Peers.ask(a, heartbeat("x", 1)).get()).isEqualTo("'x' is no other member on this member's list");
    }

    @Test
    void refusesALongAnswer() throws Exception {
        ServerSocket chatty = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        closing.add(chatty);
        serve(chatty, (socket, number) -> {
            readRequest(socket);
            byte[] block = new byte[64 * 1024];
            socket.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < 64; i++) {
                socket.getOutputStream().write(block);
            }
            return false;
        });
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(chatty.getLocalPort())));
        assertThat(Peers.ask(a, heartbeat("b", 1)).get()).isEqualTo("the answer has more than 1048576 bytes");
    }

    @Test
    void asksOnceMoreWhenTheServerClosedTheConnectionJustThen() throws Exception {
        ServerSocket closer = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        closing.add(closer);
        AtomicInteger requests = new AtomicInteger();
        List<String> calls = new CopyOnWriteArrayList<>();
        MessageCodec codec = new MessageCodec();
        serve(closer, (socket, number) -> {
            calls.add(readRequest(socket));
            int request = requests.incrementAndGet();
            if (request == 2 || request > 3) {
                return false;
            }
            byte[] body = codec.write(Messages.answer(heartbeat("b", request == 1 ? 1 : 2)));
            socket.getOutputStream()
                    .write(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(body);
            socket.getOutputStream().flush();
            return true;
        });
        HttpPeerTransport a = peers.asking(
                Peers.CLUSTER,
                "a",
                new PeerAuthentication.TrustedNetwork(),
                Peers.LONG,
                null,
                Map.of("b", Peers.url(closer.getLocalPort())));
        assertThat(Peers.ask(a, heartbeat("b", 1)).get()).isEqualTo(Messages.answer(heartbeat("b", 1)));
        assertThat(Peers.ask(a, heartbeat("b", 2)).get()).isEqualTo(Messages.answer(heartbeat("b", 2)));
        assertThat(calls).hasSize(3).doesNotHaveDuplicates();
        // And no more than once.
        assertThat(Peers.ask(a, heartbeat("b", 3)).get()).isInstanceOf(String.class);
        assertThat(calls).hasSize(5);
        // A connection that was opened for a request cannot have been about to close.
        assertThat(Peers.ask(a, heartbeat("b", 4)).get()).asString().startsWith("the connection was closed");
        assertThat(calls).hasSize(6);
    }

    /** Three processes as one member, one after the other: at the same time they would take the session from each other. */
    @Test
    void answersBusyBeyondTheRequestsThatMayBeHeld() throws Exception {
        List<Runnable> hanging = new CopyOnWriteArrayList<>();
        HttpPeerTransport b =
                peers.serving("b", (request, reply) -> hanging.add(() -> reply.accept(Messages.answer(request))));
        List<Outcome> held = new ArrayList<>();
        while (held.size() < PeerEndpoint.HELD) {
            HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(b.port())));
            for (int i = 0; i < PeerClient.OUTSTANDING; i++) {
                held.add(send(a, append("b", i)));
            }
            await().atMost(PATIENCE).until(() -> hanging.size() == held.size());
        }

        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(b.port())));
        for (int i = 0; i < PeerClient.OUTSTANDING; i++) {
            assertThat(Peers.ask(a, append("b", i)).get())
                    .isEqualTo("refused (503): too many of your requests wait for a reply");
        }

        assertThat(b.refused()).containsEntry("busy", (long) PeerClient.OUTSTANDING);
        assertThat(held).noneMatch(Outcome::isDone);
        hanging.forEach(Runnable::run);
        for (Outcome outcome : held) {
            assertThat(outcome.get()).isInstanceOf(Response.class);
        }
    }

    @Test
    void answersOutOfTimeWhenTheHandlerNeverReplies() throws Exception {
        HttpPeerTransport b = peers.serving(
                Peers.CLUSTER, "b", Peers.SECRET, 0, Duration.ofMillis(200), null, (request, reply) -> {});
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(b.port())));
        assertThat(Peers.ask(a, heartbeat("b", 1)).get()).isEqualTo("refused (503): no reply within PT0.2S");
        assertThat(b.refused()).containsEntry("out-of-time", 1L);
    }

    @Test
    void saysSoWhenTheHandlerThrows() throws Exception {
        HttpPeerTransport b = peers.serving("b", (request, reply) -> {
            throw new IllegalStateException("broken");
        });
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(b.port())));
        assertThat(Peers.ask(a, heartbeat("b", 1)).get())
                .isEqualTo("refused (503): this member could not take the request:"
                        + " java.lang.IllegalStateException: broken");
    }

    @Test
    void takesTheFirstReplyAndIgnoresTheOthers() throws Exception {
        HttpPeerTransport b = peers.serving("b", (request, reply) -> {
            reply.accept(Messages.answer(request));
            reply.accept(Messages.answer(heartbeat("b", 99)));
        });
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(b.port())));
        assertThat(Peers.ask(a, heartbeat("b", 1)).get()).isEqualTo(Messages.answer(heartbeat("b", 1)));
    }

    @Test
    void refusesAnAnswerToAnotherRequest() throws Exception {
        HttpPeerTransport b = peers.serving("b", (request, reply) -> reply.accept(Messages.answer(heartbeat("b", 99))));
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(b.port())));
        assertThat(Peers.ask(a, heartbeat("b", 1)).get()).isEqualTo("its answer belongs to another request or member");
        assertThat(Peers.ask(a, append("b", 1)).get()).asString().startsWith("bad answer: ");
    }

    /** Each with the right number and the right secret. */
    @Test
    void refusesTheAnswerOfAnotherMemberOrClusterOrForAnother() throws Exception {
        List<Request> answered = List.of(
                Messages.heartbeat(Peers.CLUSTER, "a", "c", 1),
                Messages.heartbeat("invoices", "a", "b", 1),
                Messages.heartbeat(Peers.CLUSTER, "c", "b", 1));
        for (Request another : answered) {
            HttpPeerTransport b = peers.serving("b", (request, reply) -> reply.accept(Messages.answer(another)));
            HttpPeerTransport a = peers.askingInJson("a", Map.of("b", Peers.url(b.port())));
            assertThat(Peers.ask(a, heartbeat("b", 1)).get())
                    .as("%s", another.header())
                    .isEqualTo("its answer belongs to another request or member");
        }
    }

    @Test
    void closesAtOnceWithRequestsUnderWayOnBothSides() throws Exception {
        List<Consumer<Response>> held = new CopyOnWriteArrayList<>();
        HttpPeerTransport b = peers.serving("b", (request, reply) -> held.add(reply));
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(b.port())));
        Outcome first = send(a, heartbeat("b", 1));
        await().atMost(PATIENCE).until(() -> held.size() == 1);
        b.close();
        assertThat(first.get()).isInstanceOf(String.class);

        HttpPeerTransport other = peers.asking("a", Map.of("b", blackhole()));
        Outcome second = send(other, append("b", 1));
        other.close();
        assertThat(second.get()).isEqualTo("closed");
        assertThat(Peers.ask(other, append("b", 2)).get()).isEqualTo("closed");
    }

    @Test
    void startsAgainAfterItWasClosed() throws Exception {
        Answering answering = new Answering();
        HttpPeerTransport b = peers.serving("b", answering);
        int port = b.port();
        b.close();
        b.close();
        assertThat(b.port()).isEqualTo(-1);
        HttpPeerTransport again = peers.serving(Peers.CLUSTER, "b", Peers.SECRET, port, Peers.LONG, null, answering);
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(port)));
        assertThat(Peers.ask(a, heartbeat("b", 1)).get()).isEqualTo(Messages.answer(heartbeat("b", 1)));
        assertThatIllegalStateException().isThrownBy(() -> a.start(answering));
        for (int i = 0; i < 3; i++) {
            a.close();
            a.start(answering);
            assertThat(Peers.ask(a, heartbeat("b", i)).get()).isEqualTo(Messages.answer(heartbeat("b", i)));
        }
        assertThat(again.refused()).containsEntry("replayed", 0L);
    }

    @Test
    void endsItsThreadsWhenItIsClosed() throws Exception {
        HttpPeerTransport b = peers.serving("threads", "b", Peers.SECRET, 0, Peers.LONG, null, new Answering());
        HttpPeerTransport a =
                peers.asking("threads", "a", Peers.SECRET, Peers.LONG, null, Map.of("b", Peers.url(b.port())));
        Request request = Messages.heartbeat("threads", "a", "b", 1);
        assertThat(Peers.ask(a, request).get()).isEqualTo(Messages.answer(request));
        assertThat(threads()).isNotEmpty().allMatch(Thread::isDaemon);
        a.close();
        b.close();
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(threads()).isEmpty());
    }

    private static List<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("election-threads-"))
                .toList();
    }

    @Test
    void saysWhichPortCannotBeHad() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatExceptionOfType(UncheckedIOException.class)
                    .isThrownBy(() -> peers.serving(
                            Peers.CLUSTER, "b", Peers.SECRET, taken.getLocalPort(), Peers.LONG, null, new Answering()))
                    .withMessageContaining("cannot listen for peers on")
                    .withMessageContaining(String.valueOf(taken.getLocalPort()));
        }
    }

    @Test
    void knowsItselfAndOthersByTheirUrl() throws Exception {
        HttpPeerTransport b = peers.serving("b", new Answering());
        HttpPeerTransport a = peers.serving("a", new Answering());
        HttpPeerTransport invoices = peers.serving("invoices", "a", Peers.SECRET, 0, Peers.LONG, null, new Answering());
        HttpPeerTransport otherSecret = peers.serving(
                Peers.CLUSTER, "a", Peers.secret("quite another secret"), 0, Peers.LONG, null, new Answering());

        assertThat(identify(b, Peers.url(b.port()))).isEqualTo(new PeerIdentity.Self());
        assertThat(identify(b, URI.create(Peers.url(b.port()) + "/"))).isEqualTo(new PeerIdentity.Self());
        assertThat(identify(b, Peers.url(a.port()))).isEqualTo(new PeerIdentity.AnotherMember(Peers.CLUSTER, "a"));
        assertThat(identify(b, Peers.url(invoices.port()))).isEqualTo(new PeerIdentity.AnotherMember("invoices", "a"));
        assertThat(identify(b, Peers.url(otherSecret.port()))).isInstanceOf(PeerIdentity.SomethingElse.class);
        assertThat(identify(b, URI.create(Peers.url(a.port()) + "/prefix")))
                .isEqualTo(new PeerIdentity.SomethingElse(
                        "unsigned answer (404): the election has no such path here; the url may"
                                + " lack a context path, or election.peer.path may be another one there"));
        assertThat(identify(b, nobody())).isEqualTo(new PeerIdentity.Nobody("connection refused"));
        b.close();
        assertThat(identify(b, Peers.url(a.port()))).isEqualTo(new PeerIdentity.Nobody("closed"));
    }

    @Test
    void twoProcessesOfOneMemberAreNotTheSame() throws Exception {
        HttpPeerTransport one = peers.serving("b", new Answering());
        HttpPeerTransport two = peers.serving("b", new Answering());
        assertThat(identify(one, Peers.url(two.port()))).isEqualTo(new PeerIdentity.AnotherMember(Peers.CLUSTER, "b"));
    }

    @Test
    void givesUpInTimeOnAUrlThatNeverSaysWhoItIs() throws Exception {
        HttpPeerTransport b =
                peers.serving(Peers.CLUSTER, "b", Peers.SECRET, 0, Duration.ofMillis(200), null, new Answering());
        assertThat(identify(b, blackhole())).isEqualTo(new PeerIdentity.Nobody("no answer within PT5S"));
    }

    private static PeerIdentity identify(HttpPeerTransport transport, URI url) throws Exception {
        return transport.identify(url).get(50, TimeUnit.SECONDS);
    }

    @Test
    void refusesSettingsThatCannotWork() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings("a", "http://b:1", "election"))
                .withMessageContaining("path must begin with a slash");
        assertThatIllegalArgumentException().isThrownBy(() -> settings("a", "http://b:1", "/election/"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings("a", "b:1", "/election"))
                .withMessage("the url of 'b' must be like http://host:port/prefix, but is b:1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings("x", "http://b:1", "/election"))
                .withMessageContaining("urls must name this member, 'x'");
    }

    private static void settings(String nodeId, String url, String path) {
        new PeerSettings(
                Peers.CLUSTER,
                nodeId,
                Map.of("a", URI.create("http://a:1"), "b", URI.create(url)),
                path,
                Peers.LONG,
                Peers.SECRET,
                null,
                null);
    }

    /** Takes one request of a connection; goes on with it if it says so. */
    private interface Talk {

        boolean takeOne(Socket socket, int number) throws IOException;
    }

    private static void serve(ServerSocket server, Talk talk) {
        Thread thread = new Thread(() -> {
            while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                    for (int number = 1; talk.takeOne(socket, number); ) {
                        number++;
                    }
                } catch (IOException ex) {
                    // The client, or the test, has had enough.
                }
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    /** Reads one request; its call header is the answer. */
    private static String readRequest(Socket socket) throws IOException {
        BufferedReader reader =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        String call = "";
        int length = 0;
        for (String line = reader.readLine(); ; line = reader.readLine()) {
            if (line == null) {
                throw new IOException("closed");
            }
            if (line.isEmpty()) {
                break;
            }
            if (line.toLowerCase().startsWith("content-length:")) {
                length = Integer.parseInt(line.substring(15).trim());
            }
            if (line.startsWith(Call.HEADER)) {
                call = line;
            }
        }
        reader.skip(length);
        return call;
    }
}
