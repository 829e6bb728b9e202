package io.election.core;

import static io.election.core.MemberUnderTest.CLUSTER;
import static io.election.core.MemberUnderTest.HANDOVER;
import static io.election.core.MemberUnderTest.HEARTBEAT;
import static io.election.core.MemberUnderTest.LEASE;
import static io.election.core.MemberUnderTest.STEP;
import static io.election.core.MemberUnderTest.T;
import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.founded;
import static io.election.core.MemberUnderTest.foundedState;
import static io.election.core.MemberUnderTest.incarnationOf;
import static io.election.core.MemberUnderTest.membership;
import static io.election.core.MemberUnderTest.only;
import static io.election.core.MemberUnderTest.told;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a leader changes by itself about who votes, and members that leave. */
class AutopilotTests {

    private static final Duration STABLE = Duration.ofSeconds(3);
    private static final Duration CLEANUP = Duration.ofSeconds(10);
    private static final long MOST_LAG = 100;

    private static ElectionSettings settings(
            String id, List<Member> members, int voters, @Nullable Duration cleanup, int minimum) {
        return new ElectionSettings(
                CLUSTER,
                id,
                members,
                T,
                HEARTBEAT,
                LEASE,
                0.05,
                STEP,
                HANDOVER,
                false,
                1000,
                new AutopilotSettings(voters, STABLE, cleanup, minimum, MOST_LAG));
    }

    private static MemberUnderTest leading(int voters, @Nullable Duration cleanup, int minimum) {
        return new MemberUnderTest(
                        settings("a", THREE, voters, cleanup, minimum), incarnationOf("a"), foundedState(THREE))
                .leading();
    }

    private static void announces(MemberUnderTest a, String id) {
        Header header = new Header(1, CLUSTER, null, id, id + "-1", false, a.settings.nodeId(), null, 1);
        a.receive(new Request.Announce(header, MemberKind.DATA, null));
    }

    /** Heartbeats for so long, which these members acknowledge; what was observed. */
    private static List<Observation> pass(MemberUnderTest a, Duration time, String... alive) {
        List<Observation> seen = new ArrayList<>();
        for (int i = 0; i < time.dividedBy(HEARTBEAT); i++) {
            seen.addAll(told(a.heartbeatRound(alive)));
        }
        return seen;
    }

    private static List<String> voters(MemberUnderTest a) {
        return a.view().membership().members().stream()
                .filter(EnrolledMember::votes)
                .map(EnrolledMember::id)
                .toList();
    }

    @Test
    void aLearnerThatKeepsUpGetsItsVoteAfterTheStabilisation() {
        MemberUnderTest a = leading(4, null, 1);
        announces(a, "d");
        pass(a, STABLE.minus(HEARTBEAT.multipliedBy(2)), "b", "c", "d");
        assertThat(voters(a)).containsExactly("a", "b", "c");
        pass(a, HEARTBEAT.multipliedBy(5), "b", "c", "d");
        assertThat(voters(a)).containsExactly("a", "b", "c", "d");
    }

    @Test
    void aLearnerThatFallsSilentBeginsAnew() {
        MemberUnderTest a = leading(4, null, 1);
        announces(a, "d");
        pass(a, STABLE.dividedBy(2), "b", "c", "d");
        pass(a, T.multipliedBy(2), "b", "c");
        pass(a, STABLE.dividedBy(2), "b", "c", "d");
        assertThat(voters(a)).containsExactly("a", "b", "c");
        pass(a, STABLE, "b", "c", "d");
        assertThat(voters(a)).containsExactly("a", "b", "c", "d");
    }

    /** A follower heard its announcement, and then another leader gave it its vote. */
    @Test
    void whoHasAVoteByNowKeepsNoOtherLearnerWaiting() {
        MemberUnderTest a =
                new MemberUnderTest(settings("a", THREE, 5, null, 1), incarnationOf("a"), foundedState(THREE));
        a.free();
        announces(a, "d");
        Membership withD = membership(THREE).withVoter(new Learner("d", MemberKind.DATA, "d-1", null), 3);
        a.receive(a.append(
                "b",
                2,
                3,
                at(1, 1),
                MemberUnderTest.entry(2, 2),
                new Entry(3, 2, new Payload.MembershipChange(withD))));
        a.write();
        a.ready();
        a.pass(T.multipliedBy(3));
        a.tick();
        a.tickWhenDue();
        a.settle("b", "c", "d");
        assertThat(a.view().leader()).isEqualTo("a");
        announces(a, "e");
        List<Observation> seen = pass(a, STABLE.multipliedBy(2), "b", "c", "d", "e");
        assertThat(voters(a)).containsExactly("a", "b", "c", "d", "e");
        assertThat(seen).noneMatch(observation -> observation instanceof Observation.MemberChangeHeldUp);
    }

    @Test
    void whoIsBeyondTheNumberOfVotersIsASpare() {
        MemberUnderTest a = leading(3, null, 1);
        announces(a, "d");
        pass(a, STABLE.multipliedBy(3), "b", "c", "d");
        assertThat(voters(a)).containsExactly("a", "b", "c");
    }

    @Test
    void aSpareTakesThePlaceOfAVoterThatIsDeadForLong() {
        MemberUnderTest a = leading(3, CLEANUP, 3);
        announces(a, "d");
        pass(a, CLEANUP, "b", "c", "d");
        pass(a, CLEANUP.minus(T), "b", "d");
        assertThat(voters(a)).containsExactly("a", "b", "c");
        pass(a, T.multipliedBy(2), "b", "d");
        assertThat(voters(a)).containsExactly("a", "b", "d");
    }

    @Test
    void nobodyIsRemovedWhoseSilenceIsOlderThanTheLeadersTerm() {
        MemberUnderTest a = founded("a");
        MemberUnderTest sure = new MemberUnderTest(settings("a", THREE, 3, CLEANUP, 1), "a-1", a.disk);
        sure.ready();
        sure.pass(CLEANUP.multipliedBy(3));
        sure.tick();
        sure.settle("b");
        assertThat(sure.view().leader()).isEqualTo("a");
        pass(sure, CLEANUP.minus(T), "b");
        assertThat(voters(sure)).containsExactly("a", "b", "c");
        pass(sure, T.multipliedBy(2), "b");
        assertThat(voters(sure)).containsExactly("a", "b");
    }

    @Test
    void noRemovalLeavesFewerThanTheMinimum() {
        MemberUnderTest a = leading(3, CLEANUP, 3);
        pass(a, CLEANUP.multipliedBy(3), "b");
        assertThat(voters(a)).containsExactly("a", "b", "c");
    }

    @Test
    void nothingChangesByItselfWithoutTheWish() {
        MemberUnderTest a = founded("a").leading();
        announces(a, "d");
        pass(a, CLEANUP.multipliedBy(3), "b", "d");
        assertThat(voters(a)).containsExactly("a", "b", "c");
    }

    /** Heartbeats for so long, which all acknowledge; this one takes no entries. */
    private static void passWithout(MemberUnderTest a, Duration time, String lagging, String... others) {
        for (int i = 0; i < time.dividedBy(HEARTBEAT); i++) {
            a.tickAfter(HEARTBEAT);
            settleWithout(a, lagging, others);
        }
    }

    private static void settleWithout(MemberUnderTest a, String lagging, String... others) {
        while (a.hasUnwritten() || !a.outbox.isEmpty()) {
            if (a.hasUnwritten()) {
                a.write();
                continue;
            }
            Request request = a.outbox.remove(0).request();
            String to = request.header().to();
            if (List.of(others).contains(to) || (to.equals(lagging) && request instanceof Request.Heartbeat)) {
                a.answered(MemberUnderTest.yes(request));
            }
        }
    }

    private static void append(MemberUnderTest a, int entries, String lagging, String... others) {
        for (int i = 0; i < entries; i++) {
            a.step(new Input.Propose(1, new Payload.Application("test", Bytes.of(new byte[] {1}))));
            settleWithout(a, lagging, others);
        }
    }

    private static final List<Member> FOUR = List.of(data("a"), data("b"), data("c"), data("d"));

    private static MemberUnderTest leadingFour() {
        return new MemberUnderTest(settings("a", FOUR, 4, null, 1), incarnationOf("a"), foundedState(FOUR)).leading();
    }

    @Test
    void aVoterThatLagsForLongLosesItsVoteAndGetsItBackOnceItHasCaughtUp() {
        MemberUnderTest a = leadingFour();
        append(a, (int) MOST_LAG + 2, "d", "b", "c");
        passWithout(a, STABLE.minus(HEARTBEAT.multipliedBy(2)), "d", "b", "c");
        assertThat(voters(a)).containsExactly("a", "b", "c", "d");
        passWithout(a, HEARTBEAT.multipliedBy(4), "d", "b", "c");
        assertThat(voters(a)).containsExactly("a", "b", "c");
        assertThat(a.view().membership().find("d").standing()).isEqualTo(EnrolledMember.Standing.LAGGING);
        pass(a, STABLE.plus(T), "b", "c", "d");
        assertThat(voters(a)).containsExactly("a", "b", "c", "d");
    }

    @Test
    void aVoterThatLagsAgainSoonKeepsItsVote() {
        MemberUnderTest a = leadingFour();
        append(a, (int) MOST_LAG + 2, "d", "b", "c");
        passWithout(a, STABLE.plus(T), "d", "b", "c");
        assertThat(voters(a)).containsExactly("a", "b", "c");
        pass(a, STABLE.multipliedBy(2), "b", "c", "d");
        assertThat(voters(a)).containsExactly("a", "b", "c", "d");
        append(a, (int) MOST_LAG + 2, "d", "b", "c");
        passWithout(a, STABLE.plus(T), "d", "b", "c");
        assertThat(voters(a)).containsExactly("a", "b", "c", "d");
        passWithout(a, STABLE.multipliedBy(10), "d", "b", "c");
        assertThat(voters(a)).containsExactly("a", "b", "c");
    }

    @Test
    void noVoteOfThreeIsTakenForLagging() {
        MemberUnderTest a = leading(3, null, 1);
        append(a, (int) MOST_LAG + 2, "c", "b");
        passWithout(a, STABLE.multipliedBy(2), "c", "b");
        assertThat(voters(a)).containsExactly("a", "b", "c");
    }

    @Test
    void noDataMembersVoteIsTakenForLaggingThatLeavesOneOnly() {
        List<Member> members = List.of(
                data("a"),
                data("b"),
                new Member("w1", MemberKind.WITNESS, 0, false),
                new Member("w2", MemberKind.WITNESS, 0, false),
                data("c"));
        MemberUnderTest a = new MemberUnderTest(
                        settings("a", members, 5, null, 1), incarnationOf("a"), foundedState(members))
                .leading();
        append(a, (int) MOST_LAG + 2, "b", "c", "w1", "w2");
        passWithout(a, STABLE.multipliedBy(2), "b", "c", "w1", "w2");
        assertThat(voters(a)).containsExactly("a", "c", "w1", "w2");
        append(a, (int) MOST_LAG + 2, "c", "w1", "w2");
        passWithout(a, STABLE.multipliedBy(2), "c", "w1", "w2");
        assertThat(voters(a)).containsExactly("a", "c", "w1", "w2");
    }

    @Test
    void whoHasNoVoteAndIsDeadForLongIsRemoved() {
        MemberUnderTest a = leading(3, CLEANUP, 3);
        a.step(new Input.ChangeMembers(9, new MemberChange.Demote("c"), null, true));
        a.settle("b");
        pass(a, CLEANUP.plus(T), "b");
        assertThat(a.view().membership().find("c")).isNull();
    }

    @Test
    void refusesSettingsThatMakeNoSense() {
        assertThatIllegalArgumentException().isThrownBy(() -> new AutopilotSettings(0, null, null, 1, null));
        assertThatIllegalArgumentException().isThrownBy(() -> new AutopilotSettings(3, null, null, 4, null));
        assertThatIllegalArgumentException().isThrownBy(() -> new AutopilotSettings(3, null, Duration.ZERO, 1, null));
        assertThatIllegalArgumentException().isThrownBy(() -> new AutopilotSettings(3, T.negated(), null, 1, null));
        assertThatIllegalArgumentException().isThrownBy(() -> new AutopilotSettings(3, T, null, 1, 64L));
        assertThatIllegalArgumentException().isThrownBy(() -> new AutopilotSettings(3, null, null, 1, 1000L));
    }

    // ------------------------------------------------------------------------------------------------ who leaves

    private static void asksToLeave(MemberUnderTest a, String id) {
        a.receive(new Request.Leave(a.from(id)));
    }

    @Test
    void whoLeavesIsRemovedHoweverFewThatLeaves() {
        MemberUnderTest a = founded("a").leading();
        asksToLeave(a, "c");
        pass(a, HEARTBEAT.multipliedBy(3), "b", "c");
        assertThat(voters(a)).containsExactly("a", "b");
        asksToLeave(a, "b");
        pass(a, HEARTBEAT.multipliedBy(3), "b");
        assertThat(voters(a)).containsExactly("a");
    }

    @Test
    void aLearnerGetsTheVoteOfWhoLeavesBeforehandAndDoesNotWaitForIt() {
        MemberUnderTest a = leading(3, null, 3);
        announces(a, "d");
        pass(a, HEARTBEAT.multipliedBy(3), "b", "c", "d");
        asksToLeave(a, "c");
        List<Observation> seen = pass(a, HEARTBEAT.multipliedBy(4), "b", "c", "d");
        assertThat(voters(a)).containsExactly("a", "b", "d");
        assertThat(only(seen, Observation.MemberChangeCommitted.class))
                .extracting(Observation.MemberChangeCommitted::change)
                .containsExactly(new MemberChange.Promote("d"), new MemberChange.Remove("c"));
    }

    @Test
    void theWishOfAMemoryThatIsGoneIsNotHeeded() {
        MemberUnderTest a = founded("a", THREE).leading();
        a.receive(new Request.Leave(
                new Header(1, CLUSTER, MemberUnderTest.CLUSTER_ID, "c", "c-0", true, "a", "a-1", 77)));
        pass(a, T, "b", "c");
        assertThat(voters(a)).containsExactly("a", "b", "c");
    }

    @Test
    void aMemberThatLeavesAsksItsLeaderUntilItKnowsThatItWasRemoved() {
        MemberUnderTest c = founded("c");
        c.receive(c.heartbeat("a", 2));
        assertThat(only(c.step(new Input.Close(true)), Effect.Closed.class)).isEmpty();
        assertThat(c.sentTo("a", Request.Leave.class).header().from()).isEqualTo("c");
        c.tickAfter(HEARTBEAT);
        c.sentTo("a", Request.Leave.class);
        Entry removal =
                new Entry(2, 2, new Payload.MembershipChange(membership(THREE).without("c", 2)));
        List<Effect> last = c.receive(c.append("a", 2, 2, at(1, 1), removal));
        assertThat(last).contains(new Effect.Closed());
    }

    @Test
    void aMemberThatLeavesGoesWhenItsTimeIsOver() {
        MemberUnderTest c = founded("c");
        List<Effect> effects = new ArrayList<>();
        c.receive(c.heartbeat("a", 2));
        c.step(new Input.Close(true));
        for (int i = 0; i < HANDOVER.dividedBy(HEARTBEAT); i++) {
            assertThat(only(effects, Effect.Closed.class)).isEmpty();
            c.pass(HEARTBEAT);
            effects.addAll(c.receive(c.heartbeat("a", 2)));
        }
        assertThat(effects).contains(new Effect.Closed());
    }

    @Test
    void aMemberThatLeavesWaitsForNobodyWhereNobodyLeads() {
        MemberUnderTest c = founded("c");
        c.step(new Input.Close(true));
        List<Effect> effects = c.tickAfter(T.multipliedBy(2));
        assertThat(effects).contains(new Effect.Closed());
        MemberUnderTest alone = founded("a", List.of(data("a")));
        assertThat(alone.step(new Input.Close(true))).contains(new Effect.Closed());
    }

    @Test
    void aLeaderThatLeavesHandsOverAndIsRemovedByItsSuccessor() {
        MemberUnderTest a = founded("a").leading();
        assertThat(only(a.step(new Input.Close(true)), Effect.Closed.class)).isEmpty();
        a.settle("b", "c");
        a.step(new Input.LeadershipWorkDone(2));
        a.settle("b", "c");
        Entry opening = new Entry(3, 3, new Payload.TermOpening("b", null, null));
        a.receive(a.append("b", 3, 2, at(2, 2), opening));
        assertThat(only(a.receive(new Request.Heartbeat(a.from("b"), 3, T, 3, null)), Effect.Closed.class))
                .isEmpty();
        assertThat(a.sentTo("b", Request.Leave.class)).isNotNull();
        Entry removal =
                new Entry(4, 3, new Payload.MembershipChange(membership(THREE).without("a", 4)));
        assertThat(a.receive(a.append("b", 3, 4, at(3, 3), removal))).contains(new Effect.Closed());
    }
}
