package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.Request;
import io.election.peer.Peers.Answering;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mutual TLS, with keys that the JDK's own tool makes for this test. */
class PeerTlsTests {

    private static final char[] PASSWORD = "changeit".toCharArray();
    private static final PeerAuthentication TLS = new PeerAuthentication.TlsIdentity(null);

    @TempDir
    private static Path directory;

    private static SSLContext a;
    private static SSLContext b;
    private static SSLContext byDnsName;
    private static SSLContext unnamed;
    private static SSLContext stranger;

    private final Peers peers = new Peers();
    private final Answering answering = new Answering();

    @BeforeAll
    static void makeKeys() throws Exception {
        Path trusted = directory.resolve("trusted.p12");
        Path a = key("a", "CN=a,O=Shop", "ip:127.0.0.1", trusted);
        Path b = key("b", "CN=b,O=Shop", "ip:127.0.0.1", trusted);
        Path byDnsName = key("dns", "CN=some host,O=Shop", "ip:127.0.0.1,dns:a", trusted);
        Path unnamed = key("unnamed", "CN=x,O=a", "ip:127.0.0.1", trusted);
        Path stranger = key("stranger", "CN=a", "ip:127.0.0.1", directory.resolve("others.p12"));
        PeerTlsTests.a = context(a, trusted);
        PeerTlsTests.b = context(b, trusted);
        PeerTlsTests.byDnsName = context(byDnsName, trusted);
        PeerTlsTests.unnamed = context(unnamed, trusted);
        PeerTlsTests.stranger = context(stranger, trusted);
    }

    private static Path key(String alias, String name, String alternatives, Path trusted) throws Exception {
        Path store = directory.resolve(alias + ".p12");
        keytool(
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "EC",
                "-dname",
                name,
                "-ext",
                "san=" + alternatives,
                "-validity",
                "10",
                "-keystore",
                store.toString());
        // Each process of keytool costs half a second, so only the key itself is made by one.
        KeyStore others = Files.exists(trusted) ? load(trusted) : KeyStore.getInstance("PKCS12");
        if (!Files.exists(trusted)) {
            others.load(null, PASSWORD);
        }
        others.setCertificateEntry(alias, load(store).getCertificate(alias));
        try (OutputStream out = Files.newOutputStream(trusted)) {
            others.store(out, PASSWORD);
        }
        return store;
    }

    private static void keytool(String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", new String(PASSWORD)));
        Path output = Files.createTempFile(directory, "keytool", ".txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(50, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();
    }

    private static SSLContext context(Path own, Path trusted) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(load(own), PASSWORD);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(load(trusted));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static KeyStore load(Path path) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(path)) {
            store.load(in, PASSWORD);
        }
        return store;
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
        HttpPeerTransport server = serving("b", TLS, b);
        for (SSLContext named : new SSLContext[] {a, byDnsName}) {
            HttpPeerTransport client = asking("a", TLS, named, url(server));
            for (Request request : Messages.requests()) {
                assertThat(Peers.ask(client, request).get()).isEqualTo(Messages.answer(request));
            }
        }
    }

    @Test
    void refusesASenderWhoseCertificateNamesAnother() throws Exception {
        HttpPeerTransport server = serving("b", TLS, b);
        HttpPeerTransport client = asking("a", TLS, unnamed, url(server));
        assertThat(Peers.ask(client, heartbeat("a", "b")).get())
                .isEqualTo("refused (403): no certificate that names 'a' was shown");
        assertThat(server.refused()).containsEntry("certificate", 1L);
        assertThat(answering.requests).isEmpty();
    }

    @Test
    void refusesAReceiverWhoseCertificateNamesAnother() throws Exception {
        HttpPeerTransport server = serving("b", TLS, unnamed);
        HttpPeerTransport client = asking("a", TLS, a, url(server));
        assertThat(Peers.ask(client, heartbeat("a", "b")).get()).isEqualTo("its certificate does not name 'b'");
    }

    @Test
    void refusesACertificateThatNobodyTrustsOrNone() throws Exception {
        HttpPeerTransport server = serving("b", TLS, b);
        HttpPeerTransport client = asking("a", TLS, stranger, url(server));
        assertThat(Peers.ask(client, heartbeat("a", "b")).get()).isInstanceOf(String.class);
        HttpPeerTransport plain = asking("a", TLS, a, Peers.url(server.port()));
        assertThat(Peers.ask(plain, heartbeat("a", "b")).get()).isInstanceOf(String.class);
        assertThat(answering.requests).isEmpty();
    }

    @Test
    void asksForASecretTooWhereBothAreSet() throws Exception {
        HttpPeerTransport server =
                serving("b", new PeerAuthentication.TlsIdentity(Peers.secret("a secret of the test")), b);
        HttpPeerTransport right =
                asking("a", new PeerAuthentication.TlsIdentity(Peers.secret("a secret of the test")), a, url(server));
        HttpPeerTransport wrong =
                asking("a", new PeerAuthentication.TlsIdentity(Peers.secret("quite another secret")), a, url(server));
        HttpPeerTransport unnamedOne = asking(
                "a", new PeerAuthentication.TlsIdentity(Peers.secret("a secret of the test")), unnamed, url(server));
        assertThat(Peers.ask(right, heartbeat("a", "b")).get()).isEqualTo(Messages.answer(heartbeat("a", "b")));
        assertThat(Peers.ask(wrong, heartbeat("a", "b")).get()).asString().startsWith("unsigned answer (401)");
        assertThat(Peers.ask(unnamedOne, heartbeat("a", "b")).get()).asString().contains("(403)");
        assertThat(answering.requests).hasSize(1);
    }

    @Test
    void encryptsWithoutClientCertificatesWhereTheSecretIsEnough() throws Exception {
        HttpPeerTransport server = serving("b", Peers.SECRET, b);
        HttpPeerTransport client = asking("a", Peers.SECRET, stranger, url(server));
        assertThat(Peers.ask(client, heartbeat("a", "b")).get()).isEqualTo(Messages.answer(heartbeat("a", "b")));
    }

    @Test
    void knowsItselfByItsUrl() throws Exception {
        HttpPeerTransport server = serving("b", TLS, b);
        assertThat(server.identify(url(server)).get(50, TimeUnit.SECONDS)).isEqualTo(new PeerIdentity.Self());
        HttpPeerTransport other = serving("a", TLS, a);
        assertThat(other.identify(url(server)).get(50, TimeUnit.SECONDS))
                .isEqualTo(new PeerIdentity.AnotherMember(Peers.CLUSTER, "b"));
    }
}
