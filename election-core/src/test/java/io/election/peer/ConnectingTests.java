package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import io.election.core.Response;
import io.election.discovery.NameServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a peer costs that is down, and how one is found that has moved. */
class ConnectingTests {

    private static final Duration T = Duration.ofSeconds(1);
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    private final Peers peers = new Peers();
    private final List<AutoCloseable> open = new ArrayList<>();
    /** One for each attempt to connect to the host {@code b.test}. */
    private final AtomicInteger attempts = new AtomicInteger();

    @AfterEach
    void close() throws Exception {
        peers.close();
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private InetAddress[] atHome(String host, boolean anew) throws UnknownHostException {
        if (host.equals("b.test")) {
            attempts.incrementAndGet();
        }
        return new InetAddress[] {HERE};
    }

    private static URI b(int port) {
        return URI.create("http://b.test:" + port);
    }

    private static URI c(HttpPeerTransport serving) {
        return URI.create("http://c.test:" + serving.port());
    }

    private HttpPeerTransport answering(String id) {
        return peers.serving(id, (request, reply) -> reply.accept(Messages.answer(request)));
    }

    /** Connections to its port are refused. It is held meanwhile, or else another process of the tests could listen on it. */
    private Socket refusing() throws IOException {
        Socket held = new Socket();
        open.add(held);
        held.bind(new InetSocketAddress(HERE, FreePorts.next()));
        return held;
    }

    /** Takes connections, of which nobody ever takes more than the first few: the next attempts hang. */
    private int blackHole() throws IOException {
        ServerSocket socket = new ServerSocket();
        open.add(socket);
        socket.bind(new InetSocketAddress(HERE, 0), 1);
        for (int i = 0; i < 8; i++) {
            Socket fills = new Socket();
            open.add(fills);
            try {
                fills.connect(socket.getLocalSocketAddress(), 200);
            } catch (IOException full) {
                break;
            }
        }
        return socket.getLocalPort();
    }

    // ------------------------------------------------------------------------------------------------ who is down

    @Test
    void aMemberThatRefusesConnectionsIsTriedEverMoreSeldom() throws Exception {
        HttpPeerTransport a =
                peers.asking(T, this::atHome, Map.of("b", b(refusing().getLocalPort())));
        long begunNanos = System.nanoTime();
        int asked = 0;
        while (System.nanoTime() - begunNanos < TimeUnit.MILLISECONDS.toNanos(1500)) {
            assertThat(Peers.ask(a, Messages.heartbeat("orders", "a", "b", ++asked))
                            .get())
                    .isEqualTo("connection refused");
        }
        long millis = (System.nanoTime() - begunNanos) / 1_000_000;
        // Pauses of 10, 20, 40, 80 and 160 ms, and of 250 from then on.
        assertThat(attempts.get()).isGreaterThan(1).isLessThanOrEqualTo((int) (6 + (millis - 310) / 250 + 1));
        assertThat(asked).isGreaterThan(attempts.get());
    }

    @Test
    void aMemberThatSwallowsConnectionsIsTriedOnceAtATimeAndDelaysNobody() throws Exception {
        HttpPeerTransport serving = answering("c");
        HttpPeerTransport a = peers.asking(Peers.LONG, this::atHome, Map.of("b", b(blackHole()), "c", c(serving)));
        List<Peers.Outcome> toB = new ArrayList<>();
        for (int i = 1; i <= 20; i++) {
            Peers.Outcome outcome = new Peers.Outcome();
            a.send(
                    i % 2 == 0 ? Messages.append("orders", "a", "b", i) : Messages.heartbeat("orders", "a", "b", i),
                    outcome);
            toB.add(outcome);
            assertThat(Peers.ask(a, Messages.heartbeat("orders", "a", "c", 100 + i))
                            .get())
                    .isInstanceOf(Response.class);
        }
        assertThat(attempts).hasValue(1);
        a.close();
        for (Peers.Outcome outcome : toB) {
            assertThat(outcome.get()).isInstanceOf(String.class);
        }
    }

    @Test
    void aMemberWhoseNameIsUnknownDelaysNobody() throws Exception {
        HttpPeerTransport serving = answering("c");
        HttpPeerTransport a = peers.asking(
                T,
                (host, anew) -> {
                    if (host.equals("b.test")) {
                        throw new UnknownHostException(host);
                    }
                    return new InetAddress[] {HERE};
                },
                Map.of("b", b(1), "c", c(serving)));

        assertThat(Peers.ask(a, Messages.heartbeat("orders", "a", "b", 1)).get())
                .isEqualTo("unknown host 'b.test'");
        assertThat(Peers.ask(a, Messages.heartbeat("orders", "a", "c", 2)).get())
                .isInstanceOf(Response.class);
    }

    @Test
    void aMemberThatComesBackIsReachedByTheNextAttempt() throws Exception {
        Socket refusing = refusing();
        int port = refusing.getLocalPort();
        HttpPeerTransport a = peers.asking(T, this::atHome, Map.of("b", b(port)));
        assertThat(Peers.ask(a, Messages.heartbeat("orders", "a", "b", 1)).get())
                .isEqualTo("connection refused");
        refusing.close();
        peers.serving(
                Peers.CLUSTER,
                "b",
                Peers.SECRET,
                port,
                Peers.LONG,
                null,
                (request, reply) -> reply.accept(Messages.answer(request)));

        AtomicInteger request = new AtomicInteger(1);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> Peers.ask(a, Messages.heartbeat("orders", "a", "b", request.incrementAndGet()))
                                .get()
                        instanceof Response);
    }

    // ------------------------------------------------------------------------------------------------ who has moved

    @Test
    @EnabledOnOs(OS.LINUX)
    void afterAFailureTheNameIsLookedUpAnew() throws Exception {
        HttpPeerTransport serving = answering("b");
        List<Boolean> lookups = new ArrayList<>();
        HttpPeerTransport a = peers.asking(
                T,
                (host, anew) -> {
                    synchronized (lookups) {
                        lookups.add(anew);
                    }
                    // Nothing listens on the other address of this machine.
                    return new InetAddress[] {anew ? HERE : InetAddress.getByName("127.0.0.3")};
                },
                Map.of("b", b(serving.port())));
        AtomicInteger request = new AtomicInteger();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> Peers.ask(a, Messages.heartbeat("orders", "a", "b", request.incrementAndGet()))
                                .get()
                        instanceof Response);
        synchronized (lookups) {
            assertThat(lookups).startsWith(false, true);
            assertThat(lookups.subList(1, lookups.size()))
                    .as("what the JVM remembers may be wrong for as long as it likes")
                    .containsOnly(true);
        }
    }

    /** Another process has got the address of a member that moved, and answers in HTTP. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void afterAStrangersAnswerTheNameIsLookedUpAnew() throws Exception {
        HttpPeerTransport serving = answering("b");
        ServerSocket stranger = new ServerSocket(serving.port(), 10, InetAddress.getByName("127.0.0.4"));
        open.add(stranger);
        Thread answers = new Thread(() -> {
            byte[] answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            try {
                while (true) {
                    Socket caller = stranger.accept();
                    caller.getInputStream().read(new byte[4096]);
                    caller.getOutputStream().write(answer);
                }
            } catch (IOException closed) {
                // The test is over.
            }
        });
        answers.setDaemon(true);
        answers.start();
        HttpPeerTransport a = peers.asking(
                T,
                (host, anew) -> new InetAddress[] {anew ? HERE : InetAddress.getByName("127.0.0.4")},
                Map.of("b", b(serving.port())));

        assertThat(Peers.ask(a, Messages.heartbeat("orders", "a", "b", 1)).get())
                .asString()
                .contains("404");
        assertThat(Peers.ask(a, Messages.heartbeat("orders", "a", "b", 2)).get())
                .isInstanceOf(Response.class);
    }

    /** The JVM knows the name at an address where nobody is, for as long as it likes; the name server knows better. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aNameThatTheNameServerGivesAnotherAddressIsFollowedWhateverTheJvmRemembers() throws Exception {
        InetAddress moved = InetAddress.getByName("127.0.0.9");
        NameServer names = new NameServer().addresses("localhost", moved.getHostAddress());
        open.add(names);
        HttpPeerTransport serving =
                peers.servingAt(moved, "b", (request, reply) -> reply.accept(Messages.answer(request)));
        FreshLookup lookup = new FreshLookup(names.url(), Path.of("/no/such/file"));
        assertThat(lookup.find("localhost", false)).doesNotContain(moved);
        HttpPeerTransport a = peers.asking(T, lookup, Map.of("b", URI.create("http://localhost:" + serving.port())));

        AtomicInteger request = new AtomicInteger();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> Peers.ask(a, Messages.heartbeat("orders", "a", "b", request.incrementAndGet()))
                                .get()
                        instanceof Response);
    }

    @Test
    void searchDomainsAreThoseOfTheResolversConfiguration(@TempDir Path directory) throws Exception {
        InetAddress moved = InetAddress.getByName("127.0.0.9");
        NameServer names = new NameServer().addresses("localhost.svc.test", moved.getHostAddress());
        open.add(names);
        Path conf = Files.writeString(
                directory.resolve("resolv.conf"), "# of the test\nsearch other.test svc.test\noptions ndots:5\n");
        assertThat(new FreshLookup(names.url(), conf).find("localhost", true)).startsWith(moved);
        assertThat(new FreshLookup(names.url(), directory.resolve("none")).find("localhost", true))
                .doesNotContain(moved);
    }

    @Test
    void anAddressIsLookedUpNowhere() throws Exception {
        FreshLookup nowhere = new FreshLookup("dns://127.0.0.1:" + refusing().getLocalPort(), Path.of("/no/such/file"));
        assertThat(nowhere.find("127.0.0.1", true)).containsExactly(InetAddress.getByName("127.0.0.1"));
        assertThat(nowhere.find("[::1]", true)).containsExactly(InetAddress.getByName("::1"));
        assertThat(nowhere.find("localhost", true)).as("no name server answers").isNotEmpty();
    }

    // ------------------------------------------------------------------------------------------------ older members

    @Test
    void aMemberThatKnowsNoPingsIsAskedOnceAndNotTakenToBeAway() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        ServerSocket older = new ServerSocket(0, 10, HERE);
        open.add(older);
        Thread answers = new Thread(() -> {
            byte[] answer = "HTTP/1.1 404 Refused\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            try {
                while (true) {
                    Socket caller = older.accept();
                    caller.getInputStream().read(new byte[4096]);
                    requests.incrementAndGet();
                    caller.getOutputStream().write(answer);
                }
            } catch (IOException closed) {
                // The test is over.
            }
        });
        answers.setDaemon(true);
        answers.start();
        HttpPeerTransport a = peers.asking(T, this::atHome, Map.of("b", b(older.getLocalPort())));

        // The first ping may be sent once more without the wish for the connection.
        int first = 0;
        for (int i = 1; i <= 3; i++) {
            CompletableFuture<String> notSent = new CompletableFuture<>();
            a.send(Messages.ping("a", "b", i), new PeerCallback() {
                @Override
                public void answered(Response response) {
                    notSent.complete("answered");
                }

                @Override
                public void failed(String detail) {
                    notSent.complete("failed: " + detail);
                }

                @Override
                public void notSent(String detail) {
                    notSent.complete(detail);
                }
            });
            assertThat(notSent.get(50, TimeUnit.SECONDS)).isEqualTo(MessageSending.NO_PINGS);
            first = i == 1 ? requests.get() : first;
        }
        assertThat(first).isBetween(1, 2);
        assertThat(requests).as("the others").hasValue(first);
    }
}
