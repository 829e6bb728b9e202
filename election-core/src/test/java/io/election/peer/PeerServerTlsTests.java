package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The same attacks on a port with TLS, and those on the handshake itself. */
@Execution(ExecutionMode.CONCURRENT)
class PeerServerTlsTests extends PeerServerTests {

    private static final Authority AUTHORITY = new Authority("authority");
    private static final Authority.Issued A = AUTHORITY.issue("a", 10);
    private static final Authority.Issued B = AUTHORITY.issue("b", 10);

    /** Of a ClientHello: the record, which goes on for 512 bytes, and the first byte of the message in it. */
    private static final String HELLO_CUT_SHORT = "\u0016\u0003\u0001\u0002\u0000\u0001";

    @Override
    HttpPeerTransport serving() {
        return peers.serving(Peers.CLUSTER, "b", Peers.SECRET, 0, Peers.LONG, B.context(AUTHORITY), answering);
    }

    @Override
    HttpPeerTransport asking(HttpPeerTransport server, String prefix) {
        return peers.asking(
                Peers.CLUSTER,
                "a",
                Peers.SECRET,
                Peers.LONG,
                A.context(AUTHORITY),
                Map.of("b", URI.create("https://127.0.0.1:" + server.port() + prefix)));
    }

    @Override
    PeerTls tls() {
        return B.trusting(AUTHORITY);
    }

    /** An alert. */
    @Override
    int mostOfAFarewell() {
        return 20;
    }

    @Test
    void handshakesThatGoOnForEverKeepNoMemberOut() throws Exception {
        HttpPeerTransport b = serving();
        HttpPeerTransport known = asking(b, "");
        assertThat(Peers.ask(known, heartbeat(0)).get()).isEqualTo(Messages.answer(heartbeat(0)));
        for (int i = 0; i < 150; i++) {
            connect(b.port(), HELLO_CUT_SHORT);
        }
        for (int i = 1; i < 5; i++) {
            assertThat(Peers.ask(known, heartbeat(i)).get()).isEqualTo(Messages.answer(heartbeat(i)));
        }
        HttpPeerTransport another = asking(b, "");
        assertThat(Peers.ask(another, heartbeat(9)).get()).isEqualTo(Messages.answer(heartbeat(9)));
        for (Socket socket : sockets) {
            try {
                assertThat(socket.getInputStream().readAllBytes()).hasSizeLessThan(100);
            } catch (IOException ex) {
                assertThat(ex).hasMessageContaining("reset");
            }
        }
    }

    /** A limit for each read would never be reached. */
    @Test
    void aHandshakeThatComesByteByByteHasNoMoreTimeThanAnyOther() throws Exception {
        HttpPeerTransport b = serving();
        Socket drip = connect(b.port(), HELLO_CUT_SHORT);
        OutputStream out = drip.getOutputStream();
        long begunNanos = System.nanoTime();
        IOException ended = null;
        int sent = 0;
        while (ended == null && sent < 500) {
            try {
                out.write(0);
                sent++;
                // What paces it is the other side's answer, which never comes.
                drip.setSoTimeout(100);
                if (drip.getInputStream().read() < 0) {
                    ended = new IOException("closed");
                }
            } catch (SocketTimeoutException ex) {
                continue;
            } catch (IOException ex) {
                ended = ex;
            }
        }
        assertThat(ended).as("after %d bytes", sent).isNotNull();
        assertThat(System.nanoTime() - begunNanos).isLessThan(TimeUnit.SECONDS.toNanos(50));
    }
}
