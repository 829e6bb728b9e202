package io.election.sample.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.sample.cluster.FaultyNetwork.PathFault;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Five processes: what three are too few for. */
@Tag("faults")
@Timeout(300)
@EnabledOnOs(value = OS.LINUX, disabledReason = "needs signals, and a monotonic clock that processes share")
class RingFaultTests {

    private static final int ROUNDS = 5;
    private static final Duration SOON = Duration.ofSeconds(20);

    private static boolean isLedInARingAndWithoutOneOfIt(FaultyCluster cluster) {
        cluster.awaitAgreement();
        Fault.RING.strike(cluster, "a", Duration.ofSeconds(3), new Random(1));
        // A member and its two neighbours are a quorum.
        String leader = cluster.awaitLeaderAmong(cluster.ids());
        cluster.kill(leader);
        List<String> others = cluster.others(leader);
        try {
            SampleCluster.await(
                    "a leader in the line",
                    SOON,
                    () -> cluster.leader().filter(others::contains).isPresent());
            return true;
        } catch (ClusterException nobody) {
            return false;
        } finally {
            cluster.heal();
        }
    }

    @Test
    void leadsInARingInWhichNobodySeesEverybodyAndInTheLargerHalf() {
        // While a log grows, three neighbours may have more of it than the other two. With the one in their middle
        // gone, the two that are
        // left reach no quorum, and the others do not get their votes.
        try (FaultyCluster cluster = FaultyCluster.startAtRest(5)) {
            // A leadership that began in the ring is such an entry: then the ring heals, and it is tried once more.
            assertThat(IntStream.range(0, ROUNDS).anyMatch(round -> isLedInARingAndWithoutOneOfIt(cluster)))
                    .as("elects among four in a line, in one of " + ROUNDS + " rounds")
                    .isTrue();

            String cutOff = cluster.awaitAgreement();
            String with = cluster.others(cutOff).get(0);
            List<String> larger = cluster.others(cutOff).stream()
                    .filter(id -> !id.equals(with))
                    .toList();
            larger.forEach(
                    id -> Stream.of(cutOff, with).forEach(lost -> cluster.breakBetween(lost, id, PathFault.DROPS_ALL)));
            cluster.apply();
            cluster.awaitEndOfLeadership(cutOff);
            cluster.awaitLeaderAmong(larger);

            assertThat(RecordingCheck.faults(cluster.end())).isEmpty();
            cluster.sound();
        }
    }
}
