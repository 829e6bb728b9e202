package io.election.sample.cluster;

import io.election.peer.Authority;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Certificates of members in files, issued by one authority for two minutes and replaced after one, as an agent does it beside a
 * service. It begins before the members are started, so that a member which takes long to start finds one that is valid.
 */
final class ShortLivedCertificates implements AutoCloseable {

    private static final Duration VALID = Duration.ofMinutes(2);
    private static final Duration RENEWED_AFTER = VALID.dividedBy(2);
    private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(10);

    private final Authority authority = new Authority("sample authority");
    private final Path directory;
    private final Map<String, Instant> ends = new HashMap<>();
    private final Set<String> left = new HashSet<>();
    private final ScheduledExecutorService renewals = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "renew-certificates");
        thread.setDaemon(true);
        return thread;
    });
    private int late;

    private ShortLivedCertificates(Path directory) {
        this.directory = directory;
    }

    /** Issues the members' first certificates, and keeps renewing them. */
    static ShortLivedCertificates of(Path directory, List<String> members) {
        ShortLivedCertificates certificates = new ShortLivedCertificates(directory);
        certificates.write("authority", certificates.authority.pem());
        members.forEach(certificates::renew);
        certificates.renewals.scheduleWithFixedDelay(certificates::renewThoseThatAreDue, 1, 1, TimeUnit.SECONDS);
        return certificates;
    }

    /** The settings of every member that let it use the certificate under its name for mutual TLS, and nothing else. */
    List<String> arguments() {
        String own = "file:" + directory.resolve("${election.node-id}.pem");
        return List.of(
                "--election.peer.ssl.bundle=peers",
                "--election.peer.secret=",
                "--spring.ssl.bundle.pem.peers.reload-on-update=true",
                "--spring.ssl.bundle.pem.peers.keystore.certificate=" + own,
                "--spring.ssl.bundle.pem.peers.keystore.private-key=" + own,
                "--spring.ssl.bundle.pem.peers.truststore.certificate=file:" + directory.resolve("authority.pem"));
    }

    private synchronized void renewThoseThatAreDue() {
        Instant due = now().plus(VALID).minus(RENEWED_AFTER);
        Map.copyOf(ends).forEach((member, end) -> {
            if (!left.contains(member) && !end.isAfter(due)) {
                if (end.isBefore(now())) {
                    late++;
                }
                renew(member);
            }
        });
    }

    /** Gives a member a new certificate, which is renewed in time from now on. */
    synchronized void renew(String member) {
        left.remove(member);
        ends.put(member, replace(member, member, now().plus(VALID)));
    }

    /** Gives a member a certificate that names another one, until it is renewed. */
    synchronized void nameAnother(String member, String other) {
        left.add(member);
        replace(member, other, now().plus(1, ChronoUnit.DAYS));
    }

    /**
     * Gives a member a certificate that ended a minute ago, until it is renewed.
     *
     * @return when it ended
     */
    synchronized Instant expire(String member) {
        left.add(member);
        return replace(member, member, now().minus(1, ChronoUnit.MINUTES));
    }

    private Instant replace(String member, String named, Instant end) {
        Authority.Issued issued = authority.issue(named, now().minus(CLOCKS_DIFFER), end);
        // One file for both, so that no reload finds a key without its certificate.
        write(member, issued.certificatePem() + issued.keyPem());
        return end;
    }

    private void write(String name, String content) {
        Path file = directory.resolve(name + ".pem");
        Path whole = directory.resolve(name + ".new");
        try {
            Files.writeString(whole, content);
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS);
    }

    /** How many certificates ended before they were renewed, because this process stood still. */
    synchronized int late() {
        return late;
    }

    @Override
    public void close() {
        renewals.shutdownNow();
    }
}
