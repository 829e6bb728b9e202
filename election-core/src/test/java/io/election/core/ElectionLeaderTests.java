package io.election.core;

import static io.election.core.MemberUnderTest.CLUSTER;
import static io.election.core.MemberUnderTest.CLUSTER_ID;
import static io.election.core.MemberUnderTest.GENERATION;
import static io.election.core.MemberUnderTest.HEARTBEAT;
import static io.election.core.MemberUnderTest.LEASE;
import static io.election.core.MemberUnderTest.T;
import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.answerFrom;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.done;
import static io.election.core.MemberUnderTest.entry;
import static io.election.core.MemberUnderTest.founded;
import static io.election.core.MemberUnderTest.foundedState;
import static io.election.core.MemberUnderTest.hardState;
import static io.election.core.MemberUnderTest.membership;
import static io.election.core.MemberUnderTest.no;
import static io.election.core.MemberUnderTest.observer;
import static io.election.core.MemberUnderTest.only;
import static io.election.core.MemberUnderTest.persists;
import static io.election.core.MemberUnderTest.refusal;
import static io.election.core.MemberUnderTest.settings;
import static io.election.core.MemberUnderTest.told;
import static io.election.core.MemberUnderTest.withPosition;
import static io.election.core.MemberUnderTest.witness;
import static io.election.core.MemberUnderTest.yes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.election.FencingToken;
import io.election.Role;
import io.election.StepDownReason;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How a leadership begins, lasts and ends, and how the log gets to the others. */
class ElectionLeaderTests {

    private static final List<Member> FIVE = List.of(data("a"), data("b"), data("c"), data("d"), data("e"));

    /** Elected in term 2, with its opening entry neither written nor sent. */
    private static MemberUnderTest elected(MemberUnderTest a) {
        a.ready();
        a.tickWhenDue();
        for (int round = 0; round < 2; round++) {
            for (Member member : a.settings.members()) {
                String voter = member.id();
                if (member.kind().votes() && !voter.equals("a") && a.view().role() != Role.LEADER) {
                    a.answered(yes(a.sentTo(voter, Request.Vote.class)));
                    if (a.view().role() == Role.CANDIDATE && a.hasUnwritten()) {
                        a.write();
                        break;
                    }
                }
            }
        }
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
        a.outbox.removeIf(send -> send.request() instanceof Request.Vote);
        return a;
    }

    private static Effect role(Role from, Role to, long term, String reason) {
        return new Effect.Observed(new Observation.RoleChanged(from, to, term, reason));
    }

    private static Effect acknowledged(String member, Duration roundTrip) {
        return new Effect.Observed(new Observation.HeartbeatAcknowledged(member, roundTrip));
    }

    private static Lease leaseFrom(ClockReading sent) {
        return Lease.from(sent, LEASE.toNanos());
    }

    private static Header to(String peer, long requestId) {
        return new Header(1, CLUSTER, CLUSTER_ID, "a", "a-1", true, peer, peer + "-1", requestId);
    }

    // ------------------------------------------------------------------------------------------------ the beginning

    @Test
    void leadsOnceItsOpeningIsCommittedAndItsLeaseHolds() {
        MemberUnderTest a = elected(founded("a"));
        ClockReading sent = a.clock;
        Request.Append append = a.sentTo("b", Request.Append.class);
        a.pass(Duration.ofMillis(20));
        assertThat(a.write()).as("durable here alone").isEmpty();
        assertThat(a.view().leader()).isNull();
        assertThat(a.answered(yes(append)))
                .containsExactly(
                        new Effect.LeaderChanged(2, "a"),
                        new Effect.LeadershipGained(2, FencingToken.of(GENERATION, 2), leaseFrom(sent)),
                        heartbeat("b", 1006, 2),
                        heartbeat("c", 1007, 2));
        assertThat(a.untilDue()).as("the next heartbeat").isEqualTo(HEARTBEAT);
    }

    /** A heartbeat beside the opening would take a second connection, and a write of the receiver. */
    @Test
    void aNewLeaderSendsHeartbeatsAtOnceToThoseOnlyWhoAreSentNoEntries() {
        MemberUnderTest a = elected(founded("a", List.of(data("a"), data("b"), witness("w"))));
        assertThat(a.outbox)
                .extracting(
                        send -> send.request().header().to(),
                        send -> send.request().getClass())
                .containsExactly(tuple("b", Request.Append.class), tuple("w", Request.Heartbeat.class));
        a.outbox.clear();
        a.tickAfter(HEARTBEAT);
        assertThat(a.outbox)
                .filteredOn(send -> send.request() instanceof Request.Heartbeat)
                .extracting(send -> send.request().header().to())
                .containsExactly("b", "w");
    }

    private static Effect.Send heartbeat(String peer, long requestId, long committed) {
        return new Effect.Send(new Request.Heartbeat(to(peer, requestId), 2, T, committed, null));
    }

    @Test
    void doesNotLeadOnACommitAloneWhileNoQuorumIsBound() {
        MemberUnderTest a = elected(founded("a"));
        Request.Append opening = a.sentTo("b", Request.Append.class);
        a.write();
        a.pass(LEASE);
        assertThat(only(a.answered(yes(opening)), Effect.LeadershipGained.class))
                .isEmpty();
        assertThat(a.view().commitIndex()).isEqualTo(2);
        assertThat(a.view().leader()).isNull();
        a.outbox.clear();
        a.tickAfter(HEARTBEAT);
        assertThat(only(a.answered(yes(a.sentTo("c", Request.Heartbeat.class))), Effect.LeadershipGained.class))
                .hasSize(1);
    }

    /** The answers of one member overtake each other. With the rule that drops the older, the lease waits for a round. */
    @Test
    void anAcknowledgementThatALaterOneOvertookCounts() {
        MemberUnderTest a = elected(founded("a"));
        a.write();
        ClockReading sent = a.clock;
        Request.Append opening = a.sentTo("b", Request.Append.class);
        a.tickAfter(HEARTBEAT);
        Request.Heartbeat first = a.sentTo("b", Request.Heartbeat.class);
        a.tickAfter(HEARTBEAT);
        Request.Heartbeat second = a.sentTo("b", Request.Heartbeat.class);
        assertThat(only(a.answered(no(second, 2, refusal(RefusalReason.UNAVAILABLE))), Effect.LeadershipGained.class))
                .isEmpty();
        assertThat(only(a.answered(yes(opening)), Effect.LeadershipGained.class))
                .as("the entry was acknowledged, though a later request was answered before")
                .containsExactly(new Effect.LeadershipGained(2, FencingToken.of(GENERATION, 2), leaseFrom(sent)));
        assertThat(told(a.answered(yes(first)))).containsExactly(new Observation.HeartbeatAcknowledged("b", HEARTBEAT));
    }

    @Test
    void theAnswerToItsOpeningAloneMakesALeader() {
        MemberUnderTest a = elected(founded("a"));
        a.write();
        ClockReading sent = a.clock;
        a.pass(Duration.ofMillis(5));
        assertThat(only(a.answered(yes(a.sentTo("c", Request.Append.class))), Effect.LeadershipGained.class))
                .containsExactly(new Effect.LeadershipGained(2, FencingToken.of(GENERATION, 2), leaseFrom(sent)));
    }

    @Test
    void anAcknowledgementTooOldForALeaseGivesNoLeadership() {
        MemberUnderTest a = elected(founded("a"));
        a.write();
        a.tickAfter(HEARTBEAT);
        Request.Heartbeat heartbeat = a.sentTo("b", Request.Heartbeat.class);
        a.pass(LEASE);
        a.answered(yes(heartbeat));
        a.answered(yes(a.sentTo("b", Request.Append.class)));
        assertThat(a.view().commitIndex()).isEqualTo(2);
        assertThat(a.view().leader()).isNull();
    }

    @Test
    void anOpeningThatIsNotDurableHereDoesNotCountHere() {
        MemberUnderTest a = elected(founded("a"));
        assertThat(a.answered(yes(a.sentTo("b", Request.Append.class)))).isEmpty();
        assertThat(a.view().commitIndex()).isEqualTo(1);
        assertThat(only(a.write(), Effect.LeadershipGained.class)).hasSize(1);
    }

    @Test
    void anEntryIsNotDurableWithAnEarlierWrite() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        a.step(new Input.Propose(2, new Payload.Application("test", Bytes.utf8("y"))));
        a.outbox.removeIf(send -> !send.request().header().to().equals("b"));
        a.answered(yes(a.sentTo("b", Request.Append.class)));
        a.answered(yes(a.sentTo("b", Request.Append.class)));
        assertThat(a.view().commitIndex()).isEqualTo(2);
        a.step(new Input.Persisted(3));
        assertThat(a.view().commitIndex()).as("of two writes the first is done").isEqualTo(3);
        a.step(new Input.Persisted(4));
        assertThat(a.view().commitIndex()).isEqualTo(4);
    }

    @Test
    void aQuorumWithoutTheLeadersOwnDiskCommitsToo() {
        MemberUnderTest a = elected(founded("a"));
        a.answered(yes(a.sentTo("b", Request.Append.class)));
        assertThat(only(a.answered(yes(a.sentTo("c", Request.Append.class))), Effect.LeadershipGained.class))
                .hasSize(1);
        assertThat(a.view().commitIndex()).isEqualTo(2);
    }

    @Test
    void twoCopiesAmongFourVotersCommitNothing() {
        MemberUnderTest a = founded("a", List.of(data("a"), data("b"), data("c"), data("d")))
                .leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        a.write();
        a.answered(yes(a.sentTo("b", Request.Append.class)));
        assertThat(a.view().commitIndex()).isEqualTo(2);
        a.answered(yes(a.sentTo("c", Request.Append.class)));
        assertThat(a.view().commitIndex()).isEqualTo(3);
    }

    @Test
    void anOpeningThatDoesNotCommitEndsTheTermWithinTwoTDoublingUpToEight() {
        MemberUnderTest a = founded("a");
        a.ready();
        for (long times : new long[] {2, 4, 8, 8}) {
            while (a.view().role() != Role.LEADER) {
                a.tickWhenDue();
                for (Effect.Send send : List.copyOf(a.outbox)) {
                    if (send.request() instanceof Request.Vote vote) {
                        a.answered(yes(vote));
                    }
                }
                a.outbox.clear();
                if (a.hasUnwritten() && a.view().role() == Role.CANDIDATE) {
                    a.write();
                    for (Effect.Send send : List.copyOf(a.outbox)) {
                        a.answered(yes(send.request()));
                    }
                    a.outbox.clear();
                }
            }
            long term = a.view().term();
            a.tickAfter(T.multipliedBy(times).minusNanos(1));
            assertThat(a.view().role()).isEqualTo(Role.LEADER);
            assertThat(a.tickAfter(Duration.ofNanos(1)))
                    .as("it never led, so no leadership ends")
                    .containsExactly(role(
                            Role.LEADER,
                            Role.FOLLOWER,
                            term,
                            "OPENING_NOT_COMMITTED: the entry that opens the term did not reach a quorum in time"));
            assertThat(a.view().lastEnd()).isEqualTo(StepDownReason.OPENING_NOT_COMMITTED);
            assertThat(a.untilDue()).isEqualTo(T.multipliedBy(2));
            a.write();
        }
    }

    @Test
    void aTermThatWasOpenedTakesTheDoublingBack() {
        MemberUnderTest a = elected(founded("a"));
        a.tickAfter(T.multipliedBy(2));
        a.write();
        a.outbox.clear();
        a.tickWhenDue();
        a.settle("b", "c");
        assertThat(a.view().leader()).isEqualTo("a");
        a.tickAfter(LEASE);
        assertThat(a.view().lastEnd()).isEqualTo(StepDownReason.LEASE_LOST);
        a.outbox.clear();
        a.tickAfter(T.multipliedBy(2));
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        a.write();
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
        a.tickAfter(T.multipliedBy(2));
        assertThat(a.view().lastEnd()).isEqualTo(StepDownReason.OPENING_NOT_COMMITTED);
    }

    // ------------------------------------------------------------------------------------------------ the lease

    @Test
    void theLeaseRunsFromTheSendingNotFromTheAnswer() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(HEARTBEAT);
        ClockReading sent = a.clock;
        a.pass(Duration.ofMillis(60));
        assertThat(a.answered(yes(a.sentTo("b", Request.Heartbeat.class))))
                .containsExactly(
                        acknowledged("b", Duration.ofMillis(60)), new Effect.LeaseExtended(2, leaseFrom(sent)));
    }

    @Test
    void theLeaseRunsFromTheQuorumthLatestAcknowledgement() {
        MemberUnderTest a = founded("a", FIVE).leading();
        a.tickAfter(HEARTBEAT);
        ClockReading first = a.clock;
        Request.Heartbeat firstToB = a.sentTo("b", Request.Heartbeat.class);
        Request.Heartbeat firstToC = a.sentTo("c", Request.Heartbeat.class);
        a.tickAfter(HEARTBEAT);
        ClockReading second = a.clock;
        assertThat(only(a.answered(yes(a.sentTo("b", Request.Heartbeat.class))), Effect.LeaseExtended.class))
                .as("two of five")
                .isEmpty();
        assertThat(only(a.answered(yes(firstToC)), Effect.LeaseExtended.class))
                .as("a, b at the second, c at the first")
                .containsExactly(new Effect.LeaseExtended(2, leaseFrom(first)));
        assertThat(only(a.answered(yes(firstToB)), Effect.LeaseExtended.class))
                .as("an older acknowledgement of the same member")
                .isEmpty();
        assertThat(only(a.answered(yes(a.sentTo("d", Request.Heartbeat.class))), Effect.LeaseExtended.class))
                .containsExactly(new Effect.LeaseExtended(2, leaseFrom(second)));
    }

    @Test
    void fourVotersNeedThreeForALease() {
        MemberUnderTest a = founded("a", List.of(data("a"), data("b"), data("c"), data("d")))
                .leading();
        a.tickAfter(HEARTBEAT);
        assertThat(only(a.answered(yes(a.sentTo("b", Request.Heartbeat.class))), Effect.LeaseExtended.class))
                .isEmpty();
        assertThat(only(a.answered(yes(a.sentTo("c", Request.Heartbeat.class))), Effect.LeaseExtended.class))
                .hasSize(1);
    }

    @Test
    void witnessesCountForTheLeaseAndObserversDoNot() {
        MemberUnderTest a = founded("a", List.of(data("a"), data("b"), witness("w"), observer("o")))
                .leading();
        a.tickAfter(HEARTBEAT);
        assertThat(only(a.answered(yes(a.sentTo("o", Request.Heartbeat.class))), Effect.LeaseExtended.class))
                .isEmpty();
        assertThat(only(a.answered(yes(a.sentTo("w", Request.Heartbeat.class))), Effect.LeaseExtended.class))
                .hasSize(1);
    }

    @Test
    void anAcknowledgementOfEntriesExtendsTheLeaseFromTheirSending() {
        MemberUnderTest a = founded("a").leading();
        a.pass(Duration.ofMillis(10));
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        ClockReading sent = a.clock;
        a.pass(Duration.ofMillis(40));
        assertThat(only(a.answered(yes(a.sentTo("b", Request.Append.class))), Effect.LeaseExtended.class))
                .containsExactly(new Effect.LeaseExtended(2, leaseFrom(sent)));
    }

    /** Whoever refuses only the entries follows their sender, and has renewed its promise. */
    @ParameterizedTest
    @EnumSource
    void onlyARefusalOfTheEntriesAloneExtendsTheLease(RefusalReason reason) {
        MemberUnderTest a = founded("a").leading();
        a.pass(Duration.ofMillis(10));
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        Refusal refusal = reason == RefusalReason.BOUND ? Refusal.bound(T, "b") : refusal(reason);
        List<Effect> effects = a.answered(no(a.sentTo("b", Request.Append.class), 2, refusal));
        boolean follows = reason == RefusalReason.LOG_MISMATCH
                || reason == RefusalReason.LOG_FULL
                || reason == RefusalReason.FETCHING_IMAGE;
        assertThat(only(effects, Effect.LeaseExtended.class)).hasSize(follows ? 1 : 0);
    }

    @Test
    void aRefusedHeartbeatExtendsNothing() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(HEARTBEAT);
        assertThat(a.answered(no(a.sentTo("b", Request.Heartbeat.class), 0, refusal(RefusalReason.UNAVAILABLE))))
                .isEmpty();
    }

    @Test
    void aLeaseThatIsNotRenewedEndsTheLeadershipTheMomentItEnds() {
        MemberUnderTest a = founded("a").leading();
        Duration passed = Duration.ZERO;
        List<Effect> last = List.of();
        while (a.view().role() == Role.LEADER) {
            passed = passed.plus(a.untilDue());
            last = a.tickWhenDue();
        }
        assertThat(passed).isEqualTo(LEASE);
        assertThat(last)
                .containsExactly(
                        new Effect.LeadershipEnded(2, StepDownReason.LEASE_LOST),
                        role(Role.LEADER, Role.FOLLOWER, 2, "LEASE_LOST: too few members acknowledged in time"),
                        new Effect.LeaderChanged(2, null));
        assertThat(a.view().votedFor()).isEqualTo("a");
        assertThat(a.view().lastEnd()).isEqualTo(StepDownReason.LEASE_LOST);
    }

    /** Its lease had no end. Cut off, it would lead for ever beside the one whom the new voter elects with others. */
    @Test
    void aLapsedLeaseIsNotRevivedByAnAcknowledgementThatComesLate() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(Duration.ofMillis(700));
        Request.Heartbeat recent = a.sentTo("b", Request.Heartbeat.class);
        a.pass(Duration.ofMillis(50));
        assertThat(done(a.answered(yes(recent))))
                .as("the heartbeat was sent 50 ms ago, but the lease before it has run out")
                .containsExactly(
                        new Effect.LeadershipEnded(2, StepDownReason.LEASE_LOST), new Effect.LeaderChanged(2, null));
    }

    @Test
    void aSuspensionThatOnlyTheWallClockSawEndsTheLease() {
        MemberUnderTest a = founded("a").leading();
        a.clock = new ClockReading(a.clock.monotonicNanos() + 1, a.clock.wallMillis() + LEASE.toMillis());
        assertThat(done(a.tick()))
                .containsExactly(
                        new Effect.LeadershipEnded(2, StepDownReason.CLOCK_JUMPED), new Effect.LeaderChanged(2, null));
    }

    @Test
    void aWallClockThatJumpedIsToldFromHeartbeatsThatNobodyAcknowledged() {
        MemberUnderTest a = founded("a").leading();
        Duration hour = Duration.ofHours(1);
        a.clock = new ClockReading(a.clock.monotonicNanos(), a.clock.wallMillis() + hour.toMillis());
        assertThat(a.tick())
                .startsWith(
                        new Effect.LeadershipEnded(2, StepDownReason.CLOCK_JUMPED),
                        role(
                                Role.LEADER,
                                Role.FOLLOWER,
                                2,
                                "CLOCK_JUMPED: the wall clock went ahead of the monotonic one by 3600000 ms"));
        assertThat(a.view().lastEnd()).isEqualTo(StepDownReason.CLOCK_JUMPED);
    }

    @Test
    void clocksThatOnlyDriftAreNotBlamedForALeaseThatWasNotRenewed() {
        MemberUnderTest a = founded("a").leading();
        a.clock = new ClockReading(
                a.clock.monotonicNanos() + LEASE.minusMillis(40).toNanos(), a.clock.wallMillis() + LEASE.toMillis());
        assertThat(done(a.tick()))
                .containsExactly(
                        new Effect.LeadershipEnded(2, StepDownReason.LEASE_LOST), new Effect.LeaderChanged(2, null));
    }

    @Test
    void aCallerThatFoundTheLeaseRunOutEndsTheLeadership() {
        MemberUnderTest a = founded("a").leading();
        assertThat(a.step(new Input.LeaseLapsed(1))).as("another leadership").isEmpty();
        assertThat(done(a.step(new Input.LeaseLapsed(2))))
                .containsExactly(
                        new Effect.LeadershipEnded(2, StepDownReason.LEASE_LOST), new Effect.LeaderChanged(2, null));
    }

    @Test
    void whoLostItsLeaseWaitsTwoTBeforeItStands() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(LEASE);
        assertThat(a.untilDue()).isEqualTo(T.multipliedBy(2));
        a.tickAfter(T.multipliedBy(2).minusNanos(1));
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
        a.tickAfter(Duration.ofNanos(1));
        assertThat(a.view().role()).isEqualTo(Role.PRE_CANDIDATE);
    }

    /** Waiting for others to lead would only prolong the time without a leader. */
    @Test
    void whoLostItsLeaseWhileNobodyElseCouldLeadStandsStraightBack() {
        MemberUnderTest a =
                founded("a", List.of(data("a"), data("b"), witness("w"))).leading();
        a.tickAfter(HEARTBEAT);
        fails(a, a.sentTo("b", Request.Heartbeat.class));
        assertThat(only(a.tickAfter(LEASE), Effect.LeadershipEnded.class))
                .containsExactly(new Effect.LeadershipEnded(2, StepDownReason.LEASE_LOST));
        assertThat(a.view().role()).isEqualTo(Role.PRE_CANDIDATE);
        assertThat(a.sentTo("w", Request.Vote.class).phase()).isEqualTo(Phase.PRE_VOTE);
    }

    @Test
    void whoLostItsLeaseByAPauseWaitsIfAnotherDataMemberAnsweredItsLatestCall() {
        MemberUnderTest a =
                founded("a", List.of(data("a"), data("b"), witness("w"))).leading();
        a.tickAfter(HEARTBEAT);
        fails(a, a.sentTo("b", Request.Heartbeat.class));
        a.tickAfter(HEARTBEAT);
        a.answered(yes(a.sentTo("b", Request.Heartbeat.class)));
        a.tickAfter(T.multipliedBy(3));
        assertThat(a.view().lastEnd()).isEqualTo(StepDownReason.LEASE_LOST);
        assertThat(a.untilDue()).isEqualTo(T.multipliedBy(2));
    }

    @Test
    void whoseOpeningDidNotCommitWaitsEvenIfNobodyElseCouldLead() {
        MemberUnderTest a = elected(founded("a", List.of(data("a"), data("b"), witness("w"))));
        fails(a, a.sentTo("b", Request.Append.class));
        a.tickAfter(T.multipliedBy(2));
        assertThat(a.view().lastEnd()).isEqualTo(StepDownReason.OPENING_NOT_COMMITTED);
        assertThat(a.untilDue()).isEqualTo(T.multipliedBy(2));
    }

    @Test
    void whileItLeadsItIsBoundToItself() {
        MemberUnderTest a = founded("a").leading();
        ElectionView before = a.view();
        for (Phase phase : Phase.values()) {
            Request.Vote request = a.asks("b", phase, 3, at(2, 9), null, null);
            assertThat(done(a.receive(request)))
                    .containsExactly(a.replies(request, 2, new Refusal(RefusalReason.BOUND, T, null, "a"), 0));
        }
        assertThat(a.view()).isEqualTo(before);
    }

    // ------------------------------------------------------------------------------------------------ other ends

    @Test
    void isDeposedByAHigherTermInAnAnswerAndStandsStraightBack() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(HEARTBEAT);
        assertThat(a.answered(no(a.sentTo("b", Request.Heartbeat.class), 7, refusal(RefusalReason.STALE_TERM))))
                .containsExactly(
                        new Effect.LeadershipEnded(2, StepDownReason.HIGHER_TERM),
                        role(Role.LEADER, Role.FOLLOWER, 2, "HIGHER_TERM: b is in term 7"),
                        new Effect.LeaderChanged(2, null),
                        role(Role.FOLLOWER, Role.FOLLOWER, 7, "b is in term 7"),
                        persists(3, hardState(7, null)));
        a.write();
        assertThat(a.view().role()).isEqualTo(Role.PRE_CANDIDATE);
    }

    @Test
    void isDeposedByALeaderOfAHigherTermBeforeItAcknowledges() {
        MemberUnderTest a = founded("a").leading();
        Request.Heartbeat request = a.heartbeat("b", 3);
        assertThat(done(a.receive(request)))
                .containsExactly(
                        new Effect.LeadershipEnded(2, StepDownReason.HIGHER_TERM),
                        persists(3, hardState(3, null)),
                        new Effect.LeaderChanged(3, null),
                        new Effect.LeaderChanged(3, "b"),
                        a.replies(request, 3, null, at(2, 2), 3));
        assertThat(a.view().lastEnd()).isEqualTo(StepDownReason.HIGHER_TERM);
    }

    @Test
    void anAnswerIsTakenOnce() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(HEARTBEAT);
        Response answer = yes(a.sentTo("b", Request.Heartbeat.class));
        assertThat(a.answered(answer)).isNotEmpty();
        assertThat(a.answered(answer)).isEmpty();
    }

    @Test
    void anAnswerFromAnotherFoundingIsNone() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(HEARTBEAT);
        Header asked = a.sentTo("b", Request.Heartbeat.class).header();
        Header foreign = new Header(1, CLUSTER, "c-2", "b", "b-1", true, "a", "a-1", asked.requestId());
        assertThat(a.answered(new Response.Heartbeat(foreign, 2, null, LogPosition.NONE, null)))
                .isEmpty();
    }

    @Test
    void aTermFromAnotherClusterDeposesNobody() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(HEARTBEAT);
        a.answered(no(a.sentTo("b", Request.Heartbeat.class), 7, refusal(RefusalReason.WRONG_CLUSTER)));
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
    }

    @Test
    void anAnswerToAnEarlierTermDeposesNobody() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(HEARTBEAT);
        Request.Heartbeat old = a.sentTo("b", Request.Heartbeat.class);
        a.tickAfter(LEASE);
        a.outbox.clear();
        while (a.view().role() != Role.PRE_CANDIDATE) {
            a.tickWhenDue();
        }
        a.settle("b", "c");
        assertThat(a.view().term()).isEqualTo(3);
        a.answered(no(old, 9, refusal(RefusalReason.STALE_TERM)));
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
        assertThat(a.view().term()).isEqualTo(3);
    }

    @Test
    void anotherLeaderOfItsTermEndsItsOwnAndIsRefused() {
        MemberUnderTest a = founded("a").leading();
        Request.Heartbeat request = a.heartbeat("b", 2);
        assertThat(a.receive(request))
                .containsExactly(
                        new Effect.Observed(new Observation.TwoLeaders(2, "a", "b")),
                        new Effect.LeadershipEnded(2, StepDownReason.TWO_LEADERS),
                        role(Role.LEADER, Role.FOLLOWER, 2, "TWO_LEADERS: a and b lead in the same term"),
                        new Effect.LeaderChanged(2, null),
                        a.replies(request, 2, new Refusal(RefusalReason.TWO_LEADERS, null, null, "a"), at(2, 2), 0));
        assertThat(a.untilDue()).isEqualTo(T.multipliedBy(2));
    }

    @Test
    void afterAFollowerSawTwoLeadersItStepsDown() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(HEARTBEAT);
        Refusal two = new Refusal(RefusalReason.TWO_LEADERS, null, null, "c");
        assertThat(done(a.answered(no(a.sentTo("b", Request.Heartbeat.class), 2, two))))
                .containsExactly(
                        new Effect.LeadershipEnded(2, StepDownReason.TWO_LEADERS), new Effect.LeaderChanged(2, null));
    }

    @Test
    void aFailedDiskEndsTheLeadership() {
        MemberUnderTest a = founded("a").leading();
        assertThat(a.step(new Input.PersistFailed("no space left")))
                .containsExactly(
                        new Effect.Observed(new Observation.StorageFailed("no space left")),
                        new Effect.LeadershipEnded(2, StepDownReason.STORAGE_FAILED),
                        role(Role.LEADER, Role.FOLLOWER, 2, "STORAGE_FAILED: no space left"),
                        new Effect.LeaderChanged(2, null));
        assertThat(a.tickAfter(T.multipliedBy(20))).isEmpty();
    }

    @Test
    void aCloseDuringTheOpeningEndsTheTerm() {
        MemberUnderTest a = elected(founded("a"));
        assertThat(done(a.step(new Input.Close()))).containsExactly(new Effect.Closed());
        assertThat(a.view().lastEnd()).isEqualTo(StepDownReason.SHUTDOWN);
    }

    @Test
    void aStepDownDuringTheOpeningEndsTheTerm() {
        MemberUnderTest a = elected(founded("a"));
        assertThat(done(a.step(new Input.StepDown()))).isEmpty();
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
        assertThat(a.view().lastEnd()).isEqualTo(StepDownReason.REQUESTED);
    }

    // ------------------------------------------------------------------------------------------------ heartbeats

    @Test
    void aStepDownDuringTheOpeningIsAnswered() {
        MemberUnderTest a = elected(founded("a"));
        assertThat(done(a.step(new Input.StepDown(4))))
                .containsExactly(new Effect.TransferEnded(
                        4,
                        new io.election.HandoverResult(
                                io.election.HandoverResult.Outcome.NOT_LEADER,
                                null,
                                2,
                                "this member did not lead yet, and will not now")));
    }

    @Test
    void heartbeatsEveryMemberEachIntervalWithTheTermThePromiseAndTheCommit() {
        MemberUnderTest a = founded("a", List.of(data("a"), data("b"), witness("w"), observer("o")))
                .leading();
        assertThat(a.untilDue()).isEqualTo(HEARTBEAT);
        List<Request> sent = only(a.tickWhenDue(), Effect.Send.class).stream()
                .map(Effect.Send::request)
                .toList();
        assertThat(sent).extracting(r -> r.header().to()).containsExactly("b", "o", "w");
        assertThat(sent.get(0))
                .isEqualTo(new Request.Heartbeat(to("b", sent.get(0).header().requestId()), 2, T, 2, null));
        assertThat(a.untilDue()).isEqualTo(HEARTBEAT);
    }

    @Test
    void heartbeatsDoNotWaitForTheDisk() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        assertThat(a.hasUnwritten()).isTrue();
        a.outbox.clear();
        assertThat(only(a.tickAfter(HEARTBEAT), Effect.Send.class))
                .hasSize(2)
                .allSatisfy(send -> assertThat(send.request()).isInstanceOf(Request.Heartbeat.class));
    }

    @Test
    void aLeaderThatWokeLateHeartbeatsAtOnceAndDoesNotCatchUp() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(Duration.ofMillis(350));
        assertThat(a.untilDue()).isEqualTo(Duration.ofMillis(50));
        a.tickWhenDue();
        assertThat(a.untilDue()).isEqualTo(HEARTBEAT);
    }

    // ------------------------------------------------------------------------------------------------ the log

    @Test
    void aProposalIsWrittenSentAndCommittedOnceAQuorumHoldsIt() {
        MemberUnderTest a = founded("a").leading();
        Entry proposed = new Entry(3, 2, new Payload.Application("test", Bytes.utf8("x")));
        List<Effect> effects = a.step(new Input.Propose(7, proposed.payload()));
        assertThat(done(effects))
                .containsExactly(
                        persists(3, new DurableRecord.EntryAppended(proposed)),
                        new Effect.ProposalAnswered(7, 3),
                        new Effect.Send(new Request.Append(to("b", 1008), 2, T, 2, at(2, 2), List.of(proposed))),
                        new Effect.Send(new Request.Append(to("c", 1009), 2, T, 2, at(2, 2), List.of(proposed))));
        a.answered(yes(a.sentTo("b", Request.Append.class)));
        assertThat(a.view().commitIndex()).as("not durable here").isEqualTo(2);
        a.write();
        assertThat(a.view().commitIndex()).isEqualTo(3);
    }

    @Test
    void onlyThatManyEntriesMayWaitForTheirCommit() {
        MemberUnderTest a = founded("a").leading();
        for (int i = 0; i < 1024; i++) {
            assertThat(done(a.step(new Input.Propose(i, new Payload.Application("test", Bytes.utf8("x"))))))
                    .contains(new Effect.ProposalAnswered(i, 3 + i));
        }
        assertThat(done(a.step(new Input.Propose(5000, new Payload.Application("test", Bytes.utf8("x"))))))
                .containsExactly(new Effect.ProposalAnswered(5000, 0));
    }

    /** So a follower, which takes twice as much, is never too full for the opening that commits all of it. */
    @Test
    void onlySoMuchMayWaitForItsCommit() {
        MemberUnderTest a = founded("a").leading();
        Payload large = new Payload.Application("test", Bytes.utf8("x".repeat((1 << 17) - 4)));
        long index = 3;
        while (a.election.entries().stream().mapToLong(Entry::weight).sum() < 8 << 20) {
            assertThat(proposed(a, large)).isEqualTo(index++);
        }
        assertThat(index).isBetween(60L, 70L);
        assertThat(proposed(a, new Payload.Application("test", Bytes.utf8("x"))))
                .isZero();
        while (a.view().commitIndex() < index - 1) {
            a.settle("b", "c");
        }
        assertThat(proposed(a, large)).as("once it is committed").isEqualTo(index);
    }

    /** It would fit into no message and no record: the disk would count as failed. */
    @Test
    void aPayloadThatFitsIntoNoMessageIsRefused() {
        MemberUnderTest a = founded("a").leading();
        assertThat(proposed(a, new Payload.Application("test", Bytes.utf8("x".repeat((1 << 17) - 3)))))
                .isZero();
        assertThat(proposed(a, new Payload.Application("test", Bytes.utf8("x".repeat((1 << 17) - 4)))))
                .isEqualTo(3);
    }

    private static long proposed(MemberUnderTest member, Payload payload) {
        return only(member.step(new Input.Propose(1, payload)), Effect.ProposalAnswered.class)
                .get(0)
                .index();
    }

    @Test
    void aMessageCarriesNoMoreThanItsWeightAllows() {
        MemberUnderTest a = founded("a").leading();
        for (int i = 0; i < 8; i++) {
            a.step(new Input.Propose(i, new Payload.Application("test", Bytes.utf8("x".repeat(50_000)))));
        }
        a.write();
        a.answered(yes(a.sentTo("b", Request.Append.class)));
        Request.Append two = a.sentTo("b", Request.Append.class);
        assertThat(two.entries()).hasSize(2);
        a.answered(yes(two));
        assertThat(a.sentTo("b", Request.Append.class).previous()).isEqualTo(at(2, 5));
    }

    @Test
    void aMessageCarriesABoundedBatchAndTheNextFollowsItsAcknowledgement() {
        MemberUnderTest a = founded("a").leading();
        for (int i = 0; i < 100; i++) {
            a.step(new Input.Propose(i, new Payload.Application("test", Bytes.utf8("x"))));
        }
        a.write();
        Request.Append first = a.sentTo("b", Request.Append.class);
        assertThat(first.entries()).as("one message is under way at a time").hasSize(1);
        a.answered(yes(first));
        Request.Append second = a.sentTo("b", Request.Append.class);
        assertThat(second.previous()).isEqualTo(at(2, 3));
        assertThat(second.entries()).hasSize(64);
        a.answered(yes(second));
        assertThat(a.sentTo("b", Request.Append.class).entries()).hasSize(35);
    }

    @Test
    void aFollowerThatDiffersIsTriedFurtherBackByItsHint() {
        MemberUnderTest a = new MemberUnderTest(
                settings("a", THREE),
                "a-1",
                new DurableState(
                        new HardState(4, null, T),
                        new Snapshot(at(1, 1), membership(THREE), List.of(), 0),
                        List.of(entry(2, 2), entry(3, 2), entry(4, 4))));
        elected(a);
        Request.Append first = a.sentTo("b", Request.Append.class);
        assertThat(first.previous()).isEqualTo(at(4, 4));
        Refusal mismatch = new Refusal(RefusalReason.LOG_MISMATCH, null, at(3, 4), null);
        a.answered(new Response.Append(answerFrom(first), 5, mismatch, 2));
        Request.Append second = a.sentTo("b", Request.Append.class);
        assertThat(second.previous()).isEqualTo(at(2, 2));
        assertThat(second.entries())
                .containsExactly(entry(3, 2), entry(4, 4), new Entry(5, 5, new Payload.TermOpening("a", null, null)));
        a.answered(new Response.Append(answerFrom(second), 5, mismatch, 99));
        assertThat(a.sentTo("b", Request.Append.class).previous())
                .as("each refusal leads further back, whatever the hint says")
                .isEqualTo(at(1, 1));
    }

    /** It would otherwise be asked as fast as it answers. */
    @Test
    void whoAnswersWithoutProgressIsAskedAgainWithTheNextHeartbeatOnly() {
        MemberUnderTest a = new MemberUnderTest(
                settings("a", THREE),
                "a-1",
                new DurableState(
                        new HardState(4, null, T),
                        new Snapshot(at(1, 1), membership(THREE), List.of(), 0),
                        List.of(entry(2, 2), entry(3, 2), entry(4, 4))));
        elected(a);
        Request.Append first = a.sentTo("b", Request.Append.class);
        Refusal mismatch = new Refusal(RefusalReason.LOG_MISMATCH, null, at(2, 2), null);
        a.answered(new Response.Append(answerFrom(first), 5, mismatch, 2));

        Request.Append second = a.sentTo("b", Request.Append.class);
        a.outbox.clear();
        a.answered(new Response.Append(answerFrom(second), 5, null, 0));
        Request.Append third = askedAgainWithAHeartbeatOnly(a, "it took the entries and acknowledges none");
        a.answered(new Response.Append(answerFrom(third), 5, null, 3));
        Request.Append fourth = a.sentTo("b", Request.Append.class);
        assertThat(fourth.previous()).isEqualTo(at(2, 3));
        a.answered(new Response.Append(answerFrom(fourth), 5, mismatch, 2));
        Request.Append fifth = askedAgainWithAHeartbeatOnly(a, "it takes back what it acknowledged");
        assertThat(fifth.previous()).isEqualTo(at(2, 3));
        a.answered(new Response.Append(answerFrom(fifth), 5, refusal(RefusalReason.LOG_FULL), 0));
        assertThat(askedAgainWithAHeartbeatOnly(a, "it is full").previous()).isEqualTo(at(2, 3));
    }

    private static Request.Append askedAgainWithAHeartbeatOnly(MemberUnderTest a, String why) {
        a.tickAfter(Duration.ofMillis(1));
        assertThat(a.outbox)
                .as(why)
                .noneMatch(send -> send.request() instanceof Request.Append
                        && send.request().header().to().equals("b"));
        a.tickAfter(HEARTBEAT);
        return a.sentTo("b", Request.Append.class);
    }

    @Test
    void anEntryOfAnEarlierTermCommitsOnlyThroughOneOfItsOwn() {
        MemberUnderTest a = new MemberUnderTest(
                settings("a", THREE),
                "a-1",
                new DurableState(
                        new HardState(2, null, T),
                        new Snapshot(at(1, 1), membership(THREE), List.of(), 0),
                        List.of(entry(2, 2))));
        elected(a);
        a.write();
        Request.Append toB = a.sentTo("b", Request.Append.class);
        a.answered(new Response.Append(answerFrom(toB), 3, null, 2));
        assertThat(a.view().commitIndex())
                .as("entry 2 is on a quorum, but of term 2")
                .isEqualTo(1);
        a.answered(yes(a.sentTo("b", Request.Append.class)));
        assertThat(a.view().commitIndex()).isEqualTo(3);
    }

    @Test
    void nobodyAcknowledgesMoreThanWasAsked() {
        MemberUnderTest a = elected(founded("a"));
        a.write();
        Request.Append toB = a.sentTo("b", Request.Append.class);
        a.answered(new Response.Append(answerFrom(toB), 2, null, 1_000_000));
        assertThat(a.view().members().get(1).matchIndex()).isEqualTo(2);
    }

    @Test
    void anAppendThatFailedIsSentAgainAtOnceThenLaterThenWithTheHeartbeatsOnly() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.Propose(7, new Payload.Application("test", Bytes.utf8("x"))));
        Request.Append lost = a.sentTo("b", Request.Append.class);
        a.outbox.clear();
        assertThat(appendsTo("b", fails(a, lost))).isEqualTo(1);
        assertThat(appendsTo("b", fails(a, a.sentTo("b", Request.Append.class))))
                .isZero();
        assertThat(a.untilDue()).isEqualTo(HEARTBEAT.dividedBy(4));
        assertThat(appendsTo("b", a.tickWhenDue())).isEqualTo(1);
        assertThat(appendsTo("b", fails(a, a.sentTo("b", Request.Append.class))))
                .isZero();
        assertThat(a.untilDue()).isEqualTo(HEARTBEAT.dividedBy(2));
        assertThat(appendsTo("b", a.tickWhenDue())).isEqualTo(1);
        for (int i = 0; i < 5; i++) {
            assertThat(appendsTo("b", fails(a, a.sentTo("b", Request.Append.class))))
                    .isZero();
            a.pass(Duration.ofMillis(1));
            int sent = 0;
            while (sent == 0) {
                List<Effect> effects = a.tickWhenDue();
                sent = appendsTo("b", effects);
                assertThat(sent).isEqualTo(heartbeatsTo("b", effects));
            }
        }
    }

    /** A member that answers earns the attempts anew. */
    @Test
    void anAnswerEndsTheFailuresInARow() {
        MemberUnderTest a = founded("a").leading();
        for (int i = 0; i < 5; i++) {
            a.step(new Input.Propose(i, new Payload.Application("test", Bytes.utf8("x"))));
            assertThat(appendsTo("b", fails(a, a.sentTo("b", Request.Append.class))))
                    .isEqualTo(1);
            a.settle("b", "c");
        }
    }

    private static List<Effect> fails(MemberUnderTest a, Request lost) {
        return a.step(new Input.Unanswered(lost.header().requestId()));
    }

    private static int appendsTo(String peer, List<Effect> effects) {
        return sentTo(peer, effects, Request.Append.class);
    }

    private static int heartbeatsTo(String peer, List<Effect> effects) {
        return sentTo(peer, effects, Request.Heartbeat.class);
    }

    private static int sentTo(String peer, List<Effect> effects, Class<? extends Request> kind) {
        return (int) only(effects, Effect.Send.class).stream()
                .filter(s -> kind.isInstance(s.request()))
                .filter(s -> s.request().header().to().equals(peer))
                .count();
    }

    @Test
    void anAppendOfWhichNothingIsHeardIsGivenUpAfterT() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.Propose(7, new Payload.Application("test", Bytes.utf8("x"))));
        a.settle("b");
        for (int i = 0; i < 9; i++) {
            a.tickAfter(HEARTBEAT);
            assertThat(a.outbox).noneMatch(s -> s.request() instanceof Request.Append);
            a.settle("b");
        }
        a.tickAfter(HEARTBEAT);
        assertThat(a.sentTo("c", Request.Append.class).entries()).hasSize(1);
    }

    @Test
    void aFollowerThatIsTooFarBehindGetsTheSnapshot() {
        MemberUnderTest a = new MemberUnderTest(settings("a", THREE, T, LEASE, false, 2), "a-1", foundedState(THREE));
        a.leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        Request.Append first = a.sentTo("c", Request.Append.class);
        a.settle("b");
        assertThat(a.election.snapshot().last()).as("compacted once committed").isEqualTo(at(2, 3));
        a.answered(new Response.Append(
                answerFrom(first), 2, new Refusal(RefusalReason.LOG_MISMATCH, null, at(1, 1), null), 1));
        // It had acknowledged entry 2, and contradicts itself: that is not answered at once.
        a.tickAfter(HEARTBEAT);
        Request.InstallSnapshot install = a.sentTo("c", Request.InstallSnapshot.class);
        assertThat(install)
                .isEqualTo(new Request.InstallSnapshot(
                        to("c", install.header().requestId()),
                        2,
                        T,
                        3,
                        new Snapshot(at(2, 3), membership(THREE), List.of(), 0)));
        a.answered(yes(install));
        assertThat(a.view().members().get(2).matchIndex()).isEqualTo(3);
    }

    @Test
    void howeverManyEntriesAreCommittedTheLogStaysShort() {
        MemberUnderTest a = new MemberUnderTest(settings("a", THREE, T, LEASE, false, 8), "a-1", foundedState(THREE));
        a.leading();
        for (int i = 0; i < 100; i++) {
            a.step(new Input.Propose(i, new Payload.Application("test", Bytes.utf8("x"))));
            a.settle("b", "c");
            assertThat(a.election.entries()).hasSizeLessThan(9);
        }
        assertThat(a.view().commitIndex()).isEqualTo(102);
        assertThat(a.disk.entries()).hasSizeLessThan(9);
        assertThat(a.disk.snapshot()).isEqualTo(a.election.snapshot());
    }

    // ------------------------------------------------------------------------------------------------ the watermark

    @Test
    void theOpeningNamesTheLeadersApplicationPosition() {
        MemberUnderTest a = withPosition("a", THREE);
        a.step(new Input.PositionAdvanced(at(1, 500)));
        elected(a);
        assertThat(a.sentTo("b", Request.Append.class).entries())
                .containsExactly(new Entry(2, 2, new Payload.TermOpening("a", at(1, 500), null)));
    }

    /** An earlier leader lacked record 501. This one keeps and spreads it, so that who lacks it must not count as much. */
    @Test
    void theOpeningNamesWhereTheApplicationIsAndNotWhatItCountsAs() {
        DurableState founded = foundedState(THREE);
        DurableState opened = new DurableState(
                new HardState(2, null, T),
                founded.snapshot(),
                List.of(new Entry(2, 2, new Payload.TermOpening("b", at(1, 500), null))));
        MemberUnderTest a = new MemberUnderTest(settings("a", THREE, T, LEASE, true, 1000), "a-1", opened);
        a.step(new Input.PositionAdvanced(at(1, 501)));
        assertThat(new ElectionLog(a.settings, opened, new Outbox()).countedPosition(at(1, 501)))
                .isEqualTo(at(2, 500));
        elected(a);
        assertThat(a.sentTo("b", Request.Append.class).entries())
                .containsExactly(new Entry(3, 3, new Payload.TermOpening("a", at(1, 501), null)));
    }

    @Test
    void theWatermarkIsWhatAQuorumHoldsOfWhatWasWrittenInThisTerm() {
        MemberUnderTest a = withPosition("a", FIVE);
        a.step(new Input.PositionAdvanced(at(1, 500)));
        a.leading();
        assertThat(watermarkAfter(a, at(2, 500), null)).as("two of five").isNull();
        assertThat(watermarkAfter(a, at(2, 500), at(1, 500)))
                .as("what was written in another term may be another tail")
                .isNull();
        assertThat(watermarkAfter(a, at(2, 500), at(2, 480))).isEqualTo(at(2, 480));
        a.step(new Input.PositionAdvanced(at(2, 600)));
        assertThat(watermarkAfter(a, at(2, 590), at(2, 595))).isEqualTo(at(2, 590));
        assertThat(watermarkAfter(a, at(2, 510), at(2, 510)))
                .as("it never falls")
                .isEqualTo(at(2, 590));
    }

    @Test
    void aWitnessThatReportsAPositionDoesNotRaiseTheWatermark() {
        MemberUnderTest a = withPosition("a", List.of(data("a"), data("b"), witness("c"), data("d"), data("e")));
        a.step(new Input.PositionAdvanced(at(1, 500)));
        a.leading();
        assertThat(watermarkAfter(a, at(2, 500), at(2, 500)))
                .as("two of five, and a witness that has no application")
                .isNull();
    }

    /** The watermark that the leader names after b and c have told their positions, all others being silent. */
    private static @Nullable LogPosition watermarkAfter(
            MemberUnderTest a, @Nullable LogPosition ofB, @Nullable LogPosition ofC) {
        a.outbox.clear();
        a.tickAfter(HEARTBEAT);
        tells(a, "b", ofB);
        tells(a, "c", ofC);
        a.outbox.clear();
        a.tickAfter(HEARTBEAT);
        LogPosition mark = a.sentTo("d", Request.Heartbeat.class).watermark();
        tells(a, "b", null);
        tells(a, "c", null);
        return mark;
    }

    private static void tells(MemberUnderTest a, String peer, @Nullable LogPosition position) {
        Request.Heartbeat request = a.sentTo(peer, Request.Heartbeat.class);
        a.answered(new Response.Heartbeat(answerFrom(request), 2, null, at(2, 2), position));
    }

    // ------------------------------------------------------------------------------------------------ presence

    @Test
    void countsVotersAloneAsReachable() {
        MemberUnderTest a = founded("a", List.of(data("a"), data("b"), witness("w"), observer("o")))
                .leading();
        assertThat(a.view().reachable()).isEqualTo(3);
    }

    @Test
    void hasNotHeardOfWhoNeverAnswered() {
        MemberUnderTest a = founded("a");
        a.ready();
        a.tickWhenDue();
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        a.write();
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
        assertThat(a.view().members())
                .filteredOn(m -> !m.id().equals("a"))
                .extracting(m -> m.id() + " " + (m.lastContactNanos() != null))
                .containsExactly("b true", "c false");
    }

    @Test
    void seesEveryMembersPresence() {
        MemberUnderTest a = founded("a", List.of(data("a"), data("b"), data("c"), observer("o")))
                .leading();
        a.heartbeatRound("b", "c", "o");
        long heard = a.clock.monotonicNanos();
        for (int i = 0; i < 10; i++) {
            a.heartbeatRound("b");
        }
        long now = a.clock.monotonicNanos();
        assertThat(a.view().reachable()).as("b and itself; c fell silent T ago").isEqualTo(2);
        assertThat(a.view().members())
                .containsExactly(
                        new MemberPresence(
                                "a", MemberKind.DATA, MemberPresence.VotingState.VOTER, true, now, Duration.ZERO, 2L),
                        new MemberPresence(
                                "b", MemberKind.DATA, MemberPresence.VotingState.VOTER, true, now, Duration.ZERO, 2L),
                        new MemberPresence(
                                "c",
                                MemberKind.DATA,
                                MemberPresence.VotingState.VOTER,
                                false,
                                heard,
                                Duration.ZERO,
                                2L),
                        new MemberPresence(
                                "o",
                                MemberKind.OBSERVER,
                                MemberPresence.VotingState.NON_VOTER,
                                false,
                                heard,
                                Duration.ZERO,
                                2L));
        assertThat(told(a.heartbeatRound("b")))
                .containsExactly(new Observation.HeartbeatAcknowledged("b", Duration.ZERO));
    }
}
