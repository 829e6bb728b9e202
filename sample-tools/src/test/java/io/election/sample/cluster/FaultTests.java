package io.election.sample.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Each kind of fault, one at a time, on one cluster of three processes; after each the leadership comes back. At the end
 * what all members recorded in all their lives is laid side by side.
 */
@Tag("faults")
@Timeout(300)
@EnabledOnOs(value = OS.LINUX, disabledReason = "needs signals, and a monotonic clock that processes share")
class FaultTests {

    private static final Duration HOLD = Duration.ofSeconds(3);

    private static FaultyCluster cluster;

    private String leader;

    @BeforeAll
    static void startAll() {
        cluster = FaultyCluster.start(3);
    }

    @BeforeEach
    void allIsWell() {
        leader = cluster.awaitAgreement();
    }

    @AfterEach
    void leadershipComesBack() {
        cluster.heal();
        cluster.awaitAgreement();
    }

    @AfterAll
    static void recordsAreSound() {
        // Logs and records are kept: a test may have failed before.
        try (FaultyCluster ending = cluster) {
            assertThat(RecordingCheck.faults(ending.end())).isEmpty();
            StoreRecords store = ending.storeRecords();
            assertThat(store.faults()).isEmpty();
            assertThat(store.applied()).as("acknowledged writes to the store").isPositive();
        }
    }

    private void strike(Fault fault, String victim) {
        assumeTrue(fault.isPossibleIn(cluster.network()), () -> fault + " cannot be done here");
        long lost = cluster.network().lostPackets();
        fault.strike(cluster, victim, HOLD, new Random(1));
        if (EATS_PACKETS.contains(fault) && lost >= 0) {
            assertThat(cluster.network().lostPackets())
                    .as("packets lost by " + fault)
                    .isGreaterThan(lost);
        }
    }

    private static final List<Fault> EATS_PACKETS = List.of(
            Fault.LOSS,
            Fault.RESETS,
            Fault.UNHEARD,
            Fault.DEAF,
            Fault.CUT_FROM_ONE,
            Fault.CUT_FROM_ALL,
            Fault.RING,
            Fault.FLAPPING,
            Fault.SMALL_ONLY);

    private void othersLead() {
        cluster.awaitEndOfLeadership(leader);
        cluster.awaitLeaderAmong(cluster.others(leader));
    }

    private void somebodyLeads() {
        cluster.awaitLeaderAmong(cluster.ids());
    }

    @Test
    void packetsAreLost() {
        strike(Fault.LOSS, leader);
    }

    @Test
    void theLeadersLinkIsSlow() {
        strike(Fault.SLOW_LINK, leader);
        somebodyLeads();
    }

    @Test
    void theLeadersConnectionsAreReset() {
        strike(Fault.RESETS, leader);
        othersLead();
    }

    @Test
    void nobodyHearsTheLeader() {
        strike(Fault.UNHEARD, leader);
        othersLead();
    }

    @Test
    void theLeaderHearsNobody() {
        strike(Fault.DEAF, leader);
        othersLead();
    }

    @Test
    void aFollowerHearsNobodyAndDeposesNobody() {
        String deaf = cluster.others(leader).get(0);
        strike(Fault.DEAF, deaf);
        cluster.awaitLeaderAmong(cluster.others(deaf));
    }

    @Test
    void theLeaderIsCutFromOne() {
        strike(Fault.CUT_FROM_ONE, leader);
        somebodyLeads();
    }

    @Test
    void theLeaderIsCutFromAll() {
        strike(Fault.CUT_FROM_ALL, leader);
        othersLead();
    }

    /** Of three, each hears one and is heard by the other: nobody gets an answer, so nobody leads. */
    @Test
    void nobodyHearsWhomItTalksTo() {
        strike(Fault.RING, leader);
        cluster.awaitEndOfLeadership(leader);
    }

    @Test
    void theLeadersLinkFlaps() {
        strike(Fault.FLAPPING, leader);
        somebodyLeads();
    }

    /** It wins its election, and cannot commit what opens its term: it must not keep the others from leading. */
    @Test
    void whoseEntriesAreSwallowedKeepsNobodyFromLeading() {
        String victim = cluster.others(leader).get(0);
        strike(Fault.SMALL_ONLY, victim);
        cluster.awaitLeaderAmong(cluster.others(victim));
    }

    @Test
    void handoversOneAfterTheOtherLeaveSomebodyLeading() {
        strike(Fault.HANDOVERS, leader);
        somebodyLeads();
    }

    @Test
    void theLeaderIsKilled() {
        strike(Fault.KILL, leader);
        cluster.awaitLeaderAmong(cluster.others(leader));
    }

    @Test
    void aLeaderThatWasStoppedAnswersFalseFromItsFirstCallOn() {
        long stopped = System.nanoTime();
        strike(Fault.PAUSE, leader);
        cluster.awaitLeaderAmong(cluster.others(leader));
        long pause = System.nanoTime() - stopped;
        cluster.resume(leader);
        MemberProcess woken = cluster.member(leader);
        SampleCluster.await(
                "the first answer after waking",
                FaultyCluster.BACK_LIMIT,
                () -> woken.recording().wakings().stream().anyMatch(w -> w.atNanos() - stopped > pause));
        assertThat(woken.recording().wakings())
                .filteredOn(waking -> waking.atNanos() - stopped > pause)
                .first()
                .matches(waking -> !waking.answer(), "answers false");
    }

    @Test
    void aFullDiskEndsAMemberAndNothingElse() {
        String victim = leader;
        strike(Fault.FULL_DISK, victim);
        SampleCluster.await("the failure of the full disk", FaultyCluster.BACK_LIMIT, () -> {
            cluster.leader().ifPresent(cluster::handOver);
            SampleCluster.pause(Duration.ofMillis(100));
            return cluster.saidThatItsDiskFailed(victim);
        });
        cluster.awaitLeaderAmong(cluster.others(victim));
        if (cluster.hasDiskOfItsOwn(victim)) {
            cluster.kill(victim);
            cluster.start(victim);
            SampleCluster.await(
                    "the end of a start on a full disk",
                    FaultyCluster.BACK_LIMIT,
                    () -> !cluster.member(victim).isAlive());
            assertThat(cluster.log(victim)).contains("election.storage.directory", "No space left on device");
        }
    }

    @Test
    void theLeadersDiskIsSlow() {
        strike(Fault.SLOW_DISK, leader);
        somebodyLeads();
    }

    @Test
    void aDiskThatAnswersAfterSecondsEndsNothing() {
        cluster.ids().forEach(id -> cluster.slowDisk(id, HOLD));
        // A handover would be given up: it waits for entries that such disks do not take in time.
        cluster.kill(leader);
        cluster.awaitLeaderAmong(cluster.others(leader));
        cluster.start(leader);
        somebodyLeads();
    }
}
