package io.election.sample.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.sample.cluster.FaultyNetwork.PathFault;
import java.time.Duration;
import java.util.List;
import java.util.Random;
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

    @Test
    void leadsInARingInWhichNobodySeesEverybodyAndInTheLargerHalf() {
        // While a log grows, three neighbours may have more of it than the other two. With the one in their middle gone, the two that are
        // left reach no quorum, and the others do not get their votes.
        try (FaultyCluster cluster = FaultyCluster.startAtRest(5)) {
            Fault.RING.strike(cluster, "a", Duration.ofSeconds(3), new Random(1));
            // A member and its two neighbours are a quorum.
            String leader = cluster.awaitLeaderAmong(cluster.ids());
            cluster.kill(leader);
            cluster.awaitLeaderAmong(cluster.others(leader));
            cluster.heal();

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
