package io.election.core;

import static io.election.core.MemberUnderTest.CLUSTER;
import static io.election.core.MemberUnderTest.CLUSTER_ID;
import static io.election.core.MemberUnderTest.HEARTBEAT;
import static io.election.core.MemberUnderTest.STEP;
import static io.election.core.MemberUnderTest.T;
import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.answerFrom;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.done;
import static io.election.core.MemberUnderTest.entry;
import static io.election.core.MemberUnderTest.founded;
import static io.election.core.MemberUnderTest.hardState;
import static io.election.core.MemberUnderTest.no;
import static io.election.core.MemberUnderTest.only;
import static io.election.core.MemberUnderTest.persists;
import static io.election.core.MemberUnderTest.refusal;
import static io.election.core.MemberUnderTest.settings;
import static io.election.core.MemberUnderTest.told;
import static io.election.core.MemberUnderTest.withPosition;
import static io.election.core.MemberUnderTest.witness;
import static io.election.core.MemberUnderTest.yes;
import static org.assertj.core.api.Assertions.assertThat;

import io.election.Role;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When a member stands, whom it asks, and how its rounds end. */
class ElectionCandidateTests {

    private static Effect.Send asks(String to, Phase phase, long term, long requestId) {
        Header header = new Header(1, CLUSTER, CLUSTER_ID, "a", "a-1", true, to, to + "-1", requestId);
        return new Effect.Send(new Request.Vote(header, phase, term, at(1, 1), null, 1, null, null));
    }

    private static Effect told(Observation observation) {
        return new Effect.Observed(observation);
    }

    private static Effect role(Role from, Role to, long term, String reason) {
        return told(new Observation.RoleChanged(from, to, term, reason));
    }

    private static Effect ended(
            ElectionOutcome outcome,
            Phase phase,
            long term,
            Set<String> votes,
            Map<String, Refusal> refusals,
            String detail) {
        return told(new Observation.RoundEnded(outcome, phase, term, votes, 2, refusals, detail));
    }

    private static MemberUnderTest preCandidate() {
        MemberUnderTest a = founded("a");
        a.ready();
        a.tickWhenDue();
        assertThat(a.view().role()).isEqualTo(Role.PRE_CANDIDATE);
        return a;
    }

    private static MemberUnderTest candidate() {
        MemberUnderTest a = preCandidate();
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        a.write();
        assertThat(a.view().role()).isEqualTo(Role.CANDIDATE);
        return a;
    }

    private static Refusal bound(Duration remaining, @Nullable String leader) {
        return new Refusal(RefusalReason.BOUND, remaining, null, leader);
    }

    @Test
    void aVoterWhoseRequestFailedIsAskedAgainAtOnce() {
        for (MemberUnderTest a : List.of(preCandidate(), candidate())) {
            Request.Vote lost = a.sentTo("c", Request.Vote.class);
            a.outbox.clear();
            a.step(new Input.Unanswered(lost.header().requestId()));
            Request.Vote again = a.sentTo("c", Request.Vote.class);
            assertThat(again.term()).isEqualTo(lost.term());
            assertThat(again.phase()).isEqualTo(lost.phase());
            assertThat(a.outbox).as("nobody else is").isEmpty();
        }
    }

    // ------------------------------------------------------------------------------------------------ when

    @Test
    void standsTheMomentItsBondEnds() {
        MemberUnderTest a = founded("a");
        assertThat(a.ready()).isEmpty();
        assertThat(a.untilDue()).isEqualTo(T);
        assertThat(a.tickAfter(T.minusNanos(1))).isEmpty();
        assertThat(a.tickAfter(Duration.ofNanos(1)))
                .containsExactly(
                        role(Role.FOLLOWER, Role.PRE_CANDIDATE, 1, "heard of no leader"),
                        asks("b", Phase.PRE_VOTE, 2, 1000),
                        asks("c", Phase.PRE_VOTE, 2, 1001));
        assertThat(a.view().votedFor()).as("a pre-vote is no vote").isNull();
        assertThat(a.view().term()).isEqualTo(1);
    }

    @Test
    void doesNotStandBeforeTheApplicationIsReady() {
        MemberUnderTest a = founded("a");
        assertThat(a.tickAfter(T.multipliedBy(3))).isEmpty();
        assertThat(done(a.ready()))
                .containsExactly(asks("b", Phase.PRE_VOTE, 2, 1000), asks("c", Phase.PRE_VOTE, 2, 1001));
    }

    @Test
    void neighboursInRankStandOneStepApart() {
        assertThat(standsAfter(founded("a"))).isEqualTo(T);
        assertThat(standsAfter(founded("b"))).isEqualTo(T.plus(STEP));
        assertThat(standsAfter(founded("c"))).isEqualTo(T.plus(STEP.multipliedBy(2)));
    }

    @Test
    void aHigherPriorityStandsBeforeALowerId() {
        List<Member> members = List.of(data("a"), data("b", 1), data("c", 5));
        assertThat(standsAfter(founded("c", members))).isEqualTo(T);
        assertThat(standsAfter(founded("b", members))).isEqualTo(T.plus(STEP));
        assertThat(standsAfter(founded("a", members))).isEqualTo(T.plus(STEP.multipliedBy(2)));
    }

    @Test
    void witnessesTakeNoPlaceInTheOrder() {
        assertThat(standsAfter(founded("b", List.of(witness("a"), data("b"), data("c")))))
                .isEqualTo(T);
    }

    @Test
    void theLeaderThatFellSilentIsNotWaitedFor() {
        MemberUnderTest b = founded("b");
        b.ready();
        b.receive(b.heartbeat("a", 1));
        b.tickAfter(T);
        assertThat(b.view().role()).isEqualTo(Role.PRE_CANDIDATE);
        MemberUnderTest c = founded("c");
        c.ready();
        c.receive(c.heartbeat("a", 1));
        c.tickAfter(T);
        assertThat(c.untilDue()).isEqualTo(STEP);
    }

    @Test
    void aMeasuredStepReplacesTheConfiguredOneUpToAQuarterOfT() {
        MemberUnderTest b = founded("b");
        b.step(new Input.StepMeasured(Duration.ofMillis(40).toNanos()));
        assertThat(standsAfter(b)).isEqualTo(T.plusMillis(40));
        MemberUnderTest slow = founded("b");
        slow.step(new Input.StepMeasured(Duration.ofSeconds(40).toNanos()));
        assertThat(standsAfter(slow)).isEqualTo(T.plusMillis(250));
    }

    @Test
    void aVoteGivenHoldsItsOwnCandidacyBackForAStep() {
        MemberUnderTest a = founded("a").free();
        a.receive(a.vote("b", 2));
        a.write();
        a.ready();
        assertThat(a.untilDue()).isEqualTo(STEP);
        a.tickWhenDue();
        assertThat(a.view().role()).isEqualTo(Role.PRE_CANDIDATE);
    }

    @Test
    void aGrantedPreVotePutsOffNothing() {
        MemberUnderTest b = founded("b");
        b.ready();
        b.tickAfter(T);
        Request.Vote preVote = b.preVote("c", 2);
        assertThat(done(b.receive(preVote))).containsExactly(b.replies(preVote, 1, null, 0));
        assertThat(b.untilDue()).isEqualTo(STEP);
    }

    @Test
    void doesNotStandWhileItsVoteIsBeingWritten() {
        MemberUnderTest a = founded("a").free();
        a.receive(a.vote("b", 2));
        a.ready();
        assertThat(a.tickAfter(T)).isEmpty();
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
        assertThat(done(a.write()))
                .containsExactly(asks("b", Phase.PRE_VOTE, 3, 1000), asks("c", Phase.PRE_VOTE, 3, 1001));
    }

    @Test
    void aMemberThatDoesNotKnowItsPositionIsNotElectableAndSaysSoOnce() {
        MemberUnderTest a = withPosition("a", THREE);
        a.ready();
        a.pass(T);
        assertThat(a.tick()).isEmpty();
        MemberUnderTest other = withPosition("a", THREE);
        assertThat(other.ready())
                .containsExactly(told(new Observation.RoundEnded(
                        ElectionOutcome.NOT_ELECTABLE,
                        Phase.PRE_VOTE,
                        2,
                        Set.of(),
                        0,
                        Map.of(),
                        "the position of the application's log is not known yet")));
        assertThat(other.tickAfter(T)).isEmpty();
        assertThat(only(other.step(new Input.PositionAdvanced(at(1, 500))), Effect.Send.class))
                .extracting(s -> ((Request.Vote) s.request()).application())
                .containsExactly(at(1, 500), at(1, 500));
    }

    private static Duration standsAfter(MemberUnderTest member) {
        member.ready();
        Duration passed = Duration.ZERO;
        for (int i = 0; i < 5 && member.view().role() == Role.FOLLOWER; i++) {
            passed = passed.plus(member.untilDue());
            member.tickWhenDue();
        }
        assertThat(member.view().role()).isEqualTo(Role.PRE_CANDIDATE);
        return passed;
    }

    // ------------------------------------------------------------------------------------------------ the pre-vote

    @Test
    void aWonPreVoteLeadsToAVoteThatIsOnDiskBeforeAnybodyIsAsked() {
        MemberUnderTest a = preCandidate();
        Request.Vote preVote = a.sentTo("b", Request.Vote.class);
        assertThat(a.answered(yes(preVote)))
                .containsExactly(
                        role(Role.PRE_CANDIDATE, Role.CANDIDATE, 2, "won the pre-vote"),
                        persists(1, hardState(2, "a")),
                        asks("b", Phase.VOTE, 2, 1002),
                        asks("c", Phase.VOTE, 2, 1003));
    }

    @Test
    void itsOwnVoteDoesNotCountBeforeItIsOnDisk() {
        MemberUnderTest a = preCandidate();
        List<Effect> stands = a.answered(yes(a.sentTo("b", Request.Vote.class)));
        // It has not left yet. A transport that sent it too early must not make a leader of it.
        Request asked = only(stands, Effect.Send.class).get(0).request();
        assertThat(a.answered(yes(asked))).isEmpty();
        assertThat(a.view().role()).isEqualTo(Role.CANDIDATE);
        a.write();
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
    }

    @Test
    void theSilentAreAskedAgainAfterAnInterval() {
        MemberUnderTest a = preCandidate();
        assertThat(a.untilDue()).isEqualTo(HEARTBEAT);
        assertThat(a.tickWhenDue())
                .containsExactly(asks("b", Phase.PRE_VOTE, 2, 1002), asks("c", Phase.PRE_VOTE, 2, 1003));
    }

    /** Otherwise a crash could take back the candidate's own vote, or the end of its log by which it was judged. */
    @Test
    void theVoteIsNotWonBeforeTheOwnOneIsDurableHoweverManyGrantTheirs() {
        MemberUnderTest a = preCandidate();
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        assertThat(a.hasUnwritten()).isTrue();
        assertThat(done(a.answered(yes(a.sentTo("b", Request.Vote.class))))).isEmpty();
        assertThat(done(a.answered(yes(a.sentTo("c", Request.Vote.class))))).isEmpty();
        assertThat(done(a.tick())).isEmpty();
        assertThat(a.view().role()).isEqualTo(Role.CANDIDATE);
        a.write();
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
    }

    @Test
    void aPreVoteThatNobodyAnswersTimesOutAndBeginsAnew() {
        MemberUnderTest a = preCandidate();
        a.pass(T);
        assertThat(a.tick())
                .containsExactly(
                        ended(
                                ElectionOutcome.TIMED_OUT,
                                Phase.PRE_VOTE,
                                2,
                                Set.of("a"),
                                Map.of(),
                                "too few answered in time"),
                        asks("b", Phase.PRE_VOTE, 2, 1002),
                        asks("c", Phase.PRE_VOTE, 2, 1003));
        assertThat(a.view().role()).isEqualTo(Role.PRE_CANDIDATE);
        assertThat(a.view().term()).isEqualTo(1);
    }

    @Test
    void aPreVoteThatCannotBeWonFailsWithItsRefusals() {
        MemberUnderTest a = preCandidate();
        Refusal behind = new Refusal(RefusalReason.LOG_BEHIND, null, at(1, 9), null);
        Refusal position = new Refusal(RefusalReason.APPLICATION_BEHIND, null, at(1, 500), null);
        assertThat(a.answered(no(a.sentTo("b", Request.Vote.class), 1, behind))).isEmpty();
        assertThat(a.answered(no(a.sentTo("c", Request.Vote.class), 1, position)))
                .containsExactly(
                        ended(
                                ElectionOutcome.PRE_VOTE_FAILED,
                                Phase.PRE_VOTE,
                                2,
                                Set.of("a"),
                                Map.of("b", behind, "c", position),
                                "too many refused"),
                        role(Role.PRE_CANDIDATE, Role.FOLLOWER, 1, "the pre-vote failed"));
        assertThat(a.untilDue()).isEqualTo(T.dividedBy(2));
        a.tickWhenDue();
        assertThat(a.view().role()).isEqualTo(Role.PRE_CANDIDATE);
    }

    @Test
    void boundVotersAreAskedAgainWhenAQuorumCouldBeFree() {
        MemberUnderTest a = preCandidate();
        a.answered(no(a.sentTo("b", Request.Vote.class), 1, bound(Duration.ofMillis(300), "l")));
        a.answered(no(a.sentTo("c", Request.Vote.class), 1, bound(Duration.ofMillis(200), "l")));
        assertThat(a.untilDue()).isEqualTo(Duration.ofMillis(200));
        assertThat(a.tickWhenDue()).containsExactly(asks("c", Phase.PRE_VOTE, 2, 1002));
    }

    @Test
    void noBondIsBelievedForLongerThanT() {
        MemberUnderTest a = preCandidate();
        a.answered(no(a.sentTo("b", Request.Vote.class), 1, bound(Duration.ofHours(1), "l")));
        a.answered(no(a.sentTo("c", Request.Vote.class), 1, bound(Duration.ofHours(1), "l")));
        assertThat(a.untilDue()).isEqualTo(T);
        assertThat(a.tickWhenDue())
                .containsExactly(
                        ended(
                                ElectionOutcome.PRE_VOTE_FAILED,
                                Phase.PRE_VOTE,
                                2,
                                Set.of("a"),
                                Map.of("b", bound(Duration.ofHours(1), "l"), "c", bound(Duration.ofHours(1), "l")),
                                "too many were bound"),
                        asks("b", Phase.PRE_VOTE, 2, 1002),
                        asks("c", Phase.PRE_VOTE, 2, 1003));
    }

    @Test
    void aPreCandidateBelievesInNoLeaderAndDeniesNobodyOnItsAccount() {
        MemberUnderTest b = founded("b");
        b.ready();
        b.receive(b.heartbeat("a", 1));
        b.tickAfter(T);
        assertThat(b.view().leader()).isNull();
        Request.Vote preVote = b.preVote("c", 2);
        assertThat(done(b.receive(preVote))).containsExactly(b.replies(preVote, 1, null, 0));
    }

    @Test
    void aPreCandidateGivesWayToABetterRankedOneOnceForOneStep() {
        MemberUnderTest b = founded("b");
        standsAfter(b);
        Request.Vote preVote = b.preVote("a", 2);
        assertThat(b.receive(preVote))
                .containsExactly(
                        told(new Observation.VoteDecided(Phase.PRE_VOTE, "a", 2, null)),
                        ended(
                                ElectionOutcome.PRE_VOTE_FAILED,
                                Phase.PRE_VOTE,
                                2,
                                Set.of("b"),
                                Map.of(),
                                "gave way to a"),
                        role(Role.PRE_CANDIDATE, Role.FOLLOWER, 1, "gave way to a"),
                        b.replies(preVote, 1, null, 0));
        assertThat(b.untilDue()).isEqualTo(STEP.multipliedBy(2));
        b.tickWhenDue();
        assertThat(b.view().role()).isEqualTo(Role.PRE_CANDIDATE);
        b.receive(b.preVote("a", 2));
        assertThat(b.view().role()).as("it gives way once").isEqualTo(Role.PRE_CANDIDATE);
    }

    @Test
    void aPreCandidateDoesNotGiveWayToTheLeaderThatFellSilent() {
        MemberUnderTest b = founded("b");
        b.ready();
        b.receive(b.heartbeat("a", 1));
        b.tickAfter(T);
        assertThat(b.view().role()).isEqualTo(Role.PRE_CANDIDATE);
        b.receive(b.preVote("a", 2));
        assertThat(b.view().role()).isEqualTo(Role.PRE_CANDIDATE);
    }

    @Test
    void aPreCandidateThatVotesInItsTermGivesItsPreVoteUp() {
        MemberUnderTest b = founded("b");
        b.ready();
        b.receive(b.heartbeat("a", 2));
        b.write();
        b.tickAfter(T);
        assertThat(b.view().role()).isEqualTo(Role.PRE_CANDIDATE);
        Request.Vote vote = b.vote("c", 2);
        assertThat(done(b.receive(vote))).contains(b.replies(vote, 2, null, 2));
        assertThat(b.view().role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void aPreCandidateDoesNotGiveWayToALowerRankedOne() {
        MemberUnderTest b = founded("b");
        standsAfter(b);
        b.receive(b.preVote("c", 2));
        assertThat(b.view().role()).isEqualTo(Role.PRE_CANDIDATE);
    }

    // ------------------------------------------------------------------------------------------------ answers that do
    // not count

    @Test
    void aLateAnswerToThePreVoteIsNoVote() {
        MemberUnderTest a = preCandidate();
        Request.Vote preVote = a.sentTo("c", Request.Vote.class);
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        a.write();
        assertThat(a.answered(yes(preVote))).isEmpty();
        assertThat(a.view().role()).isEqualTo(Role.CANDIDATE);
    }

    @Test
    void anAnswerOfAnotherPhaseOrTermDoesNotCount() {
        MemberUnderTest a = candidate();
        Request.Vote vote = a.sentTo("b", Request.Vote.class);
        assertThat(a.answered(new Response.Vote(answerFrom(vote), Phase.PRE_VOTE, 2, 2, null)))
                .isEmpty();
        Request.Vote other = a.sentTo("c", Request.Vote.class);
        assertThat(a.answered(new Response.Vote(answerFrom(other), Phase.VOTE, 1, 1, null)))
                .isEmpty();
        assertThat(a.view().role()).isEqualTo(Role.CANDIDATE);
    }

    @Test
    void anAnswerToAnEarlierRoundDoesNotCount() {
        MemberUnderTest a = preCandidate();
        Request.Vote first = a.sentTo("b", Request.Vote.class);
        a.tickAfter(T);
        assertThat(done(a.answered(yes(first)))).isEmpty();
        assertThat(a.view().role()).isEqualTo(Role.PRE_CANDIDATE);
    }

    @Test
    void anAnswerCountsOnceAndOnlyFromWhomWasAsked() {
        List<Member> five = List.of(data("a"), data("b"), data("c"), data("d"), data("e"));
        MemberUnderTest a = founded("a", five);
        a.ready();
        a.tickWhenDue();
        Request.Vote toB = a.sentTo("b", Request.Vote.class);
        Response granted = yes(toB);
        a.answered(granted);
        assertThat(a.answered(granted)).isEmpty();
        Request.Vote toC = a.sentTo("c", Request.Vote.class);
        Header asD = new Header(
                1,
                CLUSTER,
                CLUSTER_ID,
                "d",
                "d-1",
                true,
                "a",
                "a-1",
                toC.header().requestId());
        assertThat(a.answered(new Response.Vote(asD, Phase.PRE_VOTE, 2, 2, null)))
                .isEmpty();
        assertThat(a.view().role()).isEqualTo(Role.PRE_CANDIDATE);
        a.answered(yes(a.sentTo("d", Request.Vote.class)));
        assertThat(a.view().role()).isEqualTo(Role.CANDIDATE);
    }

    @Test
    void anAnswerToAnEarlierLifeOfThisMemberDoesNotCount() {
        MemberUnderTest a = preCandidate();
        Request.Vote preVote = a.sentTo("b", Request.Vote.class);
        Header toAnEarlierLife = new Header(
                1,
                CLUSTER,
                CLUSTER_ID,
                "b",
                "b-1",
                true,
                "a",
                "a-0",
                preVote.header().requestId());
        assertThat(a.answered(new Response.Vote(toAnEarlierLife, Phase.PRE_VOTE, 2, 1, null)))
                .isEmpty();
        assertThat(a.view().role()).isEqualTo(Role.PRE_CANDIDATE);
    }

    @Test
    void aVoteFromAMemoryThatTheLogDoesNotNameDoesNotCount() {
        MemberUnderTest a = candidate();
        Request.Vote vote = a.sentTo("b", Request.Vote.class);
        Header newMemory = new Header(
                1,
                CLUSTER,
                CLUSTER_ID,
                "b",
                "b-2",
                true,
                "a",
                "a-1",
                vote.header().requestId());
        assertThat(a.answered(new Response.Vote(newMemory, Phase.VOTE, 2, 2, null)))
                .isEmpty();
        assertThat(a.view().role()).isEqualTo(Role.CANDIDATE);
        assertThat(a.answered(no(a.sentTo("c", Request.Vote.class), 2, refusal(RefusalReason.LOG_BEHIND))))
                .contains(ended(
                        ElectionOutcome.LOST,
                        Phase.VOTE,
                        2,
                        Set.of("a"),
                        Map.of("b", refusal(RefusalReason.CATCHING_UP), "c", refusal(RefusalReason.LOG_BEHIND)),
                        "too many refused"));
    }

    @Test
    void halfOfFourIsNoQuorum() {
        List<Member> four = List.of(data("a"), data("b"), data("c"), data("d"));
        MemberUnderTest a = founded("a", four);
        a.ready();
        a.tickWhenDue();
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        assertThat(a.view().role()).isEqualTo(Role.PRE_CANDIDATE);
        a.answered(yes(a.sentTo("c", Request.Vote.class)));
        assertThat(a.view().role()).isEqualTo(Role.CANDIDATE);
    }

    // ------------------------------------------------------------------------------------------------ higher terms

    @Test
    void aHigherTermInARefusalIsAdopted() {
        MemberUnderTest a = candidate();
        Request.Vote vote = a.sentTo("b", Request.Vote.class);
        assertThat(a.answered(no(vote, 9, refusal(RefusalReason.STALE_TERM))))
                .startsWith(
                        ended(ElectionOutcome.LOST, Phase.VOTE, 2, Set.of("a"), Map.of(), "b is in term 9"),
                        role(Role.CANDIDATE, Role.FOLLOWER, 9, "b is in term 9"),
                        persists(2, hardState(9, null)));
        assertThat(a.view().term()).isEqualTo(9);
        assertThat(a.view().votedFor()).isNull();
    }

    @Test
    void aMemberThatReadAHigherTermStandsAgainAtOnceAboveIt() {
        MemberUnderTest a = candidate();
        a.answered(no(a.sentTo("b", Request.Vote.class), 9, refusal(RefusalReason.STALE_TERM)));
        assertThat(done(a.write()))
                .containsExactly(asks("b", Phase.PRE_VOTE, 10, 1004), asks("c", Phase.PRE_VOTE, 10, 1005));
    }

    @Test
    void aTermFromAnotherClusterIsNotAdopted() {
        MemberUnderTest a = preCandidate();
        a.answered(no(a.sentTo("b", Request.Vote.class), 9, refusal(RefusalReason.WRONG_CLUSTER)));
        assertThat(a.view().term()).isEqualTo(1);
        a.answered(no(a.sentTo("c", Request.Vote.class), 9, refusal(RefusalReason.UNAVAILABLE)));
        assertThat(a.view().term()).isEqualTo(1);
    }

    @Test
    void aHigherTermInAnAnswerToAnOldQuestionIsNotAdopted() {
        MemberUnderTest a = preCandidate();
        Request.Vote first = a.sentTo("b", Request.Vote.class);
        a.tickAfter(T);
        a.answered(no(first, 9, refusal(RefusalReason.STALE_TERM)));
        assertThat(a.view().term()).isEqualTo(1);
    }

    // ------------------------------------------------------------------------------------------------ the election

    @Test
    void aQuorumOfVotesMakesALeaderWhoOpensItsTerm() {
        MemberUnderTest a = candidate();
        Request.Vote vote = a.sentTo("b", Request.Vote.class);
        Entry opening = new Entry(2, 2, new Payload.TermOpening("a", null, null));
        assertThat(a.answered(yes(vote)))
                .containsExactly(
                        ended(ElectionOutcome.ELECTED, Phase.VOTE, 2, Set.of("a", "b"), Map.of(), "a quorum agrees"),
                        role(Role.CANDIDATE, Role.LEADER, 2, "won 2 of 2 votes needed"),
                        persists(2, new DurableRecord.EntryAppended(opening)),
                        appends("b", 1004, opening),
                        appends("c", 1005, opening));
    }

    private static Effect.Send appends(String to, long requestId, Entry entry) {
        Header header = new Header(1, CLUSTER, CLUSTER_ID, "a", "a-1", true, to, to + "-1", requestId);
        return new Effect.Send(new Request.Append(header, 2, T, 1, at(1, 1), List.of(entry)));
    }

    @Test
    void anElectionThatCannotBeWonIsLostAndGoesBackToThePreVote() {
        MemberUnderTest a = candidate();
        Refusal voted = new Refusal(RefusalReason.ALREADY_VOTED, null, null, "c");
        a.answered(no(a.sentTo("b", Request.Vote.class), 2, voted));
        assertThat(a.answered(no(a.sentTo("c", Request.Vote.class), 2, voted)))
                .containsExactly(
                        ended(
                                ElectionOutcome.LOST,
                                Phase.VOTE,
                                2,
                                Set.of("a"),
                                Map.of("b", voted, "c", voted),
                                "too many refused"),
                        role(Role.CANDIDATE, Role.FOLLOWER, 2, "the election was not won"));
        assertThat(a.view().votedFor()).as("falling back keeps the vote").isEqualTo("a");
        // The test's randomness draws 500 ns.
        assertThat(a.untilDue()).isEqualTo(Duration.ofNanos(500));
        assertThat(done(a.tickWhenDue()))
                .containsExactly(asks("b", Phase.PRE_VOTE, 3, 1004), asks("c", Phase.PRE_VOTE, 3, 1005));
    }

    @Test
    void eachRealRoundThatFailsDoublesTheTimeOfTheNextUpToEightTimesT() {
        MemberUnderTest a = founded("a");
        a.ready();
        for (long times : new long[] {1, 2, 4, 8, 8}) {
            while (a.view().role() != Role.PRE_CANDIDATE) {
                a.tickWhenDue();
            }
            long term = a.view().term() + 1;
            a.outbox.removeIf(send -> send.request().term() != term);
            a.answered(yes(a.sentTo("b", Request.Vote.class)));
            a.write();
            assertThat(a.tickAfter(T.multipliedBy(times).minusNanos(1)))
                    .noneMatch(
                            e -> e instanceof Effect.Observed o && o.observation() instanceof Observation.RoundEnded);
            assertThat(told(a.tickAfter(Duration.ofNanos(1))))
                    .contains(new Observation.RoundEnded(
                            ElectionOutcome.TIMED_OUT,
                            Phase.VOTE,
                            term,
                            Set.of("a"),
                            2,
                            Map.of(),
                            "too few answered in time"));
        }
    }

    private static List<Observation> told(List<Effect> effects) {
        return MemberUnderTest.told(effects);
    }

    @Test
    void aMessageOfALeaderResetsTheTimeOfTheNextRound() {
        MemberUnderTest a = candidate();
        a.tickAfter(T);
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
        a.receive(a.heartbeat("b", 3));
        a.write();
        while (a.view().role() != Role.PRE_CANDIDATE) {
            a.tickWhenDue();
        }
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        a.write();
        assertThat(told(a.tickAfter(T))).anyMatch(Observation.RoundEnded.class::isInstance);
    }

    @Test
    void aRestartStandsInAHigherTermThanTheOneOnDisk() {
        MemberUnderTest a = candidate();
        MemberUnderTest restarted = a.restart(a.settings);
        restarted.ready();
        assertThat(done(restarted.tickWhenDue()))
                .containsExactly(asks("b", Phase.PRE_VOTE, 3, 1000), asks("c", Phase.PRE_VOTE, 3, 1001));
    }

    @Test
    void aLeadersMessageOfItsTermEndsTheCandidacyButKeepsTheVote() {
        MemberUnderTest a = candidate();
        Request.Heartbeat request = a.heartbeat("b", 2);
        assertThat(a.receive(request))
                .containsExactly(
                        ended(ElectionOutcome.LOST, Phase.VOTE, 2, Set.of("a"), Map.of(), "b leads"),
                        role(Role.CANDIDATE, Role.FOLLOWER, 2, "b leads"),
                        new Effect.LeaderChanged(2, "b"),
                        a.replies(request, 2, null, at(1, 1), 0));
        assertThat(a.view().votedFor()).isEqualTo("a");
        assertThat(a.answered(yes(a.sentTo("c", Request.Vote.class))))
                .as("a vote that comes now makes no leader")
                .isEmpty();
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void aCandidateOfAnEarlierTermRefusesItsRivalInTheSame() {
        MemberUnderTest a = candidate();
        Request.Vote rival = a.vote("c", 2);
        assertThat(done(a.receive(rival)))
                .containsExactly(a.replies(rival, 2, new Refusal(RefusalReason.ALREADY_VOTED, null, null, "a"), 0));
        assertThat(a.view().role()).isEqualTo(Role.CANDIDATE);
    }

    @Test
    void aCandidateVotesForARivalInAHigherTerm() {
        MemberUnderTest a = candidate();
        Request.Vote rival = a.vote("c", 3);
        assertThat(a.receive(rival))
                .containsExactly(
                        told(new Observation.VoteDecided(Phase.VOTE, "c", 3, null)),
                        ended(ElectionOutcome.LOST, Phase.VOTE, 2, Set.of("a"), Map.of(), "voted for c"),
                        role(Role.CANDIDATE, Role.FOLLOWER, 3, "voted for c"),
                        persists(2, hardState(3, null), hardState(3, "c")),
                        a.replies(rival, 3, null, 2));
    }

    @Test
    void aFailedDiskEndsTheCandidacyForGood() {
        MemberUnderTest a = preCandidate();
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        assertThat(a.step(new Input.PersistFailed("no space left")))
                .containsExactly(
                        told(new Observation.StorageFailed("no space left")),
                        ended(ElectionOutcome.LOST, Phase.VOTE, 2, Set.of(), Map.of(), "no space left"),
                        role(Role.CANDIDATE, Role.FOLLOWER, 2, "no space left"));
        assertThat(a.tickAfter(T.multipliedBy(20))).isEmpty();
    }

    @Test
    void aClosingCandidateStandsNoMore() {
        MemberUnderTest a = candidate();
        assertThat(a.step(new Input.Close()))
                .containsExactly(
                        ended(ElectionOutcome.LOST, Phase.VOTE, 2, Set.of("a"), Map.of(), "it is closing"),
                        role(Role.CANDIDATE, Role.FOLLOWER, 2, "it is closing"),
                        new Effect.Closed());
        assertThat(a.tickAfter(T.multipliedBy(9))).isEmpty();
    }

    @Test
    void theLastTermThatThereIsIsNotStoodIn() {
        MemberUnderTest last = new MemberUnderTest(settings("a", THREE), "a-1", inTerm(Message.TERM_LIMIT - 1));
        assertThat(told(last.ready()))
                .containsExactly(new Observation.RoundEnded(
                        ElectionOutcome.NOT_ELECTABLE,
                        Phase.PRE_VOTE,
                        Message.TERM_LIMIT,
                        Set.of(),
                        0,
                        Map.of(),
                        "its term is the last there is, which no sound cluster reaches: a member lies, or its memory is"
                                + " damaged"));
        last.tickAfter(T);
        assertThat(last.view().role()).isEqualTo(Role.FOLLOWER);

        MemberUnderTest lastButOne = new MemberUnderTest(settings("a", THREE), "a-1", inTerm(Message.TERM_LIMIT - 2));
        lastButOne.ready();
        lastButOne.tickAfter(T);
        assertThat(lastButOne.view().role()).isEqualTo(Role.PRE_CANDIDATE);
    }

    @Test
    void whoseLogHasNoPlaceLeftDoesNotStand() {
        MemberUnderTest full = new MemberUnderTest(
                settings("a", THREE),
                "a-1",
                new DurableState(
                        new HardState(1, null, T),
                        new Snapshot(
                                at(1, Message.INDEX_LIMIT - 1),
                                MemberUnderTest.foundedState(THREE).snapshot().membership(),
                                List.of(),
                                0),
                        List.of()));
        assertThat(told(full.ready()))
                .containsExactly(new Observation.RoundEnded(
                        ElectionOutcome.NOT_ELECTABLE,
                        Phase.PRE_VOTE,
                        2,
                        Set.of(),
                        0,
                        Map.of(),
                        "its log ends at the last place there is, which no sound cluster reaches: a member lies, or its memory"
                                + " is damaged"));
        full.tickAfter(T);
        assertThat(full.view().role()).isEqualTo(Role.FOLLOWER);
    }

    private static DurableState inTerm(long term) {
        DurableState founded = MemberUnderTest.foundedState(THREE);
        return new DurableState(new HardState(term, null, T), founded.snapshot(), founded.entries());
    }

    @Test
    void standsWithTheEndOfItsLog() {
        MemberUnderTest a = founded("a");
        a.receive(a.append("b", 2, 1, at(1, 1), entry(2, 2), entry(3, 2)));
        a.write();
        a.ready();
        a.tickAfter(T);
        assertThat(a.sentTo("c", Request.Vote.class).last()).isEqualTo(at(2, 3));
    }
}
