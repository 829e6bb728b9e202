package io.election.core;

import static io.election.core.MemberUnderTest.CLUSTER;
import static io.election.core.MemberUnderTest.CLUSTER_ID;
import static io.election.core.MemberUnderTest.HANDOVER;
import static io.election.core.MemberUnderTest.HEARTBEAT;
import static io.election.core.MemberUnderTest.LEASE;
import static io.election.core.MemberUnderTest.T;
import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.done;
import static io.election.core.MemberUnderTest.entry;
import static io.election.core.MemberUnderTest.founded;
import static io.election.core.MemberUnderTest.hardState;
import static io.election.core.MemberUnderTest.no;
import static io.election.core.MemberUnderTest.observer;
import static io.election.core.MemberUnderTest.only;
import static io.election.core.MemberUnderTest.persists;
import static io.election.core.MemberUnderTest.refusal;
import static io.election.core.MemberUnderTest.told;
import static io.election.core.MemberUnderTest.withPosition;
import static io.election.core.MemberUnderTest.witness;
import static io.election.core.MemberUnderTest.yes;
import static org.assertj.core.api.Assertions.assertThat;

import io.election.HandoverResult;
import io.election.HandoverResult.Outcome;
import io.election.Role;
import io.election.StepDownReason;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A leadership transfer, on both sides and on the voters'. */
class ElectionTransferTests {

    private static final long CALL = 77;

    private static Effect ended(Outcome outcome, @Nullable String leader, long term, String detail) {
        return new Effect.TransferEnded(CALL, new HandoverResult(outcome, leader, term, detail));
    }

    /** What was begun may go on for as long as the lease from heartbeats sent so long ago. */
    private static Effect drains(MemberUnderTest member, Duration ago) {
        ClockReading now = member.clock;
        return new Effect.DrainLease(
                2,
                Lease.from(
                        new ClockReading(now.monotonicNanos() - ago.toNanos(), now.wallMillis() - ago.toMillis()),
                        LEASE.toNanos()));
    }

    private static Effect progress(String successor, String what) {
        return new Effect.Observed(new Observation.TransferProgress(successor, what));
    }

    private static Effect role(Role from, Role to, long term, String reason) {
        return new Effect.Observed(new Observation.RoleChanged(from, to, term, reason));
    }

    private static Effect.Send timeoutNow(String to, long requestId, long term, LogPosition expected) {
        Header header = new Header(1, CLUSTER, CLUSTER_ID, "a", "a-1", true, to, to + "-1", requestId);
        return new Effect.Send(new Request.TimeoutNow(header, new TransferProof("a", term), expected));
    }

    /** Given up its lease to b, its listeners running. */
    private static MemberUnderTest yielded(StepDownReason reason) {
        MemberUnderTest a = founded("a").leading();
        a.step(
                switch (reason) {
                    case REQUESTED -> new Input.StepDown();
                    case SHUTDOWN -> new Input.Close();
                    default -> new Input.TransferLeadership(CALL, "b");
                });
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
        return a;
    }

    /** Its TimeoutNow is on its way to b. */
    private static MemberUnderTest afterTimeoutNow(StepDownReason reason) {
        MemberUnderTest a = yielded(reason);
        a.step(new Input.LeadershipWorkDone(2));
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
        return a;
    }

    /** What the successor sends in term 3: the entry that opens it, and, once that is committed, how far the log is. */
    private static Request.Append opening(MemberUnderTest a, String from, long committed) {
        return a.append(from, 3, committed, at(2, 2), entry(3, 3));
    }

    private static Request.Heartbeat committed(MemberUnderTest a, String from) {
        return new Request.Heartbeat(a.from(from), 3, T, 3, null);
    }

    // ------------------------------------------------------------------------------------------------ up to TimeoutNow

    @Test
    void toASuccessorThatHasEverythingTheLeaseEndsAtOnce() {
        MemberUnderTest a = founded("a").leading();
        assertThat(a.step(new Input.TransferLeadership(CALL, "c")))
                .containsExactly(
                        progress("c", "is to lead"),
                        drains(a, Duration.ZERO),
                        new Effect.LeadershipEnded(2, StepDownReason.HANDED_OVER),
                        progress("c", "has caught up; the lease is given up"));
        assertThat(a.view().role()).as("it still holds everybody").isEqualTo(Role.LEADER);
    }

    @Test
    void fromTheLastTermThatThereIsNothingIsPassedOn() {
        DurableState founded = MemberUnderTest.foundedState(THREE);
        long last = Message.TERM_LIMIT - 1;
        MemberUnderTest a = new MemberUnderTest(
                        MemberUnderTest.settings("a", THREE),
                        "a-1",
                        new DurableState(new HardState(last - 1, null, T), founded.snapshot(), founded.entries()))
                .leading();
        assertThat(a.view().term()).isEqualTo(last);

        a.step(new Input.TransferLeadership(CALL, "b"));
        List<Effect> effects = a.step(new Input.LeadershipWorkDone(last));

        assertThat(effects).noneMatch(Effect.Send.class::isInstance);
        assertThat(effects).contains(ended(Outcome.FAILED, null, last, "b was not elected in time"));
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void timeoutNowGoesOutWhenTheListenersAreDone() {
        MemberUnderTest a = yielded(StepDownReason.HANDED_OVER);
        assertThat(a.step(new Input.LeadershipWorkDone(1)))
                .as("of another term")
                .isEmpty();
        assertThat(a.step(new Input.LeadershipWorkDone(2)))
                .containsExactly(
                        new Effect.DrainLease(2, null),
                        role(Role.LEADER, Role.FOLLOWER, 2, "sends TimeoutNow to b"),
                        new Effect.LeaderChanged(2, null),
                        timeoutNow("b", 1008, 2, at(2, 2)));
        assertThat(a.untilDue()).isEqualTo(T.dividedBy(2));
    }

    @Test
    void timeoutNowGoesOutWhenTheListenersAreOutOfTime() {
        MemberUnderTest a = yielded(StepDownReason.HANDED_OVER);
        for (int i = 0; i < 49; i++) {
            assertThat(a.heartbeatRound("b", "c")).noneMatch(Effect.LeadershipGained.class::isInstance);
        }
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
        assertThat(only(a.tickAfter(HEARTBEAT), Effect.Send.class))
                .as("after " + HANDOVER)
                .anyMatch(send -> send.request() instanceof Request.TimeoutNow);
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void untilTimeoutNowItHeartbeatsAndRefusesEverybody() {
        MemberUnderTest a = yielded(StepDownReason.HANDED_OVER);
        assertThat(only(a.tickAfter(HEARTBEAT), Effect.Send.class))
                .extracting(send -> send.request().getClass().getSimpleName())
                .containsExactly("Heartbeat", "Heartbeat");
        Request.Vote vote = a.asks("c", Phase.VOTE, 3, at(2, 2), null, null);
        assertThat(done(a.receive(vote)))
                .containsExactly(a.replies(vote, 2, new Refusal(RefusalReason.BOUND, T, null, "a"), 0));
    }

    @Test
    void untilTimeoutNowWhatWasBegunIsStillAloneForAsLongAsAQuorumAcknowledges() {
        MemberUnderTest a = yielded(StepDownReason.HANDED_OVER);
        assertThat(only(a.heartbeatRound("b"), Effect.DrainLease.class)).containsExactly(drained(a));
        assertThat(only(a.heartbeatRound(), Effect.DrainLease.class))
                .as("nobody acknowledged")
                .isEmpty();
        assertThat(only(a.heartbeatRound("c"), Effect.DrainLease.class)).containsExactly(drained(a));
    }

    private static Effect.DrainLease drained(MemberUnderTest member) {
        return (Effect.DrainLease) drains(member, Duration.ZERO);
    }

    @Test
    void aHigherTermEndsTheDrain() {
        MemberUnderTest a = yielded(StepDownReason.HANDED_OVER);
        assertThat(only(a.receive(a.heartbeat("b", 3)), Effect.DrainLease.class))
                .containsExactly(new Effect.DrainLease(2, null));
    }

    @Test
    void aYieldedLeaseIsNotTakenUpAgain() {
        MemberUnderTest a = yielded(StepDownReason.HANDED_OVER);
        for (int i = 0; i < 20; i++) {
            assertThat(a.heartbeatRound("b", "c"))
                    .noneMatch(Effect.LeaseExtended.class::isInstance)
                    .noneMatch(Effect.LeadershipGained.class::isInstance);
        }
    }

    @Test
    void nothingIsAppendedWhileASuccessorCatchesUp() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        a.write();
        assertThat(a.step(new Input.TransferLeadership(CALL, "b"))).containsExactly(progress("b", "is to lead"));
        assertThat(a.step(new Input.Propose(2, new Payload.Application("test", Bytes.utf8("y")))))
                .containsExactly(new Effect.ProposalAnswered(2, 0));
        assertThat(a.answered(yes(a.sentTo("b", Request.Append.class))))
                .containsExactly(
                        drains(a, Duration.ZERO),
                        new Effect.LeadershipEnded(2, StepDownReason.HANDED_OVER),
                        progress("b", "has caught up; the lease is given up"));
        assertThat(a.step(new Input.Propose(3, new Payload.Application("test", Bytes.utf8("z")))))
                .containsExactly(new Effect.ProposalAnswered(3, 0));
    }

    @Test
    void aSuccessorThatDoesNotCatchUpWithinTLeavesTheLeaderLeading() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        a.settle("c");
        a.step(new Input.TransferLeadership(CALL, "b"));
        for (int i = 0; i < 9; i++) {
            a.heartbeatRound("c");
        }
        assertThat(a.tickAfter(HEARTBEAT)).contains(ended(Outcome.TIMED_OUT, "a", 2, "b did not catch up in time"));
        assertThat(a.view().leader()).isEqualTo("a");
        assertThat(done(a.step(new Input.Propose(2, new Payload.Application("test", Bytes.utf8("y"))))))
                .contains(new Effect.ProposalAnswered(2, 4));
    }

    /** Its directory was lost while it caught up. It could not use TimeoutNow, and the leadership would be gone for nothing. */
    @Test
    void theLeaseIsNotGivenUpForANewMemoryThatHoldsTheWholeLog() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        a.write();
        Response.Append answer = (Response.Append) yes(a.sentTo("b", Request.Append.class));
        a.answered(yes(a.sentTo("c", Request.Append.class)));
        a.step(new Input.TransferLeadership(CALL, "b"));
        Header known = answer.header();
        Header newMemory = new Header(
                known.protocol(),
                known.cluster(),
                known.clusterId(),
                "b",
                "b-2",
                false,
                known.to(),
                known.toIncarnation(),
                known.requestId());
        assertThat(a.answered(new Response.Append(newMemory, answer.term(), null, answer.index())))
                .noneMatch(Effect.LeadershipEnded.class::isInstance);
        for (int i = 0; i < 9; i++) {
            a.heartbeatRound("c");
        }
        assertThat(a.tickAfter(HEARTBEAT)).contains(ended(Outcome.TIMED_OUT, "a", 2, "b did not catch up in time"));
        assertThat(a.view().leader()).isEqualTo("a");
    }

    @Test
    void theBestSuccessorHasMostOfTheLogThenPriorityThenTheLowestId() {
        List<Member> members = List.of(data("a", 9), data("b"), data("c", 1), data("d", 1), data("e"));
        MemberUnderTest a = founded("a", members).leading();
        assertThat(told(a.step(new Input.TransferLeadership(CALL, null))))
                .contains(new Observation.TransferProgress("c", "is to lead"));

        MemberUnderTest other = founded("a", members).leading();
        other.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        other.settle("b", "e");
        assertThat(told(other.step(new Input.TransferLeadership(CALL, null))))
                .contains(new Observation.TransferProgress("b", "is to lead"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "w", "o", "stranger"})
    void onlyAnotherDataMemberCanBeASuccessor(String to) {
        MemberUnderTest a = founded("a", List.of(data("a"), data("b"), witness("w"), observer("o")))
                .leading();
        assertThat(a.step(new Input.TransferLeadership(CALL, to)))
                .containsExactly(ended(
                        Outcome.NO_SUCCESSOR,
                        "a",
                        2,
                        "'" + to + "' is not another data member that is reachable and counts"));
        assertThat(a.view().leader()).isEqualTo("a");
    }

    @Test
    void whoWasNotHeardFromWithinTIsNoSuccessor() {
        MemberUnderTest a = founded("a").leading();
        for (int i = 0; i < 10; i++) {
            a.heartbeatRound("c");
        }
        assertThat(a.step(new Input.TransferLeadership(CALL, "b")))
                .containsExactly(ended(
                        Outcome.NO_SUCCESSOR, "a", 2, "'b' is not another data member that is reachable and counts"));
    }

    @Test
    void withoutAnyOtherDataMemberThereIsNoSuccessor() {
        MemberUnderTest a = founded("a", List.of(data("a"), observer("o")));
        a.ready();
        a.settle();
        assertThat(a.view().leader()).isEqualTo("a");
        assertThat(a.step(new Input.TransferLeadership(CALL, null)))
                .containsExactly(ended(Outcome.NO_SUCCESSOR, "a", 2, "no other data member is reachable and counts"));
    }

    @Test
    void aSecondTransferIsToldThatTheFirstIsUnderWay() {
        MemberUnderTest a = yielded(StepDownReason.HANDED_OVER);
        HandoverResult busy = new HandoverResult(Outcome.BUSY, null, 2, "another handover is under way");
        assertThat(a.step(new Input.TransferLeadership(5, "c"))).containsExactly(new Effect.TransferEnded(5, busy));
        a.step(new Input.LeadershipWorkDone(2));
        HandoverResult busyStill = new HandoverResult(Outcome.BUSY, null, 2, "another handover is under way");
        assertThat(a.step(new Input.TransferLeadership(6, "c")))
                .containsExactly(new Effect.TransferEnded(6, busyStill));
    }

    @Test
    void aSecondTransferIsToldSoWhileTheFirstStillCatchesUp() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        a.step(new Input.TransferLeadership(CALL, "b"));
        assertThat(a.step(new Input.TransferLeadership(5, "c")))
                .containsExactly(new Effect.TransferEnded(
                        5, new HandoverResult(Outcome.BUSY, "a", 2, "another handover is under way")));
    }

    @Test
    void whatAReaderFoundAfterTheLeaseWasGivenUpEndsNothing() {
        MemberUnderTest a = yielded(StepDownReason.HANDED_OVER);
        assertThat(a.step(new Input.LeaseLapsed(2))).isEmpty();
        assertThat(a.view().role()).as("it still holds everybody").isEqualTo(Role.LEADER);
    }

    @Test
    void aCandidateIsNotTheLeaderYet() {
        MemberUnderTest a = founded("a");
        assertThat(a.step(new Input.TransferLeadership(CALL, null)))
                .containsExactly(ended(Outcome.NOT_LEADER, null, 1, "this member does not lead"));
    }

    @Test
    void aSuccessorThatFellSilentIsReplacedByWhoeverHasEverything() {
        MemberUnderTest a = yielded(StepDownReason.HANDED_OVER);
        for (int i = 0; i < 10; i++) {
            a.heartbeatRound("c");
        }
        assertThat(done(a.step(new Input.LeadershipWorkDone(2))))
                .anyMatch(e -> e instanceof Effect.Send s
                        && s.request() instanceof Request.TimeoutNow
                        && s.request().header().to().equals("c"));
    }

    @Test
    void withoutAnySuccessorLeftTheTransferFails() {
        MemberUnderTest a = yielded(StepDownReason.HANDED_OVER);
        a.tickAfter(T);
        assertThat(done(a.step(new Input.LeadershipWorkDone(2))))
                .containsExactly(
                        ended(Outcome.FAILED, null, 2, "b fell silent"),
                        new Effect.DrainLease(2, null),
                        new Effect.LeaderChanged(2, null));
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void aHigherTermDuringTheTransferFailsIt() {
        MemberUnderTest a = yielded(StepDownReason.HANDED_OVER);
        Request.Heartbeat request = a.heartbeat("c", 3);
        assertThat(done(a.receive(request)))
                .as("the leadership ended when it was yielded, and does not end twice")
                .noneMatch(Effect.LeadershipEnded.class::isInstance)
                .anyMatch(e -> e instanceof Effect.TransferEnded h
                        && h.call() == CALL
                        && h.result().outcome() == Outcome.FAILED);
        assertThat(a.view().leader()).isEqualTo("c");
    }

    @Test
    void aLeaseLostWhileTheSuccessorCatchesUpFailsTheTransfer() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        a.step(new Input.TransferLeadership(CALL, "b"));
        assertThat(done(a.tickAfter(Duration.ofMillis(750))))
                .containsExactly(
                        new Effect.LeadershipEnded(2, StepDownReason.LEASE_LOST),
                        ended(Outcome.FAILED, null, 2, "the leadership ended before TimeoutNow was sent"),
                        new Effect.LeaderChanged(2, null));
    }

    @Test
    void aStepDownOvertakesATransferWhoseSuccessorIsStillCatchingUp() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        a.step(new Input.TransferLeadership(CALL, "b"));
        // It may stop leading in this very step, before the caller is told. So the caller is told of no leader.
        assertThat(done(a.step(new Input.StepDown())))
                .containsExactly(ended(Outcome.FAILED, null, 2, "the leadership ends for another reason: REQUESTED"));
        assertThat(only(a.settle("b", "c"), Effect.LeadershipEnded.class))
                .containsExactly(new Effect.LeadershipEnded(2, StepDownReason.REQUESTED));
    }

    // ------------------------------------------------------------------------------------------------ after TimeoutNow

    @Test
    void aNewerLeaderWhoseTermIsOpenEndsTheTransferWell() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        Request.Heartbeat request = a.heartbeat("b", 3);
        assertThat(done(a.receive(request)))
                .as("it needs this member's acknowledgement, and may not lead yet")
                .containsExactly(
                        persists(3, hardState(3, null)),
                        new Effect.LeaderChanged(3, "b"),
                        a.replies(request, 3, null, at(2, 2), 3));
        Request.Append opening = opening(a, "b", 2);
        assertThat(done(a.receive(opening)))
                .containsExactly(
                        persists(4, new DurableRecord.EntryAppended(entry(3, 3))), a.replies(opening, 3, null, 3, 4));
        Request.Heartbeat committed = committed(a, "b");
        assertThat(done(a.receive(committed)))
                .containsExactly(
                        ended(Outcome.HANDED_OVER, "b", 3, "b leads"), a.replies(committed, 3, null, at(3, 3), 3));
    }

    /** Its acknowledgement made the quorum, and another message than a heartbeat tells of it. */
    @Test
    void entriesAndSnapshotsShowThatTheTermIsOpenAsWell() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        a.receive(opening(a, "b", 2));
        assertThat(done(a.receive(a.append("b", 3, 3, at(3, 3), entry(4, 3)))))
                .contains(ended(Outcome.HANDED_OVER, "b", 3, "b leads"));

        MemberUnderTest other = afterTimeoutNow(StepDownReason.HANDED_OVER);
        Snapshot snapshot = new Snapshot(at(3, 3), MemberUnderTest.membership(THREE), List.of(), 0);
        assertThat(done(other.receive(new Request.InstallSnapshot(other.from("b"), 3, T, 3, snapshot))))
                .contains(ended(Outcome.HANDED_OVER, "b", 3, "b leads"));
    }

    /** Its TimeoutNow to B may yet be told to have failed, and its log has gone on to B's term. */
    @Test
    void onceASuccessorLeadsNoOtherOneIsTriedEvenIfItsOpeningNeverCommits() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        Request.TimeoutNow sent = a.sentTo("b", Request.TimeoutNow.class);
        a.receive(a.asks("b", Phase.VOTE, 3, at(2, 2), null, new TransferProof("a", 2)));
        a.receive(opening(a, "b", 2));
        a.write();
        a.outbox.clear();

        a.step(new Input.Unanswered(sent.header().requestId()));

        assertThat(a.outbox)
                .as("a quorum has voted in term 3, so the proof elects nobody")
                .isEmpty();
        assertThat(a.tickAfter(T.dividedBy(2)))
                .contains(progress("b", "was elected, but did not open its term in time"));
        a.ready();
        a.tickAfter(T);
        assertThat(a.view().role()).as("it stands itself instead").isEqualTo(Role.PRE_CANDIDATE);
    }

    @Test
    void theOldLeaderWaitsForTheOpeningFromEachMessageOfItsSuccessorOnUntilTheTransfersDeadline() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.SHUTDOWN);
        for (Duration passed = Duration.ZERO; passed.compareTo(HANDOVER) < 0; passed = passed.plus(HEARTBEAT)) {
            assertThat(a.receive(a.heartbeat("b", 3))).noneMatch(Effect.Closed.class::isInstance);
            a.write();
            assertThat(a.tickAfter(HEARTBEAT.minusNanos(1))).noneMatch(Effect.Closed.class::isInstance);
            a.pass(Duration.ofNanos(1));
        }
        assertThat(a.tick()).contains(new Effect.Closed());
    }

    @Test
    void theOldLeaderWaitsForASilentSuccessorNoLongerThanForItsElection() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.SHUTDOWN);
        a.tickAfter(T.dividedBy(4));
        a.receive(a.heartbeat("b", 3));
        a.write();
        assertThat(a.tickAfter(T.dividedBy(2).minusNanos(1))).noneMatch(Effect.Closed.class::isInstance);
        assertThat(a.tickAfter(Duration.ofNanos(1))).contains(new Effect.Closed());
    }

    /** Otherwise it would lead again with its earlier transfer unfinished, and forget that one's caller with the next. */
    @Test
    void aSuccessorThatHandsBackEndsTheTransferToItWell() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        a.receive(opening(a, "b", 2));
        a.write();
        List<Effect> effects = a.receive(a.timeoutNow("b", 3, at(3, 3)));
        assertThat(effects).contains(ended(Outcome.HANDED_OVER, "b", 3, "b leads"));
        assertThat(a.view().role()).isEqualTo(Role.CANDIDATE);
        assertThat(a.view().term()).isEqualTo(4);
    }

    /** C never led term 2. */
    @Test
    void aTransferProofOfItsOwnTermFromALiarEndsItsTransferBeforeItLeadsAgain() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        a.receive(a.timeoutNow("c", 2, at(2, 2)));
        assertThat(a.view().role()).isEqualTo(Role.CANDIDATE);
        a.outbox.removeIf(send -> send.request() instanceof Request.TimeoutNow);
        assertThat(only(a.settle("b", "c"), Effect.TransferEnded.class))
                .containsExactly(new Effect.TransferEnded(
                        CALL, new HandoverResult(Outcome.FAILED, "a", 3, "b was not elected in time")));
    }

    @Test
    void aCloseWhileTheSuccessorOpensItsTermWaitsForThat() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        a.receive(opening(a, "b", 2));
        assertThat(a.step(new Input.Close())).noneMatch(Effect.Closed.class::isInstance);
        Request.Heartbeat committed = committed(a, "b");
        assertThat(done(a.receive(committed)))
                .containsExactly(
                        ended(Outcome.HANDED_OVER, "b", 3, "b leads"),
                        a.replies(committed, 3, null, at(3, 3), 3),
                        new Effect.Closed());
    }

    @Test
    void aSuccessorThatDiesAfterTheVoteLeavesTheOldLeaderToStandAgain() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        a.receive(a.asks("b", Phase.VOTE, 3, at(2, 2), null, new TransferProof("a", 2)));
        a.write();
        a.tickAfter(T.dividedBy(2));
        assertThat(a.view().role()).isEqualTo(Role.PRE_CANDIDATE);
        assertThat(a.sentTo("c", Request.Vote.class).term()).isEqualTo(4);
    }

    @Test
    void theOldLeaderVotesForItsSuccessor() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        Request.Vote vote = a.asks("b", Phase.VOTE, 3, at(2, 2), null, new TransferProof("a", 2));
        assertThat(done(a.receive(vote)))
                .containsExactly(persists(3, hardState(3, null), hardState(3, "b")), a.replies(vote, 3, null, 3));
        assertThat(a.untilDue()).as("and waits for it anew").isEqualTo(T.dividedBy(2));
    }

    @Test
    void theOldLeaderWaitsAnewFromWhenItVotedForItsSuccessor() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        a.tickAfter(T.dividedBy(4));
        a.receive(a.asks("b", Phase.VOTE, 3, at(2, 2), null, new TransferProof("a", 2)));
        assertThat(a.untilDue()).isEqualTo(T.dividedBy(2));
    }

    @Test
    void aHigherTermInTheRefusalOfAPassIsAdopted() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        assertThat(done(a.answered(no(a.sentTo("b", Request.TimeoutNow.class), 7, refusal(RefusalReason.STALE_TERM)))))
                .startsWith(persists(3, hardState(7, null)));
        assertThat(a.view().term()).isEqualTo(7);
    }

    @Test
    void theTermOfAnotherClusterInTheRefusalOfTimeoutNowIsNotAdopted() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        a.answered(no(a.sentTo("b", Request.TimeoutNow.class), 7, refusal(RefusalReason.WRONG_CLUSTER)));
        assertThat(a.view().term()).isEqualTo(2);
    }

    @Test
    void ifNothingNewerIsSeenTheOldLeaderStandsAgainInANewTerm() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        assertThat(a.tickAfter(T.dividedBy(2).minusNanos(1))).isEmpty();
        a.tickAfter(Duration.ofNanos(1));
        assertThat(a.view().role()).isEqualTo(Role.PRE_CANDIDATE);
        assertThat(a.sentTo("b", Request.Vote.class).term()).isEqualTo(3);
    }

    @Test
    void aTransferWithoutASuccessorInTimeHasFailed() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        assertThat(a.tickAfter(T.dividedBy(2))).startsWith(progress("b", "was not elected in time"));
        a.receive(a.vote("c", 3));
        assertThat(only(a.tickAfter(HANDOVER.minus(T.dividedBy(2)).minusNanos(1)), Effect.TransferEnded.class))
                .as("somebody may have the transfer proof")
                .isEmpty();
        assertThat(only(a.tickAfter(Duration.ofNanos(1)), Effect.TransferEnded.class))
                .containsExactly(new Effect.TransferEnded(
                        CALL, new HandoverResult(Outcome.FAILED, null, a.view().term(), "b was not elected in time")));
    }

    @Test
    void aSuccessorThatTookLongerThanTheOldLeaderWaitsIsReportedAllTheSame() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        assertThat(only(a.tickAfter(T.dividedBy(2)), Effect.TransferEnded.class))
                .isEmpty();
        assertThat(a.view().role()).as("it stands again meanwhile").isEqualTo(Role.PRE_CANDIDATE);
        a.pass(Duration.ofMillis(1));
        assertThat(a.receive(opening(a, "b", 3))).contains(ended(Outcome.HANDED_OVER, "b", 3, "b leads"));
        a.pass(HANDOVER);
        assertThat(only(a.tick(), Effect.TransferEnded.class)).as("once").isEmpty();
    }

    /** Its disk takes no vote for the successor, so the others elect it. */
    @Test
    void anOldLeaderWhoseDiskFailedMeanwhileReportsTheSuccessorThatItHears() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        a.receive(a.asks("b", Phase.VOTE, 3, at(2, 2), null, new TransferProof("a", 2)));
        a.step(new Input.PersistFailed("read-only file system"));
        assertThat(a.receive(a.heartbeat("b", 3))).startsWith(ended(Outcome.HANDED_OVER, "b", 3, "b leads"));
        assertThat(a.view().leader()).as("it follows nobody").isNull();
    }

    @Test
    void aMessageOfTheTermThatWasHandedOverEndsNoTransfer() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        a.step(new Input.PersistFailed("read-only file system"));
        assertThat(only(a.receive(a.heartbeat("b", 2)), Effect.TransferEnded.class))
                .isEmpty();
    }

    @Test
    void anOldLeaderThatLeadsAgainReportsThatNobodyTookOver() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        a.tickAfter(T.dividedBy(2));
        assertThat(only(a.settle("c"), Effect.TransferEnded.class))
                .containsExactly(new Effect.TransferEnded(
                        CALL, new HandoverResult(Outcome.FAILED, "a", 3, "b was not elected in time")));
    }

    @Test
    void aRefusedTimeoutNowGoesToTheNextWhoHasEverything() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        a.pass(Duration.ofMillis(200));
        Request.TimeoutNow sent = a.sentTo("b", Request.TimeoutNow.class);
        assertThat(a.answered(no(sent, 2, refusal(RefusalReason.UNAVAILABLE))))
                .containsExactly(progress("b", "refused TimeoutNow: UNAVAILABLE"), timeoutNow("c", 1009, 2, at(2, 2)));
        assertThat(a.untilDue()).isEqualTo(T.dividedBy(2));
    }

    @Test
    void anUnansweredTimeoutNowGoesToTheNextWhoHasEverything() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        Request.TimeoutNow sent = a.sentTo("b", Request.TimeoutNow.class);
        assertThat(a.step(new Input.Unanswered(sent.header().requestId())))
                .containsExactly(timeoutNow("c", 1009, 2, at(2, 2)));
    }

    /** A connection may break where the member behind it is well. */
    @Test
    void anUnansweredTimeoutNowIsSentOnceMoreIfThereIsNobodyElse() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        a.step(new Input.Unanswered(
                a.sentTo("b", Request.TimeoutNow.class).header().requestId()));
        assertThat(a.step(new Input.Unanswered(
                        a.sentTo("c", Request.TimeoutNow.class).header().requestId())))
                .containsExactly(timeoutNow("c", 1010, 2, at(2, 2)));
        assertThat(a.step(new Input.Unanswered(
                        a.sentTo("c", Request.TimeoutNow.class).header().requestId())))
                .as("no third time")
                .isEmpty();
        assertThat(a.untilDue()).isEqualTo(T.dividedBy(2));
    }

    /** The first one arrived, and only its answer was lost: C stands already, and is waited for. */
    @Test
    void aSecondTimeoutNowThatIsStaleEndsNothing() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        for (String successor : List.of("b", "c")) {
            a.step(new Input.Unanswered(
                    a.sentTo(successor, Request.TimeoutNow.class).header().requestId()));
        }
        Request.TimeoutNow second = a.sentTo("c", Request.TimeoutNow.class);
        assertThat(a.answered(no(second, 3, refusal(RefusalReason.STALE_TERM)))).isEmpty();
        assertThat(a.view().term()).as("it votes for C in term 3").isEqualTo(2);
        assertThat(a.untilDue()).isEqualTo(T.dividedBy(2));
    }

    /** A vote, or a message of a later leader, tells more than the answer to TimeoutNow, which may come from another member. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRefusedTimeoutNowDoesNotEndTheWaitForWhoeverStandsOrLeads(boolean leads) {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.SHUTDOWN);
        a.step(new Input.Unanswered(
                a.sentTo("b", Request.TimeoutNow.class).header().requestId()));
        Request.TimeoutNow toC = a.sentTo("c", Request.TimeoutNow.class);
        if (leads) {
            a.receive(opening(a, "b", 2));
        } else {
            a.receive(a.asks("b", Phase.VOTE, 3, at(2, 2), null, new TransferProof("a", 2)));
        }
        assertThat(a.answered(no(toC, 3, refusal(RefusalReason.STALE_TERM)))).isEmpty();
        a.write();
        assertThat(a.untilDue()).isEqualTo(T.dividedBy(2));
    }

    @Test
    void timeoutNowIsNotSentAgainToAMemberThatStands() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        a.step(new Input.Unanswered(
                a.sentTo("b", Request.TimeoutNow.class).header().requestId()));
        a.receive(a.asks("c", Phase.VOTE, 3, at(2, 2), null, new TransferProof("a", 2)));
        assertThat(a.step(new Input.Unanswered(
                        a.sentTo("c", Request.TimeoutNow.class).header().requestId())))
                .isEmpty();
    }

    @Test
    void timeoutNowGoesToNobodyWhoLacksAnEntry() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        a.settle("b");
        a.step(new Input.TransferLeadership(CALL, "b"));
        a.step(new Input.LeadershipWorkDone(2));
        Request.TimeoutNow sent = a.sentTo("b", Request.TimeoutNow.class);
        assertThat(done(a.answered(no(sent, 2, refusal(RefusalReason.UNAVAILABLE)))))
                .startsWith(ended(Outcome.FAILED, null, 2, "b was not elected in time"));
    }

    @Test
    void aTimeoutNowThatEverybodyRefusedFailsTheTransferAtOnce() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.HANDED_OVER);
        a.answered(no(a.sentTo("b", Request.TimeoutNow.class), 2, refusal(RefusalReason.LOG_BEHIND)));
        assertThat(a.answered(no(a.sentTo("c", Request.TimeoutNow.class), 2, refusal(RefusalReason.LOG_BEHIND))))
                .startsWith(
                        progress("c", "refused TimeoutNow: LOG_BEHIND"),
                        progress("c", "was not elected in time"),
                        ended(Outcome.FAILED, null, 2, "c was not elected in time"));
        assertThat(a.view().role()).as("it stands straight back").isEqualTo(Role.PRE_CANDIDATE);
    }

    @Test
    void heartbeatsAcknowledgedAfterTimeoutNowReviveNothing() {
        MemberUnderTest a = yielded(StepDownReason.HANDED_OVER);
        a.tickAfter(HEARTBEAT);
        a.step(new Input.LeadershipWorkDone(2));
        assertThat(a.answered(yes(a.sentTo("b", Request.Heartbeat.class)))).isEmpty();
        assertThat(a.answered(yes(a.sentTo("c", Request.Heartbeat.class)))).isEmpty();
        assertThat(a.view().leader()).isNull();
    }

    // ------------------------------------------------------------------------------------------------ step-down and
    // close

    @Test
    void aStepDownHandsOverAndStandsLastForTenTimesT() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.REQUESTED);
        assertThat(a.view().lastEnd()).isEqualTo(StepDownReason.REQUESTED);
        a.tickAfter(T.dividedBy(2));
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
        assertThat(a.untilDue())
                .as("2T, since it did not step down to come straight back, and one T for standing last")
                .isEqualTo(T.multipliedBy(3));
    }

    @Test
    void aStepDownEndsTheLeadershipEvenWithoutASuccessor() {
        MemberUnderTest a = founded("a").leading();
        for (int i = 0; i < 5; i++) {
            a.heartbeatRound("b", "c");
        }
        MemberUnderTest sole = founded("a", List.of(data("a")));
        sole.ready();
        sole.settle();
        assertThat(done(sole.step(new Input.StepDown())))
                .containsExactly(
                        new Effect.DrainLease(2, Lease.from(sole.clock, LEASE.toNanos())),
                        new Effect.LeadershipEnded(2, StepDownReason.REQUESTED),
                        new Effect.LeaderChanged(2, null));
        assertThat(sole.untilDue()).isEqualTo(T.multipliedBy(2));
        sole.tickWhenDue();
        sole.settle();
        assertThat(sole.view().leader()).isEqualTo("a");
    }

    @Test
    void aStepDownEndsTheLeadershipEvenIfTheSuccessorDoesNotCatchUp() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        a.settle();
        a.step(new Input.StepDown());
        for (int i = 0; i < 9; i++) {
            a.tickAfter(HEARTBEAT);
            // The heartbeats arrive, the entries do not.
            a.answered(yes(a.sentTo("b", Request.Heartbeat.class)));
            a.answered(yes(a.sentTo("c", Request.Heartbeat.class)));
        }
        assertThat(done(a.tickAfter(HEARTBEAT)))
                .containsExactly(
                        drains(a, HEARTBEAT),
                        new Effect.LeadershipEnded(2, StepDownReason.REQUESTED),
                        new Effect.LeaderChanged(2, null));
    }

    @Test
    void aStepDownAnswersWhoWaitsForIt() {
        MemberUnderTest follower = founded("a");
        assertThat(follower.step(new Input.StepDown(CALL)))
                .containsExactly(ended(Outcome.NOT_LEADER, null, 1, "this member does not lead"));
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.StepDown(CALL));
        HandoverResult busy = new HandoverResult(Outcome.BUSY, null, 2, "its leadership is being handed over already");
        assertThat(a.step(new Input.StepDown(5))).containsExactly(new Effect.TransferEnded(5, busy));
        a.step(new Input.LeadershipWorkDone(2));
        assertThat(done(a.receive(opening(a, "b", 3)))).contains(ended(Outcome.HANDED_OVER, "b", 3, "b leads"));
    }

    @Test
    void whoseLatestCallFailedIsNoSuccessorEvenIfItWasHeardOfJustNow() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(HEARTBEAT);
        a.step(new Input.Unanswered(
                a.sentTo("b", Request.Heartbeat.class).header().requestId()));
        assertThat(told(a.step(new Input.TransferLeadership(CALL, null))))
                .contains(new Observation.TransferProgress("c", "is to lead"));
    }

    @Test
    void aCloseHandsOverAndIsClosedOnceItsSuccessorLeads() {
        MemberUnderTest a = founded("a").leading();
        assertThat(done(a.step(new Input.Close())))
                .containsExactly(drains(a, Duration.ZERO), new Effect.LeadershipEnded(2, StepDownReason.SHUTDOWN));
        assertThat(done(a.step(new Input.LeadershipWorkDone(2)))).noneMatch(Effect.Closed.class::isInstance);
        assertThat(done(a.receive(opening(a, "b", 2)))).noneMatch(Effect.Closed.class::isInstance);
        assertThat(done(a.receive(committed(a, "b")))).contains(new Effect.Closed());
    }

    @Test
    void aClosingMemberDoesNotStandAgainAndIsClosedWhenTimeoutNowRanOut() {
        MemberUnderTest a = afterTimeoutNow(StepDownReason.SHUTDOWN);
        assertThat(done(a.tickAfter(T.dividedBy(2)))).containsExactly(new Effect.Closed());
        assertThat(a.tickAfter(T.multipliedBy(9))).isEmpty();
    }

    @Test
    void aCloseWithoutASuccessorEndsAtOnce() {
        MemberUnderTest a = founded("a", List.of(data("a")));
        a.ready();
        a.settle();
        assertThat(done(a.step(new Input.Close())))
                .containsExactly(
                        new Effect.DrainLease(2, Lease.from(a.clock, LEASE.toNanos())),
                        new Effect.LeadershipEnded(2, StepDownReason.SHUTDOWN),
                        new Effect.LeaderChanged(2, null),
                        new Effect.Closed());
    }

    @Test
    void aCloseDuringATransferWaitsForItsEnd() {
        MemberUnderTest a = yielded(StepDownReason.HANDED_OVER);
        assertThat(a.step(new Input.Close())).isEmpty();
        a.step(new Input.LeadershipWorkDone(2));
        assertThat(done(a.receive(opening(a, "b", 2)))).noneMatch(Effect.Closed.class::isInstance);
        assertThat(done(a.receive(committed(a, "b"))))
                .contains(ended(Outcome.HANDED_OVER, "b", 3, "b leads"))
                .endsWith(new Effect.Closed());
    }

    // ------------------------------------------------------------------------------------------------ the successor

    private static Effect.Reply answers(MemberUnderTest member, Request request, @Nullable Refusal refusal) {
        return new Effect.Reply(
                member.exchange,
                new Response.TimeoutNow(member.answerTo(request), member.view().term(), refusal),
                0);
    }

    private static MemberUnderTest successor() {
        MemberUnderTest b = founded("b");
        b.ready();
        b.receive(b.heartbeat("a", 1));
        return b;
    }

    @Test
    void aSuccessorStandsAtOnceInTheNextTermWithoutAPreVote() {
        MemberUnderTest b = successor();
        Request.TimeoutNow request = b.timeoutNow("a", 1, at(1, 1));
        Header toA = new Header(1, CLUSTER, CLUSTER_ID, "b", "b-1", true, "a", "a-1", 1000);
        Header toC = new Header(1, CLUSTER, CLUSTER_ID, "b", "b-1", true, "c", "c-1", 1001);
        TransferProof proof = new TransferProof("a", 1);
        assertThat(b.receive(request))
                .containsExactly(
                        new Effect.Reply(1 + 1, new Response.TimeoutNow(b.answerTo(request), 1, null), 0),
                        new Effect.LeaderChanged(1, null),
                        role(Role.FOLLOWER, Role.CANDIDATE, 2, "a transferred its leadership"),
                        persists(1, hardState(2, "b")),
                        new Effect.Send(new Request.Vote(toA, Phase.VOTE, 2, at(1, 1), null, 1, null, proof)),
                        new Effect.Send(new Request.Vote(toC, Phase.VOTE, 2, at(1, 1), null, 1, null, proof)));
    }

    @Test
    void aProofIsGoodOnce() {
        MemberUnderTest b = successor();
        Request.TimeoutNow request = b.timeoutNow("a", 1, at(1, 1));
        b.receive(request);
        b.write();
        b.tickAfter(T.multipliedBy(3));
        assertThat(done(b.receive(request))).contains(answers(b, request, refusal(RefusalReason.STALE_TERM)));
    }

    @Test
    void aProofOfATermThatIsOverIsRefused() {
        MemberUnderTest b = successor();
        b.receive(b.heartbeat("c", 2));
        b.write();
        Request.TimeoutNow request = b.timeoutNow("a", 1, at(1, 1));
        ElectionView before = b.view();
        assertThat(b.receive(request)).containsExactly(answers(b, request, refusal(RefusalReason.STALE_TERM)));
        assertThat(b.view()).isEqualTo(before);
    }

    @Test
    void aSuccessorThatLacksAnEntryRefusesTimeoutNow() {
        MemberUnderTest b = successor();
        Request.TimeoutNow request = b.timeoutNow("a", 1, at(1, 2));
        assertThat(b.receive(request))
                .containsExactly(answers(b, request, new Refusal(RefusalReason.LOG_BEHIND, null, at(1, 1), null)));
    }

    @Test
    void aSuccessorThatIsNotReadyOrClosingRefusesTimeoutNow() {
        MemberUnderTest notReady = founded("b");
        Request.TimeoutNow request = notReady.timeoutNow("a", 1, at(1, 1));
        assertThat(notReady.receive(request))
                .containsExactly(answers(notReady, request, refusal(RefusalReason.UNAVAILABLE)));
        MemberUnderTest closing = successor();
        closing.step(new Input.Close());
        Request.TimeoutNow second = closing.timeoutNow("a", 1, at(1, 1));
        assertThat(closing.receive(second))
                .containsExactly(answers(closing, second, refusal(RefusalReason.UNAVAILABLE)));
    }

    @Test
    void aSuccessorWhoseDiskFailedRefusesTimeoutNow() {
        MemberUnderTest b = founded("b").free();
        b.ready();
        b.step(new Input.PersistFailed("no space left"));
        assertThat(only(b.receive(b.timeoutNow("a", 1, at(1, 1))), Effect.Reply.class))
                .extracting(reply -> ((Response.TimeoutNow) reply.response()).refusal())
                .containsExactly(refusal(RefusalReason.UNAVAILABLE));
        assertThat(b.view().role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void aSuccessorThatMayNotLeadRefusesTimeoutNow() {
        MemberUnderTest w = founded("w", List.of(data("a"), data("b"), witness("w")));
        w.ready();
        Request.TimeoutNow request = w.timeoutNow("a", 1, at(1, 1));
        assertThat(w.receive(request)).containsExactly(answers(w, request, refusal(RefusalReason.NOT_A_VOTER)));
        MemberUnderTest b = withPosition("b", THREE);
        b.ready();
        Request.TimeoutNow toB = b.timeoutNow("a", 1, at(1, 1));
        assertThat(done(b.receive(toB)))
                .as("it does not know its application's position")
                .containsExactly(answers(b, toB, refusal(RefusalReason.NOT_A_VOTER)));
    }

    @Test
    void aProofOfAnotherFoundingIsRefused() {
        MemberUnderTest b = founded("b").free();
        b.ready();
        Header foreign = new Header(1, CLUSTER, "c-2", "a", "a-1", true, "b", "b-1", 9);
        assertThat(only(
                        b.receive(new Request.TimeoutNow(foreign, new TransferProof("a", 1), at(1, 1))),
                        Effect.Reply.class))
                .extracting(reply -> ((Response.TimeoutNow) reply.response()).refusal())
                .containsExactly(refusal(RefusalReason.WRONG_CLUSTER));
    }

    @Test
    void aPreCandidateTakesTimeoutNowAndStandsWithItsProof() {
        MemberUnderTest b = founded("b").free();
        b.ready();
        b.tickWhenDue();
        assertThat(b.view().role()).isEqualTo(Role.PRE_CANDIDATE);
        b.receive(b.timeoutNow("a", 1, at(1, 1)));
        assertThat(b.view().role()).isEqualTo(Role.CANDIDATE);
        assertThat(b.view().term()).isEqualTo(2);
    }

    @Test
    void aProofOfSomebodyElseIsRefused() {
        MemberUnderTest b = successor();
        Request.TimeoutNow request = new Request.TimeoutNow(b.from("c"), new TransferProof("a", 1), at(1, 1));
        assertThat(b.receive(request))
                .containsExactly(
                        new Effect.Observed(
                                new Observation.RequestRefused("c", "TimeoutNow", refusal(RefusalReason.NOT_A_VOTER))),
                        answers(b, request, refusal(RefusalReason.NOT_A_VOTER)));
    }

    @Test
    void aProofThatArrivesWhileAVoteIsBeingWrittenIsUsedAfterwardsIfItStillHolds() {
        MemberUnderTest b = founded("b");
        b.ready();
        b.receive(b.heartbeat("a", 2));
        Request.TimeoutNow request = b.timeoutNow("a", 2, at(1, 1));
        assertThat(done(b.receive(request)))
                .containsExactly(new Effect.Reply(2, new Response.TimeoutNow(b.answerTo(request), 2, null), 1));
        assertThat(b.view().role()).isEqualTo(Role.FOLLOWER);
        b.write();
        assertThat(b.view().role()).isEqualTo(Role.CANDIDATE);
        assertThat(b.view().term()).isEqualTo(3);
    }

    /** B has A's transfer proof, which waits for a write that is under way. */
    private static MemberUnderTest withAProofInHand() {
        MemberUnderTest b = founded("b");
        b.ready();
        b.receive(b.heartbeat("a", 2));
        b.receive(b.timeoutNow("a", 2, at(1, 1)));
        return b;
    }

    @Test
    void aProofInHandIsDroppedByAClose() {
        MemberUnderTest b = withAProofInHand();
        b.step(new Input.Close());
        b.write();
        assertThat(b.view().role()).isEqualTo(Role.FOLLOWER);
        assertThat(b.view().term()).isEqualTo(2);
    }

    /** A sent TimeoutNow to both: B has voted for C in the term that its own proof is good for. */
    @Test
    void aProofInHandIsVoidOnceItsTermHasBegun() {
        MemberUnderTest b = withAProofInHand();
        b.receive(b.asks("c", Phase.VOTE, 3, at(1, 1), null, new TransferProof("a", 2)));
        assertThat(b.view().votedFor()).isEqualTo("c");
        while (b.hasUnwritten()) {
            b.write();
        }
        assertThat(b.view().role()).isEqualTo(Role.FOLLOWER);
        assertThat(b.view().votedFor()).isEqualTo("c");
    }

    @Test
    void aNewerMessageOfALeaderVoidsAProofInHand() {
        MemberUnderTest b = withAProofInHand();
        b.receive(b.heartbeat("a", 2));
        b.write();
        assertThat(b.view().role()).isEqualTo(Role.FOLLOWER);
    }

    // ------------------------------------------------------------------------------------------------ the voters

    @Test
    void aValidProofOvercomesTheBond() {
        MemberUnderTest c = founded("c");
        c.receive(c.heartbeat("a", 1));
        Request.Vote vote = c.asks("b", Phase.VOTE, 2, at(1, 1), null, new TransferProof("a", 1));
        assertThat(done(c.receive(vote))).contains(c.replies(vote, 2, null, 1));
    }

    @Test
    void aValidProofOvercomesNeitherTheLogNorAVoteGiven() {
        MemberUnderTest c = founded("c");
        c.receive(c.append("a", 1, 1, at(1, 1), entry(2, 1)));
        c.write();
        Request.Vote behind = c.asks("b", Phase.VOTE, 2, at(1, 1), null, new TransferProof("a", 1));
        assertThat(done(c.receive(behind)))
                .containsExactly(c.replies(behind, 1, new Refusal(RefusalReason.LOG_BEHIND, null, at(1, 2), null), 0));
    }

    @Test
    void aProofIsNoExcuseForAPreVote() {
        assertRefusedAsBound(Phase.PRE_VOTE, 2, new TransferProof("a", 1));
    }

    @Test
    void aProofIsGoodForTheNextTermOnly() {
        assertRefusedAsBound(Phase.VOTE, 3, new TransferProof("a", 1));
    }

    @Test
    void aProofOfATermThatTheVoterHasLeftIsWorthNothing() {
        MemberUnderTest c = founded("c");
        c.receive(c.heartbeat("a", 3));
        c.write();
        Request.Vote stale = c.asks("b", Phase.VOTE, 2, at(1, 1), null, new TransferProof("a", 1));
        assertThat(done(c.receive(stale))).containsExactly(c.replies(stale, 3, refusal(RefusalReason.STALE_TERM), 0));
        Request.Vote retried = c.asks("b", Phase.VOTE, 4, at(1, 1), null, new TransferProof("a", 1));
        assertThat(done(c.receive(retried)))
                .containsExactly(c.replies(retried, 3, new Refusal(RefusalReason.BOUND, T, null, "a"), 0));
    }

    private static void assertRefusedAsBound(Phase phase, long term, TransferProof proof) {
        MemberUnderTest c = founded("c");
        c.receive(c.heartbeat("a", 1));
        ElectionView before = c.view();
        Request.Vote request = c.asks("b", phase, term, at(1, 1), null, proof);
        assertThat(done(c.receive(request)))
                .containsExactly(c.replies(request, 1, new Refusal(RefusalReason.BOUND, T, null, "a"), 0));
        assertThat(c.view()).isEqualTo(before);
    }

    /** The others of the quorum that its lease relies on are bound, and this member counted itself among them. */
    @Test
    void whoGaveItsLeaseUpWithoutASuccessorVotesForNobodyBeforeItWouldHaveEnded() {
        MemberUnderTest a = founded("a").leading();
        for (String peer : List.of("b", "c")) {
            a.tickAfter(MemberUnderTest.HEARTBEAT);
            Request lost = a.sentTo(peer, Request.Heartbeat.class);
            a.step(new Input.Unanswered(lost.header().requestId()));
        }
        List<Effect.DrainLease> drains = only(a.step(new Input.StepDown(7)), Effect.DrainLease.class);
        assertThat(drains).hasSize(1);
        Lease left = Objects.requireNonNull(drains.get(0).lease());
        Duration rest =
                Duration.ofNanos(Objects.requireNonNull(left.end()).monotonicNanos() - a.clock.monotonicNanos());
        assertThat(rest).isPositive();

        a.pass(rest.minusNanos(1));
        assertThat(refusalOfAVote(a)).isEqualTo(RefusalReason.BOUND);
        a.pass(Duration.ofNanos(1));
        assertThat(refusalOfAVote(a)).isNull();
    }

    private static @Nullable RefusalReason refusalOfAVote(MemberUnderTest a) {
        List<Effect.Reply> replies =
                only(a.receive(a.asks("b", Phase.VOTE, 3, a.view().last(), null, null)), Effect.Reply.class);
        Refusal refusal = replies.get(0).response().refusal();
        return refusal == null ? null : refusal.reason();
    }
}
