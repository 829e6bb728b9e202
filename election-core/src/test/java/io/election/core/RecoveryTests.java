package io.election.core;

import static io.election.core.MemberUnderTest.GENERATION;
import static io.election.core.MemberUnderTest.T;
import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.entry;
import static io.election.core.MemberUnderTest.foundedState;
import static io.election.core.MemberUnderTest.membership;
import static io.election.core.MemberUnderTest.observer;
import static io.election.core.MemberUnderTest.settings;
import static io.election.core.MemberUnderTest.witness;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.election.FencingToken;
import io.election.Role;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecoveryTests {

    private static final Recovery RECOVERY = new Recovery("c-2", GENERATION + 1000, "a", "a-2");

    /** In term 5, with entries up to 4 of which nobody knows whether they are committed. */
    private static final DurableState LOST = new DurableState(
            new HardState(5, "b", T),
            new Snapshot(at(1, 1), membership(THREE), List.of(), 0),
            List.of(entry(2, 1), opening(3, 3, at(2, 40)), entry(4, 3)));

    private static Entry opening(long index, long term, LogPosition position) {
        return new Entry(index, term, new Payload.TermOpening("b", position, null));
    }

    @Test
    void keepsTermAndPromiseAndTheEndOfTheLog() {
        DurableState recovered = RECOVERY.from(LOST);
        assertThat(recovered.hardState()).isEqualTo(LOST.hardState());
        assertThat(Recovery.lastIn(recovered)).isEqualTo(at(3, 4));
    }

    /** So no member that learns the log ever takes the lost cluster for its own. */
    @Test
    void leavesNothingOfTheLostClusterInTheLog() {
        DurableState recovered = RECOVERY.from(LOST);
        assertThat(recovered.entries()).isEmpty();
        assertThat(recovered.snapshot().membership())
                .isEqualTo(new Membership(
                        "c-2", GENERATION + 1000, List.of(new EnrolledMember("a", MemberKind.DATA, "a-2", 1))));
    }

    @Test
    void keepsWhatTellsHowTheApplicationsPositionsCount() {
        assertThat(RECOVERY.from(LOST).snapshot().openings())
                .containsExactly(new Snapshot.OpenedPosition(3, at(2, 40)));
    }

    @Test
    void readsTheNewestMembershipInTheLogWhetherOrNotItIsCommitted() {
        Membership without = membership(THREE).without("c", 5);
        DurableState changed =
                LOST.with(new DurableRecord.EntryAppended(new Entry(5, 3, new Payload.MembershipChange(without))));
        assertThat(Recovery.membershipIn(changed)).isEqualTo(without);
        assertThat(Recovery.membershipIn(LOST)).isEqualTo(membership(THREE));
        assertThat(Recovery.membershipIn(DurableState.NEW)).isNull();
    }

    @Test
    void theMemberLeadsAloneWithAHigherTokenThanAnyBefore() {
        MemberUnderTest member = new MemberUnderTest(settings("a", THREE), "a-2", RECOVERY.from(LOST));
        member.ready();
        for (int i = 0; i < 20 && member.view().role() != Role.LEADER; i++) {
            member.tickWhenDue();
            member.write();
        }
        assertThat(member.view().role()).isEqualTo(Role.LEADER);
        assertThat(member.view().term()).isEqualTo(6);
        assertThat(FencingToken.of(RECOVERY.generation(), 6)).isGreaterThan(Recovery.highestTokenIn(LOST));
        assertThat(member.view().voters()).isEqualTo(1);
    }

    /** Delivers what each of the two has sent to the other, until neither has anything left to say. */
    private static void talk(MemberUnderTest one, MemberUnderTest other) {
        for (int i = 0; i < 100 && deliver(one, other) | deliver(other, one); i++) {
            one.tick();
            other.tick();
        }
    }

    private static boolean deliver(MemberUnderTest from, MemberUnderTest to) {
        List<Request> requests = from.outbox.stream()
                .map(Effect.Send::request)
                .filter(request -> request.header().to().equals(to.settings.nodeId()))
                .toList();
        from.outbox.clear();
        for (Request request : requests) {
            for (Effect effect : to.receive(request)) {
                if (effect instanceof Effect.Reply reply) {
                    to.write();
                    from.step(new Input.ResponseReceived(reply.response()));
                    from.write();
                }
            }
        }
        return !requests.isEmpty();
    }

    @Test
    void aMemberWithAnEmptyDirectoryBecomesALearnerOfTheNewClusterAndGetsItsVote() {
        MemberUnderTest recovered = new MemberUnderTest(settings("a", THREE), "a-2", RECOVERY.from(LOST));
        recovered.ready();
        for (int i = 0; i < 20 && recovered.view().role() != Role.LEADER; i++) {
            recovered.tickWhenDue();
            recovered.write();
        }
        recovered.outbox.clear();
        MemberUnderTest emptied = new MemberUnderTest(settings("b", THREE), "b-2", DurableState.NEW);
        emptied.step(new Input.PingDue());
        talk(emptied, recovered);
        for (int i = 0; i < 10; i++) {
            recovered.pass(MemberUnderTest.HEARTBEAT);
            emptied.pass(MemberUnderTest.HEARTBEAT);
            recovered.tick();
            talk(recovered, emptied);
        }
        assertThat(emptied.view().leader()).isEqualTo("a");
        assertThat(emptied.view().membership()).isEqualTo(recovered.view().membership());
        assertThat(emptied.view().last()).isEqualTo(recovered.view().last());

        recovered.step(new Input.ChangeMembers(1, new MemberChange.Promote("b"), null, false));
        recovered.write();
        talk(recovered, emptied);
        assertThat(recovered.view().voters()).isEqualTo(2);
        assertThat(emptied.view().voters()).isEqualTo(2);
        assertThat(recovered.view().commitIndex())
                .isEqualTo(recovered.view().last().index());
    }

    @Test
    void aLeaderOfTheLostClusterIsAStranger() {
        MemberUnderTest member = new MemberUnderTest(settings("a", THREE), "a-2", RECOVERY.from(LOST));
        List<Effect> answer = member.receive(member.heartbeat("b", 9));
        assertThat(answer)
                .filteredOn(Effect.Reply.class::isInstance)
                .singleElement()
                .satisfies(reply -> {
                    Refusal refusal = ((Effect.Reply) reply).response().refusal();
                    assertThat(refusal).isNotNull();
                    assertThat(refusal.reason()).isEqualTo(RefusalReason.WRONG_CLUSTER);
                });
        assertThat(member.view().term()).isEqualTo(5);
    }

    @Test
    void takesTheClockWhereThatIsAboveEverything() {
        assertThat(Recovery.generationAbove(LOST, 0, GENERATION + 77)).isEqualTo(GENERATION + 77);
    }

    @Test
    void isAboveTheLostClusterWhereTheClockIsBehind() {
        assertThat(Recovery.generationAbove(LOST, 0, 5)).isEqualTo(GENERATION + 1);
    }

    /** Its tokens reach into those of later seconds. */
    @Test
    void isAboveTheTokenOfATermThatIsHigherThanOneGenerationHolds() {
        DurableState late = LOST.with(new DurableRecord.HardStateChanged(new HardState(3L << 20, null, Duration.ZERO)));
        long generation = Recovery.generationAbove(late, 0, 5);
        assertThat(generation).isEqualTo(GENERATION + 4);
        assertThat(FencingToken.of(generation, 1)).isGreaterThan(FencingToken.of(GENERATION, 3L << 20));
    }

    @Test
    void isAboveATokenThatAResourceHasSeen() {
        long seen = FencingToken.of(GENERATION + 500, 3).value();
        long generation = Recovery.generationAbove(LOST, seen, 5);
        assertThat(FencingToken.of(generation, 1).value()).isGreaterThan(seen);
    }

    @Test
    void refusesAGenerationThatIsImpossible() {
        long seen = Membership.GENERATION_LIMIT << 20;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Recovery.generationAbove(LOST, seen, 5))
                .withMessageContaining("generations must be below " + Membership.GENERATION_LIMIT);
    }

    @Test
    void refusesAGenerationThatIsNotAboveTheLostOne() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Recovery("c-2", GENERATION, "a", "a-2").from(LOST))
                .withMessage("generation must be above " + GENERATION + ", but is " + GENERATION);
    }

    @Test
    void refusesWhoeverCannotLead() {
        DurableState founded = foundedState(List.of(data("a"), witness("b"), observer("c")));
        for (String id : List.of("b", "c", "z")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new Recovery("c-2", GENERATION + 1, id, "x").from(founded))
                    .withMessage("the log must name '" + id + "' as a data member");
        }
    }
}
