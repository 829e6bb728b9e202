package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.election.core.Request;
import io.election.peer.Peers.Answering;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the port of a member's own listens. */
class BindAddressTests {

    private static final Authority AUTHORITY = new Authority("authority");
    private static final URI NOWHERE = URI.create("http://127.0.0.1:1");

    private final Peers peers = new Peers();
    private HttpPeerTransport b;

    @AfterEach
    void close() {
        peers.close();
        if (b != null) {
            b.close();
        }
    }

    private void listen(InetAddress address, boolean tls) {
        b = new HttpPeerTransport(new PeerSettings(
                Peers.CLUSTER,
                "b",
                Map.of("a", NOWHERE, "b", NOWHERE),
                "/election",
                Peers.LONG,
                Peers.SECRET,
                new PeerSettings.ServerSettings(address, 0),
                tls ? AUTHORITY.issue("b", 10).trusting(AUTHORITY) : null));
        b.start(new Answering());
    }

    private static InetAddress ipv6() throws IOException {
        InetAddress address = InetAddress.getByName("::1");
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(new InetSocketAddress(address, 0));
        } catch (IOException ex) {
            assumeTrue(false, "no IPv6 loopback on this machine: " + ex);
        }
        return address;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void listensOnAnIpv6AddressAndIsCalledByItsLiteral(boolean tls) throws Exception {
        listen(ipv6(), tls);
        URI url = URI.create((tls ? "https" : "http") + "://[::1]:" + b.port());
        HttpPeerTransport a = peers.asking(
                Peers.CLUSTER,
                "a",
                Peers.SECRET,
                Peers.LONG,
                tls ? AUTHORITY.issue("a", 10).context(AUTHORITY) : null,
                Map.of("b", url));
        Request heartbeat = Messages.heartbeat(Peers.CLUSTER, "a", "b", 1);
        assertThat(Peers.ask(a, heartbeat).get()).isEqualTo(Messages.answer(heartbeat));
        assertThat(b.identify(url).get(50, TimeUnit.SECONDS)).isEqualTo(new PeerIdentity.Self());
        assertThatThrownBy(() -> new Socket(InetAddress.getByName("127.0.0.1"), b.port()).close())
                .as("another address of this host")
                .isInstanceOf(IOException.class);
    }

    @Test
    void listensOnEveryAddressWhereNoneIsNamed() throws Exception {
        listen(null, false);
        new Socket(InetAddress.getByName("127.0.0.1"), b.port()).close();
        new Socket(InetAddress.getByName("127.0.0.2"), b.port()).close();
        new Socket(ipv6(), b.port()).close();
    }

    @Test
    void namesTheAddressThatItCannotHave() {
        assertThatThrownBy(() -> listen(InetAddress.getByName("192.0.2.1"), false))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("cannot listen for peers on /192.0.2.1:0")
                .hasMessageContaining("assign requested address");
    }
}
