package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.core.Request;
import io.election.peer.Peers.Answering;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Mutual TLS, with certificates that an authority of this test issues. */
class PeerTlsTests {

    private static final PeerAuthentication TLS = new PeerAuthentication.TlsIdentity(null);

    private static final Authority AUTHORITY = new Authority("the shop's authority");
    private static final SSLContext A = context(AUTHORITY.issueTo("CN=a,O=Shop"));
    private static final SSLContext B = context(AUTHORITY.issueTo("CN=b,O=Shop"));
    private static final SSLContext BY_DNS_NAME = context(AUTHORITY.issueTo("CN=some host,O=Shop", "a"));
    private static final SSLContext UNNAMED = context(AUTHORITY.issueTo("CN=x,O=a"));
    private static final SSLContext STRANGER = context(new Authority("another authority").issueTo("CN=a"));

    private final Peers peers = new Peers();
    private final Answering answering = new Answering();

    private static SSLContext context(Authority.Issued own) {
        return own.context(AUTHORITY);
    }

    @AfterEach
    void close() {
        peers.close();
    }

    private HttpPeerTransport serving(String id, PeerAuthentication authentication, SSLContext ssl) {
        return peers.serving(Peers.CLUSTER, id, authentication, 0, Peers.LONG, ssl, answering);
    }

    private HttpPeerTransport asking(String id, PeerAuthentication authentication, SSLContext ssl, URI target) {
        String other = id.equals("b") ? "a" : "b";
        return peers.asking(Peers.CLUSTER, id, authentication, Peers.LONG, ssl, Map.of(other, target));
    }

    private static URI url(HttpPeerTransport transport) {
        return URI.create("https://127.0.0.1:" + transport.port());
    }

    private static Request heartbeat(String from, String to) {
        return Messages.heartbeat(Peers.CLUSTER, from, to, 1);
    }

    @Test
    void carriesEveryMessageBetweenMembersThatTheirCertificatesName() throws Exception {
        HttpPeerTransport server = serving("b", TLS, B);
        for (SSLContext named : new SSLContext[] {A, BY_DNS_NAME}) {
            HttpPeerTransport client = asking("a", TLS, named, url(server));
            for (Request request : Messages.requests()) {
                assertThat(Peers.ask(client, request).get()).isEqualTo(Messages.answer(request));
            }
        }
    }

    @Test
    void refusesASenderWhoseCertificateNamesAnother() throws Exception {
        HttpPeerTransport server = serving("b", TLS, B);
        HttpPeerTransport client = asking("a", TLS, UNNAMED, url(server));
        assertThat(Peers.ask(client, heartbeat("a", "b")).get())
                .isEqualTo("refused (403): no certificate that names 'a' was shown");
        assertThat(server.refused()).containsEntry("certificate", 1L);
        assertThat(answering.requests).isEmpty();
    }

    @Test
    void refusesAReceiverWhoseCertificateNamesAnother() throws Exception {
        HttpPeerTransport server = serving("b", TLS, UNNAMED);
        HttpPeerTransport client = asking("a", TLS, A, url(server));
        assertThat(Peers.ask(client, heartbeat("a", "b")).get()).isEqualTo("its certificate does not name 'b'");
    }

    @Test
    void refusesACertificateThatNobodyTrustsOrNone() throws Exception {
        HttpPeerTransport server = serving("b", TLS, B);
        HttpPeerTransport client = asking("a", TLS, STRANGER, url(server));
        assertThat(Peers.ask(client, heartbeat("a", "b")).get()).isInstanceOf(String.class);
        HttpPeerTransport plain = asking("a", TLS, A, Peers.url(server.port()));
        assertThat(Peers.ask(plain, heartbeat("a", "b")).get()).isInstanceOf(String.class);
        assertThat(answering.requests).isEmpty();
    }

    @Test
    void asksForASecretTooWhereBothAreSet() throws Exception {
        HttpPeerTransport server =
                serving("b", new PeerAuthentication.TlsIdentity(Peers.secret("a secret of the test")), B);
        HttpPeerTransport right =
                asking("a", new PeerAuthentication.TlsIdentity(Peers.secret("a secret of the test")), A, url(server));
        HttpPeerTransport wrong =
                asking("a", new PeerAuthentication.TlsIdentity(Peers.secret("quite another secret")), A, url(server));
        HttpPeerTransport unnamedOne = asking(
                "a", new PeerAuthentication.TlsIdentity(Peers.secret("a secret of the test")), UNNAMED, url(server));
        assertThat(Peers.ask(right, heartbeat("a", "b")).get()).isEqualTo(Messages.answer(heartbeat("a", "b")));
        assertThat(Peers.ask(wrong, heartbeat("a", "b")).get()).asString().startsWith("unsigned answer (401)");
        assertThat(Peers.ask(unnamedOne, heartbeat("a", "b")).get()).asString().contains("(403)");
        assertThat(answering.requests).hasSize(1);
    }

    @Test
    void encryptsWithoutClientCertificatesWhereTheSecretIsEnough() throws Exception {
        HttpPeerTransport server = serving("b", Peers.SECRET, B);
        HttpPeerTransport client = asking("a", Peers.SECRET, STRANGER, url(server));
        assertThat(Peers.ask(client, heartbeat("a", "b")).get()).isEqualTo(Messages.answer(heartbeat("a", "b")));
    }

    @Test
    void knowsItselfByItsUrl() throws Exception {
        HttpPeerTransport server = serving("b", TLS, B);
        awaitIdentity(server, url(server), new PeerIdentity.Self());
        HttpPeerTransport other = serving("a", TLS, A);
        awaitIdentity(other, url(server), new PeerIdentity.AnotherMember(Peers.CLUSTER, "b"));
    }

    /** A server gives a stranger some seconds for the handshake, which the first one on a busy machine may need more than. */
    private static void awaitIdentity(HttpPeerTransport asking, URI url, PeerIdentity expected) {
        await().atMost(Peers.LONG)
                .untilAsserted(() -> assertThat(asking.identify(url).get(50, TimeUnit.SECONDS))
                        .isEqualTo(expected));
    }
}
