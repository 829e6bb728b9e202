package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.peer.Authority;
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
@Tag("thorough")
@Tag("even-days")
class PrivateCertificateTests {

    private static final String ADVICE =
            "Set election.peer.ssl.client-bundle to an SSL bundle whose truststore holds the certificate's issuer, or"
                    + " use a certificate that the JVM trusts";

    @TempDir
    Path directory;

    @Test
    void saysThatTheCertificateIsNotTrustedAndWhatToDo(CapturedOutput output) throws Exception {
        Authority.Issued issued = new Authority("an authority that nobody trusts").issueTo("CN=private");
        // A member asks once who answers at its own url, and gives a connection as long as the election timeout.
        try (TestCluster cluster = new TestCluster(directory, false, "a", "b")
                .with("election.election-timeout", "4s")
                .with("election.lease-duration", "3s")
                .with("server.ssl.certificate", written("certificate.pem", issued.certificatePem()))
                .with("server.ssl.certificate-private-key", written("key.pem", issued.keyPem()))) {
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

    private String written(String file, String pem) throws Exception {
        return Files.writeString(directory.resolve(file), pem).toString();
    }
}
