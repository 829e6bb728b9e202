package io.election.core;

import static io.election.core.MemberUnderTest.CLUSTER;
import static io.election.core.MemberUnderTest.GENERATION;
import static io.election.core.MemberUnderTest.HANDOVER;
import static io.election.core.MemberUnderTest.HEARTBEAT;
import static io.election.core.MemberUnderTest.LOCKED;
import static io.election.core.MemberUnderTest.T;
import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.founded;
import static io.election.core.MemberUnderTest.incarnationOf;
import static io.election.core.MemberUnderTest.membership;
import static io.election.core.MemberUnderTest.only;
import static io.election.core.MemberUnderTest.settings;
import static io.election.core.MemberUnderTest.told;
import static io.election.core.MemberUnderTest.witness;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.election.HandoverResult;
import io.election.Role;
import io.election.StepDownReason;
import io.election.core.MemberChange.Outcome;
import io.election.core.MemberChange.PauseLeadership;
import io.election.core.MemberChange.ResumeLeadership;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Safety rule 18: the leadership stays where it is, until it is resumed or its time is over. */
class PauseTests {

    private static final Duration HALF_AN_HOUR = Duration.ofMinutes(30);
    private static final long UNTIL = LOCKED.wallMillis() + HALF_AN_HOUR.toMillis();
    private static final Pause HELD_BY_A = new Pause("a", UNTIL, "anna", "kernel update");
    private static final ResumeLeadership RESUME = new ResumeLeadership("b", new PauseTerms("anna", "", null));

    private static PauseLeadership pauseUntil(long untilMillis) {
        return new PauseLeadership("a", new PauseTerms("anna", "kernel update", untilMillis));
    }

    private static List<Effect> wish(MemberUnderTest member, MemberChange change, @Nullable Long builds) {
        return member.step(new Input.ChangeMembers(9, change, builds, false));
    }

    private static MemberChange.Result ended(List<Effect> effects) {
        List<Effect.MemberChangeEnded> ended = only(effects, Effect.MemberChangeEnded.class);
        assertThat(ended).as("a caller is told once: %s", effects).hasSize(1);
        return ended.get(0).result();
    }

    private static MemberChange.Result refused(MemberUnderTest a, MemberChange change, @Nullable Long builds) {
        return ended(wish(a, change, builds));
    }

    /** A leader that has just paused its leadership. */
    private static MemberUnderTest pausing() {
        MemberUnderTest a = founded("a").leading();
        a.heartbeatRound("b", "c");
        wish(a, pauseUntil(UNTIL), null);
        a.settle("b", "c");
        return a;
    }

    private static DurableState paused(List<Member> members, Pause pause) {
        Membership named = membership(members);
        return new DurableState(
                new HardState(1, null, T),
                new Snapshot(
                        at(1, 2),
                        new Membership(named.clusterId(), GENERATION, named.members(), 2L, pause),
                        List.of(),
                        0),
                List.of());
    }

    private static MemberUnderTest paused(String id, List<Member> members) {
        return new MemberUnderTest(settings(id, members), incarnationOf(id), paused(members, HELD_BY_A));
    }

    private static MemberUnderTest paused(String id) {
        return paused(id, THREE);
    }

    private static boolean stands(MemberUnderTest member) {
        return member.view().role() != Role.FOLLOWER;
    }

    // ------------------------------------------------------------------------------------------------ pausing

    @Test
    void aLeaderPausesItsOwnLeadershipByACommittedEntry() {
        MemberUnderTest a = founded("a").leading();
        a.heartbeatRound("b", "c");
        List<Effect> effects = wish(a, pauseUntil(UNTIL), null);
        assertThat(told(effects)).contains(new Observation.PauseChanged(HELD_BY_A, true));
        assertThat(only(effects, Effect.MemberChangeEnded.class)).isEmpty();
        MemberChange.Result result = ended(a.settle("b", "c"));
        assertThat(result.outcome()).isEqualTo(Outcome.DONE);
        assertThat(a.view().pause()).isEqualTo(HELD_BY_A);
        assertThat(a.view().membership()).extracting(Membership::version).isEqualTo(result.version());
    }

    @Test
    void aPauseIsAskedForAtAnyMemberWhichPassesItOn() {
        MemberUnderTest b = founded("b");
        b.receive(b.heartbeat("a", 2));
        wish(b, pauseUntil(UNTIL), null);
        Request.Change asked = b.sentTo("a", Request.Change.class);
        assertThat(asked.change()).isEqualTo(pauseUntil(UNTIL));
    }

    @Test
    void aPauseNeedsATimeWithinADay() {
        MemberUnderTest a = founded("a").leading();
        a.heartbeatRound("b", "c");
        assertThat(refused(a, pauseUntil(a.clock.wallMillis()), null).outcome()).isEqualTo(Outcome.REFUSED);
        long tooLong = a.clock.wallMillis() + PauseTerms.LONGEST.toMillis() + 1;
        assertThat(refused(a, pauseUntil(tooLong), null).detail()).contains("24 hours");
        wish(a, pauseUntil(tooLong - 1), null);
        assertThat(ended(a.settle("b", "c")).outcome()).isEqualTo(Outcome.DONE);
    }

    @Test
    void aPauseIsRefusedWhereItWouldHideThatTheLeaderIsAboutToBeLost() {
        MemberUnderTest a = founded("a").leading();
        a.heartbeatRound("b", "c");
        // Its lease still holds.
        a.tickAfter(HEARTBEAT);
        for (String gone : List.of("b", "c")) {
            long call = a.sentTo(gone, Request.Heartbeat.class).header().requestId();
            a.step(new Input.Unanswered(call));
        }
        MemberChange.Result inTime = refused(a, pauseUntil(UNTIL), null);
        assertThat(inTime.outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(inTime.detail()).contains("only 1 of the 2 voters");
        assertThat(a.view().leader()).isEqualTo("a");

        MemberUnderTest alone = founded("b");
        wish(alone, pauseUntil(UNTIL), null);
        MemberChange.Result nobodyLeads = ended(alone.tickAfter(HANDOVER.plus(T.multipliedBy(4))));
        assertThat(nobodyLeads.outcome()).isEqualTo(Outcome.NOT_LEADER);
        assertThat(nobodyLeads.detail()).contains("no leadership to pause");
    }

    @Test
    void aPauseIsRefusedWhileAMemberThatIsHeardFromWouldNotHeedIt() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(HEARTBEAT);
        Request.Heartbeat toB = a.sentTo("b", Request.Heartbeat.class);
        a.answered(
                new Response.Heartbeat(MemberUnderTest.answerFrom(toB), 2, null, LogPosition.NONE, null, null, null));
        a.settle("c");
        MemberChange.Result result = refused(a, pauseUntil(UNTIL), null);
        assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(result.detail()).contains("'b' is of a version that knows no pause");
    }

    @Test
    void aMemberThatIsDownDoesNotPreventAPause() {
        MemberUnderTest a = founded("a").leading();
        for (int i = 0; i < 12; i++) {
            a.heartbeatRound("b");
        }
        wish(a, pauseUntil(UNTIL), null);
        assertThat(ended(a.settle("b")).outcome()).isEqualTo(Outcome.DONE);
    }

    @Test
    void aPauseIsReplacedOnlyByWhoNamesTheVersionThatHoldsIt() {
        MemberUnderTest a = pausing();
        MemberChange.Result blind = refused(a, pauseUntil(UNTIL + 1), null);
        assertThat(blind.outcome()).isEqualTo(Outcome.STALE);
        assertThat(refused(a, pauseUntil(UNTIL + 1), blind.version() - 1).outcome())
                .isEqualTo(Outcome.STALE);
        wish(a, pauseUntil(UNTIL + 1), blind.version());
        assertThat(ended(a.settle("b", "c")).outcome()).isEqualTo(Outcome.DONE);
        assertThat(a.view().pause()).extracting(Pause::untilMillis).isEqualTo(UNTIL + 1);
    }

    // ------------------------------------------------------------------------------------------------ who stands

    @Test
    void nobodyButTheHolderStandsUntilTheTimeHasCome() {
        MemberUnderTest b = paused("b");
        List<Effect> effects = new ArrayList<>(b.ready());
        effects.addAll(b.tickAfter(T.multipliedBy(20)));
        assertThat(stands(b)).isFalse();
        assertThat(only(told(effects), Observation.RoundEnded.class))
                .extracting(Observation.RoundEnded::outcome)
                .containsExactly(ElectionOutcome.NOT_ELECTABLE);
        b.pass(HALF_AN_HOUR.minus(T.multipliedBy(20)).minusMillis(1));
        b.tick();
        assertThat(stands(b)).isFalse();
        b.tickAfter(Duration.ofMillis(1));
        assertThat(b.view().pause()).isNull();
        b.tickWhenDue();
        assertThat(stands(b)).isTrue();

        MemberUnderTest a = paused("a");
        a.ready();
        a.tickAfter(T.multipliedBy(2));
        assertThat(stands(a)).as("the holder").isTrue();
    }

    @Test
    void aMemberLooksAgainWhenTheTimeHasComeByItsClock() {
        MemberUnderTest b = paused("b");
        b.ready();
        b.tickAfter(T.multipliedBy(2));
        assertThat(b.untilDue()).isLessThanOrEqualTo(HALF_AN_HOUR.minus(T.multipliedBy(2)));
    }

    @Test
    void aWrongClockHoldsAPauseForADayAtMost() {
        Pause farAway = new Pause("a", UNTIL + Duration.ofDays(400).toMillis(), "anna", "");
        MemberUnderTest b = new MemberUnderTest(settings("b", THREE), incarnationOf("b"), paused(THREE, farAway));
        b.ready();
        b.tickAfter(PauseTerms.LONGEST.minusMillis(1));
        assertThat(stands(b)).isFalse();
        b.tickAfter(Duration.ofMillis(1));
        b.tickWhenDue();
        assertThat(stands(b)).isTrue();
    }

    @Test
    void votesAreGivenAsEver() {
        MemberUnderTest b = paused("b").free();
        b.pass(T);
        assertThat(replies(b.receive(b.asks("c", Phase.PRE_VOTE, 2, at(1, 2), null, null))))
                .isNull();
        assertThat(replies(b.receive(b.asks("c", Phase.VOTE, 2, at(1, 2), null, null))))
                .isNull();
    }

    private static @Nullable Refusal replies(List<Effect> effects) {
        return only(effects, Effect.Reply.class).get(0).response().refusal();
    }

    @Test
    void whoIsToldToStandDoesSo() {
        MemberUnderTest b = paused("b");
        b.ready();
        b.pass(T.multipliedBy(2));
        b.tick();
        b.receive(b.timeoutNow("a", 1, at(1, 2)));
        b.settle();
        assertThat(b.view().role()).isEqualTo(Role.CANDIDATE);
    }

    @Test
    void aHolderThatHasLostItsMemoryHoldsNothing() {
        MemberUnderTest b = paused("b");
        b.ready();
        b.tickAfter(T.multipliedBy(2));
        Header anew = new Header(1, CLUSTER, null, "a", "a-2", false, "b", null, 1);
        List<Effect> effects = b.receive(new Request.Announce(anew, MemberKind.DATA, null));
        assertThat(told(effects)).contains(new Observation.PauseChanged(null, true));
        b.tickAfter(T);
        assertThat(stands(b)).isTrue();
    }

    @Test
    void aHolderThatMayLeadNoMoreHoldsNothing() {
        List<Member> withoutA = List.of(data("b"), data("c"), witness("d"));
        MemberUnderTest b = paused("b", withoutA);
        b.ready();
        b.tickAfter(T.multipliedBy(2));
        assertThat(b.view().pause()).isNull();
        assertThat(stands(b)).isTrue();
    }

    @Test
    void aPauseOutlivesARestart() {
        MemberUnderTest a = pausing();
        MemberUnderTest again = a.restart(a.settings);
        again.tick();
        assertThat(again.view().pause()).isEqualTo(HELD_BY_A);
    }

    // ------------------------------------------------------------------------------------------------ where it stays

    @Test
    void nothingIsHandedOver() {
        MemberUnderTest a = pausing();
        assertThat(outcome(a.step(new Input.TransferLeadership(3, "b")))).isEqualTo(HandoverResult.Outcome.PAUSED);
        assertThat(outcome(a.step(new Input.StepDown(4)))).isEqualTo(HandoverResult.Outcome.PAUSED);
        assertThat(a.view().leader()).isEqualTo("a");
        MemberChange.Result removal =
                ended(a.step(new Input.ChangeMembers(9, new MemberChange.Remove("a"), null, true)));
        assertThat(removal.outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(removal.detail()).contains("resume it first");
    }

    private static HandoverResult.Outcome outcome(List<Effect> effects) {
        return only(effects, Effect.TransferEnded.class).get(0).result().outcome();
    }

    @Test
    void aLeaderThatClosesHandsOverToNobody() {
        MemberUnderTest a = pausing();
        List<Effect> effects = a.step(new Input.Close());
        assertThat(only(effects, Effect.LeadershipEnded.class))
                .extracting(Effect.LeadershipEnded::reason)
                .containsExactly(StepDownReason.SHUTDOWN);
        assertThat(only(effects, Effect.Closed.class)).hasSize(1);
        assertThat(a.outbox).noneMatch(sent -> sent.request() instanceof Request.TimeoutNow);
    }

    @Test
    void aLeaderThatLeavesForGoodHandsOverAsEver() {
        MemberUnderTest a = pausing();
        a.heartbeatRound("b", "c");
        List<Effect> effects = a.step(new Input.Close(true));
        assertThat(only(effects, Effect.Closed.class)).isEmpty();
        assertThat(told(effects)).anyMatch(Observation.TransferProgress.class::isInstance);
    }

    private static ElectionSettings withAutopilot(ElectionSettings s, AutopilotSettings autopilot) {
        return new ElectionSettings(
                s.cluster(),
                s.nodeId(),
                s.members(),
                s.electionTimeout(),
                s.heartbeatInterval(),
                s.leaseDuration(),
                s.clockDrift(),
                s.step(),
                s.handoverTimeout(),
                s.suppliesPosition(),
                s.compactionThreshold(),
                autopilot);
    }

    @Test
    void aMemberThatIsSilentIsNotRemoved() {
        AutopilotSettings cleansUp = new AutopilotSettings(3, null, T.multipliedBy(2), 1, null);
        MemberUnderTest a = new MemberUnderTest(
                withAutopilot(settings("a", THREE), cleansUp), incarnationOf("a"), paused(THREE, HELD_BY_A));
        a.ready();
        a.tickAfter(T.multipliedBy(2));
        a.settle("b", "c");
        assertThat(a.view().leader()).isEqualTo("a");
        for (int i = 0; i < 40; i++) {
            a.heartbeatRound("b");
        }
        assertThat(a.view().membership()).extracting(m -> m.members().size()).isEqualTo(3);
        wish(a, RESUME, null);
        for (int i = 0; i < 40; i++) {
            a.heartbeatRound("b");
        }
        assertThat(a.view().membership()).extracting(m -> m.members().size()).isEqualTo(2);
    }

    // ------------------------------------------------------------------------------------------------ the end

    @Test
    void theLeaderResumes() {
        MemberUnderTest a = pausing();
        List<Effect> effects = wish(a, RESUME, null);
        assertThat(told(effects)).contains(new Observation.PauseChanged(null, false));
        MemberChange.Result result = ended(a.settle("b", "c"));
        assertThat(result.outcome()).isEqualTo(Outcome.DONE);
        assertThat(result.detail()).isEqualTo("the leader 'a' has ended the pause");
        assertThat(refused(a, RESUME, null).outcome()).isEqualTo(Outcome.UNCHANGED);
    }

    @Test
    void whereNobodyLeadsTheMemberThatIsAskedStandsAndResumes() {
        MemberUnderTest b = paused("b");
        b.ready();
        b.tickAfter(T.multipliedBy(3));
        assertThat(stands(b)).isFalse();
        List<Effect> all = new ArrayList<>(wish(b, RESUME, null));
        assertThat(stands(b)).isTrue();
        all.addAll(b.settle("a", "c"));
        all.addAll(b.heartbeatRound("a", "c"));
        all.addAll(b.heartbeatRound("a", "c"));
        MemberChange.Result result = ended(all);
        assertThat(result.outcome()).isEqualTo(Outcome.DONE);
        assertThat(result.detail()).contains("this member stood");
        assertThat(b.view().leader()).isEqualTo("b");
        assertThat(b.view().membership()).extracting(Membership::pause).isNull();
    }

    @Test
    void whoIsAskedToResumeStandsForSoLongOnly() {
        MemberUnderTest b = paused("b");
        b.ready();
        b.tickAfter(T.multipliedBy(3));
        wish(b, RESUME, null);
        MemberChange.Result result = ended(b.tickAfter(HANDOVER.plus(T.multipliedBy(4))));
        assertThat(result.outcome()).isEqualTo(Outcome.NOT_LEADER);
        b.tick();
        assertThat(stands(b)).isFalse();
    }

    @Test
    void whoIsAskedToResumeDoesNotStandAgainstALaterPause() {
        MemberUnderTest b = paused("b");
        b.ready();
        b.tickAfter(T.multipliedBy(3));
        wish(b, RESUME, null);
        Pause later = new Pause("a", UNTIL + 1, "bert", "");
        Entry entry =
                new Entry(3, 2, new Payload.MembershipChange(membership(THREE).withPause(later, 3)));
        b.receive(b.append("a", 2, 2, at(1, 2), entry));
        b.write();
        assertThat(b.view().pause()).isEqualTo(later);
        b.tickAfter(T.multipliedBy(2));
        assertThat(stands(b)).isFalse();
    }

    @Test
    void whoCannotLeadSaysSoWhereNobodyLeads() {
        List<Member> members = List.of(data("a"), data("b"), witness("w"));
        MemberUnderTest w = paused("w", members);
        w.ready();
        w.tickAfter(T.multipliedBy(3));
        MemberChange.Result result = refused(w, RESUME, null);
        assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(result.detail()).contains("a witness never leads").contains("Ask another member");
    }

    @Test
    void aWishToResumeIsSentAgainWhereItsAnswerWasLost() {
        MemberUnderTest b = paused("b");
        b.receive(new Request.Heartbeat(b.from("a"), 2, T, 1, null));
        wish(b, RESUME, null);
        long first = b.sentTo("a", Request.Change.class).header().requestId();
        assertThat(only(b.step(new Input.Unanswered(first)), Effect.MemberChangeEnded.class))
                .isEmpty();
        b.tickAfter(HEARTBEAT);
        assertThat(b.sentTo("a", Request.Change.class).header().requestId()).isGreaterThan(first);
    }

    @Test
    void aLeaderThatIsNotTheHolderEndsThePause() {
        MemberUnderTest b = paused("b");
        b.ready();
        b.tickAfter(T.multipliedBy(2));
        b.receive(b.timeoutNow("a", 1, at(1, 2)));
        b.settle("a", "c");
        b.heartbeatRound("a", "c");
        b.heartbeatRound("a", "c");
        assertThat(b.view().leader()).isEqualTo("b");
        assertThat(b.view().membership()).extracting(Membership::pause).isNull();
    }

    @Test
    void theLeaderWritesOffAPauseWhoseTimeIsOver() {
        MemberUnderTest a = founded("a").leading();
        a.heartbeatRound("b", "c");
        wish(a, pauseUntil(a.clock.wallMillis() + 3 * HEARTBEAT.toMillis()), null);
        a.settle("b", "c");
        a.heartbeatRound("b", "c");
        assertThat(a.view().pause()).isNotNull();
        for (int i = 0; i < 4; i++) {
            a.heartbeatRound("b", "c");
        }
        assertThat(a.view().membership()).extracting(Membership::pause).isNull();
    }

    // ------------------------------------------------------------------------------------------------ what is said

    @Test
    void whatIsImpossibleIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new PauseTerms("", "", null));
        assertThatIllegalArgumentException().isThrownBy(() -> new PauseTerms("anna", "two\nlines", null));
        assertThatIllegalArgumentException().isThrownBy(() -> new PauseTerms("anna", "", 0L));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PauseLeadership("a", new PauseTerms("anna", "", null)));
        assertThatIllegalArgumentException().isThrownBy(() -> MemberChange.Action.PAUSE.of("a"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemberChange.Action.REMOVE.of("a", new PauseTerms("anna", "", null)));
    }
}
