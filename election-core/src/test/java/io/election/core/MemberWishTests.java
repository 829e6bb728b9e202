package io.election.core;

import static io.election.core.MemberUnderTest.CLUSTER;
import static io.election.core.MemberUnderTest.HANDOVER;
import static io.election.core.MemberUnderTest.HEARTBEAT;
import static io.election.core.MemberUnderTest.T;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.founded;
import static io.election.core.MemberUnderTest.only;
import static io.election.core.MemberUnderTest.witness;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.election.core.MemberChange.Action;
import io.election.core.MemberChange.Demote;
import io.election.core.MemberChange.Outcome;
import io.election.core.MemberChange.Remove;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Operators ask any member for a change of the members, and it has the leader make it. */
class MemberWishTests {

    private static final Remove REMOVE_C = new Remove("c");

    private static List<Effect> wish(MemberUnderTest member, MemberChange change) {
        return member.step(new Input.ChangeMembers(9, change, 1L, true));
    }

    private static List<Outcome> outcomes(List<Effect> effects) {
        return only(effects, Effect.MemberChangeEnded.class).stream()
                .map(ended -> ended.result().outcome())
                .toList();
    }

    private static List<Outcome> replies(List<Effect> effects) {
        return only(effects, Effect.Reply.class).stream()
                .map(Effect.Reply::response)
                .filter(Response.Change.class::isInstance)
                .map(response -> ((Response.Change) response).outcome())
                .toList();
    }

    private static Response.Change answer(Request.Change asked, Outcome outcome) {
        return new Response.Change(MemberUnderTest.answerFrom(asked), outcome, 7, "so it is");
    }

    private static MemberUnderTest follower() {
        MemberUnderTest b = founded("b");
        b.receive(b.heartbeat("a", 2));
        return b;
    }

    private static boolean hasAsked(MemberUnderTest member) {
        return member.outbox.stream().anyMatch(sent -> sent.request() instanceof Request.Change);
    }

    // ------------------------------------------------------------------------------------------------ passed on

    @Test
    void aFollowerPassesAWishOnAndTellsWhatTheLeaderAnswers() {
        MemberUnderTest b = follower();
        assertThat(outcomes(wish(b, REMOVE_C))).isEmpty();
        Request.Change asked = b.sentTo("a", Request.Change.class);
        assertThat(asked)
                .extracting(
                        Request.Change::action, Request.Change::member, Request.Change::builds, Request.Change::force)
                .containsExactly(Action.REMOVE, "c", 1L, true);
        List<Effect> effects = b.answered(answer(asked, Outcome.NEEDS_FORCE));
        assertThat(only(effects, Effect.MemberChangeEnded.class))
                .containsExactly(
                        new Effect.MemberChangeEnded(9, new MemberChange.Result(Outcome.NEEDS_FORCE, 7, "so it is")));
        assertThat(outcomes(b.tickAfter(HANDOVER.multipliedBy(2)))).isEmpty();
    }

    @Test
    void aLostAnswerLeavesItOpenWhetherTheChangeIsMade() {
        MemberUnderTest b = follower();
        wish(b, REMOVE_C);
        long request = b.sentTo("a", Request.Change.class).header().requestId();
        assertThat(outcomes(b.step(new Input.Unanswered(request)))).containsExactly(Outcome.UNKNOWN);
        b.pass(HEARTBEAT);
        b.receive(b.heartbeat("a", 2));
        assertThat(hasAsked(b))
                .as("it is not sent again: it may have been made")
                .isFalse();
    }

    @Test
    void aLeaderThatNeverAnswersIsWaitedForOnlySoLong() {
        MemberUnderTest b = follower();
        wish(b, REMOVE_C);
        assertThat(outcomes(b.tickAfter(HANDOVER))).isEmpty();
        assertThat(outcomes(b.tickAfter(T.multipliedBy(4)))).containsExactly(Outcome.UNKNOWN);
    }

    @Test
    void aWishWaitsForALeaderButNotForEver() {
        MemberUnderTest b = founded("b");
        assertThat(outcomes(wish(b, REMOVE_C))).isEmpty();
        assertThat(hasAsked(b)).isFalse();
        b.receive(b.heartbeat("a", 2));
        b.tickAfter(HEARTBEAT);
        assertThat(b.sentTo("a", Request.Change.class)).isNotNull();

        MemberUnderTest alone = founded("b");
        wish(alone, REMOVE_C);
        assertThat(outcomes(alone.tickAfter(HANDOVER.plus(T.multipliedBy(4))))).containsExactly(Outcome.NOT_LEADER);
    }

    @Test
    void whoIsNotTheLeaderAnyMoreIsAskedAgainBecauseItAppendedNothing() {
        MemberUnderTest b = follower();
        wish(b, REMOVE_C);
        assertThat(outcomes(b.answered(answer(b.sentTo("a", Request.Change.class), Outcome.NOT_LEADER))))
                .isEmpty();
        b.receive(b.heartbeat("c", 3));
        b.tickAfter(HEARTBEAT);
        assertThat(b.sentTo("c", Request.Change.class).builds()).isEqualTo(1L);
    }

    @Test
    void moreWishesThanCanWaitAreRefused() {
        MemberUnderTest b = founded("b");
        for (int i = 0; i < Wishes.MOST; i++) {
            assertThat(outcomes(wish(b, REMOVE_C))).isEmpty();
        }
        assertThat(outcomes(wish(b, REMOVE_C))).containsExactly(Outcome.BUSY);
    }

    // ------------------------------------------------------------------------------------------------ at the leader

    @Test
    void theLeaderAnswersOnceTheChangeIsCommitted() {
        MemberUnderTest a = founded("a").leading();
        assertThat(replies(a.receive(new Request.Change(a.from("b"), Action.REMOVE, "c", 1L, true))))
                .isEmpty();
        assertThat(replies(a.settle("b"))).containsExactly(Outcome.DONE);
    }

    @Test
    void theLeaderRefusesWhatItWouldRefuseItsOwnOperator() {
        MemberUnderTest a = founded("a").leading();
        assertThat(replies(a.receive(new Request.Change(a.from("b"), Action.REMOVE, "c", 7L, true))))
                .containsExactly(Outcome.STALE);
        assertThat(replies(a.receive(new Request.Change(a.from("b"), Action.REMOVE, "c", 1L, false))))
                .containsExactly(Outcome.NEEDS_FORCE);
        assertThat(a.view().membership().version()).isEqualTo(1);
    }

    @Test
    void whoIsNoMemberChangesNoMembers() {
        MemberUnderTest a = founded("a").leading();
        Header stranger = new Header(1, CLUSTER, MemberUnderTest.CLUSTER_ID, "z", "z-1", false, "a", "a-1", 77);
        assertThat(replies(a.receive(new Request.Change(stranger, Action.REMOVE, "c", 1L, true))))
                .containsExactly(Outcome.REFUSED);
        Header foreign = new Header(1, CLUSTER, "another", "b", "b-1", false, "a", "a-1", 78);
        assertThat(replies(a.receive(new Request.Change(foreign, Action.REMOVE, "c", 1L, true))))
                .containsExactly(Outcome.REFUSED);
        assertThat(a.view().membership().version()).isEqualTo(1);
    }

    @Test
    void whoAskedIsToldWhenTheLeadershipEndsBeforeTheCommit() {
        MemberUnderTest a = founded("a").leading();
        a.receive(new Request.Change(a.from("b"), Action.REMOVE, "c", 1L, true));
        assertThat(replies(a.tickAfter(T))).containsExactly(Outcome.UNKNOWN);
    }

    // ------------------------------------------------------------------------------------------------ itself

    @Test
    void aLeaderThatIsToGoHandsOverAndAsksItsSuccessor() {
        MemberUnderTest a = founded("a").leading();
        assertThat(outcomes(wish(a, new Remove("a")))).isEmpty();
        a.settle("b", "c");
        a.step(new Input.LeadershipWorkDone(2));
        a.settle("b", "c");
        Entry opening = new Entry(3, 3, new Payload.TermOpening("b", null, null));
        a.receive(a.append("b", 3, 2, at(2, 2), opening));
        List<Effect> effects = new ArrayList<>(a.tickAfter(HEARTBEAT));
        Request.Change asked = a.sentTo("b", Request.Change.class);
        assertThat(asked.member()).isEqualTo("a");
        effects.addAll(a.answered(answer(asked, Outcome.DONE)));
        assertThat(outcomes(effects)).containsExactly(Outcome.DONE);
    }

    @Test
    void whoAskedTheLeaderToGoAsksItsSuccessorToo() {
        MemberUnderTest b = follower();
        wish(b, new Demote("a"));
        b.answered(answer(b.sentTo("a", Request.Change.class), Outcome.LEADS_ITSELF));
        b.pass(HEARTBEAT);
        b.receive(b.heartbeat("a", 2));
        assertThat(hasAsked(b)).as("the one that hands over is not asked again").isFalse();
        b.receive(b.heartbeat("c", 3));
        b.tickAfter(HEARTBEAT);
        assertThat(b.sentTo("c", Request.Change.class).member()).isEqualTo("a");
    }

    @Test
    void aLeaderAnswersAtOnceThatItHandsOver() {
        MemberUnderTest a = founded("a").leading();
        assertThat(replies(a.receive(new Request.Change(a.from("b"), Action.REMOVE, "a", 1L, true))))
                .containsExactly(Outcome.LEADS_ITSELF);
        assertThat(a.view().membership().version()).isEqualTo(1);
        a.settle("b", "c");
        a.step(new Input.LeadershipWorkDone(2));
        assertThat(a.outbox).anyMatch(sent -> sent.request() instanceof Request.TimeoutNow);
    }

    @Test
    void aHandoverThatFailsEndsTheWish() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        a.outbox.clear();
        assertThat(outcomes(wish(a, new Remove("a")))).isEmpty();
        List<Effect> effects = new ArrayList<>();
        for (int i = 0; i < 12 && outcomes(effects).isEmpty(); i++) {
            // Heartbeats are answered, and entries are not: nobody catches up.
            effects.addAll(a.tickAfter(HEARTBEAT));
            for (String other : List.of("b", "c")) {
                effects.addAll(a.answered(MemberUnderTest.yes(a.sentTo(other, Request.Heartbeat.class))));
            }
        }
        assertThat(outcomes(effects)).containsExactly(Outcome.LEADS_ITSELF);
        assertThat(a.view().leader()).isEqualTo("a");
    }

    @Test
    void noLeadershipIsGivenUpForWhatWouldBeRefused() {
        MemberUnderTest a = founded("a").leading();
        assertThat(outcomes(a.step(new Input.ChangeMembers(9, new Remove("a"), 7L, true))))
                .containsExactly(Outcome.STALE);
        assertThat(outcomes(a.step(new Input.ChangeMembers(9, new Remove("a"), null, false))))
                .containsExactly(Outcome.NEEDS_FORCE);
        MemberUnderTest sole = founded("a", List.of(data("a"))).leading();
        assertThat(outcomes(wish(sole, new Remove("a")))).containsExactly(Outcome.REFUSED);
        assertThat(outcomes(wish(sole, new Demote("a")))).containsExactly(Outcome.REFUSED);
        MemberUnderTest last =
                founded("a", List.of(data("a"), witness("w"), data("o"))).leading();
        last.step(new Input.ChangeMembers(8, new Demote("o"), null, true));
        last.settle("w", "o");
        assertThat(outcomes(last.step(new Input.ChangeMembers(9, new Remove("a"), null, true))))
                .containsExactly(Outcome.REFUSED);
        assertThat(last.view().leader()).isEqualTo("a");
    }

    @Test
    void noLeadershipIsGivenUpWhereNobodyCanTakeOver() {
        MemberUnderTest a =
                founded("a", List.of(data("a"), data("b"), witness("w"))).leading();
        Request.Heartbeat lost = lostHeartbeat(a, "b");
        a.step(new Input.Unanswered(lost.header().requestId()));
        assertThat(outcomes(wish(a, new Demote("a")))).containsExactly(Outcome.REFUSED);
        assertThat(a.view().leader()).isEqualTo("a");
    }

    private static Request.Heartbeat lostHeartbeat(MemberUnderTest a, String to) {
        a.tickAfter(HEARTBEAT);
        Request.Heartbeat sent = a.sentTo(to, Request.Heartbeat.class);
        a.settle("w");
        return sent;
    }

    @Test
    void refusesNamesThatCannotBeWritten() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Remove(" "));
        assertThatIllegalArgumentException().isThrownBy(() -> new Demote("a\n"));
        assertThatIllegalArgumentException().isThrownBy(() -> new Input.ChangeMembers(1, REMOVE_C, -1L, false));
    }
}
