package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.Request;
import io.election.peer.Peers.Answering;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A proxy between members passes the same messages on in its own way, and HTTP/1.1 gives it many. */
class ProxyTests {

    private static final List<String> PASSED_ON =
            List.of("Content-Type", Call.HEADER, Call.DIGEST_HEADER, Call.MAC_HEADER, Call.CHALLENGE_HEADER);

    /** How a proxy writes what it passes on, each with headers of its own. */
    enum Manner {
        WITH_A_LENGTH,
        IN_LOWER_CASE,
        REQUESTS_IN_CHUNKS,
        ANSWERS_IN_CHUNKS,
        ANSWERS_UP_TO_THE_END,
        ANSWERS_IN_HTTP_1_0,
        CLOSING_EACH_CONNECTION,
        WITH_INTERIM_ANSWERS
    }

    private final Peers peers = new Peers();
    private final Answering answering = new Answering();
    private final List<String> requestHeads = new CopyOnWriteArrayList<>();
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private ServerSocket proxy;
    private HttpPeerTransport b;
    private volatile Manner manner = Manner.WITH_A_LENGTH;

    @BeforeEach
    void start() throws IOException {
        b = peers.serving("b", answering);
        proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread accepting = new Thread(this::accept, "proxy");
        accepting.setDaemon(true);
        accepting.start();
    }

    @AfterEach
    void stop() throws IOException {
        peers.close();
        proxy.close();
        for (Socket socket : open) {
            socket.close();
        }
    }

    private void accept() {
        while (!proxy.isClosed()) {
            try {
                Socket socket = proxy.accept();
                open.add(socket);
                Thread serving = new Thread(() -> serve(socket), "proxy-connection");
                serving.setDaemon(true);
                serving.start();
            } catch (IOException ex) {
                // Closed.
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            HttpConnection asker = HttpConnection.accept(socket, null, false, Long.MAX_VALUE);
            boolean keeps = true;
            while (keeps && asker.awaitMessage()) {
                asker.readUntil(System.nanoTime() + TimeUnit.SECONDS.toNanos(50));
                keeps = pass(asker, socket.getOutputStream());
            }
        } catch (IOException ex) {
            // The asker finds out.
        }
    }

    private boolean pass(HttpConnection asker, OutputStream back) throws IOException {
        HttpHead head = asker.readHead();
        byte[] body = asker.readBody(head, true, PeerEndpoint.LARGEST_BODY);
        requestHeads.add(head.firstLine() + (head.header("Expect") == null ? "" : " expects"));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), b.port())) {
            write(
                    socket.getOutputStream(),
                    head.firstLine(),
                    head,
                    body,
                    "Host: inner\r\nVia: 1.1 proxy\r\nX-Forwarded-For: 127.0.0.1\r\nConnection: close\r\n",
                    manner == Manner.REQUESTS_IN_CHUNKS,
                    true);
            HttpConnection answerer = HttpConnection.accept(socket, null, false, Long.MAX_VALUE);
            answerer.readUntil(System.nanoTime() + TimeUnit.SECONDS.toNanos(50));
            HttpHead answer = answerer.readHead();
            byte[] answered = answerer.readBody(answer, false, PeerEndpoint.LARGEST_BODY);
            String status = answer.firstLine().substring("HTTP/1.1 ".length());
            if (manner == Manner.WITH_INTERIM_ANSWERS) {
                back.write("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII));
            }
            boolean ends = manner == Manner.ANSWERS_UP_TO_THE_END
                    || manner == Manner.ANSWERS_IN_HTTP_1_0
                    || manner == Manner.CLOSING_EACH_CONNECTION;
            write(
                    back,
                    (manner == Manner.ANSWERS_IN_HTTP_1_0 ? "HTTP/1.0 " : "HTTP/1.1 ") + status,
                    answer,
                    answered,
                    "Server: proxy\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                            + (manner == Manner.CLOSING_EACH_CONNECTION ? "Connection: close\r\n" : ""),
                    manner == Manner.ANSWERS_IN_CHUNKS,
                    manner != Manner.ANSWERS_UP_TO_THE_END && manner != Manner.ANSWERS_IN_HTTP_1_0);
            return !ends;
        }
    }

    private void write(
            OutputStream out,
            String firstLine,
            HttpHead head,
            byte[] body,
            String own,
            boolean chunks,
            boolean withLength)
            throws IOException {
        StringBuilder text = new StringBuilder(own);
        for (String name : PASSED_ON) {
            String value = head.header(name);
            if (value != null) {
                text.append(name).append(": ").append(value).append("\r\n");
            }
        }
        if (chunks) {
            text.append("Transfer-Encoding: chunked\r\n");
        } else if (withLength) {
            text.append("Content-Length: ").append(body.length).append("\r\n");
        }
        String headers = text.toString();
        if (manner == Manner.IN_LOWER_CASE) {
            StringBuilder lower = new StringBuilder();
            for (String line : headers.split("\r\n")) {
                int colon = line.indexOf(':');
                lower.append(line.substring(0, colon).toLowerCase(Locale.ROOT))
                        .append(line.substring(colon))
                        .append("\r\n");
            }
            headers = lower.toString();
        }
        out.write((firstLine + "\r\n" + headers + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        if (!chunks) {
            out.write(body);
        } else {
            int half = body.length / 2;
            chunk(out, body, 0, half);
            chunk(out, body, half, body.length - half);
            out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        out.flush();
    }

    private static void chunk(OutputStream out, byte[] body, int from, int length) throws IOException {
        if (length > 0) {
            out.write((Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(body, from, length);
            out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyMessagePassesAProxy(Manner manner) throws Exception {
        this.manner = manner;
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(proxy.getLocalPort())));
        for (Request request : Messages.requests()) {
            assertThat(Peers.ask(a, request).get()).isEqualTo(Messages.answer(request));
        }
        HttpPeerTransport inJson = peers.askingInJson("a", Map.of("b", Peers.url(proxy.getLocalPort())));
        for (Request request : Messages.requests()) {
            assertThat(Peers.ask(inJson, request).get()).isEqualTo(Messages.answer(request));
        }
        assertThat(a.identify(Peers.url(proxy.getLocalPort())).get(50, TimeUnit.SECONDS))
                .isEqualTo(new PeerIdentity.AnotherMember(Peers.CLUSTER, "b"));
        assertThat(requestHeads).noneMatch(head -> head.endsWith(" expects"));
    }
}
