package io.election.sample.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.sample.figures.Figures;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Three real processes are restarted one after the other, as fast as {@code electionReadiness} allows, while the leader writes: each
 * leader hands over once, nothing that was written or told is lost, and nobody else's leadership ends.
 */
@Tag("thorough")
@Timeout(1800)
@EnabledOnOs(value = OS.LINUX, disabledReason = "needs signals, and a monotonic clock that processes share")
class RollingRestartTests {

    @Test
    void eachLeaderHandsOverOnceAndNothingIsLost() {
        List<String> arguments = new ArrayList<>(RollingUpdate.ARGUMENTS);
        arguments.addAll(List.of(
                "--sample.interval=20ms",
                // A machine that stands still for a second is no reason for an election.
                "--election.election-timeout=5s",
                "--election.lease-duration=4s",
                "--election.handover.timeout=30s",
                "--spring.lifecycle.timeout-per-shutdown-phase=60s"));
        SampleCluster.Layout layout = new SampleCluster.Layout(
                SampleCluster.SAMPLE,
                null,
                SampleCluster.newDirectory("rolling-restart"),
                true,
                SampleCluster.freePorts(),
                true,
                List.of(),
                null,
                arguments);
        SampleCluster.with(layout, cluster -> {
            cluster.start();
            MemberProcess first = RollingUpdate.awaitVotes(cluster);
            SampleCluster.await(
                    "lines of the first leader",
                    java.time.Duration.ofMinutes(1),
                    () -> !cluster.ledger().lines().isEmpty());

            RollingRestart.Result result = RollingRestart.of(cluster);

            MemberProcess last = RollingUpdate.awaitVotes(cluster);
            long before = cluster.ledger().lines().size();
            SampleCluster.await(
                    "lines of the last leader",
                    java.time.Duration.ofMinutes(1),
                    () -> cluster.ledger().lines().size() > before);
            cluster.stop();
            List<Recording> recordings = cluster.recordings();
            List<RecordingCheck.Gap> gaps = RecordingCheck.gaps(recordings);
            System.out.printf(
                    "Rolling restart: %d leaders handed over, %s without a leader in all (%s), %s in all, ready after %s; first %s, last %s%n",
                    result.restartedLeaders(),
                    Figures.millis(result.leaderlessNanos()),
                    String.join(
                            ", ",
                            gaps.stream()
                                    .map(gap -> Figures.millis(gap.nanos()))
                                    .toList()),
                    Figures.millis(result.tookNanos()),
                    String.join(
                            ", ",
                            result.readyNanos().stream().map(Figures::millis).toList()),
                    first.id(),
                    last.id());

            assertThat(RecordingCheck.faults(recordings)).isEmpty();
            assertThat(LedgerCheck.faults(cluster.ledger().lines())).isEmpty();
            // Those that were stopped at the end had a part of the gaps of their own.
            Stream<String> reasons =
                    gaps.stream().limit(result.restartedLeaders()).map(RecordingCheck.Gap::reason);
            assertThat(reasons).hasSize(result.restartedLeaders()).containsOnly(RollingUpdate.HANDED_OVER);
            assertThat(result.restartedLeaders()).isBetween(1, 3);
        });
    }
}
