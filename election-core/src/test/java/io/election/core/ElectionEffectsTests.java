package io.election.core;

import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.entry;
import static io.election.core.MemberUnderTest.founded;
import static io.election.core.MemberUnderTest.foundedState;
import static io.election.core.MemberUnderTest.incarnationOf;
import static io.election.core.MemberUnderTest.membership;
import static io.election.core.MemberUnderTest.settings;
import static io.election.core.MemberUnderTest.witness;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What a node learns from the core of its members, and what an application is fed. */
class ElectionEffectsTests {

    private static final List<ListedMember> LISTED =
            THREE.stream().map(Member::listed).toList();

    private static Payload.Application order(String data) {
        return new Payload.Application("order", Bytes.utf8(data));
    }

    // ------------------------------------------------------------------------------------------------ members

    @Test
    void theFirstStepSaysWhoTheMembersAreBeforeAnythingElse() {
        MemberUnderTest a = founded("a");
        Output first =
                a.election.step(new Input.RequestReceived(1, a.append("b", 2, 1, at(1, 1), entry(2, 2))), a.clock);
        assertThat(first.effects().get(0)).isEqualTo(new Effect.MembersChanged(LISTED, membership(THREE)));
        assertThat(first.effects()).hasSizeGreaterThan(2);
        assertThat(first.effects())
                .as("the write stands where it stood")
                .filteredOn(effect -> effect instanceof Effect.Persist)
                .hasSize(1);
        assertThat(a.election.step(new Input.Tick(), a.clock).effects()).isEmpty();
    }

    @Test
    void beforeTheFoundingTheMembersAreThoseOfTheSettings() {
        MemberUnderTest a = new MemberUnderTest(settings("a", THREE), "a-1", DurableState.NEW);
        a.tick();
        assertThat(a.members).containsExactly(new Effect.MembersChanged(LISTED, null));
    }

    @Test
    void aFoundingSaysTheMembershipThatItPutsInForce() {
        MemberUnderTest a = new MemberUnderTest(settings("a", List.of(data("a"))), "a-1", DurableState.NEW);
        a.ready();
        a.tickWhenDue();
        a.settle();
        assertThat(a.members).hasSize(2);
        assertThat(a.members.get(1).membership()).isEqualTo(a.view().membership());
        assertThat(a.members.get(1).members()).containsExactly(data("a").listed());
    }

    @Test
    void aMembershipThatIsTruncatedGoesBackToTheOneBefore() {
        MemberUnderTest b = founded("b");
        b.tick();
        Membership changed = membership(THREE).withIncarnation("c", "c-2", 2);
        b.receive(b.append("a", 2, 1, at(1, 1), new Entry(2, 2, new Payload.MembershipChange(changed))));
        assertThat(b.members).last().isEqualTo(new Effect.MembersChanged(LISTED, changed));
        b.write();
        b.receive(b.append("c", 3, 1, at(1, 1), entry(2, 3)));
        assertThat(b.members).last().isEqualTo(new Effect.MembersChanged(LISTED, membership(THREE)));
        assertThat(b.members).hasSize(3);
    }

    // ------------------------------------------------------------------------------------------------ the application

    @Test
    void aLeaderAppliesWhatIsCommittedInOrderAndOnce() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.Propose(1, order("x")));
        a.step(new Input.Propose(2, order("y")));
        assertThat(a.fed).as("not committed").isEmpty();
        a.settle("b", "c");
        a.heartbeatRound("b", "c");
        assertThat(a.fed)
                .containsExactly(
                        new Effect.Apply(List.of(new Entry(3, 2, order("x")))),
                        new Effect.Apply(List.of(new Entry(4, 2, order("y")))));
    }

    @Test
    void aFollowerAppliesWhatTheLeaderSaysIsCommitted() {
        MemberUnderTest b = founded("b");
        b.receive(b.append("a", 2, 1, at(1, 1), entry(2, 2), entry(3, 2), entry(4, 2)));
        assertThat(b.fed).isEmpty();
        b.receive(new Request.Heartbeat(b.from("a"), 2, MemberUnderTest.T, 3, null));
        b.receive(new Request.Heartbeat(b.from("a"), 2, MemberUnderTest.T, 3, null));
        assertThat(b.fed).containsExactly(new Effect.Apply(List.of(entry(2, 2), entry(3, 2))));
    }

    @Test
    void theElectionsOwnEntriesAreNotApplied() {
        MemberUnderTest b = founded("b");
        b.receive(b.append(
                "a",
                2,
                4,
                at(1, 1),
                new Entry(2, 2, new Payload.TermOpening("a", null, null)),
                entry(3, 2),
                new Entry(4, 2, new Payload.MembershipChange(membership(THREE).withIncarnation("c", "c-2", 4)))));
        assertThat(b.fed).containsExactly(new Effect.Apply(List.of(entry(3, 2))));
    }

    @Test
    void aWitnessAppliesNothing() {
        MemberUnderTest w = founded("w", List.of(data("a"), data("b"), witness("w")));
        w.receive(w.append("a", 2, 2, at(1, 1), new Entry(2, 2, new Payload.Withheld())));
        assertThat(w.view().commitIndex()).isEqualTo(2);
        assertThat(w.fed).isEmpty();
    }

    @Test
    void aLifeAppliesAgainWhatItsSnapshotDoesNotHold() {
        MemberUnderTest b = founded("b");
        b.receive(b.append("a", 2, 2, at(1, 1), entry(2, 2), entry(3, 2)));
        b.write();
        MemberUnderTest again = b.restart(b.settings);
        again.receive(again.append("a", 2, 3, at(2, 3), entry(4, 2)));
        assertThat(again.fed).containsExactly(new Effect.Apply(List.of(entry(2, 2), entry(3, 2))));
    }

    @Test
    void compactionAppliesNothingTwice() {
        MemberUnderTest b = new MemberUnderTest(
                settings("b", THREE, MemberUnderTest.T, MemberUnderTest.LEASE, false, 2),
                incarnationOf("b"),
                foundedState(THREE));
        b.receive(b.append("a", 2, 3, at(1, 1), entry(2, 2), entry(3, 2)));
        assertThat(b.election.snapshot().last()).isEqualTo(at(2, 3));
        b.receive(b.append("a", 2, 4, at(2, 3), entry(4, 2)));
        assertThat(b.fed)
                .containsExactly(
                        new Effect.Apply(List.of(entry(2, 2), entry(3, 2))), new Effect.Apply(List.of(entry(4, 2))));
    }

    @Test
    void aSnapshotTakesThePlaceOfWhatWasNotApplied() {
        MemberUnderTest b = founded("b");
        Snapshot snapshot = new Snapshot(at(2, 9), membership(THREE), List.of(), 0);
        Request.InstallSnapshot install = new Request.InstallSnapshot(b.from("a"), 2, MemberUnderTest.T, 9, snapshot);
        b.receive(install);
        b.receive(install);
        b.receive(b.append("a", 2, 10, at(2, 9), entry(10, 2)));
        assertThat(b.fed)
                .containsExactly(new Effect.SnapshotInstalled(snapshot), new Effect.Apply(List.of(entry(10, 2))));
    }
}
