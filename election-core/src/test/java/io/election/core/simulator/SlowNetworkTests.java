package io.election.core.simulator;

import static io.election.core.Phase.VOTE;
import static io.election.core.simulator.Scenario.isVoteRequest;
import static io.election.core.simulator.Scenario.ms;
import static io.election.core.simulator.Scenario.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Elections on networks whose round trip is a large part of T, which is a second here: leaders must come about, and last. */
class SlowNetworkTests {

    /** Somebody leads, and the same member still does 20 s later. */
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
            cluster.crash(leader).untilNobodyLeads().forgetWhatWasSent();
            somebodyLeadsAndGoesOn(cluster);
            assertThat(cluster.sent(isVoteRequest(VOTE))
                            .map(vote -> vote.message.term())
                            .distinct())
                    .as("one of them stood, once")
                    .hasSize(1);
            cluster.start(leader).run(seconds(3));
        }
    }

    /** A ranks first and is far away from the two others, which are near each other. */
    @Test
    void aLeaderLastsWhereTheFirstInRankIsFarAway() {
        Scenario cluster = Scenario.of("a", "b", "c")
                .roundTrip(ms(20))
                .start()
                .far("a", "b", ms(480))
                .far("a", "c", ms(480));
        cluster.run(seconds(10));
        cluster.until("somebody leads", () -> cluster.leader() != null);
        String leader = cluster.leader();
        for (int i = 0; i < 100; i++) {
            cluster.run(ms(100));
            assertThat(cluster.leader()).isEqualTo(leader);
        }
    }

    /** The limit is where it is said to be: beyond the lease less a heartbeat interval no acknowledgement comes in time. */
    @Test
    void nobodyLeadsForLongWhereTheLeaseIsShorterThanTheRoundTripAndAHeartbeat() {
        Scenario cluster = Scenario.of("a", "b", "c").roundTrip(ms(700)).start();
        int led = 0;
        for (int i = 0; i < 3000; i++) {
            cluster.run(ms(10));
            led += cluster.leader() == null ? 0 : 1;
        }
        assertThat(led).as("of 30 s, in hundredths").isLessThan(100);
    }
}
