package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.election.peer.Peers.Answering;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A connection that a server has handed over, fed by hand. That members use it is in {@code PeerFilterTests}. */
class PeerTunnelTests {

    private static final String REQUEST =
            "POST /shop/election/heartbeat HTTP/1.1\r\nHost: b\r\nContent-Length: 5\r\n\r\n12345";

    private final Peers peers = new Peers();
    private final HttpPeerTransport b = peers.serving("b", new Answering());
    private final PeerTunnel tunnel = tunnel();

    @AfterEach
    void close() {
        peers.close();
    }

    private PeerTunnel tunnel() {
        return Objects.requireNonNull(b.endpoint().takeOver("a", "/election/", new Handed()));
    }

    /** Gives away so many bytes at a time. */
    private static InputStream in(String text, int most) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)) {
            @Override
            public synchronized int read(byte[] into, int at, int length) {
                return super.read(into, at, Math.min(most, length));
            }
        };
    }

    private String message() {
        return new String(Arrays.copyOf(tunnel.message(), tunnel.length()), StandardCharsets.ISO_8859_1);
    }

    /** Whoever is in the tunnel has to authenticate each request. */
    @Test
    void answersEachRequestOnceItIsWholeAndBelievesNone() throws Exception {
        for (int most : List.of(1, 7, 1000)) {
            for (String request : List.of(REQUEST, REQUEST.replace("shop", "a/proxy's/prefix"))) {
                InputStream in = in(request, most);
                int reads = 1;
                while (!tunnel.read(in)) {
                    reads++;
                }
                assertThat(reads).isEqualTo((request.length() + most - 1) / most);
                assertThat(message()).startsWith("HTTP/1.1 401 ").endsWith("no readable header Election-Call");
                assertThat(tunnel.isKept()).isTrue();
            }
        }
        assertThat(b.refused()).containsEntry("unauthenticated", 6L);
    }

    @Test
    void readsAMessageThatIsLongerThanItsBuffer() throws Exception {
        String body = "x".repeat(100_000);
        InputStream in = in(REQUEST.replace(": 5", ": " + body.length()).replace("12345", body), 10_000);
        while (!tunnel.read(in)) {
            assertThat(in.available()).isPositive();
        }
        assertThat(message()).startsWith("HTTP/1.1 401 ");
    }

    @Test
    void closesAfterTheAnswerWhereTheCallerWantsIt() throws Exception {
        assertThat(tunnel.read(in(REQUEST.replace("Host: b", "Connection: close"), 1000)))
                .isTrue();
        assertThat(tunnel.isKept()).isFalse();
        assertThat(message()).contains("Connection: close\r\n");
    }

    @Test
    void endsWhereTheNextRequestComesBeforeTheAnswer() {
        assertThatThrownBy(() -> tunnel.read(in(REQUEST + "P", 1000))).isInstanceOf(ProtocolException.class);
    }

    @Test
    void endsWhereWhatComesIsNoRequestOfAMember() {
        for (String wrong : List.of(
                REQUEST.replace("Content-Length: 5", "Transfer-Encoding: chunked"),
                REQUEST.replace(": 5", ": " + (PeerEndpoint.LARGEST_BODY + 1)),
                REQUEST.replace(": 5", ": -1"),
                REQUEST.replace("Host", " Host"),
                "x".repeat(HttpConnection.LONGEST_HEAD + 1))) {
            PeerTunnel other = tunnel();
            assertThatThrownBy(() -> readAll(other, in(wrong, 1000)))
                    .as(wrong.substring(0, 20))
                    .isInstanceOf(ProtocolException.class);
        }
    }

    private static void readAll(PeerTunnel tunnel, InputStream in) throws IOException {
        while (!tunnel.read(in)) {
            continue;
        }
    }

    @Test
    void endsWithItsConnection() throws Exception {
        InputStream in = in(REQUEST.substring(0, 20), 1000);
        assertThat(tunnel.read(in)).isFalse();
        assertThatThrownBy(() -> tunnel.read(in)).isInstanceOf(EOFException.class);
    }

    @Test
    void aMemberHasSoManyAtMostAndTheOthersTheirOwn() {
        for (int i = 1; i < PeerTunnel.OF_ONE_MEMBER; i++) {
            tunnel();
        }
        assertThat(b.endpoint().takeOver("a", "/election/", new Handed())).isNull();
        assertThat(b.endpoint().takeOver("c", "/election/", new Handed())).isNotNull();
        tunnel.closed();
        tunnel.closed();
        tunnel();
        assertThat(b.endpoint().takeOver("a", "/election/", new Handed())).isNull();
    }

    /** The request with which a connection was handed over. */
    private static final class Handed implements PeerEndpoint.Exchange {

        @Override
        public String method() {
            return "POST";
        }

        @Override
        public @Nullable String header(String name) {
            return null;
        }

        @Override
        public long contentLength() {
            return -1;
        }

        @Override
        public byte[] body(int limit) {
            return new byte[0];
        }

        @Override
        public void accepted(String sender) {}

        @Override
        public @Nullable X509Certificate certificate() {
            return null;
        }

        @Override
        public String remote() {
            return "127.0.0.1";
        }
    }
}
