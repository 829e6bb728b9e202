package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.cluster.TestCluster.Member;
import io.election.peer.Authority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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

/** Members with certificates of a private authority in files, which are replaced while the members run. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
@ExtendWith(OutputCaptureExtension.class)
@Tag("cluster")
class CertificateReloadTests {

    private final Authority first = new Authority("first authority");
    private final Authority second = new Authority("second authority");

    @TempDir
    Path directory;

    private void write(String name, String content) throws IOException {
        Path file = directory.resolve(name);
        Path whole = directory.resolve(name + ".tmp");
        Files.writeString(whole, content);
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private Authority.Issued issue(Authority authority, String member, long days) throws IOException {
        Authority.Issued issued = authority.issue(member, days);
        // One file for both, so that no reload finds a key without its certificate.
        write(member + ".pem", issued.certificatePem() + issued.keyPem());
        return issued;
    }

    private Map<String, Object> bundle(String member) {
        Map<String, Object> own = new LinkedHashMap<>();
        String bundle = "spring.ssl.bundle.pem.peers.";
        own.put(bundle + "reload-on-update", true);
        own.put(bundle + "keystore.certificate", "file:" + directory.resolve(member + ".pem"));
        own.put(bundle + "keystore.private-key", "file:" + directory.resolve(member + ".pem"));
        own.put(bundle + "truststore.certificate", "file:" + directory.resolve("trusted.pem"));
        own.put("spring.ssl.bundle.watch.file.quiet-period", "100ms");
        return own;
    }

    private static String expires(Authority.Issued issued) {
        return issued.certificate().getNotAfter().toInstant().toString();
    }

    private static void awaitCertificate(Member member, Authority.Issued issued) {
        await().atMost(TestCluster.PATIENCE)
                .until(() -> expires(issued).equals(member.status().certificateExpires()));
    }

    @Test
    void aPortOfTheMembersOwnIsRenewedWithoutARestart(CapturedOutput output) throws Exception {
        write("trusted.pem", first.pem());
        Authority.Issued soonOver = issue(first, "a", 5);
        issue(first, "b", 5);
        try (TestCluster cluster = slow(TestCluster.bare(directory.resolve("data"), "a", "b"))
                .with("election.peer.address", "127.0.0.1")
                .with("election.peer.ssl.bundle", "peers")) {
            for (String id : new String[] {"a", "b"}) {
                Map<String, Object> own = bundle(id);
                own.put("election.members[0].url", "https://127.0.0.1:" + cluster.peerPort("a"));
                own.put("election.members[1].url", "https://127.0.0.1:" + cluster.peerPort("b"));
                cluster.start(id, own);
            }
            Member leader = cluster.leader();
            long term = leader.leadership().term();
            Member a = cluster.member("a");
            awaitCertificate(a, soonOver);
            assertThat(a.status().certificateWarning())
                    .isEqualTo("This member's certificate expires on " + expires(soonOver));
            assertThat(a.health().getDetails())
                    .containsEntry("certificate", a.status().certificateWarning());
            await().atMost(TestCluster.PATIENCE)
                    .until(() -> output.getAll()
                            .contains("Member 'a' of cluster 'cluster-test' has a certificate that expires on "
                                    + expires(soonOver) + ", in 4 days."));

            // The way from one authority to another: trust both, issue anew, trust the new one only.
            write("trusted.pem", first.pem() + second.pem());
            for (String id : new String[] {"a", "b"}) {
                await().atMost(TestCluster.PATIENCE)
                        .until(() -> output.getAll()
                                .contains("The SSL bundle 'peers' was updated. New connections of member '" + id
                                        + "' use it."));
            }
            Authority.Issued renewedA = issue(second, "a", 90);
            Authority.Issued renewedB = issue(second, "b", 90);
            awaitCertificate(a, renewedA);
            awaitCertificate(cluster.member("b"), renewedB);
            write("trusted.pem", second.pem());
            assertThat(a.status().certificateWarning()).isNull();
            await().atMost(TestCluster.PATIENCE)
                    .until(() -> output.getAll()
                            .contains(
                                    "Member 'a' of cluster 'cluster-test' uses a renewed certificate, which expires on "
                                            + expires(renewedA)));
            assertThat(cluster.leader().id()).isEqualTo(leader.id());
            assertThat(leader.leadership().term()).as("the leadership went on").isEqualTo(term);
            assertThat(leader.leadership().isLeader()).isTrue();
        }
    }

    @Test
    @Tag("thorough")
    void theApplicationsOwnPortWorksWithAPrivateAuthority() throws Exception {
        write("trusted.pem", first.pem());
        issue(first, "a", 90);
        issue(first, "b", 90);
        try (TestCluster cluster = new TestCluster(directory.resolve("data"), false, "a", "b")
                .with("server.ssl.bundle", "peers")
                .with("election.peer.ssl.client-bundle", "peers")) {
            for (String id : new String[] {"a", "b"}) {
                Map<String, Object> own = bundle(id);
                own.put("election.members[0].url", "https://127.0.0.1:" + cluster.serverPort("a"));
                own.put("election.members[1].url", "https://127.0.0.1:" + cluster.serverPort("b"));
                cluster.start(id, own);
            }
            Member leader = cluster.leader();
            // The certificate on that port is the application's, and Boot itself tells of it.
            assertThat(leader.status().certificateExpires()).isNull();
            // The trust is renewed while the members run: with a wrong authority no call gets through any more.
            write("trusted.pem", second.pem());
            await().atMost(TestCluster.PATIENCE)
                    .until(
                            () -> String.valueOf(leader.sees(leader.id().equals("a") ? "b" : "a")
                                            .lastError())
                                    .contains(
                                            "The truststore of election.peer.ssl.client-bundle must hold the certificate's issuer"));
            write("trusted.pem", first.pem() + second.pem());
            cluster.leader();
        }
    }

    private static TestCluster slow(TestCluster cluster) {
        return cluster.with("election.election-timeout", "10s")
                .with("election.lease-duration", "8s")
                .with("election.heartbeat-interval", "500ms");
    }
}
