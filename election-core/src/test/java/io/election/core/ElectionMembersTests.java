package io.election.core;

import static io.election.core.MemberUnderTest.CLUSTER;
import static io.election.core.MemberUnderTest.CLUSTER_ID;
import static io.election.core.MemberUnderTest.HEARTBEAT;
import static io.election.core.MemberUnderTest.T;
import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.answerFrom;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.done;
import static io.election.core.MemberUnderTest.entry;
import static io.election.core.MemberUnderTest.founded;
import static io.election.core.MemberUnderTest.hardState;
import static io.election.core.MemberUnderTest.membership;
import static io.election.core.MemberUnderTest.observer;
import static io.election.core.MemberUnderTest.only;
import static io.election.core.MemberUnderTest.persists;
import static io.election.core.MemberUnderTest.refusal;
import static io.election.core.MemberUnderTest.settings;
import static io.election.core.MemberUnderTest.told;
import static io.election.core.MemberUnderTest.witness;
import static io.election.core.MemberUnderTest.yes;
import static org.assertj.core.api.Assertions.assertThat;

import io.election.HandoverResult;
import io.election.Role;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Witnesses, observers, and members whose memory is new. */
class ElectionMembersTests {

    private static final List<Member> TWO_AND_A_WITNESS = List.of(data("a"), data("b"), witness("w"));

    private static final Membership NEW_B = membership(THREE).withIncarnation("b", "b-2", 3);
    private static final Entry NAMES_NEW_B = new Entry(3, 2, new Payload.MembershipChange(NEW_B));

    // ------------------------------------------------------------------------------------------------ witnesses

    @Test
    void aWitnessIsSentAnEntryOnlyOnceItIsDurableHereAndOnTheOtherDataMembers() {
        MemberUnderTest a = founded("a", TWO_AND_A_WITNESS).leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("secret"))));
        assertThat(a.outbox).extracting(s -> s.request().header().to()).containsExactly("b");
        a.answered(yes(a.sentTo("b", Request.Append.class)));
        assertThat(a.outbox).as("not durable here").isEmpty();
        a.write();
        Request.Append toWitness = a.sentTo("w", Request.Append.class);
        assertThat(toWitness.entries()).containsExactly(new Entry(3, 2, new Payload.Withheld()));
    }

    @Test
    void aWitnessDoesNotWaitForADataMemberThatFellSilent() {
        MemberUnderTest a = founded("a", TWO_AND_A_WITNESS).leading();
        for (int i = 0; i < 10; i++) {
            a.heartbeatRound("w");
        }
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        a.write();
        assertThat(a.sentTo("w", Request.Append.class).entries()).hasSize(1);
    }

    @Test
    void aWitnessDoesNotWaitForADataMemberWhoseLatestCallFailed() {
        MemberUnderTest a = founded("a", TWO_AND_A_WITNESS).leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        a.write();
        assertThat(a.outbox).noneMatch(ElectionMembersTests::isAppendToWitness);
        a.step(new Input.Unanswered(a.sentTo("b", Request.Append.class).header().requestId()));
        assertThat(a.outbox).anyMatch(ElectionMembersTests::isAppendToWitness);
    }

    @Test
    void aDataMemberThatHasJustVotedIsWaitedForFromTheBeginningOfTheTerm() {
        MemberUnderTest a = founded("a", TWO_AND_A_WITNESS);
        a.ready();
        a.tickWhenDue();
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        a.write();
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        a.write();
        assertThat(a.outbox).noneMatch(ElectionMembersTests::isAppendToWitness);
        a.answered(yes(a.sentTo("b", Request.Append.class)));
        assertThat(a.outbox).anyMatch(ElectionMembersTests::isAppendToWitness);
    }

    @Test
    void aWitnessWaitsForADataMemberThatIsHeardButDoesNotStoreForTAtMost() {
        MemberUnderTest a = founded("a", TWO_AND_A_WITNESS).leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        a.write();
        for (int i = 0; i < 9; i++) {
            a.tickAfter(HEARTBEAT);
            answerHeartbeats(a);
            assertThat(a.outbox).noneMatch(ElectionMembersTests::isAppendToWitness);
        }
        a.tickAfter(HEARTBEAT);
        assertThat(a.outbox).anyMatch(ElectionMembersTests::isAppendToWitness);
    }

    @Test
    void anEntryThatTheLeaderInheritedWaitsForTAtMostToo() {
        MemberUnderTest a = new MemberUnderTest(
                settings("a", TWO_AND_A_WITNESS),
                "a-1",
                new DurableState(
                        new HardState(1, null, T),
                        new Snapshot(at(1, 1), membership(TWO_AND_A_WITNESS), List.of(), 0),
                        List.of(entry(2, 1))));
        a.ready();
        a.tickWhenDue();
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        a.write();
        a.answered(yes(a.sentTo("w", Request.Vote.class)));
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
        a.write();
        for (int i = 0; i < 9; i++) {
            assertThat(a.outbox).noneMatch(ElectionMembersTests::isAppendToWitness);
            a.tickAfter(HEARTBEAT);
            answerHeartbeats(a);
        }
        a.tickAfter(HEARTBEAT);
        Request.Append toWitness = a.sentTo("w", Request.Append.class);
        a.answered(new Response.Append(
                answerFrom(toWitness), 2, new Refusal(RefusalReason.LOG_MISMATCH, null, at(1, 1), null), 1));
        assertThat(a.sentTo("w", Request.Append.class).entries())
                .containsExactly(new Entry(2, 1, new Payload.Withheld()), new Entry(3, 2, new Payload.Withheld()));
    }

    private static void answerHeartbeats(MemberUnderTest a) {
        a.answered(yes(a.sentTo("b", Request.Heartbeat.class)));
        a.answered(yes(a.sentTo("w", Request.Heartbeat.class)));
    }

    private static boolean isAppendToWitness(Effect.Send send) {
        return send.request() instanceof Request.Append
                && send.request().header().to().equals("w");
    }

    @Test
    void aWitnessVotesAndNeverStands() {
        MemberUnderTest w = founded("w", TWO_AND_A_WITNESS);
        w.ready();
        assertThat(w.tickAfter(T.multipliedBy(5))).isEmpty();
        Request.Vote vote = w.vote("b", 2);
        assertThat(done(w.receive(vote)))
                .containsExactly(persists(1, hardState(2, null), hardState(2, "b")), w.replies(vote, 2, null, 1));
    }

    @Test
    void aWitnessRefusesWhoseLogIsBehindTheEntriesOfWhichItKeepsThePlace() {
        MemberUnderTest w = founded("w", TWO_AND_A_WITNESS);
        w.receive(w.append("a", 1, 1, at(1, 1), new Entry(2, 1, new Payload.Withheld())));
        w.write();
        w.free();
        Request.Vote vote = w.vote("b", 2);
        assertThat(done(w.receive(vote)))
                .containsExactly(w.replies(vote, 1, new Refusal(RefusalReason.LOG_BEHIND, null, at(1, 2), null), 0));
    }

    // ------------------------------------------------------------------------------------------------ observers

    private static final List<Member> WITH_OBSERVER = List.of(data("a"), data("b"), data("c"), observer("o"));

    /** An observer's own incarnation is named nowhere, so it never says that it counts. */
    private static Header observersAnswer(MemberUnderTest o, Request request) {
        Header counted = o.answerTo(request);
        return new Header(
                1, CLUSTER, CLUSTER_ID, "o", "o-1", false, counted.to(), counted.toIncarnation(), counted.requestId());
    }

    @Test
    void anObserverNeitherVotesNorStands() {
        MemberUnderTest o = founded("o", WITH_OBSERVER);
        o.ready();
        assertThat(o.tickAfter(T.multipliedBy(5))).isEmpty();
        Request.Vote vote = o.vote("a", 2);
        assertThat(done(o.receive(vote)))
                .containsExactly(new Effect.Reply(
                        1,
                        new Response.Vote(
                                observersAnswer(o, vote), Phase.VOTE, 2, 1, refusal(RefusalReason.NOT_A_VOTER)),
                        0));
    }

    @Test
    void anObserverLearnsWhoLeads() {
        MemberUnderTest o = founded("o", WITH_OBSERVER);
        Request.Heartbeat heartbeat = o.heartbeat("a", 1);
        assertThat(o.receive(heartbeat))
                .containsExactly(
                        new Effect.LeaderChanged(1, "a"),
                        new Effect.Reply(
                                1, new Response.Heartbeat(observersAnswer(o, heartbeat), 1, null, at(1, 1), null), 0));
    }

    @Test
    void anObserverIsNotAskedForItsVote() {
        MemberUnderTest a = founded("a", WITH_OBSERVER);
        a.ready();
        assertThat(only(a.tickWhenDue(), Effect.Send.class))
                .extracting(s -> s.request().header().to())
                .containsExactly("b", "c");
    }

    @Test
    void anObserversCopyDoesNotCountForACommit() {
        MemberUnderTest a = founded("a", WITH_OBSERVER).leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        a.write();
        a.answered(yes(a.sentTo("o", Request.Append.class)));
        assertThat(a.view().commitIndex()).isEqualTo(2);
        a.answered(yes(a.sentTo("c", Request.Append.class)));
        assertThat(a.view().commitIndex()).isEqualTo(3);
    }

    // ------------------------------------------------------------------------------------------------ let in again

    private static Header fromNewB(Request request, boolean settled) {
        Header asked = request.header();
        return new Header(1, CLUSTER, settled ? CLUSTER_ID : null, "b", "b-2", settled, "a", "a-1", asked.requestId());
    }

    private static Response newB(Request request, boolean settled) {
        return request instanceof Request.Heartbeat
                ? new Response.Heartbeat(fromNewB(request, settled), 2, null, LogPosition.NONE, null)
                : new Response.Append(
                        fromNewB(request, settled),
                        2,
                        null,
                        request instanceof Request.InstallSnapshot install
                                ? install.snapshot().last().index()
                                : ((Request.Append) request).previous().index()
                                        + ((Request.Append) request).entries().size());
    }

    /** A leads, and b has answered from a new directory. */
    private static MemberUnderTest sawNewB() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(HEARTBEAT);
        a.answered(newB(a.sentTo("b", Request.Heartbeat.class), false));
        return a;
    }

    @Test
    void aMemberWithANewMemoryIsLetInByAnEntryThatNamesIt() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(HEARTBEAT);
        List<Effect> effects = a.answered(newB(a.sentTo("b", Request.Heartbeat.class), false));
        assertThat(only(effects, Effect.Persist.class))
                .containsExactly(persists(3, new DurableRecord.EntryAppended(NAMES_NEW_B)));
        assertThat(told(effects)).contains(new Observation.LetIn("b", "b-2"));
        assertThat(a.sentTo("b", Request.InstallSnapshot.class).snapshot().last())
                .as("it has nothing, so it gets everything")
                .isEqualTo(at(1, 1));
    }

    @Test
    void theEntryThatLetsItInIsCommittedWithoutCountingIt() {
        MemberUnderTest a = sawNewB();
        a.write();
        a.answered(newB(a.sentTo("b", Request.InstallSnapshot.class), false));
        a.answered(newB(a.sentTo("b", Request.Append.class), false));
        assertThat(a.view().commitIndex()).as("b holds it, but does not count").isEqualTo(2);
        a.answered(yes(a.sentTo("c", Request.Append.class)));
        assertThat(a.view().commitIndex()).isEqualTo(3);
    }

    @Test
    void whatAnEarlierMemoryAcknowledgedIsForgotten() {
        MemberUnderTest a = sawNewB();
        MemberPresence b = a.view().members().get(1);
        assertThat(b.votingState()).isEqualTo(MemberPresence.VotingState.CATCHING_UP);
        assertThat(b.matchIndex()).isZero();
    }

    /** The entry that names it is committed, and b holds it, but does not know that. */
    private static MemberUnderTest letNewBIn() {
        MemberUnderTest a = sawNewB();
        a.write();
        a.answered(newB(a.sentTo("b", Request.InstallSnapshot.class), false));
        a.answered(newB(a.sentTo("b", Request.Append.class), false));
        a.settle("c");
        return a;
    }

    @Test
    void aMemberCountsAgainOnceItSaysThatItsEntryIsCommitted() {
        MemberUnderTest a = letNewBIn();
        a.tickAfter(HEARTBEAT);
        assertThat(only(a.answered(newB(a.sentTo("b", Request.Heartbeat.class), false)), Effect.LeaseExtended.class))
                .as("it does not know yet")
                .isEmpty();
        a.outbox.clear();
        a.tickAfter(HEARTBEAT);
        assertThat(only(a.answered(newB(a.sentTo("b", Request.Heartbeat.class), true)), Effect.LeaseExtended.class))
                .hasSize(1);
        assertThat(a.view().members().get(1).votingState()).isEqualTo(MemberPresence.VotingState.VOTER);
    }

    /** Answers of one memory overtake each other. */
    @Test
    void anAnswerFromBeforeItKnewOfItsEntryDoesNotTakeItsVoteAway() {
        MemberUnderTest a = letNewBIn();
        a.tickAfter(HEARTBEAT);
        Request.Heartbeat late = a.sentTo("b", Request.Heartbeat.class);
        a.tickAfter(HEARTBEAT);
        a.answered(newB(a.sentTo("b", Request.Heartbeat.class), true));
        a.answered(newB(late, false));
        assertThat(a.view().members().get(1).votingState()).isEqualTo(MemberPresence.VotingState.VOTER);
    }

    @Test
    void membersAreLetInOneAtATime() {
        MemberUnderTest a = founded("a", List.of(data("a"), data("b"), data("c"), data("d"), data("e")))
                .leading();
        a.tickAfter(HEARTBEAT);
        a.answered(newB(a.sentTo("b", Request.Heartbeat.class), false));
        Request.Heartbeat toC = a.sentTo("c", Request.Heartbeat.class);
        Header newC = new Header(
                1, CLUSTER, null, "c", "c-2", false, "a", "a-1", toC.header().requestId());
        assertThat(told(a.answered(new Response.Heartbeat(newC, 2, null, LogPosition.NONE, null))))
                .noneMatch(Observation.LetIn.class::isInstance);
        a.settle("d", "e");
        a.tickAfter(HEARTBEAT);
        Request.Heartbeat again = a.sentTo("c", Request.Heartbeat.class);
        Header stillNewC = new Header(
                1, CLUSTER, null, "c", "c-2", false, "a", "a-1", again.header().requestId());
        assertThat(told(a.answered(new Response.Heartbeat(stillNewC, 2, null, LogPosition.NONE, null))))
                .contains(new Observation.LetIn("c", "c-2"));
    }

    /**
     * A request that was long on its way reaches the new memory, after the earlier one answered a later request. As long as another
     * member is being let in, the log names the earlier one.
     */
    @Test
    void aLateAnswerOfTheEarlierMemoryDoesNotBringItBackWhereTheNewOneAnswersAnOlderRequest() {
        MemberUnderTest a = founded("a", List.of(data("a"), data("b"), data("c"), data("d"), data("e")))
                .leading();
        a.tickAfter(HEARTBEAT);
        a.answered(newB(a.sentTo("b", Request.Heartbeat.class), false));
        Request.Heartbeat older = a.sentTo("c", Request.Heartbeat.class);
        a.tickAfter(HEARTBEAT);
        Request.Heartbeat toTheEarlier = a.sentTo("c", Request.Heartbeat.class);
        a.tickAfter(HEARTBEAT);
        a.answered(newC(a.sentTo("c", Request.Heartbeat.class)));
        a.answered(newC(older));
        assertThat(a.view().members().get(2).votingState()).isEqualTo(MemberPresence.VotingState.CATCHING_UP);
        a.answered(yes(toTheEarlier));
        assertThat(a.view().members().get(2).votingState()).isEqualTo(MemberPresence.VotingState.CATCHING_UP);
    }

    private static Response.Heartbeat newC(Request.Heartbeat asked) {
        Header header = new Header(
                1, CLUSTER, null, "c", "c-2", false, "a", "a-1", asked.header().requestId());
        return new Response.Heartbeat(header, 2, null, LogPosition.NONE, null);
    }

    @Test
    void aLateAnswerOfTheEarlierMemoryDoesNotBringItBack() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(HEARTBEAT);
        Request.Heartbeat toTheEarlier = a.sentTo("b", Request.Heartbeat.class);
        a.tickAfter(HEARTBEAT);
        a.answered(newB(a.sentTo("b", Request.Heartbeat.class), false));
        assertThat(only(a.answered(yes(toTheEarlier)), Effect.LeaseExtended.class))
                .isEmpty();
        assertThat(a.view().members().get(1).votingState()).isEqualTo(MemberPresence.VotingState.CATCHING_UP);
    }

    /** The earlier memory answered a later request, the new one an earlier request that was long on its way. */
    @Test
    void anAnswerOfTheEarlierMemoryToALaterRequestDoesNotBringItBackEither() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(HEARTBEAT);
        Request.Heartbeat toTheNew = a.sentTo("b", Request.Heartbeat.class);
        a.tickAfter(HEARTBEAT);
        Request.Heartbeat toTheEarlier = a.sentTo("b", Request.Heartbeat.class);
        a.answered(newB(toTheNew, false));
        assertThat(told(a.answered(yes(toTheEarlier)))).isEmpty();
        assertThat(a.view().members().get(1).votingState()).isEqualTo(MemberPresence.VotingState.CATCHING_UP);
    }

    /** Otherwise two leaders, each in its term, could change the membership past one another. */
    @Test
    void nobodyIsLetInBeforeTheOpeningIsCommitted() {
        MemberUnderTest a = founded("a");
        a.ready();
        a.tickWhenDue();
        a.answered(yes(a.sentTo("c", Request.Vote.class)));
        a.write();
        a.answered(yes(a.sentTo("c", Request.Vote.class)));
        assertThat(a.view().role()).isEqualTo(Role.LEADER);

        assertThat(told(a.answered(newB(a.sentTo("b", Request.Append.class), false))))
                .noneMatch(Observation.LetIn.class::isInstance);
        assertThat(a.election.entries()).as("nothing but the opening").hasSize(1);
    }

    /** B held the founding once; what it holds now is a new memory, to which nothing was promised. */
    @Test
    void theCopiesOfAMemoryThatTheLogDoesNotNameDoNotCount() {
        MemberUnderTest a = founded("a");
        a.ready();
        a.tickWhenDue();
        a.answered(yes(a.sentTo("c", Request.Vote.class)));
        a.write();
        a.answered(yes(a.sentTo("c", Request.Vote.class)));
        a.write();

        Request.Append opening = a.sentTo("b", Request.Append.class);
        a.answered(new Response.Append(fromNewB(opening, false), 2, refusal(RefusalReason.LOG_MISMATCH), 0));
        a.answered(newB(a.sentTo("b", Request.InstallSnapshot.class), false));
        a.answered(newB(a.sentTo("b", Request.Append.class), false));
        assertThat(a.view().commitIndex()).isEqualTo(1);
        a.answered(yes(a.sentTo("c", Request.Append.class)));
        assertThat(a.view().commitIndex()).isEqualTo(2);
    }

    @Test
    void thePositionOfAMemoryThatTheLogDoesNotNameMakesNoWatermark() {
        MemberUnderTest a = MemberUnderTest.withPosition("a", THREE);
        a.step(new Input.PositionAdvanced(at(1, 500)));
        a.leading();
        a.step(new Input.PositionAdvanced(at(2, 600)));
        a.tickAfter(HEARTBEAT);
        Header fromB = fromNewB(a.sentTo("b", Request.Heartbeat.class), false);
        Header fromC = answerFrom(a.sentTo("c", Request.Heartbeat.class));
        a.answered(new Response.Heartbeat(fromB, 2, null, LogPosition.NONE, at(2, 600)));
        a.tickAfter(HEARTBEAT);
        assertThat(a.sentTo("c", Request.Heartbeat.class).watermark()).isNull();
        a.answered(new Response.Heartbeat(fromC, 2, null, LogPosition.NONE, at(2, 590)));
        a.tickAfter(HEARTBEAT);
        assertThat(a.sentTo("c", Request.Heartbeat.class).watermark()).isEqualTo(at(2, 590));
    }

    /** The log names it, but it does not say that it knows: its entry may be one that a leader cut off left behind. */
    @Test
    void theVoteOfOneThatDoesNotKnowThatItWasLetInDoesNotCount() {
        Membership named = membership(THREE).withIncarnation("b", "b-2", 2);
        Entry letsInNewB = new Entry(2, 1, new Payload.MembershipChange(named));
        MemberUnderTest a = new MemberUnderTest(
                settings("a", THREE),
                "a-1",
                MemberUnderTest.foundedState(THREE).with(new DurableRecord.EntryAppended(letsInNewB)));
        a.ready();
        a.tickWhenDue();
        Request.Vote preVote = a.sentTo("b", Request.Vote.class);

        a.answered(new Response.Vote(fromNewB(preVote, false), Phase.PRE_VOTE, 2, 1, null));
        assertThat(a.view().role()).isEqualTo(Role.PRE_CANDIDATE);
        a.answered(yes(a.sentTo("c", Request.Vote.class)));
        assertThat(a.view().role()).isEqualTo(Role.CANDIDATE);
    }

    @Test
    void whileASuccessorCatchesUpNobodyIsLetIn() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        a.step(new Input.TransferLeadership(7, "c"));
        a.tickAfter(HEARTBEAT);
        assertThat(told(a.answered(newB(a.sentTo("b", Request.Append.class), false))))
                .noneMatch(Observation.LetIn.class::isInstance);
    }

    @Test
    void aNewMemoryIsNoSuccessor() {
        MemberUnderTest a = sawNewB();
        assertThat(only(a.step(new Input.TransferLeadership(7, "b")), Effect.TransferEnded.class))
                .extracting(ended -> ended.result().outcome())
                .containsExactly(HandoverResult.Outcome.NO_SUCCESSOR);
    }

    @Test
    void whatAnEarlierMemoryAcknowledgedExtendsNoLease() {
        List<Member> five = List.of(data("a"), data("b"), data("c"), data("d"), data("e"));
        MemberUnderTest a = founded("a", five).leading();
        a.tickAfter(HEARTBEAT);
        a.answered(yes(a.sentTo("b", Request.Heartbeat.class)));
        Request.Heartbeat toC = a.sentTo("c", Request.Heartbeat.class);
        a.outbox.clear();

        a.tickAfter(HEARTBEAT);
        Header fromNewB = fromNewB(a.sentTo("b", Request.Heartbeat.class), false);
        a.answered(new Response.Heartbeat(fromNewB, 2, refusal(RefusalReason.UNAVAILABLE), LogPosition.NONE, null));
        a.outbox.removeIf(send -> send.request() instanceof Request.Heartbeat);
        a.answered(newB(a.sentTo("b", Request.InstallSnapshot.class), false));
        a.answered(newB(a.sentTo("b", Request.Append.class), false));
        a.settle("c", "d", "e");
        a.step(new Input.Propose(2, new Payload.Application("test", Bytes.utf8("y"))));
        a.answered(newB(a.sentTo("b", Request.Append.class), true));
        assertThat(a.view().members().get(1).votingState()).isEqualTo(MemberPresence.VotingState.VOTER);
        assertThat(only(a.answered(yes(toC)), Effect.LeaseExtended.class)).isEmpty();
    }

    @Test
    void duringATransferNobodyIsLetIn() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(HEARTBEAT);
        a.step(new Input.TransferLeadership(7, "c"));
        assertThat(told(a.answered(newB(a.sentTo("b", Request.Heartbeat.class), false))))
                .noneMatch(Observation.LetIn.class::isInstance);
    }

    // ------------------------------------------------------------------------------------------------ the new memory
    // itself

    private static MemberUnderTest newMemory() {
        return new MemberUnderTest(settings("b", THREE), "b-2", DurableState.NEW);
    }

    private static Header toNewB(String from, @Nullable String incarnation, long id) {
        return new Header(1, CLUSTER, CLUSTER_ID, from, from + "-1", true, "b", incarnation, id);
    }

    private static void follow(MemberUnderTest b, long commitIndex) {
        Snapshot snapshot = new Snapshot(at(1, 1), membership(THREE), List.of(), 0);
        b.receive(new Request.InstallSnapshot(toNewB("a", "b-1", 1), 2, T, 1, snapshot));
        b.receive(new Request.Append(
                toNewB("a", "b-2", 2), 2, T, commitIndex, at(1, 1), List.of(entry(2, 2), NAMES_NEW_B)));
        b.write();
    }

    @Test
    void aNewMemoryDoesNotVoteBeforeItsEntryIsCommitted() {
        MemberUnderTest b = newMemory();
        follow(b, 2);
        b.pass(T);
        Request.Vote vote = new Request.Vote(toNewB("c", "b-2", 3), Phase.VOTE, 3, at(2, 3), null, 3, null, null);
        assertThat(told(b.receive(vote)))
                .contains(new Observation.VoteDecided(Phase.VOTE, "c", 3, refusal(RefusalReason.CATCHING_UP)));
        assertThat(b.view().votedFor()).isNull();
    }

    @Test
    void aNewMemoryDoesNotStandBeforeItsEntryIsCommitted() {
        MemberUnderTest b = newMemory();
        follow(b, 2);
        List<Effect> effects = b.ready();
        assertThat(told(effects))
                .extracting(o -> ((Observation.RoundEnded) o).outcome())
                .containsExactly(ElectionOutcome.NOT_ELECTABLE);
        b.tickAfter(T.multipliedBy(5));
        assertThat(b.view().role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void onceItKnowsItsEntryToBeCommittedItVotesAndStandsAcrossRestartsToo() {
        MemberUnderTest b = newMemory();
        follow(b, 3);
        assertThat(b.disk.snapshot())
                .as("what is compacted is committed, so it knows this after a restart")
                .isEqualTo(new Snapshot(at(2, 3), NEW_B, List.of(), 0));
        MemberUnderTest restarted = b.restart(b.settings);
        restarted.pass(T);
        Request.Vote vote = new Request.Vote(toNewB("c", "b-2", 3), Phase.VOTE, 3, at(2, 3), null, 3, null, null);
        assertThat(told(restarted.receive(vote))).contains(new Observation.VoteDecided(Phase.VOTE, "c", 3, null));
        restarted.write();
        restarted.ready();
        restarted.tickAfter(Duration.ofSeconds(1));
        assertThat(restarted.view().role()).isEqualTo(Role.PRE_CANDIDATE);
    }

    @Test
    void onlyTheEntryThatLetsItInIsCompactedAtOnce() {
        MemberUnderTest b = newMemory();
        follow(b, 3);
        b.receive(new Request.Append(toNewB("a", "b-2", 2), 2, T, 4, at(2, 3), List.of(entry(4, 2))));
        b.write();
        assertThat(b.view().commitIndex()).isEqualTo(4);
        assertThat(b.disk.snapshot()).isEqualTo(new Snapshot(at(2, 3), NEW_B, List.of(), 0));
    }

    @Test
    void aNewMemoryRefusesWhoseLogNamesTheOldOne() {
        MemberUnderTest b = newMemory();
        follow(b, 3);
        b.pass(T);
        Request.Vote vote = new Request.Vote(toNewB("c", "b-1", 3), Phase.VOTE, 3, at(2, 9), null, 1, null, null);
        assertThat(told(b.receive(vote)))
                .contains(new Observation.VoteDecided(Phase.VOTE, "c", 3, refusal(RefusalReason.CATCHING_UP)));
    }
}
