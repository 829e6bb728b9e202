package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.Request;
import io.election.peer.Peers.Answering;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Most of it is waiting until slow callers have used up their time, side by side. */
@Execution(ExecutionMode.CONCURRENT)
class PeerServerTests {

    final Peers peers = new Peers();
    final Answering answering = new Answering();
    final List<Socket> sockets = new ArrayList<>();

    HttpPeerTransport serving() {
        return peers.serving("b", answering);
    }

    HttpPeerTransport asking(HttpPeerTransport server, String prefix) {
        return peers.asking("a", Map.of("b", URI.create(Peers.url(server.port()) + prefix)));
    }

    PeerTls tls() {
        return null;
    }

    /** The bytes that a stranger may get when its connection is closed. */
    int mostOfAFarewell() {
        return 0;
    }

    @AfterEach
    void close() throws IOException {
        peers.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    Socket connect(int port, String text) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        sockets.add(socket);
        socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(50));
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    static Request heartbeat(long requestId) {
        return Messages.heartbeat(Peers.CLUSTER, "a", "b", requestId);
    }

    @Test
    void closesTheConnectionsOfCallersThatSendTooSlowly() throws Exception {
        HttpPeerTransport b = serving();
        List<Socket> slow = List.of(
                connect(b.port(), "P"),
                connect(b.port(), "POST /election/vote HTTP/1.1\r\nHost: x\r\n"),
                connect(b.port(), "POST /election/vote HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{"));
        for (Socket socket : slow) {
            InputStream in = socket.getInputStream();
            // An answer may come first; what counts is that the connection ends.
            assertThat(in.readAllBytes()).hasSizeLessThan(1000);
        }
        HttpPeerTransport a = asking(b, "");
        for (int i = 0; i < 20; i++) {
            assertThat(Peers.ask(a, heartbeat(i)).get()).isEqualTo(Messages.answer(heartbeat(i)));
        }
    }

    @Test
    void staysReachableAmongManyIdleAndHalfOpenConnections() throws Exception {
        HttpPeerTransport b = serving();
        HttpPeerTransport a = asking(b, "");
        assertThat(Peers.ask(a, heartbeat(0)).get()).isEqualTo(Messages.answer(heartbeat(0)));
        for (int i = 0; i < 150; i++) {
            connect(b.port(), "");
        }
        for (int i = 0; i < PeerServer.STRANGERS / 2; i++) {
            connect(b.port(), "POST /election/vo");
        }
        for (int i = 0; i < 20; i++) {
            assertThat(Peers.ask(a, heartbeat(i)).get()).isEqualTo(Messages.answer(heartbeat(i)));
        }
    }

    /** At once, and not only when their time is up. Who comes later is taken later, so all of them have come by then. */
    @Test
    void whereTooManyStrangersWaitTheOldestGoAtOnce() throws Exception {
        HttpPeerTransport b = serving();
        int tooMany = 20;
        for (int i = 0; i < PeerServer.STRANGERS + tooMany; i++) {
            connect(b.port(), "");
        }
        HttpPeerTransport a = asking(b, "");
        assertThat(Peers.ask(a, heartbeat(1)).get()).isEqualTo(Messages.answer(heartbeat(1)));
        for (Socket oldest : sockets.subList(0, tooMany)) {
            oldest.setSoTimeout(1000);
            assertThat(hasEnded(oldest)).isTrue();
        }
    }

    private static boolean hasEnded(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException open) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    @Test
    void recoversFromMoreSlowCallersThanItHasThreads() throws Exception {
        HttpPeerTransport b = serving();
        for (int i = 0; i < 300; i++) {
            connect(b.port(), "POST /election/vo");
        }
        for (Socket socket : sockets) {
            try {
                assertThat(socket.getInputStream().readAllBytes()).hasSizeLessThanOrEqualTo(mostOfAFarewell());
            } catch (IOException ex) {
                assertThat(ex).hasMessageContaining("reset");
            }
        }
        HttpPeerTransport a = asking(b, "");
        assertThat(Peers.ask(a, heartbeat(1)).get()).isEqualTo(Messages.answer(heartbeat(1)));
    }

    @Test
    void answersMembersAmongMoreSlowCallersThanItHasThreads() throws Exception {
        HttpPeerTransport b = serving();
        HttpPeerTransport a = asking(b, "");
        assertThat(Peers.ask(a, heartbeat(0)).get()).isEqualTo(Messages.answer(heartbeat(0)));
        for (int i = 0; i < 300; i++) {
            connect(b.port(), "POST /election/vo");
        }
        for (int i = 1; i < 20; i++) {
            assertThat(Peers.ask(a, heartbeat(i)).get()).isEqualTo(Messages.answer(heartbeat(i)));
        }
    }

    @Test
    void takesGarbageWithoutHarm() throws Exception {
        HttpPeerTransport b = serving();
        for (String garbage :
                List.of("\r\n\r\n", "\u0016\u0003\u0001 hello", "GET / HTTP/1.1\r\n\r\n", "x".repeat(20_000))) {
            connect(b.port(), garbage).shutdownOutput();
        }
        HttpPeerTransport a = asking(b, "");
        assertThat(Peers.ask(a, heartbeat(1)).get()).isEqualTo(Messages.answer(heartbeat(1)));
    }

    @Test
    void answersUnderThePrefixOfItsUrlAndWithout() throws Exception {
        HttpPeerTransport b = new HttpPeerTransport(new PeerSettings(
                Peers.CLUSTER,
                "b",
                Map.of("a", Peers.url(1), "b", URI.create("http://127.0.0.1:1/inner/b/")),
                "/election",
                Peers.LONG,
                Peers.SECRET,
                new PeerSettings.ServerSettings(InetAddress.getLoopbackAddress(), 0),
                tls()));
        try {
            b.start(answering);
            for (String prefix : List.of("", "/", "/inner/b", "/inner/b/")) {
                HttpPeerTransport a = asking(b, prefix);
                assertThat(Peers.ask(a, heartbeat(1)).get()).isEqualTo(Messages.answer(heartbeat(1)));
            }
            HttpPeerTransport a = asking(b, "/other");
            assertThat(Peers.ask(a, heartbeat(1)).get())
                    .asString()
                    .startsWith("unsigned answer (404): the election has no such path here");
        } finally {
            b.close();
        }
    }
}
