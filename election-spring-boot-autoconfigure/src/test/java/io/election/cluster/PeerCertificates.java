package io.election.cluster;

import io.election.peer.Authority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;

/** Certificates of members in files, which are taken up again when they are replaced. */
final class PeerCertificates {

    private final Authority authority = new Authority("authority");
    private final Path directory;

    PeerCertificates(Path directory) throws IOException {
        this.directory = directory;
        write("trusted.pem", authority.pem());
    }

    /** Gives a member a certificate that is valid for so many days. */
    void issue(String member, long days) throws IOException {
        Authority.Issued issued = authority.issue(member, days);
        // One file for both, so that no reload finds a key without its certificate.
        write(member + ".pem", issued.certificatePem() + issued.keyPem());
    }

    private void write(String name, String content) throws IOException {
        Path whole = directory.resolve(name + ".tmp");
        Files.writeString(whole, content);
        Files.move(whole, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Starts the members of a cluster, each with a certificate that is valid for so many days. */
    TestCluster start(TestCluster cluster, long days, String... ids) throws IOException {
        cluster.with("election.peer.address", "127.0.0.1").with("election.peer.ssl.bundle", "peers");
        for (String id : ids) {
            issue(id, days);
        }
        for (String id : ids) {
            Map<String, Object> own = bundle(id);
            for (int i = 0; i < ids.length; i++) {
                own.put("election.members[" + i + "].url", "https://127.0.0.1:" + cluster.peerPort(ids[i]));
            }
            cluster.start(id, own);
        }
        return cluster;
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
}
