package io.election.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.node.NodeStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

class ElectionHealthIndicatorTests {

    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

    private static Health health(NodeStatus status) {
        return new ElectionHealthIndicator(
                        () -> status, Duration.ofSeconds(30), Status.UNKNOWN, InstantSource.fixed(NOW))
                .health();
    }

    @Test
    void isUpOnALeaderAndTellsWhatItKnows() {
        Health health = health(Statuses.leader());
        assertThat(health.getStatus()).isEqualTo(Status.UP);
        assertThat(health.getDetails())
                .containsEntry("leaderId", "a")
                .containsEntry("term", 7L)
                .containsEntry("reachable", 2)
                .doesNotContainKey("fault");
    }

    @Test
    void tellsOfANetworkThatIsTooSlowForTheSettings() {
        NodeStatus slow = Statuses.withRoundTrip(Statuses.leader(), Duration.ofMillis(551));
        assertThat(health(slow).getStatus()).isEqualTo(Status.UP);
        assertThat(health(slow).getDetails())
                .containsEntry(
                        "slowNetwork",
                        "A quorum takes 551 ms to answer, and a leadership lasts with 550 ms at most at these settings."
                                + " Raise election.election-timeout on every member");
        NodeStatus fast = Statuses.withRoundTrip(Statuses.leader(), Duration.ofMillis(550));
        assertThat(health(fast).getDetails()).doesNotContainKey("slowNetwork");
    }

    @Test
    void isUpWithoutALeaderForAsLongAsTheGraceLasts() {
        Health health = health(Statuses.leaderlessSince(NOW.minusSeconds(30)));
        assertThat(health.getStatus()).isEqualTo(Status.UP);
        assertThat(health.getDetails())
                .containsEntry("leaderlessSince", NOW.minusSeconds(30).toString())
                .doesNotContainKeys("leaderId", "notReady", "reachable");
    }

    @Test
    void hasTheConfiguredStatusWithoutALeaderForLonger() {
        assertThat(health(Statuses.leaderlessSince(NOW.minusSeconds(31))).getStatus())
                .isEqualTo(Status.UNKNOWN);
    }

    @Test
    void isOutOfServiceWhereAPauseKeepsAnybodyFromLeading() {
        NodeStatus.Paused paused = new NodeStatus.Paused(NOW.plusSeconds(600), "node-1", "anna", null);
        Health leaderless = health(Statuses.paused(Statuses.leaderlessSince(NOW.minusSeconds(31)), paused));
        assertThat(leaderless.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
        assertThat(String.valueOf(leaderless.getDetails().get("fault"))).contains("only 'node-1' stands");
        Health soon = health(Statuses.paused(Statuses.leaderlessSince(NOW.minusSeconds(29)), paused));
        assertThat(soon.getStatus()).isEqualTo(Status.UP);
        assertThat(String.valueOf(soon.getDetails().get("paused"))).contains("held by 'node-1', paused by 'anna'");
        assertThat(String.valueOf(soon.getDetails().get("paused"))).endsWith("'anna'");
        assertThat(soon.getDetails()).doesNotContainKey("fault");
        NodeStatus.Paused explained = new NodeStatus.Paused(NOW.plusSeconds(600), "node-1", "anna", "new kernels");
        assertThat(String.valueOf(health(Statuses.paused(Statuses.leader(), explained))
                        .getDetails()
                        .get("paused")))
                .endsWith("paused by 'anna': new kernels");
    }

    @Test
    void tellsHowFarTheReplicatedMemoryIsAndThatItsMachineHasFailed() {
        Health behind = health(Statuses.withMemory(Statuses.leader(), null));
        assertThat(behind.getStatus()).isEqualTo(Status.UP);
        assertThat(behind.getDetails()).containsEntry("memoryLag", 3L).doesNotContainKey("fault");
        Health failed = health(Statuses.withMemory(Statuses.leader(), "it threw an exception"));
        assertThat(failed.getStatus()).isEqualTo(Status.DOWN);
        assertThat(failed.getDetails())
                .containsEntry(
                        "fault",
                        "This member applies nothing to its replicated memory until it is started again: it threw an exception");
        assertThat(health(Statuses.leader()).getDetails()).doesNotContainKey("memoryLag");
    }

    @Test
    void passesOnWhatElseTheMemberSays() {
        for (String detail : new String[] {"memoryDiffers", "notReady", "foundingWaits"}) {
            assertThat(health(Statuses.saying(Statuses.leader(), detail, "so it is"))
                            .getDetails())
                    .containsEntry(detail, "so it is");
            assertThat(health(Statuses.leader()).getDetails()).doesNotContainKey(detail);
        }
    }

    @Test
    void saysWhyNobodyLeadsAndOfEachMemberWhatItDoesAboutIt() {
        assertThat(health(Statuses.leaderlessSince(NOW.minusSeconds(31))).getDetails())
                .containsEntry("whyNobodyLeads", "2 of 3 voters are needed, and 'a' reaches 1, itself included")
                .containsEntry(
                        "membersWithoutLeader",
                        Map.of("a", "stands for election", "b", "not reached: connection refused, for 40 s"));
        assertThat(health(Statuses.leader()).getDetails()).doesNotContainKeys("whyNobodyLeads", "membersWithoutLeader");
    }

    @Test
    void isDownForFaultsOfThisMember() {
        assertThat(health(Statuses.withStorageFailure("disk full")).getStatus()).isEqualTo(Status.DOWN);
        assertThat(health(Statuses.withStorageFailure("disk full")).getDetails().get("fault"))
                .asString()
                .contains("disk full");
        Health failed = health(Statuses.withFailure("its election came to an end: java.lang.OutOfMemoryError"));
        assertThat(failed.getStatus()).isEqualTo(Status.DOWN);
        assertThat(failed.getDetails().get("fault"))
                .asString()
                .contains("takes no part until its process is restarted: its election came to an end:"
                        + " java.lang.OutOfMemoryError")
                .doesNotContain("journal");
        assertThat(health(Statuses.withOtherList()).getStatus()).isEqualTo(Status.DOWN);
        assertThat(health(Statuses.withLeaseGone()).getStatus()).isEqualTo(Status.DOWN);
    }

    @Test
    void saysInWhatListsDiffer() {
        assertThat(health(Statuses.withOtherList()).getDetails().get("fault"))
                .asString()
                .contains("'d' (data) is listed only there");
    }

    @Test
    void isUpWhereTheListDiffersFromTheMembersInForceAndSaysSo() {
        String difference = "This member has another list of members than is in force: 'd' (data) is listed only here";
        Health health = health(Statuses.inPlace("voter", "voter", false, null, difference));
        assertThat(health.getStatus()).isEqualTo(Status.UP);
        assertThat(health.getDetails())
                .containsEntry("membersDiffer", difference)
                .doesNotContainKey("fault");
    }

    @Test
    void isOutOfServiceOnceItWasRemoved() {
        assertThat(health(Statuses.inPlace("removed", "removed", false, null, null))
                        .getStatus())
                .isEqualTo(Status.OUT_OF_SERVICE);
        assertThat(health(Statuses.inPlace("learner", "spare", false, null, null))
                        .getStatus())
                .isEqualTo(Status.UP);
    }

    @Test
    void isDownWhileAnotherProcessRunsAsThisMember() {
        Health health = health(Statuses.withRival("Another process runs as member 'a' too, says 'b'"));
        assertThat(health.getStatus()).isEqualTo(Status.DOWN);
        assertThat(health.getDetails()).containsEntry("fault", "Another process runs as member 'a' too, says 'b'");
    }

    @Test
    void warnsOfTheCertificateAndStaysUp() {
        Health health = health(Statuses.withCertificate(Instant.parse("2026-12-01T00:00:00Z")));
        assertThat(health.getStatus()).isEqualTo(Status.UP);
        assertThat(health.getDetails())
                .containsEntry("certificate", "This member's certificate expires on 2026-12-01T00:00:00Z");
    }

    @Test
    void isOutOfServiceUntilItsVoteCounts() {
        Health health = health(Statuses.catchingUp(null));
        assertThat(health.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
        assertThat(health.getDetails())
                .containsEntry("votingState", "catching-up")
                .doesNotContainKey("fault");
    }

    @Test
    void namesTheWayOutOfALostQuorumAndRestartsNobodyForIt() {
        String wayOut = "The memory of 'a', 'b' is new";
        Health withMemory = health(Statuses.withQuorumLost(wayOut));
        assertThat(withMemory.getStatus()).isEqualTo(Status.UNKNOWN);
        assertThat(withMemory.getDetails()).containsEntry("fault", wayOut);
        Health without = health(Statuses.catchingUp(wayOut));
        assertThat(without.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
        assertThat(without.getDetails()).containsEntry("fault", wayOut);
    }

    @Test
    void namesThePeersThatDoNotAnswer() {
        Health health = health(Statuses.leader(
                Statuses.member("a", true),
                Statuses.unreached("b", "unknown host 'hots-2'"),
                Statuses.unreached("c", "connection refused")));
        assertThat(health.getStatus()).isEqualTo(Status.UP);
        assertThat(health.getDetails())
                .containsEntry("peers", Map.of("b", "unknown host 'hots-2'", "c", "connection refused"));
    }
}
