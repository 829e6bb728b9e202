package io.election.core;

import static io.election.core.MemberUnderTest.CLUSTER;
import static io.election.core.MemberUnderTest.CLUSTER_ID;
import static io.election.core.MemberUnderTest.LEASE;
import static io.election.core.MemberUnderTest.STEP;
import static io.election.core.MemberUnderTest.T;
import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.done;
import static io.election.core.MemberUnderTest.entry;
import static io.election.core.MemberUnderTest.founded;
import static io.election.core.MemberUnderTest.foundedState;
import static io.election.core.MemberUnderTest.hardState;
import static io.election.core.MemberUnderTest.membership;
import static io.election.core.MemberUnderTest.observer;
import static io.election.core.MemberUnderTest.only;
import static io.election.core.MemberUnderTest.persists;
import static io.election.core.MemberUnderTest.refusal;
import static io.election.core.MemberUnderTest.settings;
import static io.election.core.MemberUnderTest.told;
import static io.election.core.MemberUnderTest.withPosition;
import static io.election.core.MemberUnderTest.witness;
import static org.assertj.core.api.Assertions.assertThat;

import io.election.Role;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a follower grants, refuses, stores and promises. */
class ElectionFollowerTests {

    private static Refusal bound(Duration remaining, @Nullable String leader) {
        return new Refusal(RefusalReason.BOUND, remaining, null, leader);
    }

    private static Refusal behind(RefusalReason reason, @Nullable LogPosition position) {
        return new Refusal(reason, null, position, null);
    }

    /** A refusal says so, and changes nothing: no write, no term, nothing that anybody sees. */
    private static void refuses(MemberUnderTest member, Request.Vote request, Refusal refusal) {
        ElectionView before = member.view();
        List<Effect> effects = member.receive(request);
        assertThat(effects)
                .containsExactly(
                        new Effect.Observed(new Observation.VoteDecided(
                                request.phase(), request.header().from(), request.term(), refusal)),
                        member.replies(request, before.term(), refusal, 0));
        assertThat(member.view()).isEqualTo(before);
    }

    // ------------------------------------------------------------------------------------------------ votes

    @Test
    void grantsAVoteOnlyOnceItIsOnDisk() {
        MemberUnderTest b = founded("b").free();
        Request.Vote request = b.vote("a", 2);
        assertThat(b.receive(request))
                .containsExactly(
                        new Effect.Observed(new Observation.VoteDecided(Phase.VOTE, "a", 2, null)),
                        new Effect.Observed(
                                new Observation.RoleChanged(Role.FOLLOWER, Role.FOLLOWER, 2, "voted for a")),
                        persists(1, hardState(2, null), hardState(2, "a")),
                        b.replies(request, 2, null, 1));
        assertThat(b.view().votedFor()).isEqualTo("a");
    }

    @Test
    void grantsAtMostOneVotePerTerm() {
        MemberUnderTest b = founded("b").free();
        b.receive(b.vote("a", 2));
        b.write();
        b.tickAfter(STEP);
        refuses(b, b.vote("c", 2), new Refusal(RefusalReason.ALREADY_VOTED, null, null, "a"));
        refuses(b, b.preVote("c", 2), new Refusal(RefusalReason.ALREADY_VOTED, null, null, "a"));
    }

    @Test
    void grantsTheSameVoteAgainToTheSameCandidate() {
        MemberUnderTest b = founded("b").free();
        b.receive(b.vote("a", 2));
        Request.Vote again = b.vote("a", 2);
        assertThat(done(b.receive(again)))
                .as("not before the first is on disk, and without a second write")
                .containsExactly(b.replies(again, 2, null, 1));
        b.write();
        Request.Vote later = b.vote("a", 2);
        assertThat(done(b.receive(later))).containsExactly(b.replies(later, 2, null, 0));
    }

    /**
     * The candidate asked while its own vote and the end of its log were being written, and lost both in a crash. Its
     * next life stands in the same term. What it held when it got the vote does not count any more.
     */
    @Test
    void theSameVoteIsGivenAgainOnlyToALogThatIsStillGoodEnough() {
        MemberUnderTest b = founded("b").free();
        b.receive(b.append("a", 1, 1, at(1, 1), entry(2, 1)));
        b.write();
        b.pass(T.multipliedBy(2));
        Request.Vote first = b.asks("a", Phase.VOTE, 2, at(1, 2), null, null);
        b.receive(first);
        b.write();
        Request.Vote again = b.asks("a", Phase.VOTE, 2, at(1, 1), null, null);
        refuses(b, again, Refusal.behind(RefusalReason.LOG_BEHIND, at(1, 2)));
        assertThat(b.view().votedFor()).isEqualTo("a");
    }

    @Test
    void aVoteGivenInOneTermIsNoneInAnother() {
        MemberUnderTest b = founded("b").free();
        b.receive(b.vote("a", 3));
        b.receive(b.heartbeat("c", 3));
        b.write();
        refuses(b, b.vote("a", 2), refusal(RefusalReason.STALE_TERM));
        refuses(b, b.vote("a", 4), bound(T, "c"));
    }

    @Test
    void keepsItsVoteAcrossARestart() {
        MemberUnderTest b = founded("b").free();
        b.receive(b.vote("a", 2));
        b.write();
        MemberUnderTest restarted = b.restart(b.settings).free();
        assertThat(restarted.view().votedFor()).isEqualTo("a");
        refuses(restarted, restarted.vote("c", 2), new Refusal(RefusalReason.ALREADY_VOTED, null, null, "a"));
        Request.Vote again = restarted.vote("a", 2);
        assertThat(done(restarted.receive(again))).containsExactly(restarted.replies(again, 2, null, 0));
    }

    @Test
    void votesAgainInAHigherTerm() {
        MemberUnderTest b = founded("b").free();
        b.receive(b.vote("a", 2));
        b.write();
        b.tickAfter(STEP);
        Request.Vote request = b.vote("c", 3);
        assertThat(done(b.receive(request)))
                .containsExactly(persists(2, hardState(3, null), hardState(3, "c")), b.replies(request, 3, null, 2));
    }

    @Test
    void aPreVoteThatWouldBeGrantedChangesNothing() {
        MemberUnderTest b = founded("b").free();
        ElectionView before = b.view();
        Request.Vote preVote = b.preVote("a", 2);
        assertThat(b.receive(preVote))
                .containsExactly(
                        new Effect.Observed(new Observation.VoteDecided(Phase.PRE_VOTE, "a", 2, null)),
                        b.replies(preVote, 1, null, 0));
        assertThat(b.view()).isEqualTo(before);
        Request.Vote other = b.preVote("c", 2);
        assertThat(done(b.receive(other)))
                .as("a pre-vote holds no other pre-vote back")
                .containsExactly(b.replies(other, 1, null, 0));
    }

    @Test
    void aVoteGivenHoldsOtherGrantsBackForOneStep() {
        MemberUnderTest b = founded("b").free();
        b.receive(b.vote("a", 2));
        b.write();
        refuses(b, b.vote("c", 3), bound(STEP, null));
        refuses(b, b.preVote("c", 3), bound(STEP, null));
        b.tickAfter(STEP);
        Request.Vote request = b.vote("c", 3);
        assertThat(done(b.receive(request))).contains(b.replies(request, 3, null, 2));
    }

    @Test
    void aVoteGivenHoldsBackEvenTheLeaderThatItIsBoundTo() {
        MemberUnderTest b = founded("b").free();
        b.receive(b.heartbeat("a", 1));
        b.tickAfter(T);
        b.receive(b.vote("c", 2));
        b.write();
        refuses(b, b.preVote("a", 3), bound(STEP, "a"));
        b.tickAfter(STEP);
        Request.Vote preVote = b.preVote("a", 3);
        assertThat(done(b.receive(preVote))).containsExactly(b.replies(preVote, 2, null, 0));
    }

    @Test
    void aReplyWaitsForTheLatestChangeOfTermAndVote() {
        MemberUnderTest b = founded("b").free();
        b.receive(b.heartbeat("a", 2));
        Request.Vote stale = b.asks("c", Phase.VOTE, 1, LogPosition.NONE, null, null);
        assertThat(done(b.receive(stale)))
                .as("the term that it shows is not on disk yet")
                .containsExactly(b.replies(stale, 2, refusal(RefusalReason.STALE_TERM), 1));
    }

    // ------------------------------------------------------------------------------------------------ refusals

    @Test
    void refusesATermThatIsOver() {
        MemberUnderTest b = founded("b");
        b.receive(b.heartbeat("a", 4));
        b.write();
        b.free();
        refuses(b, b.vote("c", 3), refusal(RefusalReason.STALE_TERM));
        refuses(b, b.preVote("c", 3), refusal(RefusalReason.STALE_TERM));
    }

    @Test
    void refusesACandidateWhoseLogIsBehindInTermOrIndex() {
        MemberUnderTest b = founded("b");
        b.receive(b.append("a", 3, 1, at(1, 1), entry(2, 3), entry(3, 3)));
        b.write();
        b.free();
        refuses(b, b.asks("c", Phase.VOTE, 4, at(3, 2), null, null), behind(RefusalReason.LOG_BEHIND, at(3, 3)));
        refuses(b, b.asks("c", Phase.VOTE, 4, at(2, 99), null, null), behind(RefusalReason.LOG_BEHIND, at(3, 3)));
        refuses(b, b.asks("c", Phase.PRE_VOTE, 4, at(2, 99), null, null), behind(RefusalReason.LOG_BEHIND, at(3, 3)));
        Request.Vote equal = b.asks("c", Phase.PRE_VOTE, 4, at(3, 3), null, null);
        assertThat(done(b.receive(equal))).containsExactly(b.replies(equal, 3, null, 0));
        Request.Vote further = b.asks("c", Phase.PRE_VOTE, 5, at(4, 2), null, null);
        assertThat(done(b.receive(further))).containsExactly(b.replies(further, 3, null, 0));
    }

    @Test
    void refusesACandidateWhoseApplicationIsBehindItsOwn() {
        MemberUnderTest c = withPosition("c", THREE);
        c.step(new Input.PositionAdvanced(at(1, 500)));
        c.free();
        refuses(
                c,
                c.asks("b", Phase.VOTE, 2, at(1, 1), at(1, 480), null),
                behind(RefusalReason.APPLICATION_BEHIND, at(1, 500)));
        refuses(
                c,
                c.asks("b", Phase.VOTE, 2, at(1, 1), null, null),
                behind(RefusalReason.APPLICATION_BEHIND, at(1, 500)));
        Request.Vote equal = c.asks("b", Phase.PRE_VOTE, 2, at(1, 1), at(1, 500), null);
        assertThat(done(c.receive(equal))).containsExactly(c.replies(equal, 1, null, 0));
    }

    @Test
    void anApplicationPositionIsComparedByItsTermFirst() {
        MemberUnderTest c = withPosition("c", THREE);
        c.step(new Input.PositionAdvanced(at(1, 500)));
        c.free();
        refuses(
                c,
                c.asks("b", Phase.VOTE, 2, at(1, 1), at(0, 900), null),
                behind(RefusalReason.APPLICATION_BEHIND, at(1, 500)));
    }

    @Test
    void anOpeningOnItsWayToTheDiskMakesNoPositionOfItsTermYet() {
        MemberUnderTest c = withPosition("c", THREE);
        c.step(new Input.PositionAdvanced(at(1, 500)));
        c.receive(c.append("a", 2, 1, at(1, 1), new Entry(2, 2, new Payload.TermOpening("a", at(1, 500), null))));
        assertThat(answeredPosition(c)).isEqualTo(at(1, 500));
        c.write();
        assertThat(answeredPosition(c)).isEqualTo(at(2, 500));
    }

    private static LogPosition answeredPosition(MemberUnderTest c) {
        return only(c.receive(c.heartbeat("a", 2)), Effect.Reply.class).stream()
                .map(reply -> ((Response.Heartbeat) reply.response()).application())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whoDoesNotKnowItsOwnPositionVotesForNobody() {
        MemberUnderTest c = withPosition("c", THREE).free();
        refuses(
                c,
                c.asks("b", Phase.VOTE, 2, at(1, 1), at(1, 480), null),
                behind(RefusalReason.APPLICATION_BEHIND, null));
    }

    @Test
    void refusesACandidateThatDoesNotCoverTheWatermark() {
        MemberUnderTest c = withPosition("c", THREE);
        c.step(new Input.PositionAdvanced(at(1, 100)));
        c.receive(new Request.Heartbeat(c.from("a"), 1, T, 1, at(1, 480)));
        c.free();
        refuses(
                c,
                c.asks("b", Phase.VOTE, 2, at(1, 1), at(1, 479), null),
                behind(RefusalReason.WATERMARK_NOT_COVERED, at(1, 480)));
        Request.Vote covering = c.asks("b", Phase.PRE_VOTE, 2, at(1, 1), at(1, 480), null);
        assertThat(done(c.receive(covering))).containsExactly(c.replies(covering, 1, null, 0));
    }

    @Test
    void aWatermarkNeverFalls() {
        MemberUnderTest c = withPosition("c", THREE);
        c.step(new Input.PositionAdvanced(at(1, 100)));
        c.receive(new Request.Heartbeat(c.from("a"), 1, T, 1, at(1, 480)));
        c.receive(new Request.Heartbeat(c.from("a"), 1, T, 1, at(1, 300)));
        c.receive(c.heartbeat("a", 1));
        c.free();
        refuses(
                c,
                c.asks("b", Phase.VOTE, 2, at(1, 1), at(1, 479), null),
                behind(RefusalReason.WATERMARK_NOT_COVERED, at(1, 480)));
    }

    @Test
    void aWitnessJudgesTheApplicationByTheWatermarkAlone() {
        List<Member> members = List.of(data("a"), data("b"), witness("w"));
        MemberUnderTest w = withPosition("w", members);
        w.receive(new Request.Heartbeat(w.from("a"), 1, T, 1, at(1, 480)));
        w.free();
        refuses(
                w,
                w.asks("b", Phase.VOTE, 2, at(1, 1), at(1, 479), null),
                behind(RefusalReason.WATERMARK_NOT_COVERED, at(1, 480)));
        Request.Vote covering = w.asks("b", Phase.PRE_VOTE, 2, at(1, 1), at(1, 480), null);
        assertThat(done(w.receive(covering))).containsExactly(w.replies(covering, 1, null, 0));
    }

    @Test
    void countsWhatItsLeaderBeganWithAsWrittenInTheLeadersTerm() {
        MemberUnderTest c = withPosition("c", THREE);
        c.step(new Input.PositionAdvanced(at(1, 500)));
        c.receive(c.append("a", 2, 1, at(1, 1), new Entry(2, 2, new Payload.TermOpening("a", at(1, 500), null))));
        c.write();
        c.free();
        refuses(
                c,
                c.asks("b", Phase.VOTE, 3, at(2, 2), at(1, 900), null),
                behind(RefusalReason.APPLICATION_BEHIND, at(2, 500)));
    }

    /** Which terms of its position's records were opened before term 10 is no longer known: it may hold all up to term 9. */
    @Test
    void judgesByTheMostThatItsPositionMayCountWhereOpeningsWereDropped() {
        MemberUnderTest c = withPosition("c", THREE);
        c.step(new Input.PositionAdvanced(at(2, 600)));
        c.receive(new Request.InstallSnapshot(
                c.from("a"), 12, T, 20, new Snapshot(at(12, 20), membership(THREE), List.of(), 10)));
        c.write();
        c.free();
        refuses(
                c,
                c.asks("b", Phase.VOTE, 13, at(12, 20), at(8, 700), null),
                behind(RefusalReason.APPLICATION_BEHIND, at(9, 600)));
        Request.Vote covering = c.asks("b", Phase.PRE_VOTE, 13, at(12, 20), at(9, 600), null);
        assertThat(done(c.receive(covering))).containsExactly(c.replies(covering, 12, null, 0));
    }

    /** The application lags: the earlier opening's position is the one that it holds. */
    @Test
    void compactingTheLogDoesNotMakeItsPositionLess() {
        MemberUnderTest c = withPosition("c", THREE);
        c.step(new Input.PositionAdvanced(at(1, 500)));
        c.receive(new Request.InstallSnapshot(
                c.from("a"),
                6,
                T,
                20,
                new Snapshot(
                        at(6, 20),
                        membership(THREE),
                        List.of(new Snapshot.OpenedPosition(5, at(1, 500)), new Snapshot.OpenedPosition(6, at(5, 501))),
                        0)));
        c.write();
        c.free();
        refuses(
                c,
                c.asks("b", Phase.VOTE, 7, at(6, 20), at(2, 400), null),
                behind(RefusalReason.APPLICATION_BEHIND, at(5, 500)));
    }

    @Test
    void refusesACandidateThatMayNotLead() {
        List<Member> members = List.of(data("a"), data("b"), witness("w"), observer("o"));
        MemberUnderTest a = founded("a", members).free();
        refuses(a, a.vote("w", 2), refusal(RefusalReason.NOT_A_VOTER));
        refuses(a, a.vote("o", 2), refusal(RefusalReason.NOT_A_VOTER));
        refuses(a, a.vote("stranger", 2), refusal(RefusalReason.REMOVED));
    }

    @Test
    void refusesACandidateOfAnotherFounding() {
        MemberUnderTest b = founded("b").free();
        Header foreign = new Header(1, CLUSTER, "c-2", "a", "a-1", true, "b", "b-1", 9);
        refuses(
                b,
                new Request.Vote(foreign, Phase.VOTE, 2, at(1, 9), null, 1, null, null),
                refusal(RefusalReason.WRONG_CLUSTER));
        Header nameless = new Header(1, CLUSTER, null, "a", "a-1", false, "b", "b-1", 10);
        refuses(
                b,
                new Request.Vote(nameless, Phase.VOTE, 2, at(1, 9), null, 1, null, null),
                refusal(RefusalReason.WRONG_CLUSTER));
    }

    @Test
    void refusesACandidateWhoseLogNamesAnotherMemoryOfIt() {
        MemberUnderTest b = founded("b").free();
        Header toAnother = new Header(1, CLUSTER, CLUSTER_ID, "a", "a-1", true, "b", "b-2", 9);
        refuses(
                b,
                new Request.Vote(toAnother, Phase.VOTE, 2, at(1, 9), null, 7, null, null),
                refusal(RefusalReason.CATCHING_UP));
    }

    @Test
    void aRefusalOfAHigherTermLeavesTheTermAlone() {
        MemberUnderTest b = founded("b");
        refuses(b, b.vote("a", 1_000_000), bound(T, null));
        assertThat(b.view().term()).isEqualTo(1);
    }

    // ------------------------------------------------------------------------------------------------ bonds

    @Test
    void isBoundFromTheLockingOfItsDirectoryForOnePromise() {
        MemberUnderTest b = founded("b");
        b.pass(Duration.ofMillis(400));
        refuses(b, b.preVote("a", 2), bound(Duration.ofMillis(600), null));
        b.pass(Duration.ofMillis(599));
        refuses(b, b.vote("a", 2), bound(Duration.ofMillis(1), null));
        b.pass(Duration.ofMillis(1));
        Request.Vote preVote = b.preVote("a", 2);
        assertThat(done(b.receive(preVote))).containsExactly(b.replies(preVote, 1, null, 0));
    }

    @Test
    void isBoundToItsLeaderFromEachMessageAndSaysForHowLong() {
        MemberUnderTest b = founded("b");
        b.pass(Duration.ofMillis(400));
        b.receive(b.heartbeat("a", 1));
        b.pass(Duration.ofMillis(300));
        refuses(b, b.vote("c", 2), bound(Duration.ofMillis(700), "a"));
        b.receive(b.append("a", 1, 1, at(1, 1), entry(2, 1)));
        b.write();
        refuses(b, b.asks("c", Phase.PRE_VOTE, 2, at(1, 2), null, null), bound(Duration.ofSeconds(1), "a"));
    }

    @Test
    void itsOwnLeaderIsExemptFromTheBond() {
        MemberUnderTest b = founded("b");
        b.receive(b.heartbeat("a", 1));
        Request.Vote preVote = b.preVote("a", 2);
        assertThat(done(b.receive(preVote))).containsExactly(b.replies(preVote, 1, null, 0));
        Request.Vote vote = b.vote("a", 2);
        assertThat(done(b.receive(vote))).contains(b.replies(vote, 2, null, 1));
    }

    @Test
    void theBondOfTheStartIsReplacedByThatToALeader() {
        MemberUnderTest b = new MemberUnderTest(
                settings("b", THREE),
                "b-1",
                new DurableState(
                        new HardState(1, null, Duration.ofSeconds(10)),
                        new Snapshot(at(1, 1), membership(THREE), List.of(), 0),
                        List.of()));
        refuses(b, b.vote("c", 2), bound(Duration.ofSeconds(10), null));
        b.receive(b.heartbeat("a", 1));
        refuses(b, b.vote("c", 2), bound(T, "a"));
    }

    @Test
    void aLeaderOfAnOlderTermIsRefusedAndBindsNobody() {
        MemberUnderTest b = founded("b");
        b.receive(b.heartbeat("a", 3));
        b.write();
        b.pass(Duration.ofMillis(500));
        ElectionView before = b.view();
        Request.Heartbeat old = b.heartbeat("c", 2);
        assertThat(b.receive(old)).containsExactly(b.replies(old, 3, refusal(RefusalReason.STALE_TERM), at(1, 1), 0));
        assertThat(b.view()).isEqualTo(before);
        refuses(b, b.vote("c", 4), bound(Duration.ofMillis(500), "a"));
    }

    @Test
    void knowsNoLeaderOnceItsBondHasEnded() {
        MemberUnderTest b = founded("b");
        b.receive(b.heartbeat("a", 1));
        assertThat(b.untilDue()).isEqualTo(T);
        assertThat(b.tickAfter(T.minusNanos(1))).isEmpty();
        assertThat(b.tickWhenDue()).containsExactly(new Effect.LeaderChanged(1, null));
    }

    // ------------------------------------------------------------------------------------------------ promises

    @Test
    void aPromiseAsLongAsTheOneOnDiskNeedsNoWrite() {
        MemberUnderTest b = founded("b");
        Request.Heartbeat request = b.heartbeat("a", 1);
        assertThat(b.receive(request))
                .containsExactly(new Effect.LeaderChanged(1, "a"), b.replies(request, 1, null, at(1, 1), 0));
    }

    @Test
    void aLongerPromiseIsOnDiskBeforeItIsGiven() {
        MemberUnderTest b = founded("b");
        Request.Heartbeat request = new Request.Heartbeat(b.from("a"), 1, Duration.ofSeconds(10), 1, null);
        assertThat(b.receive(request))
                .containsExactly(
                        persists(1, hardState(1, null, Duration.ofSeconds(10))),
                        new Effect.LeaderChanged(1, "a"),
                        b.replies(request, 1, null, at(1, 1), 1));
        Request.Vote vote = b.vote("c", 2);
        assertThat(done(b.receive(vote))).containsExactly(b.replies(vote, 1, bound(Duration.ofSeconds(10), "a"), 1));
    }

    @Test
    void promisesItsOwnElectionTimeoutIfThatIsLonger() {
        MemberUnderTest b = new MemberUnderTest(
                settings("b", THREE, Duration.ofSeconds(10), LEASE, false, 1000), "b-1", foundedState(THREE));
        Request.Heartbeat request = b.heartbeat("a", 1);
        assertThat(done(b.receive(request)))
                .containsExactly(
                        persists(1, hardState(1, null, Duration.ofSeconds(10))),
                        new Effect.LeaderChanged(1, "a"),
                        b.replies(request, 1, null, at(1, 1), 1));
    }

    @Test
    void thePromiseOnDiskFallsOnlyWhenEveryLongerOneHasEnded() {
        MemberUnderTest b = founded("b");
        b.receive(new Request.Heartbeat(b.from("a"), 1, Duration.ofSeconds(10), 1, null));
        b.write();
        b.pass(Duration.ofSeconds(5));
        Request.Heartbeat ofTheSuccessor = b.heartbeat("c", 2);
        b.receive(ofTheSuccessor);
        b.write();
        assertThat(b.disk.hardState()).isEqualTo(new HardState(2, null, Duration.ofSeconds(10)));
        b.pass(Duration.ofMillis(4999));
        b.receive(b.heartbeat("c", 2));
        assertThat(b.hasUnwritten()).isFalse();
        b.pass(Duration.ofMillis(1));
        Request.Heartbeat last = b.heartbeat("c", 2);
        assertThat(done(b.receive(last)))
                .containsExactly(persists(3, hardState(2, null, T)), b.replies(last, 2, null, at(1, 1), 3));
    }

    @Test
    void aRestartImposesThePromiseOnDisk() {
        MemberUnderTest b = founded("b");
        b.receive(new Request.Heartbeat(b.from("a"), 1, Duration.ofSeconds(10), 1, null));
        b.write();
        b.pass(Duration.ofSeconds(2));
        MemberUnderTest restarted = b.restart(b.settings);
        restarted.ready();
        restarted.pass(Duration.ofSeconds(9));
        refuses(restarted, restarted.vote("c", 2), bound(Duration.ofSeconds(1), null));
        assertThat(restarted.tick()).isEmpty();
        assertThat(restarted.view().role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void theVoteSurvivesAChangeOfThePromise() {
        MemberUnderTest b = founded("b").free();
        b.receive(b.vote("a", 2));
        b.write();
        b.receive(new Request.Heartbeat(b.from("a"), 2, Duration.ofSeconds(10), 1, null));
        b.write();
        assertThat(b.disk.hardState()).isEqualTo(new HardState(2, "a", Duration.ofSeconds(10)));
    }

    // ------------------------------------------------------------------------------------------------ a leader's
    // messages

    @Test
    void followsALeaderOfAHigherTermAndForgetsItsVote() {
        MemberUnderTest b = founded("b").free();
        b.receive(b.vote("a", 2));
        b.write();
        Request.Heartbeat request = b.heartbeat("c", 3);
        assertThat(b.receive(request))
                .containsExactly(
                        new Effect.Observed(new Observation.RoleChanged(Role.FOLLOWER, Role.FOLLOWER, 3, "c leads")),
                        persists(2, hardState(3, null)),
                        new Effect.LeaderChanged(3, "c"),
                        b.replies(request, 3, null, at(1, 1), 2));
    }

    @Test
    void followingALeaderOfItsOwnTermKeepsTheVote() {
        MemberUnderTest b = founded("b").free();
        b.receive(b.vote("a", 2));
        b.write();
        b.receive(b.heartbeat("c", 2));
        assertThat(b.view().votedFor()).isEqualTo("a");
        assertThat(b.hasUnwritten()).isFalse();
    }

    @Test
    void refusesALeaderOfAnotherFoundingAndSaysSo() {
        MemberUnderTest b = founded("b");
        ElectionView before = b.view();
        Header foreign = new Header(1, CLUSTER, "c-2", "a", "a-1", true, "b", "b-1", 9);
        Request.Heartbeat request = new Request.Heartbeat(foreign, 7, T, 4, null);
        assertThat(b.receive(request))
                .containsExactly(
                        new Effect.Observed(
                                new Observation.RequestRefused("a", "Heartbeat", refusal(RefusalReason.WRONG_CLUSTER))),
                        b.replies(request, 1, refusal(RefusalReason.WRONG_CLUSTER), at(1, 1), 0));
        assertThat(b.view()).isEqualTo(before);
    }

    @Test
    void refusesALeaderThatMayNotLead() {
        MemberUnderTest a = founded("a", List.of(data("a"), data("b"), witness("w")));
        ElectionView before = a.view();
        Request.Append request = a.append("w", 7, 4, at(1, 1), entry(2, 7));
        assertThat(a.receive(request))
                .containsExactly(
                        new Effect.Observed(
                                new Observation.RequestRefused("w", "Append", refusal(RefusalReason.NOT_A_VOTER))),
                        a.replies(request, 1, refusal(RefusalReason.NOT_A_VOTER), 0, 0));
        assertThat(a.view()).isEqualTo(before);
    }

    @Test
    void twoLeadersOfOneTermAreReportedAndNeitherIsFollowed() {
        MemberUnderTest b = founded("b");
        b.receive(b.heartbeat("a", 2));
        b.write();
        Request.Heartbeat second = b.heartbeat("c", 2);
        assertThat(b.receive(second))
                .containsExactly(
                        new Effect.Observed(new Observation.TwoLeaders(2, "a", "c")),
                        new Effect.LeaderChanged(2, null),
                        b.replies(second, 2, new Refusal(RefusalReason.TWO_LEADERS, null, null, "a"), at(1, 1), 0));
        Request.Heartbeat first = b.heartbeat("a", 2);
        assertThat(b.receive(first))
                .containsExactly(b.replies(first, 2, refusal(RefusalReason.TWO_LEADERS), at(1, 1), 0));
        Request.Heartbeat next = b.heartbeat("c", 3);
        assertThat(done(b.receive(next)))
                .as("a later term is another matter")
                .containsExactly(
                        persists(2, hardState(3, null)),
                        new Effect.LeaderChanged(3, "c"),
                        b.replies(next, 3, null, at(1, 1), 2));
    }

    // ------------------------------------------------------------------------------------------------ the log

    @Test
    void acknowledgesEntriesOnlyOnceTheyAreOnDisk() {
        MemberUnderTest b = founded("b");
        b.receive(b.heartbeat("a", 1));
        Request.Append request = b.append("a", 1, 1, at(1, 1), entry(2, 1), entry(3, 1));
        assertThat(b.receive(request))
                .containsExactly(
                        persists(
                                1,
                                new DurableRecord.EntryAppended(entry(2, 1)),
                                new DurableRecord.EntryAppended(entry(3, 1))),
                        b.replies(request, 1, null, 3, 1));
        Request.Append again = b.append("a", 1, 1, at(1, 1), entry(2, 1), entry(3, 1));
        assertThat(b.receive(again))
                .as("a repeated one waits for the same write")
                .containsExactly(b.replies(again, 1, null, 3, 1));
        b.write();
        Request.Append late = b.append("a", 1, 1, at(1, 1), entry(2, 1));
        assertThat(b.receive(late)).containsExactly(b.replies(late, 1, null, 2, 0));
        assertThat(b.view().last()).isEqualTo(at(1, 3));
    }

    @Test
    void aHeartbeatIsAcknowledgedWhileEntriesAreStillBeingWritten() {
        MemberUnderTest b = founded("b");
        b.receive(b.append("a", 1, 1, at(1, 1), entry(2, 1)));
        Request.Heartbeat request = b.heartbeat("a", 1);
        assertThat(done(b.receive(request))).containsExactly(b.replies(request, 1, null, at(1, 2), 0));
    }

    @Test
    void cutsAConflictingTailBackAndTakesTheLeaders() {
        MemberUnderTest b = founded("b");
        b.receive(b.append("a", 2, 1, at(1, 1), entry(2, 2), entry(3, 2), entry(4, 2)));
        b.write();
        Request.Append request = b.append("c", 3, 1, at(2, 2), entry(3, 3));
        assertThat(done(b.receive(request)))
                .containsExactly(
                        persists(
                                2,
                                hardState(3, null),
                                new DurableRecord.LogTruncated(3),
                                new DurableRecord.EntryAppended(entry(3, 3))),
                        new Effect.LeaderChanged(3, null),
                        new Effect.LeaderChanged(3, "c"),
                        b.replies(request, 3, null, 3, 2));
        assertThat(b.election.entries()).containsExactly(entry(2, 2), entry(3, 3));
    }

    @Test
    void cutsAConflictingTailOfOneEntry() {
        MemberUnderTest b = founded("b");
        b.receive(b.append("a", 2, 1, at(1, 1), entry(2, 2), entry(3, 2)));
        b.write();
        assertThat(only(b.receive(b.append("c", 3, 1, at(2, 2), entry(3, 3))), Effect.Persist.class))
                .containsExactly(persists(
                        2,
                        hardState(3, null),
                        new DurableRecord.LogTruncated(3),
                        new DurableRecord.EntryAppended(entry(3, 3))));
        assertThat(b.election.entries()).containsExactly(entry(2, 2), entry(3, 3));
    }

    @Test
    void keepsATailThatDoesNotConflict() {
        MemberUnderTest b = founded("b");
        b.receive(b.append("a", 2, 1, at(1, 1), entry(2, 2), entry(3, 2), entry(4, 2)));
        b.write();
        Request.Append reordered = b.append("a", 2, 1, at(1, 1), entry(2, 2));
        b.receive(reordered);
        assertThat(b.view().last()).isEqualTo(at(2, 4));
        assertThat(b.hasUnwritten()).isFalse();
    }

    @Test
    void saysWhereItsLogEndsIfEntriesAreMissingBetween() {
        MemberUnderTest b = founded("b");
        Request.Append request = b.append("a", 1, 1, at(1, 7), entry(8, 1));
        assertThat(done(b.receive(request)))
                .containsExactly(
                        new Effect.LeaderChanged(1, "a"),
                        b.replies(request, 1, behind(RefusalReason.LOG_MISMATCH, at(1, 1)), 1, 0));
    }

    @Test
    void skipsAWholeConflictingTermInItsHint() {
        MemberUnderTest b = founded("b");
        b.receive(b.append("a", 2, 1, at(1, 1), entry(2, 1), entry(3, 2), entry(4, 2), entry(5, 2)));
        b.write();
        Request.Append request = b.append("c", 3, 1, at(3, 5), entry(6, 3));
        assertThat(done(b.receive(request)))
                .contains(b.replies(request, 3, behind(RefusalReason.LOG_MISMATCH, at(2, 5)), 2, 2));
        assertThat(b.view().last()).isEqualTo(at(2, 5));
    }

    /** Sixteen entries of a mebibyte each weigh more than that, each being a little more than its data. */
    private static Entry[] sixteenLargeOnes() {
        String data = "x".repeat(1 << 20);
        Entry[] large = new Entry[16];
        for (int i = 0; i < large.length; i++) {
            large[i] = new Entry(2 + i, 2, new Payload.Application("test", Bytes.utf8(data)));
        }
        return large;
    }

    /** Entries stay until enough of them are committed, however large they are, and the opening of a term is one of them. */
    @Test
    void aLogFullOfCommittedEntriesTakesMore() {
        MemberUnderTest b = founded("b");
        b.receive(b.append("a", 2, 17, at(1, 1), sixteenLargeOnes()));
        b.write();
        assertThat(b.view().commitIndex()).isEqualTo(17);
        assertThat(b.election.entries().size()).as("not compacted").isEqualTo(16);

        Request.Append opening = b.append("c", 3, 17, at(2, 17), entry(18, 3));
        b.receive(opening);
        b.write();
        assertThat(b.view().last()).isEqualTo(at(3, 18));
    }

    /** Nobody knows after a restart of all what of a log was committed, and its length may be that of many uncommitted ones. */
    @Test
    void aLongLogOfWhichARestartForgotWhatIsCommittedTakesMore() {
        MemberUnderTest b = founded("b");
        Entry[] large = sixteenLargeOnes();
        b.receive(b.append("a", 2, 17, at(1, 1), large));
        b.write();
        assertThat(b.view().commitIndex()).isEqualTo(17);
        MemberUnderTest restarted = b.restart(b.settings).free();
        assertThat(restarted.view().commitIndex()).isLessThan(17);

        restarted.receive(restarted.append("c", 3, 1, at(2, 17), entry(18, 3)));
        restarted.write();

        assertThat(restarted.view().last()).as("the opening of the next leader").isEqualTo(at(3, 18));
        Entry[] others = new Entry[16];
        for (int i = 0; i < others.length; i++) {
            others[i] = new Entry(19 + i, 3, large[0].payload());
        }
        restarted.receive(restarted.append("c", 3, 1, at(3, 18), others));
        restarted.write();
        Request.Append more = restarted.append("c", 3, 1, at(3, 34), entry(35, 3));
        assertThat(answers(restarted, more))
                .as("what came since counts")
                .containsExactly(restarted.replies(more, 3, behind(RefusalReason.LOG_FULL, at(3, 34)), 0, 0));
    }

    @Test
    void aFullLogTakesNothingMoreAndAcknowledgesWhatItHolds() {
        MemberUnderTest b = founded("b");
        Entry[] large = sixteenLargeOnes();
        b.receive(b.append("a", 2, 1, at(1, 1), Arrays.copyOf(large, 15)));
        Request.Append last = b.append("a", 2, 1, at(2, 16), large[15]);
        assertThat(answers(b, last)).containsExactly(b.replies(last, 2, null, 17, 2));
        b.write();

        Request.Append more = b.append("a", 2, 1, at(2, 17), entry(18, 2));
        assertThat(answers(b, more))
                .containsExactly(b.replies(more, 2, behind(RefusalReason.LOG_FULL, at(2, 17)), 0, 0));
        assertThat(b.view().last()).isEqualTo(at(2, 17));
        assertThat(b.hasUnwritten()).isFalse();

        Request.Append held = b.append("a", 2, 1, at(2, 16), large[15]);
        assertThat(answers(b, held)).as("what it holds").containsExactly(b.replies(held, 2, null, 17, 0));
        b.receive(b.append("c", 3, 1, at(2, 2), entry(3, 3)));
        assertThat(b.view().last()).as("what takes the place of a tail").isEqualTo(at(3, 3));
    }

    /** Without the effects that show megabytes when a test fails. */
    private static List<Effect.Reply> answers(MemberUnderTest member, Request request) {
        return only(member.receive(request), Effect.Reply.class);
    }

    @Test
    void neverCutsBackWhatIsCommitted() {
        MemberUnderTest b = founded("b");
        b.receive(b.append("a", 2, 3, at(1, 1), entry(2, 2), entry(3, 2)));
        b.write();
        assertThat(b.view().commitIndex()).isEqualTo(3);
        Request.Append unsound = b.append("c", 3, 1, at(2, 2), entry(3, 3));
        assertThat(done(b.receive(unsound)))
                .contains(b.replies(unsound, 3, behind(RefusalReason.LOG_MISMATCH, at(2, 3)), 3, 2));
        assertThat(b.election.entries()).containsExactly(entry(2, 2), entry(3, 2));
    }

    @Test
    void countsAsCommittedOnlyWhatIsKnownToBeTheLeaders() {
        MemberUnderTest b = founded("b");
        b.receive(b.append("a", 2, 1, at(1, 1), entry(2, 2), entry(3, 2)));
        b.write();
        b.receive(new Request.Heartbeat(b.from("c"), 3, T, 3, null));
        assertThat(b.view().commitIndex()).as("its tail may be another").isEqualTo(1);
        b.receive(b.append("c", 3, 3, at(2, 2), entry(3, 3)));
        assertThat(b.view().commitIndex()).isEqualTo(3);
    }

    @Test
    void learnsFromAHeartbeatHowFarTheLogIsCommitted() {
        MemberUnderTest b = founded("b");
        b.receive(b.append("a", 2, 1, at(1, 1), entry(2, 2), entry(3, 2)));
        b.write();
        b.receive(new Request.Heartbeat(b.from("a"), 2, T, 2, null));
        assertThat(b.view().commitIndex()).isEqualTo(2);
        b.receive(new Request.Heartbeat(b.from("a"), 2, T, 99, null));
        assertThat(b.view().commitIndex()).isEqualTo(3);
    }

    @Test
    void compactsCommittedEntriesOnceThereAreEnough() {
        MemberUnderTest b = new MemberUnderTest(settings("b", THREE, T, LEASE, false, 3), "b-1", foundedState(THREE));
        b.receive(b.append("a", 2, 1, at(1, 1), entry(2, 2), entry(3, 2), entry(4, 2), entry(5, 2)));
        b.write();
        b.receive(new Request.Heartbeat(b.from("a"), 2, T, 3, null));
        assertThat(b.hasUnwritten()).isFalse();
        Snapshot compacted = new Snapshot(at(2, 4), membership(THREE), List.of(), 0);
        Request.Heartbeat fourth = new Request.Heartbeat(b.from("a"), 2, T, 4, null);
        assertThat(done(b.receive(fourth)))
                .containsExactly(
                        persists(2, new DurableRecord.SnapshotReplaced(compacted)),
                        b.replies(fourth, 2, null, at(2, 5), 0));
        b.write();
        assertThat(b.election.snapshot()).isEqualTo(compacted);
        assertThat(b.election.entries()).containsExactly(entry(5, 2));
        assertThat(b.disk).isEqualTo(new DurableState(new HardState(2, null, T), compacted, List.of(entry(5, 2))));
    }

    private static MemberUnderTest compactedUpToFive() {
        return new MemberUnderTest(
                settings("b", THREE),
                "b-1",
                new DurableState(
                        new HardState(2, null, T),
                        new Snapshot(at(2, 5), membership(THREE), List.of(), 0),
                        List.of(entry(6, 2))));
    }

    @Test
    void entriesBeforeItsSnapshotAreTheLeadersAlready() {
        MemberUnderTest b = compactedUpToFive();
        Request.Append request = b.append("a", 2, 5, at(2, 3), entry(4, 2), entry(5, 2), entry(6, 2), entry(7, 2));
        assertThat(done(b.receive(request)))
                .containsExactly(
                        new Effect.LeaderChanged(2, "a"),
                        persists(1, new DurableRecord.EntryAppended(entry(7, 2))),
                        b.replies(request, 2, null, 7, 1));
    }

    /** What it stands for is committed, and the same everywhere. */
    @Test
    void whoContradictsItsSnapshotIsRefused() {
        MemberUnderTest b = compactedUpToFive();
        for (Request.Append unsound : List.of(
                b.append("a", 3, 5, at(1, 5), entry(6, 3)), b.append("a", 3, 5, at(1, 4), entry(5, 1), entry(6, 3)))) {
            assertThat(answers(b, unsound))
                    .extracting(Effect.Reply::response)
                    .containsExactly(new Response.Append(
                            b.answerTo(unsound), 3, behind(RefusalReason.LOG_MISMATCH, at(2, 6)), 5));
        }
        assertThat(b.election.entries()).containsExactly(entry(6, 2));
    }

    @Test
    void saysThatATermLeaptIfNoSoundClusterRaisesItSoFarAtOnce() {
        MemberUnderTest b = founded("b");
        long far = 1 + (1 << 16);
        assertThat(told(b.receive(b.heartbeat("a", far)))).noneMatch(Observation.TermLeapt.class::isInstance);
        assertThat(told(b.receive(b.heartbeat("c", 2 * far))))
                .contains(new Observation.TermLeapt(far, 2 * far, "c leads"));
    }

    @Test
    void installsASnapshotInPlaceOfALogThatIsTooShort() {
        MemberUnderTest b = founded("b");
        b.receive(b.append("a", 2, 1, at(1, 1), entry(2, 2)));
        b.write();
        Snapshot snapshot = new Snapshot(at(2, 9), membership(THREE), List.of(), 0);
        Request.InstallSnapshot request = new Request.InstallSnapshot(b.from("a"), 2, T, 9, snapshot);
        assertThat(done(b.receive(request)))
                .containsExactly(
                        persists(2, new DurableRecord.SnapshotReplaced(snapshot)), b.replies(request, 2, null, 9, 2));
        b.write();
        assertThat(b.disk).isEqualTo(new DurableState(new HardState(2, null, T), snapshot, List.of()));
        assertThat(b.view().commitIndex()).isEqualTo(9);
        assertThat(b.view().last()).isEqualTo(at(2, 9));
    }

    @Test
    void installingASnapshotCutsATailThatConflictsWithIt() {
        MemberUnderTest b = founded("b");
        b.receive(b.append("a", 2, 1, at(1, 1), entry(2, 2), entry(3, 2), entry(4, 2)));
        b.write();
        Snapshot snapshot = new Snapshot(at(3, 3), membership(THREE), List.of(), 0);
        Request.InstallSnapshot request = new Request.InstallSnapshot(b.from("c"), 3, T, 3, snapshot);
        assertThat(only(b.receive(request), Effect.Persist.class))
                .containsExactly(persists(
                        2,
                        hardState(3, null),
                        new DurableRecord.LogTruncated(3),
                        new DurableRecord.SnapshotReplaced(snapshot)));
        b.write();
        assertThat(b.disk).isEqualTo(new DurableState(new HardState(3, null, T), snapshot, List.of()));
        assertThat(b.election.entries()).isEmpty();
    }

    @Test
    void installingASnapshotCutsATailOfOneEntryThatConflictsWithIt() {
        MemberUnderTest b = founded("b");
        b.receive(b.append("a", 2, 1, at(1, 1), entry(2, 2), entry(3, 2)));
        b.write();
        Snapshot snapshot = new Snapshot(at(3, 3), membership(THREE), List.of(), 0);
        assertThat(only(b.receive(new Request.InstallSnapshot(b.from("c"), 3, T, 3, snapshot)), Effect.Persist.class))
                .containsExactly(persists(
                        2,
                        hardState(3, null),
                        new DurableRecord.LogTruncated(3),
                        new DurableRecord.SnapshotReplaced(snapshot)));
    }

    @Test
    void installingASnapshotWithAnotherListReportsIt() {
        MemberUnderTest b = founded("b");
        Snapshot snapshot = new Snapshot(at(2, 9), membership(List.of(data("a"), data("b"))), List.of(), 0);
        assertThat(told(b.receive(new Request.InstallSnapshot(b.from("a"), 2, T, 9, snapshot))))
                .containsExactly(
                        new Observation.RoleChanged(Role.FOLLOWER, Role.FOLLOWER, 2, "a leads"),
                        new Observation.ListDiffers("b"));
        assertThat(b.view().listDiffers()).isTrue();
    }

    /** What follows is perhaps acknowledged, so no crash may leave it cut off. */
    @Test
    void installingASnapshotKeepsWhatFollowsItAndFits() {
        MemberUnderTest b = founded("b");
        b.receive(b.append("a", 2, 1, at(1, 1), entry(2, 2), entry(3, 2), entry(4, 2)));
        b.write();
        Snapshot snapshot = new Snapshot(at(2, 3), membership(THREE), List.of(), 0);
        assertThat(only(b.receive(new Request.InstallSnapshot(b.from("a"), 2, T, 3, snapshot)), Effect.Persist.class))
                .containsExactly(persists(2, new DurableRecord.SnapshotReplaced(snapshot)));
        b.write();
        assertThat(b.disk).isEqualTo(new DurableState(new HardState(2, null, T), snapshot, List.of(entry(4, 2))));
        assertThat(b.election.entries()).containsExactly(entry(4, 2));
    }

    @Test
    void aSnapshotThatItHasAlreadyChangesNothing() {
        MemberUnderTest b = founded("b");
        b.receive(b.append("a", 2, 3, at(1, 1), entry(2, 2), entry(3, 2)));
        b.write();
        Request.InstallSnapshot request = new Request.InstallSnapshot(
                b.from("a"), 2, T, 3, new Snapshot(at(2, 3), membership(THREE), List.of(), 0));
        assertThat(b.receive(request)).containsExactly(b.replies(request, 2, null, 3, 0));
        assertThat(b.election.entries()).hasSize(2);
    }

    // ------------------------------------------------------------------------------------------------ a failed disk

    @Test
    void aFailedDiskIsToldOnceAndSilencesTheMember() {
        MemberUnderTest b = founded("b");
        b.receive(b.heartbeat("a", 2));
        assertThat(b.step(new Input.PersistFailed("no space left")))
                .containsExactly(
                        new Effect.Observed(new Observation.StorageFailed("no space left")),
                        new Effect.LeaderChanged(2, null));
        assertThat(b.step(new Input.PersistFailed("no space left"))).isEmpty();
        assertThat(b.view().storageFailed()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(Phase.class)
    void afterAFailedWriteItNeverVotesAgain(Phase phase) {
        MemberUnderTest b = founded("b").free();
        b.receive(b.vote("a", 2));
        b.step(new Input.PersistFailed("no space left"));
        b.tickAfter(T.multipliedBy(9));
        Request.Vote request = b.asks("a", phase, 2, at(1, 1), null, null);
        assertThat(done(b.receive(request)))
                .as("nor does it show a term that may not be durable")
                .containsExactly(b.replies(request, 0, refusal(RefusalReason.UNAVAILABLE), 0));
    }

    @Test
    void afterAFailedWriteItNeverAcknowledgesNorStands() {
        MemberUnderTest b = founded("b");
        b.ready();
        b.step(new Input.PersistFailed("no space left"));
        Request.Heartbeat heartbeat = b.heartbeat("a", 2);
        assertThat(done(b.receive(heartbeat)))
                .containsExactly(b.replies(heartbeat, 0, refusal(RefusalReason.UNAVAILABLE), at(1, 1), 0));
        Request.Append append = b.append("a", 2, 1, at(1, 1), entry(2, 2));
        assertThat(done(b.receive(append)))
                .containsExactly(b.replies(append, 0, refusal(RefusalReason.UNAVAILABLE), 0, 0));
        assertThat(b.tickAfter(T.multipliedBy(9))).isEmpty();
        assertThat(b.view().role()).isEqualTo(Role.FOLLOWER);
        assertThat(b.view().term()).isEqualTo(1);
    }

    // ------------------------------------------------------------------------------------------------ what it tells

    @Test
    void tellsWhatItKnows() {
        MemberUnderTest b = founded("b");
        assertThat(b.view().initialElection()).isTrue();
        b.pass(Duration.ofMillis(10));
        b.receive(b.heartbeat("a", 2));
        assertThat(b.view())
                .isEqualTo(new ElectionView(
                        Role.FOLLOWER,
                        2,
                        null,
                        "a",
                        b.clock.monotonicNanos(),
                        false,
                        at(1, 1),
                        1,
                        membership(THREE),
                        3,
                        2,
                        null,
                        List.of(
                                presence("a", MemberPresence.VotingState.UNKNOWN, null, b.clock.monotonicNanos()),
                                presence("b", MemberPresence.VotingState.VOTER, true, null),
                                presence("c", MemberPresence.VotingState.UNKNOWN, null, null)),
                        false,
                        false,
                        null));
    }

    private static MemberPresence presence(
            String id, MemberPresence.VotingState state, @Nullable Boolean reachable, @Nullable Long contact) {
        return new MemberPresence(id, MemberKind.DATA, state, reachable, contact, null, null);
    }

    @Test
    void whenItLastHeardOfItsLeaderStaysWhereItWas() {
        MemberUnderTest b = founded("b");
        b.receive(b.heartbeat("a", 1));
        long heard = b.clock.monotonicNanos();
        b.pass(STEP);
        assertThat(b.view().lastLeaderContactNanos()).isEqualTo(heard);
    }

    @Test
    void wishesThatOnlyALeaderCanFulfilAreAnswered() {
        MemberUnderTest b = founded("b");
        b.receive(b.heartbeat("a", 1));
        assertThat(b.step(new Input.Propose(7, new Payload.Application("test", Bytes.utf8("x")))))
                .containsExactly(new Effect.ProposalAnswered(7, 0));
        assertThat(b.step(new Input.TransferLeadership(8, "c")))
                .containsExactly(new Effect.TransferEnded(
                        8,
                        new io.election.HandoverResult(
                                io.election.HandoverResult.Outcome.NOT_LEADER, "a", 1, "this member does not lead")));
        assertThat(b.step(new Input.StepDown())).isEmpty();
        assertThat(told(b.step(new Input.LeaseLapsed(1)))).isEmpty();
    }

    @Test
    void aFollowerThatClosesIsClosedAtOnceButStillVotes() {
        MemberUnderTest b = founded("b").free();
        b.ready();
        assertThat(b.step(new Input.Close())).containsExactly(new Effect.Closed());
        Request.Vote vote = b.vote("a", 2);
        assertThat(done(b.receive(vote))).contains(b.replies(vote, 2, null, 1));
        b.write();
        assertThat(b.tickAfter(T.multipliedBy(9))).as("it stands no more").isEmpty();
    }
}
