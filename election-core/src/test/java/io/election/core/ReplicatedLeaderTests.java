package io.election.core;

import static io.election.core.MemberUnderTest.HEARTBEAT;
import static io.election.core.MemberUnderTest.T;
import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.done;
import static io.election.core.MemberUnderTest.entry;
import static io.election.core.MemberUnderTest.foundedState;
import static io.election.core.MemberUnderTest.incarnationOf;
import static io.election.core.MemberUnderTest.only;
import static io.election.core.MemberUnderTest.replicated;
import static io.election.core.MemberUnderTest.settings;
import static io.election.core.MemberUnderTest.witness;
import static io.election.core.MemberUnderTest.yes;
import static org.assertj.core.api.Assertions.assertThat;

import io.election.Role;
import io.election.StepDownReason;
import io.election.core.ProposalOutcome.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a leader whose log feeds a state machine leads, takes writes and reads, and hands over (safety rule 17). */
class ReplicatedLeaderTests {

    private static final List<String> READS = List.of("other", "test");
    private static final List<Member> WITH_WITNESS = List.of(data("a"), data("b"), witness("w"));

    private static ReplicationSettings replication(long mostUnapplied, int copies) {
        return new ReplicationSettings(READS, 1000, 1 << 20, 0, 0, 1 << 20, 4, mostUnapplied, copies);
    }

    private static MemberUnderTest member(List<Member> members, DurableState recovered) {
        return new MemberUnderTest(
                replicated(settings("a", members), replication(1 << 20, 2)), incarnationOf("a"), recovered);
    }

    private static MemberUnderTest member(List<Member> members) {
        return member(members, foundedState(members));
    }

    /** Holds two entries of term 1 that it has not applied, wins term 2, and opens it at index 4. */
    private static MemberUnderTest opening() {
        DurableState founded = foundedState(THREE);
        MemberUnderTest a = member(
                THREE, new DurableState(founded.hardState(), founded.snapshot(), List.of(entry(2, 1), entry(3, 1))));
        a.ready();
        a.tickWhenDue();
        a.settle("b", "c");
        return a;
    }

    private static Payload.Application write(String type, String text) {
        return new Payload.Application(type, Bytes.utf8(text));
    }

    private static ReplicaStatus at(long index) {
        return new ReplicaStatus(index, false, READS);
    }

    private static LogPosition at(long term, long index) {
        return MemberUnderTest.at(term, index);
    }

    private static ProposalOutcome propose(MemberUnderTest a, Payload.Application... entries) {
        return only(a.step(new Input.ProposeAll(1, List.of(entries))), Effect.ProposalEnded.class)
                .get(0)
                .outcome();
    }

    /** A round of heartbeats in which these members say how far they have applied. */
    private static void tell(MemberUnderTest a, ReplicaStatus status, String... peers) {
        a.outbox.clear();
        a.tickAfter(HEARTBEAT);
        for (String peer : peers) {
            a.answered(yes(a.sentTo(peer, Request.Heartbeat.class), status));
        }
    }

    // ------------------------------------------------------------------------------------------------ the beginning

    @Test
    void leadsOnceAllBeforeItsOpeningIsApplied() {
        MemberUnderTest a = opening();
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
        assertThat(a.view().commitIndex()).isEqualTo(4);
        assertThat(a.view().leader()).isNull();
        assertThat(only(a.step(new Input.Applied(2, null)), Effect.LeadershipGained.class))
                .isEmpty();
        assertThat(only(a.step(new Input.Applied(3, null)), Effect.LeadershipGained.class))
                .hasSize(1);
    }

    @Test
    void theDeadlineOfTheOpeningJudgesTheCommitOnly() {
        MemberUnderTest a = opening();
        for (int i = 0; i < 100; i++) {
            a.heartbeatRound("b", "c");
        }
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
        assertThat(only(a.step(new Input.Applied(3, null)), Effect.LeadershipGained.class))
                .hasSize(1);
    }

    @Test
    void aQuorumThatStaysAwayWhileItAppliesEndsTheLeadership() {
        MemberUnderTest a = opening();
        for (int i = 0; i < 19; i++) {
            a.heartbeatRound();
        }
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
        for (int i = 0; i < 20; i++) {
            a.heartbeatRound();
        }
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
        assertThat(a.view().lastEnd()).isEqualTo(StepDownReason.LEASE_LOST);
    }

    /** However long the opening took, the quorum has its time from the commit on. */
    @Test
    void theTimeInWhichAQuorumMayBeAwayBeginsWithTheCommit() {
        DurableState founded = foundedState(THREE);
        MemberUnderTest a =
                member(THREE, new DurableState(founded.hardState(), founded.snapshot(), List.of(entry(2, 1))));
        a.ready();
        a.tickWhenDue();
        while (a.view().role() != Role.LEADER) {
            if (a.hasUnwritten()) {
                a.write();
            } else {
                a.answered(yes(a.sentTo("b", Request.Vote.class)));
            }
        }
        Request.Append opening = a.sentTo("b", Request.Append.class);
        a.pass(T.multipliedBy(2).minusMillis(10));
        a.answered(yes(opening));
        a.write();
        assertThat(a.view().commitIndex()).isEqualTo(3);
        a.tickAfter(Duration.ofMillis(50));
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
    }

    @Test
    void aLeaderWhoseMachineFailsStepsDown() {
        MemberUnderTest a = member(THREE).leading();
        List<Effect> effects = a.step(new Input.MachineFailed("it threw"));
        assertThat(effects).contains(new Effect.LeadershipEnded(2, StepDownReason.STATE_MACHINE_FAILED));
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
    }

    // ------------------------------------------------------------------------------------------------ writes

    @Test
    void writesAreAppendedTogetherAndAcknowledgedOnTwoDataVoters() {
        MemberUnderTest a = member(WITH_WITNESS).leading();
        a.outbox.clear();
        assertThat(propose(a, write("test", "x")))
                .as("who reads it is not known yet")
                .matches(o -> o.reason() == Reason.NOT_READ);
        tell(a, at(2), "b", "w");
        assertThat(propose(a, write("test", "x"), write("test", "y"))).isEqualTo(ProposalOutcome.appended(at(2, 3), 2));
        Request.Append toB = a.sentTo("b", Request.Append.class);
        assertThat(toB.entries()).hasSize(2);
        a.write();
        List<Effect> effects = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            effects.addAll(a.heartbeatRound("w"));
        }
        assertThat(a.view().commitIndex()).as("a quorum holds it").isEqualTo(4);
        assertThat(only(effects, Effect.Acknowledged.class))
                .as("a witness holds no copy")
                .isEmpty();
        assertThat(only(a.answered(yes(toB)), Effect.Acknowledged.class)).containsExactly(new Effect.Acknowledged(4));
    }

    @Test
    void writesAreRefusedWhileNoSecondDataVoterIsHeardFrom() {
        MemberUnderTest a = member(WITH_WITNESS).leading();
        tell(a, at(2), "b", "w");
        for (int i = 0; i < 11; i++) {
            a.heartbeatRound("w");
        }
        assertThat(a.view().leader()).isEqualTo("a");
        assertThat(propose(a, write("test", "x")).reason()).isEqualTo(Reason.TOO_FEW_COPIES);
        tell(a, at(2), "b", "w");
        assertThat(propose(a, write("test", "x")).kind()).isEqualTo(ProposalOutcome.Kind.APPENDED);
    }

    @Test
    void oneCopyIsEnoughWhereTheSettingsSaySo() {
        MemberUnderTest a = new MemberUnderTest(
                replicated(settings("a", WITH_WITNESS), replication(1 << 20, 1)), "a-1", foundedState(WITH_WITNESS));
        a.leading();
        tell(a, at(2), "b", "w");
        for (int i = 0; i < 11; i++) {
            a.heartbeatRound("w");
        }
        assertThat(propose(a, write("test", "x")).kind()).isEqualTo(ProposalOutcome.Kind.APPENDED);
    }

    @Test
    void limitsAreJudgedBeforeAnythingIsAppended() {
        MemberUnderTest a =
                new MemberUnderTest(replicated(settings("a", THREE), replication(600, 2)), "a-1", foundedState(THREE));
        a.leading();
        tell(a, at(2), "b", "c");
        Payload.Application large = write("test", "x".repeat((int) Payload.LARGEST));
        assertThat(propose(a, large).reason()).isEqualTo(Reason.TOO_LARGE);
        assertThat(propose(a, write("unknown", "x")).reason()).isEqualTo(Reason.NOT_READ);
        ProposalOutcome partly = propose(a, write("test", "x"), large);
        assertThat(partly.accepted()).isEqualTo(1);
        assertThat(partly.reason()).isEqualTo(Reason.TOO_LARGE);
        while (propose(a, write("test", "y")).accepted() == 1) {
            assertThat(a.view().last().index()).isLessThan(20);
        }
        assertThat(propose(a, write("test", "y")).reason()).isEqualTo(Reason.BUSY);
        a.settle("b", "c");
        assertThat(propose(a, write("test", "y")).reason())
                .as("committed, but not applied")
                .isEqualTo(Reason.BUSY);
        a.step(new Input.Applied(a.view().commitIndex(), null));
        assertThat(propose(a, write("test", "y")).accepted()).isEqualTo(1);
    }

    @Test
    void aTypeIsFirstWrittenOnceEveryMemberReadsItAndThenByAll() {
        MemberUnderTest a = member(THREE).leading();
        tell(a, at(2), "b");
        tell(a, new ReplicaStatus(2, false, List.of("test")), "c");
        assertThat(propose(a, write("other", "x")).reason()).isEqualTo(Reason.NOT_READ);
        assertThat(propose(a, write("test", "x")).accepted()).isEqualTo(1);
        tell(a, at(2), "c");
        assertThat(propose(a, write("other", "x")).accepted()).isEqualTo(1);
        tell(a, new ReplicaStatus(2, false, List.of("test")), "c");
        assertThat(propose(a, write("other", "y")).accepted())
                .as("the log holds it")
                .isEqualTo(1);
    }

    // ------------------------------------------------------------------------------------------------ for others

    private static Request.Propose proposal(MemberUnderTest a, long term, String text) {
        return new Request.Propose(a.from("b"), term, 5000, List.of(write("test", text)));
    }

    private static List<ProposalOutcome> answers(List<Effect> effects) {
        return only(effects, Effect.Reply.class).stream()
                .filter(reply -> reply.response() instanceof Response.Propose)
                .map(reply -> ((Response.Propose) reply.response()).outcome())
                .toList();
    }

    private static MemberUnderTest leadingAndRead() {
        MemberUnderTest a = member(THREE).leading();
        tell(a, at(2), "b", "c");
        a.outbox.clear();
        return a;
    }

    @Test
    void aProposalOfAnotherMemberIsAnsweredWhenItIsAcknowledged() {
        MemberUnderTest a = leadingAndRead();
        assertThat(answers(a.receive(proposal(a, 2, "x")))).isEmpty();
        a.write();
        List<Effect> effects = a.answered(yes(a.sentTo("c", Request.Append.class)));
        assertThat(answers(effects)).containsExactly(ProposalOutcome.appended(at(2, 3), 1));
    }

    @Test
    void aProposalThatIsNotAcknowledgedWhenTheLeadershipEndsIsUnknown() {
        MemberUnderTest a = leadingAndRead();
        a.receive(proposal(a, 2, "x"));
        List<Effect> effects = a.receive(a.heartbeat("c", 3));
        assertThat(answers(effects)).extracting(ProposalOutcome::kind).containsExactly(ProposalOutcome.Kind.UNKNOWN);
    }

    /** The second copy may come after the first one was refused, or be refused after the first one was appended. */
    @Test
    void aSecondCopyOfAProposalIsNeitherAppendedNorRefused() {
        MemberUnderTest a = leadingAndRead();
        Request.Propose proposal = proposal(a, 2, "x");
        a.receive(proposal);
        assertThat(answers(a.receive(proposal)))
                .extracting(ProposalOutcome::kind)
                .containsExactly(ProposalOutcome.Kind.UNKNOWN);
        assertThat(a.view().last()).isEqualTo(at(2, 3));
    }

    /** The first copy was appended, and may be committed by the next leader. */
    @Test
    void aCopyOfAProposalThatComesAfterTheLeadershipIsNotRefused() {
        MemberUnderTest a = leadingAndRead();
        Request.Propose proposal = proposal(a, 2, "x");
        a.receive(proposal);
        a.receive(a.heartbeat("c", 3));
        assertThat(answers(a.receive(proposal)))
                .extracting(ProposalOutcome::kind)
                .containsExactly(ProposalOutcome.Kind.UNKNOWN);
        assertThat(answers(a.receive(proposal(a, 2, "y"))))
                .as("one that has not come before")
                .extracting(ProposalOutcome::reason)
                .containsExactly(Reason.NO_LEADER);
    }

    /** The first copy may have come before that, while it led. */
    @Test
    void aProposalForATermThatAnEarlierLifeMayHaveLedIsNotRefused() {
        MemberUnderTest a = leadingAndRead();
        a.write();
        MemberUnderTest restarted = a.restart(a.settings).free();
        assertThat(answers(restarted.receive(proposal(restarted, 2, "x"))))
                .extracting(ProposalOutcome::kind)
                .containsExactly(ProposalOutcome.Kind.UNKNOWN);
        assertThat(answers(restarted.receive(proposal(restarted, 3, "x"))))
                .as("a term that began later")
                .extracting(ProposalOutcome::reason)
                .containsExactly(Reason.NO_LEADER);
    }

    @Test
    void aProposalForATermThatAnEarlierLifeDidNotLeadIsRefused() {
        MemberUnderTest a = leadingAndRead();
        a.receive(a.heartbeat("c", 3));
        a.write();
        MemberUnderTest restarted = a.restart(a.settings).free();
        assertThat(answers(restarted.receive(proposal(restarted, 3, "x"))))
                .extracting(ProposalOutcome::reason)
                .containsExactly(Reason.NO_LEADER);
        assertThat(answers(restarted.receive(proposal(restarted, 2, "x"))))
                .as("an earlier term, of which nobody knows any more")
                .extracting(ProposalOutcome::kind)
                .containsExactly(ProposalOutcome.Kind.UNKNOWN);
    }

    /** Its sender was told long ago that it was not appended. */
    @Test
    void aProposalForAnotherTermIsNotAppended() {
        MemberUnderTest a = leadingAndRead();
        assertThat(answers(a.receive(proposal(a, 1, "x"))))
                .extracting(ProposalOutcome::reason)
                .containsExactly(Reason.NO_LEADER);
        assertThat(a.view().last()).isEqualTo(at(2, 2));
    }

    @Test
    void aFollowerPassesOnWhatItIsAskedAndCommitsWhatTheAnswerSays() {
        MemberUnderTest a = member(THREE);
        a.receive(a.append("b", 2, 1, at(1, 1), entry(2, 2), entry(3, 2)));
        a.write();
        assertThat(done(a.step(new Input.ProposeAll(7, List.of(write("test", "x"))))))
                .singleElement()
                .isInstanceOf(Effect.Send.class);
        Request.Propose sent = a.sentTo("b", Request.Propose.class);
        assertThat(sent.leadersTerm()).isEqualTo(2);
        ProposalOutcome outcome = ProposalOutcome.appended(at(2, 3), 1);
        a.answered(new Response.Propose(MemberUnderTest.answerFrom(sent), 2, outcome, 3));
        assertThat(a.view().commitIndex()).isEqualTo(3);
        assertThat(a.fed).containsExactly(new Effect.Apply(List.of(entry(2, 2), entry(3, 2))));
        a.step(new Input.ProposeAll(8, List.of(write("test", "y"))));
        long lost = a.sentTo("b", Request.Propose.class).header().requestId();
        assertThat(a.step(new Input.Unanswered(lost)))
                .containsExactly(new Effect.ProposalEnded(8, ProposalOutcome.unknown("the leader did not answer")));
    }

    @Test
    void whoKnowsNoLeaderSaysSo() {
        MemberUnderTest a = member(THREE);
        assertThat(propose(a, write("test", "x")).reason()).isEqualTo(Reason.NO_LEADER);
        assertThat(done(a.step(new Input.ReadIndex(3)))).containsExactly(new Effect.ReadIndexAnswered(3, 0));
    }

    // ------------------------------------------------------------------------------------------------ reads

    @Test
    void aReadTakesItsIndexWhenTheQuorumIsAsked() {
        MemberUnderTest a = leadingAndRead();
        List<Effect> effects = a.step(new Input.ReadIndex(1));
        assertThat(only(effects, Effect.Send.class)).as("at once").hasSize(2);
        Request.Heartbeat asked = a.sentTo("b", Request.Heartbeat.class);
        propose(a, write("test", "x"));
        a.write();
        a.answered(yes(a.sentTo("c", Request.Append.class)));
        assertThat(a.view().commitIndex()).isEqualTo(3);
        assertThat(only(a.answered(yes(asked)), Effect.ReadIndexAnswered.class))
                .as("what was committed later need not be seen, and was acknowledged by one that was asked before")
                .isEmpty();
    }

    /** What an earlier leader committed may not be known to be so before the opening is. */
    @Test
    void aReadIsRefusedBeforeTheTermIsOpen() {
        MemberUnderTest a = opening();
        Request.ReadIndex read = new Request.ReadIndex(a.from("b"));
        assertThat(a.receive(read))
                .containsExactly(new Effect.Reply(a.exchange, new Response.ReadIndex(a.answerTo(read), 2, 0), 0));
        assertThat(a.step(new Input.ReadIndex(1))).containsExactly(new Effect.ReadIndexAnswered(1, 0));
    }

    @Test
    void aReadIsRefusedWhenTheLeadershipEnds() {
        MemberUnderTest a = leadingAndRead();
        a.step(new Input.ReadIndex(1));
        assertThat(only(a.receive(a.heartbeat("c", 3)), Effect.ReadIndexAnswered.class))
                .containsExactly(new Effect.ReadIndexAnswered(1, 0));
    }

    // ------------------------------------------------------------------------------------------------ handing over

    @Test
    void theLeaseIsGivenUpOnlyForASuccessorThatHasApplied() {
        MemberUnderTest a = leadingAndRead();
        propose(a, write("test", "x"));
        a.settle("b", "c");
        a.step(new Input.Applied(3, null));
        assertThat(only(a.step(new Input.TransferLeadership(1, "b")), Effect.LeadershipEnded.class))
                .isEmpty();
        a.answered(yes(a.sentTo("b", Request.Heartbeat.class), at(2)));
        assertThat(a.view().leader()).isEqualTo("a");
        a.outbox.clear();
        a.tickAfter(Duration.ofMillis(5));
        List<Effect> effects = a.answered(yes(a.sentTo("b", Request.Heartbeat.class), at(3)));
        assertThat(effects).contains(new Effect.LeadershipEnded(2, StepDownReason.HANDED_OVER));
    }

    /** The first heartbeat of a term may not have been answered yet. */
    @Test
    void aSuccessorOfWhoseReplicaNothingIsKnownYetIsWaitedFor() {
        MemberUnderTest a = member(THREE);
        a.ready();
        a.tickWhenDue();
        while (a.view().commitIndex() < 2) {
            if (a.hasUnwritten()) {
                a.write();
            } else {
                Request next = a.outbox.remove(0).request();
                if (!(next instanceof Request.Heartbeat)) {
                    a.answered(yes(next));
                }
            }
        }
        assertThat(only(a.step(new Input.TransferLeadership(1, "b")), Effect.TransferEnded.class))
                .isEmpty();
        assertThat(only(a.answered(yes(a.sentTo("b", Request.Heartbeat.class), at(2))), Effect.LeadershipEnded.class))
                .hasSize(1);
    }

    @Test
    void aMemberWhoseMachineFailedOrThatHasNoneIsNoSuccessor() {
        MemberUnderTest a = member(THREE).leading();
        tell(a, new ReplicaStatus(2, true, READS), "b");
        a.answered(yes(a.sentTo("c", Request.Heartbeat.class)));
        assertThat(only(a.step(new Input.TransferLeadership(1, null)), Effect.TransferEnded.class))
                .extracting(ended -> ended.result().outcome())
                .containsExactly(io.election.HandoverResult.Outcome.NO_SUCCESSOR);
    }

    @Test
    void workMayWriteUntilItIsDoneAndThenTheSuccessorCatchesUpOnceMore() {
        MemberUnderTest a = leadingAndRead();
        assertThat(a.step(new Input.TransferLeadership(1, "b")))
                .contains(new Effect.LeadershipEnded(2, StepDownReason.HANDED_OVER));
        assertThat(propose(a, write("test", "x")).accepted()).isEqualTo(1);
        List<Effect> effects = a.step(new Input.LeadershipWorkDone(2));
        assertThat(only(effects, Effect.Send.class))
                .extracting(send -> send.request().getClass().getSimpleName())
                .doesNotContain("TimeoutNow");
        assertThat(propose(a, write("test", "y")).reason()).as("frozen").isEqualTo(Reason.NO_LEADER);
        a.write();
        effects = a.answered(yes(a.sentTo("b", Request.Append.class)));
        a.pass(Duration.ofMillis(5));
        a.tick();
        effects = a.answered(yes(a.sentTo("b", Request.Heartbeat.class), at(3)));
        assertThat(only(effects, Effect.Send.class))
                .extracting(Effect.Send::request)
                .filteredOn(Request.TimeoutNow.class::isInstance)
                .singleElement()
                .extracting(request -> ((Request.TimeoutNow) request).expected())
                .isEqualTo(at(2, 3));
    }
}
