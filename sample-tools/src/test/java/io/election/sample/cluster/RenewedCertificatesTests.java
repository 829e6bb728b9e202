package io.election.sample.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three processes that talk by mutual TLS on ports of their own, with certificates of two minutes. Those that are renewed on the disk
 * are taken up without a restart, and whoever has none that is valid and names it is refused; neither costs the leadership.
 */
@Tag("thorough")
@Tag("even-days")
@Timeout(3600)
@EnabledOnOs(value = OS.LINUX, disabledReason = "needs a monotonic clock that processes share")
class RenewedCertificatesTests {

    private static final List<String> IDS = List.of("a", "b", "c");
    private static final Duration LIMIT = Duration.ofMinutes(10);

    /** How often the members are watched again, because the machine stood still and a certificate ended before it was renewed. */
    private static final int ATTEMPTS = 3;

    @TempDir
    private Path certificateDirectory;

    /** A time in which one member leads in one term, or should. */
    private record Leading(MemberProcess leader, long term, long sinceNanos) {

        static Leading awaitIn(SampleCluster cluster) {
            MemberProcess leader = cluster.awaitAgreement();
            return new Leading(leader, status(leader).term(), System.nanoTime());
        }

        private static MemberStatus status(MemberProcess member) {
            List<MemberStatus> answer = new ArrayList<>();
            SampleCluster.await(
                    "an answer of member " + member.id(),
                    LIMIT,
                    () -> member.status().join().filter(answer::add).isPresent());
            return answer.get(0);
        }

        void requireUnchanged() {
            MemberStatus now = status(leader);
            if (!now.leader() || now.term() != term) {
                throw new ClusterException(
                        "Member " + leader.id() + " led in term " + term + ", and does not any more: " + now.history());
            }
        }
    }

    private SampleCluster.Layout layout(ShortLivedCertificates certificates) {
        List<Integer> ports = SampleCluster.freePorts(2 * IDS.size());
        List<String> arguments = new ArrayList<>(certificates.arguments());
        arguments.addAll(List.of(
                MemberChangeTimes.RECORDED,
                // A machine that stands still for a second is no reason for an election.
                "--election.election-timeout=10s",
                "--election.lease-duration=8s",
                "--election.heartbeat-interval=500ms"));
        return new SampleCluster.Layout(
                SampleCluster.SAMPLE,
                null,
                SampleCluster.newDirectory("certificates"),
                true,
                ports.subList(0, IDS.size()),
                true,
                ports.subList(IDS.size(), ports.size()),
                null,
                arguments);
    }

    @Test
    void renewedOnesAreTakenUpWithoutARestartAndCostNoLeadership() {
        try (ShortLivedCertificates certificates = ShortLivedCertificates.of(certificateDirectory, IDS)) {
            SampleCluster.with(layout(certificates), cluster -> {
                cluster.start();
                Leading leading = watchPastTheEnd(cluster, certificates);
                // Open connections survive the end of a certificate. Those to and from a new process are new.
                MemberProcess follower = cluster.others(leading.leader()).get(0);
                follower.kill();
                cluster.start(follower);
                awaitAllWell(cluster);

                leading.requireUnchanged();
                stopAndJudge(cluster, leading);
                assertThat(cluster.members())
                        .allSatisfy(member -> assertThat(log(member))
                                .contains(
                                        "The SSL bundle 'peers' was updated. New connections of member '" + member.id()
                                                + "' use it.",
                                        "uses a renewed certificate, which expires on "));
            });
        }
    }

    /** Waits until the certificates with which the members were found have ended, and all use later ones. */
    private static Leading watchPastTheEnd(SampleCluster cluster, ShortLivedCertificates certificates) {
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            Leading leading = Leading.awaitIn(cluster);
            int late = certificates.late();
            List<MemberStatus> found = new ArrayList<>();
            SampleCluster.await("an answer of each member", LIMIT, () -> {
                found.clear();
                found.addAll(cluster.statuses());
                return found.size() == IDS.size();
            });
            Instant end = found.stream()
                    .map(MemberStatus::certificateExpires)
                    .map(Objects::requireNonNull)
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
            SampleCluster.await("certificates that end later than " + end, LIMIT, () -> {
                List<MemberStatus> now = cluster.statuses();
                return certificates.late() > late
                        || (Instant.now().isAfter(end)
                                && now.size() == IDS.size()
                                && now.stream().allMatch(isRenewedAndFollowsAfter(end)));
            });
            if (certificates.late() == late) {
                return leading;
            }
            System.out.println("The machine stood still, and a certificate ended before it was renewed. Once more.");
        }
        throw new ClusterException("In each of " + ATTEMPTS
                + " attempts the machine stood still until a certificate had ended: nothing was shown.");
    }

    private static Predicate<MemberStatus> isRenewedAndFollowsAfter(Instant end) {
        return status -> {
            Instant expires = status.certificateExpires();
            Instant contact = status.lastLeaderContact();
            return expires != null
                    && expires.isAfter(end)
                    && (status.leader() || (contact != null && contact.isAfter(end)));
        };
    }

    private static void awaitAllWell(SampleCluster cluster) {
        cluster.awaitAgreement();
        SampleCluster.await("members without an error at another one", LIMIT, () -> {
            List<MemberStatus> now = cluster.statuses();
            return now.size() == IDS.size()
                    && now.stream()
                            .flatMap(status -> status.members().stream())
                            .allMatch(member -> member.lastError() == null);
        });
    }

    @Test
    void oneThatNamesAnotherMemberOrHasExpiredIsRefusedAndTheOthersGoOn() {
        try (ShortLivedCertificates certificates = ShortLivedCertificates.of(certificateDirectory, IDS)) {
            SampleCluster.with(layout(certificates), cluster -> {
                cluster.start();
                Leading leading = Leading.awaitIn(cluster);
                MemberProcess refused = cluster.others(leading.leader()).get(0);
                MemberProcess other = cluster.others(leading.leader()).get(1);
                String id = refused.id();

                refused.kill();
                certificates.nameAnother(id, other.id());
                cluster.start(refused);
                awaitRefusal(
                        cluster,
                        refused,
                        "refused a request from an unknown caller at 127.0.0.1: no certificate that names '" + id
                                + "' was shown",
                        "its certificate does not name '" + id + "'");
                leading.requireUnchanged();
                certificates.renew(id);
                awaitAllWell(cluster);

                refused.kill();
                Instant expired = certificates.expire(id);
                cluster.start(refused);
                awaitRefusal(
                        cluster,
                        refused,
                        "refused a request from an unknown caller at 127.0.0.1: its certificate expired on " + expired
                                + " (CN=" + id + ")",
                        "TLS: its certificate expired on " + expired);
                awaitLog(refused, "has a certificate that expired on " + expired);
                leading.requireUnchanged();
                certificates.renew(id);
                awaitAllWell(cluster);

                leading.requireUnchanged();
                stopAndJudge(cluster, leading);
            });
        }
    }

    /** Both others refuse its calls, say so, and give up their own calls to it for the same reason. */
    private static void awaitRefusal(SampleCluster cluster, MemberProcess refused, String refusal, String error) {
        for (MemberProcess other : cluster.others(refused)) {
            awaitLog(other, refusal);
            SampleCluster.await(
                    "member " + other.id() + " to say of " + refused.id() + ": " + error,
                    LIMIT,
                    () -> other.status().join().stream()
                            .flatMap(status -> status.members().stream())
                            .anyMatch(member -> member.id().equals(refused.id())
                                    && member.lastError() != null
                                    && member.lastError().contains(error)));
        }
        // Since its start it has heard of no leader.
        if (refused.status().join().filter(status -> status.leaderId() != null).isPresent()) {
            throw new ClusterException("Member " + refused.id() + " follows a leader in spite of its certificate.");
        }
    }

    private static void awaitLog(MemberProcess member, String words) {
        SampleCluster.await(
                "the words '" + words + "' in the log of member " + member.id(),
                LIMIT,
                () -> log(member).contains(words));
    }

    private static String log(MemberProcess member) {
        try {
            return Files.readString(member.log());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the members. By their records, one leadership covers all the time in which they were watched. */
    private static void stopAndJudge(SampleCluster cluster, Leading leading) {
        long until = System.nanoTime();
        cluster.stop();
        List<Recording> recordings = cluster.recordings();
        assertThat(RecordingCheck.faults(recordings)).isEmpty();
        assertThat(LeaderlessTime.between(recordings, leading.sinceNanos(), until))
                .as("nanoseconds without a leader")
                .isZero();
    }
}
