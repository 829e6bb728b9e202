package io.election.core.simulator;

import static io.election.core.simulator.Scenario.ms;
import static io.election.core.simulator.Scenario.seconds;
import static io.election.core.simulator.Scenario.withAutopilot;
import static io.election.core.simulator.Scenario.withMembers;
import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.AutopilotSettings;
import io.election.core.EnrolledMember;
import io.election.core.MemberChange.Demote;
import io.election.core.MemberChange.Outcome;
import io.election.core.MemberChange.Promote;
import io.election.core.MemberChange.Remove;
import io.election.core.MemberPresence;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Clusters that grow, shrink, and exchange their members (safety rule 15), each with all invariants checked after each event. */
class MembersScenarioTests {

    /** a, b and c found the cluster; d, e and f come later, each of whose lists names the founders and itself. */
    private static Scenario founded() {
        return founded(AutopilotSettings.OFF);
    }

    private static Scenario founded(AutopilotSettings autopilot) {
        Scenario cluster = Scenario.of("a", "b", "c", "d", "e", "f").prepare().exchangingPings();
        for (String founder : new String[] {"a", "b", "c"}) {
            cluster.reconfigure(founder, withMembers("a", "b", "c"))
                    .reconfigure(founder, withAutopilot(autopilot))
                    .start(founder);
        }
        for (String joiner : new String[] {"d", "e", "f"}) {
            cluster.reconfigure(joiner, withMembers("a", "b", "c", joiner))
                    .reconfigure(joiner, withAutopilot(autopilot));
        }
        return cluster.until("a leads", () -> cluster.isLeader("a")).run(seconds(1));
    }

    private static void join(Scenario cluster, String id) {
        cluster.start(id).untilCaughtUp(id);
        assertThat(cluster.change(String.valueOf(cluster.leader()), new Promote(id), false))
                .isEqualTo(Outcome.DONE);
    }

    private static void leave(Scenario cluster, String id) {
        if (cluster.isLeader(id)) {
            String before = id;
            cluster.handOver(id, null);
            cluster.until("another one leads", () -> cluster.leader() != null && !before.equals(cluster.leader()));
            cluster.run(ms(300));
        }
        assertThat(cluster.change(String.valueOf(cluster.leader()), new Remove(id), true))
                .isEqualTo(Outcome.DONE);
        cluster.run(ms(300)).crash(id);
    }

    @Test
    void aClusterGrowsFromThreeToFiveAndShrinksToOneWhileOneLeaderLeads() {
        Scenario cluster = founded();
        long term = cluster.term("a");
        join(cluster, "d");
        join(cluster, "e");
        assertThat(cluster.view("a").needed()).isEqualTo(3);
        for (String leaving : new String[] {"e", "d", "c", "b"}) {
            leave(cluster, leaving);
        }
        cluster.run(seconds(30));
        assertThat(cluster.isLeader("a")).isTrue();
        assertThat(cluster.term("a")).isEqualTo(term);
        assertThat(cluster.view("a").needed()).isEqualTo(1);
    }

    @Test
    void everyMemberIsExchangedWhileTheClusterIsLed() {
        Scenario cluster = founded();
        String[] leaving = {"c", "b", "a"};
        String[] coming = {"d", "e", "f"};
        for (int i = 0; i < 3; i++) {
            join(cluster, coming[i]);
            leave(cluster, leaving[i]);
            assertThat(cluster.leader()).isNotNull();
        }
        cluster.run(seconds(2));
        assertThat(cluster.view("d").membership().listed())
                .extracting(m -> m.id())
                .containsExactly("d", "e", "f");
        assertThat(cluster.term("d")).as("one handover").isLessThanOrEqualTo(3);
    }

    /** All processes stop at once after each of a, b and c has left: the log says who belongs, and the lists are stale. */
    @Test
    void whoeverIsLeftComesBackByTheLog() {
        Scenario cluster = founded();
        for (String id : new String[] {"d", "e", "f"}) {
            join(cluster, id);
        }
        for (String id : new String[] {"c", "b", "a"}) {
            leave(cluster, id);
        }
        cluster.run(seconds(1)).crash("d", "e", "f");
        cluster.start("d").start("e").start("f").untilSomebodyLeads().run(seconds(2));
        assertThat(cluster.leader()).isIn("d", "e", "f");
    }

    @Test
    void aDeadMemberIsReplaced() {
        Scenario cluster = founded();
        cluster.start("d").untilCaughtUp("d").crash("c").run(seconds(2));
        assertThat(cluster.change("a", new Promote("d"), false)).isEqualTo(Outcome.REFUSED);
        assertThat(cluster.change("a", new Remove("c"), false)).isEqualTo(Outcome.DONE);
        assertThat(cluster.change("a", new Promote("d"), false)).isEqualTo(Outcome.DONE);
        cluster.crash("a").untilSomebodyLeads();
        assertThat(cluster.leader()).isEqualTo("b");
    }

    /**
     * {A,B,C}: A leads and only B hears C. One entry that put E in the place of C would be committed by A and E, who keep the
     * lease, while B and C, who never heard of it, elect B. So it takes two entries, and each quorum shares a member with the last.
     */
    @Test
    void nobodyIsElectedBesideAnExchangeThatOnlyAFewHaveHeardOf() {
        Scenario cluster = founded();
        cluster.start("e").untilCaughtUp("e");
        cluster.cut("a").from("c").run(seconds(2));
        cluster.cut("a").from("b");
        cluster.beginChange("a", new Remove("c"), true);
        cluster.run(ms(500));
        cluster.beginChange("a", new Promote("e"), true);
        // The invariants watch: leases apart, one leader a term, nothing committed lost.
        cluster.until("b leads", () -> cluster.isLeader("b"));
        cluster.mend().run(seconds(5));
        assertThat(cluster.leader()).isEqualTo("b");
        assertThat(cluster.view("a").membership()).isEqualTo(cluster.view("b").membership());
        assertThat(cluster.view("b").voters()).isEqualTo(3);
    }

    /** {A,B,C}, A leads and removes C, which only C's and A's logs would show: C would be ahead of B, and B could not be elected. */
    @Test
    void aRemovalThatNeverCommitsKeepsNobodyFromBeingElected() {
        Scenario cluster = founded();
        cluster.cut("a").from("b");
        cluster.beginChange("a", new Remove("c"), true);
        cluster.run(ms(300)).crash("a");
        cluster.mend().until("b or c leads", () -> cluster.isLeader("b") || cluster.isLeader("c"));
    }

    @Test
    void whoWasRemovedDisturbsNobody() {
        Scenario cluster = founded();
        join(cluster, "d");
        cluster.cut("c").from("a", "b", "d");
        cluster.run(seconds(2));
        assertThat(cluster.change("a", new Remove("c"), false)).isEqualTo(Outcome.DONE);
        cluster.run(seconds(5)).mend();
        long term = cluster.term("a");
        cluster.run(seconds(30));
        assertThat(cluster.isLeader("a")).isTrue();
        assertThat(cluster.term("a")).isEqualTo(term);
    }

    /** It votes on until the entry is committed, and others may leave at the same time. */
    @Test
    void twoThatLeaveAtOnceLeaveOneAfterTheOther() {
        Scenario cluster = founded();
        join(cluster, "d");
        join(cluster, "e");
        long first = cluster.beginChange("a", new Remove("d"), true);
        long second = cluster.beginChange("a", new Remove("e"), true);
        cluster.run(seconds(1));
        assertThat(cluster.result(first)).isEqualTo(Outcome.DONE);
        assertThat(cluster.result(second)).isEqualTo(Outcome.BUSY);
        assertThat(cluster.change("a", new Remove("e"), true)).isEqualTo(Outcome.DONE);
        assertThat(cluster.view("a").voters()).isEqualTo(3);
    }

    private static void leavesAndIsGone(Scenario cluster, String... ids) {
        for (String id : ids) {
            cluster.leave(id);
        }
        cluster.until("gone", () -> Stream.of(ids).noneMatch(cluster::isUp));
    }

    private static List<String> voters(Scenario cluster) {
        return cluster.view(String.valueOf(cluster.leader())).membership().members().stream()
                .filter(EnrolledMember::votes)
                .map(EnrolledMember::id)
                .toList();
    }

    /**
     * {A,B,C}, and D, E and F have caught up. A rollout stops the old ones one after the other, much faster than learners are promoted
     * by themselves. Who leaves stays until it is removed, and a learner gets a vote before: or D, E and F would be three learners of a
     * cluster that is dead. A leader that leaves hands over first, and its successor does not know yet who has caught up.
     */
    @Test
    void aRolloutThatIsFasterThanPromotionsLeavesAClusterThatLives() {
        Scenario cluster = founded(new AutopilotSettings(3, seconds(60), null, 1, null));
        for (String id : new String[] {"d", "e", "f"}) {
            cluster.start(id).untilCaughtUp(id);
        }
        for (String id : new String[] {"c", "b", "a"}) {
            leavesAndIsGone(cluster, id);
        }
        cluster.untilSomebodyLeads();
        assertThat(voters(cluster)).contains("d", "e").doesNotContain("a", "b", "c");
        cluster.run(seconds(65));
        assertThat(voters(cluster)).containsExactly("d", "e", "f");
    }

    /** {A,B,C}: of two that leave at once and do not wait for their removals, one of three, or one of two, would be left. */
    @Test
    void twoThatStopAtOnceAreBothRemovedBeforeTheyGo() {
        for (String[] leaving : new String[][] {{"b", "c"}, {"a", "b"}}) {
            Scenario cluster = founded();
            leavesAndIsGone(cluster, leaving);
            cluster.untilSomebodyLeads().run(seconds(10));
            assertThat(voters(cluster)).hasSize(1).doesNotContain(leaving);
        }
    }

    @Test
    void aDemotedMemberFollowsAndComesBack() {
        Scenario cluster = founded();
        join(cluster, "d");
        assertThat(cluster.change("a", new Demote("c"), false)).isEqualTo(Outcome.DONE);
        cluster.run(seconds(5));
        assertThat(cluster.view("c").leader()).isEqualTo("a");
        assertThat(cluster.view("a").members())
                .filteredOn(m -> m.id().equals("c"))
                .extracting(MemberPresence::votingState)
                .containsExactly(MemberPresence.VotingState.LEARNER);
        assertThat(cluster.change("a", new Promote("c"), false)).isEqualTo(Outcome.DONE);
        cluster.run(seconds(1));
        assertThat(cluster.view("c").voters()).isEqualTo(4);
    }

    /** The directory of a removed member is still there: its process starts, and joins anew. */
    @Test
    void aRemovedMemberThatStartsAgainJoinsAsALearner() {
        Scenario cluster = founded();
        join(cluster, "d");
        leave(cluster, "d");
        cluster.start("d").untilCaughtUp("d");
        assertThat(cluster.change("a", new Promote("d"), false)).isEqualTo(Outcome.DONE);
        cluster.run(seconds(1));
        assertThat(cluster.view("d").voters()).isEqualTo(4);
    }
}
