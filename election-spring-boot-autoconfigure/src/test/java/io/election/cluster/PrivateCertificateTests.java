package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** The application's own server with a certificate that no JVM trusts, and no port for the members alone. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@ExtendWith(OutputCaptureExtension.class)
@Tag("cluster")
class PrivateCertificateTests {

    private static final String ADVICE =
            "Set election.peer.ssl.client-bundle to an SSL bundle whose truststore holds the certificate's issuer, or"
                    + " use a certificate that the JVM trusts";

    @TempDir
    Path directory;

    @Test
    void saysThatTheCertificateIsNotTrustedAndWhatToDo(CapturedOutput output) throws Exception {
        // A member asks once who answers at its own url, and gives a connection as long as the election timeout.
        try (TestCluster cluster = new TestCluster(directory, false, "a", "b")
                .with("election.election-timeout", "4s")
                .with("server.ssl.key-store", keyStore())
                .with("server.ssl.key-store-password", "changeit")
                .with("server.ssl.key-store-type", "PKCS12")) {
            Map<String, Object> own = new LinkedHashMap<>();
            own.put("election.members[0].url", "https://127.0.0.1:" + cluster.serverPort("a"));
            own.put("election.members[1].url", "https://127.0.0.1:" + cluster.serverPort("b"));
            own.put("election.members[2].id", "c");
            own.put(
                    "election.members[2].url",
                    "http://127.0.0.1:" + cluster.link("a", "b").port());
            cluster.start("a", own);
            cluster.start("b", own);
            awaitLine(
                    output,
                    "Member 'a' does not trust the certificate at its own url https://127.0.0.1:"
                            + cluster.serverPort("a"),
                    "TLS: its certificate is not trusted here",
                    ADVICE);
            awaitLine(output, "cannot reach 'b'", ": TLS: its certificate is not trusted here", ADVICE);
            // The same port without TLS.
            awaitLine(output, "cannot reach 'c'", ": unsigned answer (400)", "requires TLS", "has to begin with https");
            assertThat(output).doesNotContain("Correct the url");
        }
    }

    private static void awaitLine(CapturedOutput output, String... parts) {
        await().atMost(TestCluster.PATIENCE)
                .untilAsserted(() -> assertThat(output.getAll().lines())
                        .anySatisfy(line -> assertThat(line).contains(parts)));
    }

    private Path keyStore() throws Exception {
        Path store = directory.resolve("private.p12");
        Path said = directory.resolve("keytool.txt");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "private",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=private",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-validity",
                        "10",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "changeit",
                        "-keystore",
                        store.toString())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        assertThat(keytool.waitFor(50, TimeUnit.SECONDS)).isTrue();
        assertThat(keytool.exitValue()).as(Files.readString(said)).isZero();
        return store;
    }
}
