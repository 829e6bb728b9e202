package io.election.core.simulator;

import static io.election.core.simulator.Scenario.T;
import static io.election.core.simulator.Scenario.ms;
import static io.election.core.simulator.Scenario.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Elections on networks whose round trip is a large part of T, which is a second here: leaders must come about, and last. */
class SlowNetworkTests {

    /** Somebody leads within 4 T, and the same member still does 20 s later. */
    private static void somebodyLeadsAndGoesOn(Scenario cluster) {
        cluster.until("somebody leads", () -> cluster.leader() != null);
        String leader = cluster.leader();
        for (int i = 0; i < 200; i++) {
            cluster.run(ms(100));
            assertThat(cluster.leader()).as("after %d ms", 100 * (i + 1)).isEqualTo(leader);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 100, 300, 500, 640})
    void aLeaderThatStepsDownHasASuccessorThatLasts(int roundTrip) {
        Scenario cluster = Scenario.of("a", "b", "c").roundTrip(ms(roundTrip)).start();
        somebodyLeadsAndGoesOn(cluster);
        for (int i = 0; i < 3; i++) {
            cluster.stepDown(cluster.leader());
            cluster.untilNobodyLeads();
            somebodyLeadsAndGoesOn(cluster);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 100, 300, 500, 640})
    void aLeaderThatDiesHasASuccessorThatLasts(int roundTrip) {
        Scenario cluster =
                Scenario.of("a", "b", "c", "d", "e").roundTrip(ms(roundTrip)).start();
        somebodyLeadsAndGoesOn(cluster);
        for (int i = 0; i < 3; i++) {
            String leader = cluster.leader();
            cluster.crash(leader).untilNobodyLeads();
            java.time.Duration died = cluster.now();
            cluster.forgetWhatWasSent();
            somebodyLeadsAndGoesOn(cluster);
            System.out.println("RT " + roundTrip + " rounds "
                    + cluster.sent(Scenario.isVoteRequest(io.election.core.Phase.VOTE)).map(e -> e.from + "/" + e.message.term()).distinct().toList());
            cluster.start(leader).run(seconds(3));
        }
    }
}
