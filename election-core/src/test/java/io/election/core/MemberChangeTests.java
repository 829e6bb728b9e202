package io.election.core;

import static io.election.core.MemberUnderTest.CLUSTER;
import static io.election.core.MemberUnderTest.CLUSTER_ID;
import static io.election.core.MemberUnderTest.GENERATION;
import static io.election.core.MemberUnderTest.HEARTBEAT;
import static io.election.core.MemberUnderTest.LEASE;
import static io.election.core.MemberUnderTest.T;
import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.entry;
import static io.election.core.MemberUnderTest.founded;
import static io.election.core.MemberUnderTest.foundedState;
import static io.election.core.MemberUnderTest.incarnationOf;
import static io.election.core.MemberUnderTest.membership;
import static io.election.core.MemberUnderTest.observer;
import static io.election.core.MemberUnderTest.only;
import static io.election.core.MemberUnderTest.settings;
import static io.election.core.MemberUnderTest.told;
import static io.election.core.MemberUnderTest.witness;
import static io.election.core.MemberUnderTest.yes;
import static org.assertj.core.api.Assertions.assertThat;

import io.election.Role;
import io.election.core.EnrolledMember.Standing;
import io.election.core.MemberChange.Outcome;
import io.election.core.MemberPresence.VotingState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Safety rule 15: members that are promoted, demoted and removed, one vote at a time, and learners that come. */
class MemberChangeTests {

    private static final Contact CONTACT = new Contact("http://d.example.org:8080", null, 7);
    private static final Learner D = new Learner("d", MemberKind.DATA, "d-1", CONTACT);
    private static final Membership WITH_D = membership(THREE).withVoter(D, 3);

    private static MemberChange.Promote promote(String id) {
        return new MemberChange.Promote(id);
    }

    private static List<Effect> change(MemberUnderTest a, MemberChange change) {
        return a.step(new Input.ChangeMembers(9, change, null, false));
    }

    private static Outcome outcome(List<Effect> effects) {
        List<Effect.MemberChangeEnded> ended = only(effects, Effect.MemberChangeEnded.class);
        assertThat(ended).as("a caller is told once: %s", effects).hasSize(1);
        return ended.get(0).result().outcome();
    }

    private static void announces(MemberUnderTest a, String id, MemberKind kind) {
        announces(a, id, kind, CONTACT);
    }

    private static void announces(MemberUnderTest a, String id, MemberKind kind, Contact contact) {
        Header header = new Header(1, CLUSTER, null, id, id + "-1", false, a.settings.nodeId(), null, 1);
        a.receive(new Request.Announce(header, kind, contact));
    }

    /** Announced, with all of the log, and heard from. */
    private static void joins(MemberUnderTest a, String id, MemberKind kind) {
        announces(a, id, kind);
        catchesUp(a, id);
    }

    private static void catchesUp(MemberUnderTest a, String id) {
        for (int i = 0; i < 4 && matchOf(a, id) < a.election.commitIndex(); i++) {
            List<Effect.Send> sent = List.copyOf(a.outbox);
            a.outbox.clear();
            sent.stream()
                    .map(Effect.Send::request)
                    .filter(r -> r.header().to().equals(id))
                    .forEach(r -> a.answered(yes(r)));
        }
        assertThat(matchOf(a, id)).isEqualTo(a.election.commitIndex());
    }

    private static long matchOf(MemberUnderTest a, String id) {
        Long match = presence(a).get(id).matchIndex();
        return match == null ? 0 : match;
    }

    private static Map<String, MemberPresence> presence(MemberUnderTest a) {
        return a.view().members().stream().collect(Collectors.toMap(MemberPresence::id, Function.identity()));
    }

    private static boolean isAppendTo(Effect.Send send, String id) {
        return send.request() instanceof Request.Append append
                && append.header().to().equals(id);
    }

    // ------------------------------------------------------------------------------------------------ learners

    @Test
    void whoAnnouncesItselfIsSentTheLogAndCountsForNothing() {
        MemberUnderTest a = founded("a").leading();
        announces(a, "d", MemberKind.DATA);
        assertThat(presence(a).get("d").votingState()).isEqualTo(VotingState.LEARNER);
        assertThat(a.outbox).anyMatch(s -> s.request() instanceof Request.Append && isAppendTo(s, "d"));
        catchesUp(a, "d");
        assertThat(a.view().voters()).isEqualTo(3);
        assertThat(a.view().needed()).isEqualTo(2);
        a.outbox.clear();
        for (int i = 0; i < 10; i++) {
            a.heartbeatRound("d");
        }
        assertThat(a.view().role())
                .as("by the acknowledgements of a learner alone")
                .isEqualTo(Role.FOLLOWER);
    }

    @Test
    void aLearnerThatIsSilentForLongIsForgotten() {
        MemberUnderTest a = founded("a").leading();
        announces(a, "d", MemberKind.DATA);
        assertThat(presence(a)).containsKey("d");
        for (int i = 0; i < 130; i++) {
            a.heartbeatRound("b", "c");
            a.step(new Input.PingDue());
        }
        assertThat(presence(a)).doesNotContainKey("d");
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
    }

    @Test
    void aFollowerKeepsWhoAnnouncedItselfForWhenItLeads() {
        MemberUnderTest b = founded("b");
        announces(b, "d", MemberKind.DATA);
        b.leading();
        assertThat(presence(b).get("d").votingState()).isEqualTo(VotingState.LEARNER);
    }

    @Test
    void aMemberThatNoLogNamesAnnouncesItselfWhileItKnowsNoLeader() {
        MemberUnderTest d =
                new MemberUnderTest(settings("d", List.of(data("a"), data("b"), data("d"))), "d-1", DurableState.NEW);
        d.step(new Input.ContactIs(CONTACT));
        d.step(new Input.PingDue());
        assertThat(only(d.outbox, Effect.Send.class))
                .extracting(Effect.Send::request)
                .filteredOn(Request.Announce.class::isInstance)
                .extracting(r -> r.header().to() + " " + ((Request.Announce) r).contact())
                .containsExactly("a " + CONTACT, "b " + CONTACT);
        d.outbox.clear();
        d.receive(d.heartbeat("a", 2));
        d.step(new Input.PingDue());
        assertThat(d.outbox).noneMatch(s -> s.request() instanceof Request.Announce);
    }

    @Test
    void aLeaderThatNoListNamesIsAskedOnceItIsTold() {
        MemberUnderTest d = new MemberUnderTest(settings("d", List.of(data("a"), data("d"))), "d-1", DurableState.NEW);
        d.step(new Input.PingDue());
        Request.Announce asked = d.sentTo("a", Request.Announce.class);
        Contact there = new Contact("http://x:1", null, 0);
        List<Effect> effects = d.answered(new Response.Announce(MemberUnderTest.answerFrom(asked), null, "x", there));
        assertThat(effects).contains(new Effect.ContactLearnt("x", there));
        assertThat(d.sentTo("x", Request.Announce.class).kind()).isEqualTo(MemberKind.DATA);
    }

    @Test
    void anAnnouncementUnderAnotherKindIsNotTaken() {
        MemberUnderTest a = founded("a").leading();
        Header header = new Header(1, CLUSTER, null, "c", "c-2", false, "a", null, 1);
        List<Effect> effects = a.receive(new Request.Announce(header, MemberKind.WITNESS, null));
        assertThat(only(effects, Effect.Reply.class))
                .extracting(r -> r.response().refusal())
                .containsExactly(MemberUnderTest.refusal(RefusalReason.LIST_DIFFERS));
    }

    // ------------------------------------------------------------------------------------------------ promotion

    @Test
    void aLearnerIsPromotedOnceItHasCaughtUpAndCountsFromItsEntryOn() {
        MemberUnderTest a = founded("a").leading();
        announces(a, "d", MemberKind.DATA);
        assertThat(outcome(change(a, promote("d")))).isEqualTo(Outcome.REFUSED);
        catchesUp(a, "d");
        List<Effect> effects = change(a, promote("d"));
        assertThat(only(effects, Effect.MemberChangeEnded.class))
                .as("not committed yet")
                .isEmpty();
        assertThat(a.view().membership()).isEqualTo(WITH_D);
        assertThat(a.view().needed()).isEqualTo(3);
        a.answered(yes(a.sentTo("d", Request.Append.class)));
        assertThat(a.election.commitIndex()).isEqualTo(2);
        effects = a.answered(yes(a.sentTo("b", Request.Append.class)));
        assertThat(a.election.commitIndex())
                .as("on two, and not on the leader's disk")
                .isEqualTo(2);
        effects = a.write();
        assertThat(outcome(effects)).isEqualTo(Outcome.DONE);
        assertThat(told(effects)).contains(new Observation.MemberChangeCommitted(promote("d"), 3, null));
        assertThat(presence(a).get("d").votingState()).isEqualTo(VotingState.VOTER);
    }

    /** Where members are exchanged one by one, the others will soon have to hand over again. */
    @Test
    void ofEqualsWhoGotItsVoteLastIsTheBestSuccessor() {
        MemberUnderTest a = founded("a").leading();
        announces(a, "d", MemberKind.DATA, new Contact("http://d.example.org:8080", null, 0));
        a.settle("b", "c", "d");
        change(a, promote("d"));
        a.settle("b", "c", "d");
        assertThat(List.of(matchOf(a, "b"), matchOf(a, "c"), matchOf(a, "d"))).containsOnly(a.election.commitIndex());
        assertThat(told(a.step(new Input.TransferLeadership(9, null))))
                .contains(new Observation.TransferProgress("d", "is to lead"));
    }

    @Test
    void aLearnerThatAnswersAndLacksTheLogIsNotPromoted() {
        MemberUnderTest a = founded("a").leading();
        for (int i = 0; i <= AutopilotSettings.MOST_BEHIND; i++) {
            a.step(new Input.Propose(0, entry(1, 1).payload()));
            a.settle("b", "c");
        }
        announces(a, "d", MemberKind.DATA);
        a.tickAfter(HEARTBEAT);
        a.answered(yes(a.sentTo("d", Request.Heartbeat.class)));
        assertThat(outcome(change(a, promote("d")))).isEqualTo(Outcome.REFUSED);
        a.settle("b", "c", "d");
        a.heartbeatRound("b", "c", "d");
        change(a, promote("d"));
        assertThat(a.view().voters()).isEqualTo(4);
    }

    /** What was appended before it may be committed first. */
    @Test
    void aChangeIsDoneOnceItsOwnEntryIsCommitted() {
        MemberUnderTest a = founded("a").leading();
        joins(a, "d", MemberKind.DATA);
        a.step(new Input.Propose(0, entry(1, 1).payload()));
        Request.Append before = a.sentTo("b", Request.Append.class);
        change(a, promote("d"));
        a.write();
        List<Effect> effects = new ArrayList<>(a.answered(yes(before)));
        effects.addAll(a.answered(yes(a.sentTo("d", Request.Append.class))));
        assertThat(a.election.commitIndex()).isEqualTo(3);
        assertThat(only(effects, Effect.MemberChangeEnded.class)).isEmpty();
        assertThat(outcome(a.settle("b", "c", "d"))).isEqualTo(Outcome.DONE);
    }

    /** A learner may have stood when it had a vote. It would follow nobody whose term is lower. */
    @Test
    void aLearnersHigherTermIsHeeded() {
        MemberUnderTest a = founded("a").leading();
        joins(a, "d", MemberKind.DATA);
        a.tickAfter(HEARTBEAT);
        a.answered(MemberUnderTest.no(a.sentTo("d", Request.Heartbeat.class), 7, Refusal.of(RefusalReason.STALE_TERM)));
        assertThat(a.view().term()).isEqualTo(7);
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void nobodyIsPromotedWhileAVoterIsSilent() {
        MemberUnderTest a = founded("a").leading();
        joins(a, "d", MemberKind.DATA);
        for (int i = 0; i < 11; i++) {
            a.heartbeatRound("b", "d");
        }
        assertThat(outcome(change(a, promote("d")))).isEqualTo(Outcome.REFUSED);
        // It takes no force to remove whoever does not count anyway, and then there is nobody silent.
        change(a, new MemberChange.Remove("c"));
        a.settle("b", "d");
        change(a, promote("d"));
        assertThat(outcome(a.settle("b", "d"))).isEqualTo(Outcome.DONE);
        assertThat(a.view().membership().listed()).extracting(ListedMember::id).containsExactly("a", "b", "d");
    }

    @Test
    void anObserverIsNeverPromoted() {
        MemberUnderTest a =
                founded("a", List.of(data("a"), data("b"), observer("o"))).leading();
        assertThat(outcome(change(a, promote("o")))).isEqualTo(Outcome.REFUSED);
    }

    @Test
    void witnessesThatWouldBeAQuorumAloneAreNotPromoted() {
        MemberUnderTest a = founded("a", List.of(data("a"), witness("w"))).leading();
        joins(a, "v", MemberKind.WITNESS);
        assertThat(outcome(change(a, promote("v")))).isEqualTo(Outcome.REFUSED);
    }

    /** A vote is the candidate's to count, by the candidate's log. */
    @Test
    void aPromotedMemberVotesThoughItDoesNotKnowOfItsPromotion() {
        MemberUnderTest d =
                new MemberUnderTest(settings("d", List.of(data("a"), data("d"))), "d-1", foundedState(THREE));
        d.free();
        Request.Vote vote = new Request.Vote(
                new Header(1, CLUSTER, CLUSTER_ID, "b", "b-1", true, "d", "d-1", 1),
                Phase.VOTE,
                4,
                at(3, 9),
                null,
                1,
                null,
                null);
        List<Effect> effects = d.receive(vote);
        assertThat(only(effects, Effect.Reply.class))
                .extracting(r -> r.response().refusal())
                .containsOnlyNulls();
        // Of another memory, it would be a vote that may have been given already.
        Request.Vote toAnother = new Request.Vote(
                new Header(1, CLUSTER, CLUSTER_ID, "b", "b-1", true, "d", "d-0", 2),
                Phase.VOTE,
                5,
                at(3, 9),
                null,
                1,
                null,
                null);
        d.pass(T.multipliedBy(2));
        assertThat(only(d.receive(toAnother), Effect.Reply.class))
                .extracting(r -> r.response().refusal())
                .containsExactly(MemberUnderTest.refusal(RefusalReason.CATCHING_UP));
    }

    @Test
    void aMemberThatLagsFollowsALeaderThatWasPromotedSince() {
        MemberUnderTest c = founded("c").free();
        Header ofD = new Header(1, CLUSTER, null, CLUSTER_ID, "d", "d-1", true, "c", "c-1", 1, 3L);
        c.receive(new Request.Heartbeat(ofD, 4, T, 3, null));
        assertThat(c.view().leader()).isEqualTo("d");
    }

    /** c never heard of d's promotion, nor that its memory was lost and let in again. */
    @Test
    void aMemberSaysWhichEntryNamedItAlsoAfterItsMemoryWasLetInAgain() {
        Membership letIn = WITH_D.withIncarnation("d", "d-1", 9);
        MemberUnderTest d = new MemberUnderTest(
                settings("d", List.of(data("a"), data("b"), data("c"), data("d"))),
                "d-1",
                new DurableState(new HardState(1, null, T), new Snapshot(at(1, 10), letIn, List.of(), 0), List.of()));
        d.ready();
        d.tickWhenDue();
        assertThat(d.sentTo("c", Request.Vote.class).header().fromNamedAt()).isEqualTo(9);
    }

    @Test
    void aStrangerThatClaimsNoPromotionIsNotFollowed() {
        MemberUnderTest c = founded("c").free();
        Header stranger = new Header(1, CLUSTER, CLUSTER_ID, "d", "d-1", true, "c", "c-1", 1);
        c.receive(new Request.Heartbeat(stranger, 4, T, 3, null));
        assertThat(c.view().leader()).isNull();
        assertThat(c.view().term()).isEqualTo(1);
    }

    /** The lease of {a}, before d has a vote, has no end. Cut off then, a would lead beside whomever d helps to elect. */
    @Test
    void aSoleVotersLeaseHasAnEndBeforeThereIsASecondVoter() {
        MemberUnderTest a = founded("a", List.of(data("a")));
        a.ready();
        a.settle();
        joins(a, "d", MemberKind.DATA);
        a.pass(LEASE.dividedBy(2));
        a.tick();
        List<Effect> effects = change(a, promote("d"));
        assertThat(only(effects, Effect.LeaseExtended.class))
                .containsExactly(new Effect.LeaseExtended(2, Lease.from(a.clock, LEASE.toNanos())));
        a.outbox.clear();
        Duration passed = Duration.ZERO;
        while (a.view().role() == Role.LEADER) {
            passed = passed.plus(a.untilDue());
            a.tickWhenDue();
        }
        assertThat(passed).isEqualTo(LEASE);
    }

    /** It counts from the append: of two, both are needed, and the entry could not commit by waiting for itself. */
    @Test
    void aSoleVoterGrowsToTwo() {
        MemberUnderTest a = founded("a", List.of(data("a")));
        a.ready();
        a.settle();
        joins(a, "d", MemberKind.DATA);
        change(a, promote("d"));
        assertThat(outcome(a.settle("d"))).isEqualTo(Outcome.DONE);
        for (int i = 0; i < 30; i++) {
            a.heartbeatRound("d");
        }
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
    }

    // ------------------------------------------------------------------------------------------------ removal

    @Test
    void theLastVoterToSpareIsTakenByForceOnly() {
        MemberUnderTest a = founded("a").leading();
        assertThat(outcome(change(a, new MemberChange.Remove("c")))).isEqualTo(Outcome.NEEDS_FORCE);
        assertThat(a.view().voters()).isEqualTo(3);
        a.step(new Input.ChangeMembers(9, new MemberChange.Remove("c"), null, true));
        assertThat(outcome(a.settle("b"))).isEqualTo(Outcome.DONE);
        assertThat(a.view().voters()).isEqualTo(2);
    }

    @Test
    void aChangeWhoseQuorumIsNotThereIsRefused() {
        MemberUnderTest a = founded("a", List.of(data("a"), data("b"), data("c"), data("d"), data("e")))
                .leading();
        for (int i = 0; i < 11; i++) {
            a.heartbeatRound("b", "c");
        }
        // a, b, c of a, b, c, d: three are needed and there. a, b of a, b, d, e: three are needed.
        assertThat(outcome(a.step(new Input.ChangeMembers(9, new MemberChange.Remove("c"), null, true))))
                .isEqualTo(Outcome.REFUSED);
        change(a, new MemberChange.Remove("e"));
        assertThat(outcome(a.settle("b", "c"))).isEqualTo(Outcome.DONE);
    }

    @Test
    void whoIsRemovedIsSentTheEntryOnceItIsCommittedAndIsLetGoOnceItKnows() {
        MemberUnderTest a = founded("a", List.of(data("a"), data("b"), data("c"), data("d")))
                .leading();
        change(a, new MemberChange.Remove("d"));
        a.write();
        assertThat(a.outbox).noneMatch(s -> isAppendTo(s, "d"));
        a.answered(yes(a.sentTo("b", Request.Append.class)));
        Request.Append last = a.sentTo("d", Request.Append.class);
        assertThat(last.commitIndex()).isEqualTo(3);
        a.answered(yes(last));
        a.outbox.clear();
        a.tickAfter(HEARTBEAT);
        assertThat(a.outbox)
                .isNotEmpty()
                .noneMatch(s -> s.request().header().to().equals("d"));
    }

    @Test
    void whoIsRemovedAndDoesNotAnswerIsLetGoInTheEnd() {
        MemberUnderTest a = founded("a", List.of(data("a"), data("b"), data("c"), data("d")))
                .leading();
        change(a, new MemberChange.Remove("d"));
        a.settle("b", "c");
        for (int i = 0; i < 22; i++) {
            a.heartbeatRound("b", "c");
        }
        a.outbox.clear();
        a.tickAfter(HEARTBEAT);
        assertThat(a.outbox)
                .isNotEmpty()
                .noneMatch(s -> s.request().header().to().equals("d"));
    }

    @Test
    void whoKnowsThatItWasRemovedSaysSoAndStandsNoMore() {
        MemberUnderTest c = founded("c");
        c.ready();
        Entry removal =
                new Entry(2, 2, new Payload.MembershipChange(membership(THREE).without("c", 2)));
        List<Effect> held = c.receive(c.append("a", 2, 1, at(1, 1), removal));
        assertThat(told(held)).doesNotContain(new Observation.Removed());
        List<Effect> known = c.receive(c.heartbeat("a", 2));
        known = c.receive(new Request.Heartbeat(c.from("a"), 2, T, 2, null));
        assertThat(told(known)).contains(new Observation.Removed());
        for (int i = 0; i < 10; i++) {
            c.tickAfter(T);
        }
        assertThat(c.outbox).isEmpty();
        assertThat(c.view().role()).isEqualTo(Role.FOLLOWER);
        assertThat(told(known))
                .filteredOn(Observation.RoundEnded.class::isInstance)
                .singleElement()
                .hasFieldOrPropertyWithValue("detail", "it was removed from the cluster");
    }

    /** {A,B}: B led until a moment ago and has left; its lease may hold. A restarts as the only voter. */
    @Test
    void theLastVoterLeftIsBoundByItsStart() {
        Membership alone = membership(List.of(data("a"), data("b"))).without("b", 2);
        MemberUnderTest a = new MemberUnderTest(
                settings("a", List.of(data("a"), data("b"))),
                "a-1",
                new DurableState(new HardState(1, null, T), new Snapshot(at(1, 2), alone, List.of(), 0), List.of()));
        a.ready();
        a.tickAfter(T.minusMillis(1));
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
        a.pass(Duration.ofMillis(1));
        a.tick();
        a.settle();
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
    }

    /** Without an end, the lease that the last voter gave up would let its work go on beside a later leader. */
    @Test
    void theLeaseThatASoleVoterGivesUpHasAnEnd() {
        MemberUnderTest a = founded("a", List.of(data("a")));
        a.ready();
        a.settle();
        List<Effect> effects = a.step(new Input.StepDown(3));
        assertThat(only(effects, Effect.DrainLease.class))
                .containsExactly(new Effect.DrainLease(2, Lease.from(a.clock, LEASE.toNanos())));
    }

    @Test
    void whoIsLeftAloneNeedsNobody() {
        MemberUnderTest a = founded("a", List.of(data("a"), data("b"))).leading();
        a.step(new Input.ChangeMembers(9, new MemberChange.Remove("b"), null, true));
        List<Effect> effects = a.settle();
        assertThat(outcome(effects)).isEqualTo(Outcome.DONE);
        assertThat(effects).contains(new Effect.LeaseExtended(2, Lease.UNLIMITED));
    }

    /** The entry that took a leader's vote may be cut off again: then it was elected without it. */
    @Test
    void aLeaderThatOnlyAnUncommittedEntryRemovesIsFollowed() {
        MemberUnderTest a = new MemberUnderTest(
                settings("a", THREE),
                "a-1",
                new DurableState(
                        new HardState(2, "a", T),
                        new Snapshot(at(1, 1), membership(THREE), List.of(), 0),
                        List.of(
                                new Entry(2, 2, new Payload.TermOpening("a", null, null)),
                                new Entry(
                                        3,
                                        2,
                                        new Payload.MembershipChange(
                                                membership(THREE).without("b", 3))))));
        a.free();
        a.receive(a.append("b", 3, 2, at(2, 2), new Entry(3, 3, new Payload.TermOpening("b", null, null))));
        assertThat(a.view().leader()).isEqualTo("b");
        assertThat(a.view().voters()).isEqualTo(3);
    }

    /** A sole voter has named its first learner, and restarts before the learner held anything: each needs the other. */
    @Test
    void aNewcomerTakesTheLogOfALeaderThatNamesItsMemoryThoughNothingIsKnownToBeCommitted() {
        MemberUnderTest d = new MemberUnderTest(settings("d", List.of(data("a"), data("d"))), "d-1", DurableState.NEW);
        Membership founding = membership(List.of(data("a")));
        Header named = new Header(1, CLUSTER, CLUSTER_ID, "a", "a-1", true, "d", "d-1", 1);
        Entry first = new Entry(1, 1, new Payload.TermOpening("a", null, founding));
        d.receive(new Request.Append(named, 3, T, 0, LogPosition.NONE, List.of(first)));
        assertThat(d.election.entries()).containsExactly(first);
        MemberUnderTest e = new MemberUnderTest(settings("e", List.of(data("a"), data("e"))), "e-1", DurableState.NEW);
        Header unnamed = new Header(1, CLUSTER, CLUSTER_ID, "a", "a-1", true, "e", null, 1);
        e.receive(new Request.Append(unnamed, 3, T, 0, LogPosition.NONE, List.of(first)));
        assertThat(e.election.entries()).isEmpty();
    }

    // ------------------------------------------------------------------------------------------------ one at a time

    @Test
    void aChangeThatBuildsOnAnotherMembershipIsStale() {
        MemberUnderTest a = founded("a").leading();
        List<Effect> effects = a.step(new Input.ChangeMembers(9, new MemberChange.Remove("c"), 7L, true));
        assertThat(only(effects, Effect.MemberChangeEnded.class).get(0).result())
                .extracting(MemberChange.Result::outcome, MemberChange.Result::version)
                .containsExactly(Outcome.STALE, 1L);
    }

    @Test
    void aSecondChangeWaitsForTheFirstToBeCommitted() {
        MemberUnderTest a = founded("a", List.of(data("a"), data("b"), data("c"), data("d")))
                .leading();
        change(a, new MemberChange.Remove("d"));
        assertThat(outcome(a.step(new Input.ChangeMembers(10, new MemberChange.Remove("c"), null, true))))
                .isEqualTo(Outcome.BUSY);
        a.settle("b", "c");
        a.step(new Input.ChangeMembers(11, new MemberChange.Remove("c"), null, true));
        assertThat(outcome(a.settle("b", "c"))).isEqualTo(Outcome.DONE);
    }

    @Test
    void nothingChangesBeforeTheTermIsOpen() {
        MemberUnderTest a = founded("a");
        a.ready();
        a.tickWhenDue();
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        a.write();
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
        List<Effect> effects = a.receive(new Request.Change(a.from("c"), MemberChange.Action.DEMOTE, "c", null, true));
        assertThat(only(effects, Effect.Reply.class).get(0).response())
                .extracting(response -> ((Response.Change) response).outcome())
                .isEqualTo(Outcome.NOT_LEADER);
    }

    @Test
    void whoIsNotThereOrIsSoAlreadyIsLeftAsItIs() {
        MemberUnderTest a = founded("a").leading();
        assertThat(outcome(change(a, new MemberChange.Remove("z")))).isEqualTo(Outcome.UNCHANGED);
        assertThat(outcome(change(a, promote("b")))).isEqualTo(Outcome.UNCHANGED);
        assertThat(outcome(change(a, promote("z")))).isEqualTo(Outcome.REFUSED);
    }

    @Test
    void aChangeUnderWayIsUnknownWhenItsLeadershipEnds() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.ChangeMembers(9, new MemberChange.Demote("c"), null, true));
        List<Effect> effects = new ArrayList<>();
        while (a.view().role() == Role.LEADER) {
            effects.addAll(a.tickWhenDue());
        }
        assertThat(outcome(effects)).isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void whoeverIsDemotedFollowsOnWithoutAVoteAndCanBePromotedAgain() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.ChangeMembers(9, new MemberChange.Demote("c"), null, true));
        a.settle("b", "c");
        assertThat(presence(a).get("c").votingState()).isEqualTo(VotingState.LEARNER);
        assertThat(a.view().membership().member("c"))
                .get()
                .extracting(EnrolledMember::standing)
                .isEqualTo(Standing.WITHOUT_VOTE);
        change(a, promote("c"));
        assertThat(outcome(a.settle("b", "c"))).isEqualTo(Outcome.DONE);
        assertThat(a.view().voters()).isEqualTo(3);
    }

    @Test
    void aMembershipIsNotProposedLikeAnEntryOfTheApplication() {
        MemberUnderTest a = founded("a").leading();
        List<Effect> effects = a.step(new Input.Propose(4, new Payload.MembershipChange(WITH_D)));
        assertThat(effects).contains(new Effect.ProposalAnswered(4, 0));
    }

    /**
     * The applications of a and b hold the records of {a,b,c}'s term. d and e come without them. After two changes, c, d and e
     * would be a quorum that lacks them.
     */
    @Test
    void theSecondChangeWaitsUntilTheApplicationsOfAQuorumHaveFollowed() {
        MemberUnderTest a = MemberUnderTest.withPosition("a", THREE);
        a.step(new Input.PositionAdvanced(at(1, 5)));
        a.leading();
        joins(a, "d", MemberKind.DATA);
        joins(a, "e", MemberKind.DATA);
        answersWithPosition(a, at(1, 5), "b", "c");
        change(a, promote("d"));
        assertThat(outcome(a.settle("b", "c", "d"))).isEqualTo(Outcome.DONE);
        answersWithPosition(a, at(1, 5), "b");
        answersWithPosition(a, at(0, 0), "c", "d", "e");
        assertThat(outcome(change(a, promote("e")))).isEqualTo(Outcome.REFUSED);
        answersWithPosition(a, at(2, 5), "b", "d", "c");
        change(a, promote("e"));
        assertThat(a.view().voters()).isEqualTo(5);
    }

    @Test
    void whatTheApplicationsHaveToHoldIsAskedForWithEachChange() {
        MemberUnderTest a = MemberUnderTest.withPosition("a", THREE);
        a.step(new Input.PositionAdvanced(at(1, 5)));
        a.leading();
        joins(a, "d", MemberKind.DATA);
        joins(a, "e", MemberKind.DATA);
        answersWithPosition(a, at(1, 5), "b", "c", "d", "e");
        a.step(new Input.PositionAdvanced(at(2, 9)));
        change(a, promote("d"));
        assertThat(outcome(a.settle("b", "c", "d"))).isEqualTo(Outcome.DONE);
        answersWithPosition(a, at(1, 5), "b", "c", "d", "e");
        assertThat(outcome(change(a, promote("e"))))
                .as("(2, 9) may count by the three alone, and is on one")
                .isEqualTo(Outcome.REFUSED);
        answersWithPosition(a, at(2, 9), "b", "c", "d", "e");
        change(a, promote("e"));
        assertThat(a.view().voters()).isEqualTo(5);
    }

    private static void answersWithPosition(MemberUnderTest a, LogPosition position, String... ids) {
        a.outbox.clear();
        a.tickAfter(HEARTBEAT);
        for (String id : ids) {
            Request.Heartbeat heartbeat = a.sentTo(id, Request.Heartbeat.class);
            a.answered(new Response.Heartbeat(
                    MemberUnderTest.answerFrom(heartbeat), heartbeat.term(), null, LogPosition.NONE, position));
        }
    }

    // ------------------------------------------------------------------------------------------------ the record

    @Test
    void aMembershipSaysWhichEntryMadeIt() {
        Membership founded = membership(THREE);
        assertThat(founded.version()).isEqualTo(1);
        assertThat(founded.withIncarnation("b", "b-2", 4).version()).isEqualTo(4);
        assertThat(founded.without("b", 9).version()).isEqualTo(9);
        assertThat(founded.withoutVoteOf("b", Standing.WITHOUT_VOTE, 9)
                        .without("b", 12)
                        .version())
                .isEqualTo(12);
        assertThat(founded.withVoter(D, 5))
                .isEqualTo(new Membership(
                        CLUSTER_ID, GENERATION, founded.withVoter(D, 5).members(), 5L))
                .isEqualTo(new Membership(
                        CLUSTER_ID, GENERATION, founded.withVoter(D, 5).members()));
        assertThat(incarnationOf("d"))
                .isEqualTo(founded.withVoter(D, 5).member("d").orElseThrow().incarnation());
    }

    @Test
    void aSnapshotKeepsWhoHasNoVote() {
        MemberUnderTest c = founded("c");
        Membership demoted = membership(THREE).withoutVoteOf("b", Standing.WITHOUT_VOTE, 2);
        c.receive(c.append("a", 2, 3, at(1, 1), new Entry(2, 2, new Payload.MembershipChange(demoted)), entry(3, 2)));
        c.write();
        assertThat(c.restart(c.settings).view().voters()).isEqualTo(2);
    }
}
