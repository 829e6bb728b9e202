package io.election.core;

import static io.election.core.MemberUnderTest.T;
import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.done;
import static io.election.core.MemberUnderTest.entry;
import static io.election.core.MemberUnderTest.foundedState;
import static io.election.core.MemberUnderTest.membership;
import static io.election.core.MemberUnderTest.only;
import static io.election.core.MemberUnderTest.persists;
import static io.election.core.MemberUnderTest.replicated;
import static io.election.core.MemberUnderTest.settings;
import static io.election.core.MemberUnderTest.told;
import static org.assertj.core.api.Assertions.assertThat;

import io.election.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a member gives its state machine, which images it takes and fetches, and when its log is compacted (safety rule 17). */
class ReplicatedLogTests {

    private static final ReplicationSettings REPLICATION =
            new ReplicationSettings(List.of("test"), 3, 1 << 20, 0, 0, 1 << 20, 4, 1 << 20, 2);
    private static final StateImage IMAGE = image("0");
    private static final Entry OPENING = new Entry(2, 2, new Payload.TermOpening("b", null, null));

    private static StateImage image(String digit) {
        return new StateImage(100, digit.repeat(64), List.of("test"));
    }

    private static Snapshot snapshot(long index, StateImage image) {
        return new Snapshot(at(2, index), membership(THREE), List.of(), 0, image);
    }

    private static MemberUnderTest follower() {
        return replicated("a", THREE, REPLICATION);
    }

    /** It follows b in term 2, and holds the opening and two entries, on disk. */
    private static MemberUnderTest holdingThree() {
        MemberUnderTest a = follower();
        a.receive(a.append("b", 2, 1, at(1, 1), OPENING, entry(3, 2), entry(4, 2)));
        a.write();
        return a;
    }

    private static Request.Heartbeat heartbeat(MemberUnderTest a, long commitIndex) {
        return new Request.Heartbeat(a.from("b"), 2, T, commitIndex, null);
    }

    private static Request.Heartbeat heartbeat(MemberUnderTest a, long commitIndex, ReplicaNews news) {
        return new Request.Heartbeat(a.from("b"), 2, T, commitIndex, null, news);
    }

    private static Request.InstallSnapshot install(MemberUnderTest a, String leader, long term, Snapshot snapshot) {
        return new Request.InstallSnapshot(
                a.from(leader), term, T, Math.max(10, snapshot.last().index()), snapshot);
    }

    private static Response.Append answer(List<Effect> effects) {
        return (Response.Append) only(effects, Effect.Reply.class).get(0).response();
    }

    // ------------------------------------------------------------------------------------------------ what is given

    @Test
    void aStateMachineIsGivenEveryCommittedEntryInOrder() {
        MemberUnderTest a = holdingThree();
        assertThat(a.fed).isEmpty();
        a.receive(heartbeat(a, 3));
        a.receive(heartbeat(a, 3));
        a.receive(heartbeat(a, 4));
        assertThat(a.fed)
                .containsExactly(
                        new Effect.Apply(List.of(OPENING, entry(3, 2))), new Effect.Apply(List.of(entry(4, 2))));
    }

    @Test
    void afterARestartItIsGivenWhatIsKnownToBeCommittedAtOnce() {
        DurableState founded = foundedState(THREE);
        MemberUnderTest a = new MemberUnderTest(
                replicated(settings("a", THREE), REPLICATION),
                "a-1",
                new DurableState(
                        founded.hardState(), founded.snapshot(), List.of(OPENING, entry(3, 2), entry(4, 2)), 3));
        a.tick();
        assertThat(a.fed).containsExactly(new Effect.Apply(List.of(OPENING, entry(3, 2))));
    }

    @Test
    void whatAnImageStandsForIsNotGivenAndCountsOnceItIsRestored() {
        DurableState founded = foundedState(THREE);
        MemberUnderTest a = new MemberUnderTest(
                replicated(settings("a", THREE), REPLICATION),
                "a-1",
                new DurableState(founded.hardState(), snapshot(4, IMAGE), List.of(entry(5, 2)), 5));
        a.tick();
        assertThat(a.fed).containsExactly(new Effect.Apply(List.of(entry(5, 2))));
        assertThat(applied(a)).isZero();
        a.step(new Input.Applied(4, null));
        assertThat(applied(a)).isEqualTo(4);
    }

    private static long applied(MemberUnderTest a) {
        return status(a.receive(heartbeat(a, 1))).applied();
    }

    private static ReplicaStatus status(List<Effect> effects) {
        return ((Response.Heartbeat) only(effects, Effect.Reply.class).get(0).response()).replica();
    }

    // ------------------------------------------------------------------------------------------------ its own images

    @Test
    void nothingIsFoldedBeforeAnImageOfItIsDurable() {
        MemberUnderTest a = new MemberUnderTest(
                replicated(settings("a", THREE, T, MemberUnderTest.LEASE, false, 1), REPLICATION),
                "a-1",
                foundedState(THREE));
        a.receive(a.append("b", 2, 1, at(1, 1), OPENING, entry(3, 2), entry(4, 2)));
        a.write();
        assertThat(only(a.receive(heartbeat(a, 4)), Effect.Persist.class)).isEmpty();
        assertThat(a.step(new Input.Applied(3, null))).isEmpty();
        assertThat(a.step(new Input.Applied(4, null)))
                .as("three entries after the last image")
                .containsExactly(new Effect.TakeImage());
        assertThat(a.step(new Input.ImageTaken(at(2, 4), IMAGE)))
                .containsExactly(persists(2, new DurableRecord.SnapshotReplaced(snapshot(4, IMAGE))));
        assertThat(a.write())
                .as("older images are not needed once what names the newer one is durable, and not before")
                .containsExactly(new Effect.RetainImages(Set.of(at(2, 4))));
        assertThat(a.election.entries()).isEmpty();
    }

    @Test
    void anImageThatIsNotTakenIsAskedForAgainLater() {
        MemberUnderTest a = holdingThree();
        a.receive(a.append("b", 2, 7, at(2, 4), entry(5, 2), entry(6, 2), entry(7, 2)));
        assertThat(a.step(new Input.Applied(4, null))).containsExactly(new Effect.TakeImage());
        assertThat(a.step(new Input.Applied(7, null))).as("one at a time").isEmpty();
        assertThat(a.step(new Input.ImageNotTaken("no room")))
                .containsExactly(new Effect.Observed(new Observation.ImageNotTaken("no room")));
        a.receive(a.append("b", 2, 8, at(2, 7), entry(8, 2)));
        assertThat(a.step(new Input.Applied(8, null))).containsExactly(new Effect.TakeImage());
    }

    @Test
    void anImageOfAnEarlierEntryThanTheSnapshotIsNotUsed() {
        MemberUnderTest a = holdingThree();
        a.receive(heartbeat(a, 4));
        a.receive(install(a, "b", 2, snapshot(9, IMAGE)));
        a.step(new Input.ImageFetched(at(2, 9), IMAGE, 100, true));
        a.receive(install(a, "b", 2, snapshot(9, IMAGE)));
        assertThat(only(a.step(new Input.ImageTaken(at(2, 4), image("1"))), Effect.Persist.class))
                .isEmpty();
        assertThat(a.election.snapshot()).isEqualTo(snapshot(9, IMAGE));
    }

    @Test
    void entriesBehindASnapshotStayWithinABound() {
        long weight = entry(4, 2).weight();
        MemberUnderTest a = replicated(
                "a",
                THREE,
                new ReplicationSettings(List.of("test"), 3, 1 << 20, 2 * weight, 0, 1 << 20, 4, 1 << 20, 2));
        a.receive(a.append("b", 2, 5, at(1, 1), OPENING, entry(3, 2), entry(4, 2), entry(5, 2)));
        a.step(new Input.Applied(5, null));
        a.step(new Input.ImageTaken(at(2, 5), IMAGE));
        assertThat(a.election.entries()).containsExactly(entry(4, 2), entry(5, 2));
        assertThat(a.disk.entries()).as("nothing of that is written").isEmpty();
    }

    @Test
    void beingLetInIsWrittenDownWithoutASnapshot() {
        List<EnrolledMember> members = new ArrayList<>(membership(THREE).members());
        members.removeIf(member -> member.id().equals("a"));
        members.add(0, new EnrolledMember("a", MemberKind.DATA, "a-1", 3));
        Membership letIn = new Membership(MemberUnderTest.CLUSTER_ID, MemberUnderTest.GENERATION, members);
        MemberUnderTest a = follower();
        a.receive(a.append("b", 2, 1, at(1, 1), OPENING, new Entry(3, 2, new Payload.MembershipChange(letIn))));
        a.write();
        assertThat(only(a.receive(heartbeat(a, 3)), Effect.Persist.class))
                .containsExactly(persists(2, new DurableRecord.CommitKnown(3)));
        a.write();
        assertThat(a.restart(a.settings).view().commitIndex()).isEqualTo(3);
    }

    // ------------------------------------------------------------------------------------------------ a leader's image

    @Test
    void anImageIsFetchedBeforeItsSnapshotIsInstalled() {
        MemberUnderTest a = follower();
        Snapshot snapshot = snapshot(9, IMAGE);
        List<Effect> effects = a.receive(install(a, "b", 2, snapshot));
        assertThat(only(effects, Effect.FetchImage.class)).containsExactly(new Effect.FetchImage("b", at(2, 9), IMAGE));
        assertThat(answer(effects).refusal()).isEqualTo(Refusal.of(RefusalReason.FETCHING_IMAGE));
        a.write();
        a.step(new Input.ImageFetched(at(2, 9), IMAGE, 40, false));
        effects = a.receive(install(a, "b", 2, snapshot));
        assertThat(only(effects, Effect.FetchImage.class)).as("it goes on").isEmpty();
        assertThat(answer(effects).index()).as("how much is here").isEqualTo(40);
        assertThat(a.election.snapshot().last()).isEqualTo(at(1, 1));
        a.step(new Input.ImageFetched(at(2, 9), IMAGE, 100, true));
        effects = a.receive(install(a, "b", 2, snapshot));
        assertThat(only(effects, Effect.Persist.class))
                .containsExactly(persists(2, new DurableRecord.SnapshotReplaced(snapshot)));
        assertThat(only(effects, Effect.Reply.class).get(0).afterWrite()).isEqualTo(2);
        assertThat(answer(effects).index()).isEqualTo(9);
        assertThat(a.fed).containsExactly(new Effect.SnapshotInstalled(snapshot));
        assertThat(a.write()).containsExactly(new Effect.RetainImages(Set.of(at(2, 9))));
    }

    /** The one that it was fetched from may be gone for good. */
    @Test
    void anImageThatIsNotCompleteIsFetchedFromTheNextLeader() {
        MemberUnderTest a = follower();
        Snapshot snapshot = snapshot(9, IMAGE);
        a.receive(install(a, "b", 2, snapshot));
        List<Effect> effects = a.receive(install(a, "c", 3, snapshot));
        assertThat(only(effects, Effect.FetchImage.class)).containsExactly(new Effect.FetchImage("c", at(2, 9), IMAGE));
        a.step(new Input.ImageFetched(at(2, 9), IMAGE, 100, true));
        effects = a.receive(install(a, "b", 4, snapshot));
        assertThat(only(effects, Effect.FetchImage.class))
                .as("what is complete is as good")
                .isEmpty();
        assertThat(answer(effects).refusal()).isNull();
    }

    @Test
    void anImageThatIsNotNeededAnyMoreIsGivenUp() {
        MemberUnderTest a = holdingThree();
        assertThat(only(a.receive(install(a, "b", 2, snapshot(9, IMAGE))), Effect.FetchImage.class))
                .hasSize(1);
        a.write();
        // The next leader has the entries.
        List<Effect> effects = a.receive(a.append(
                "c", 3, 9, at(2, 4), entry(5, 2), entry(6, 2), entry(7, 2), entry(8, 2), entry(9, 2), entry(10, 3)));
        assertThat(only(effects, Effect.ImageNotNeeded.class)).hasSize(1);
        effects = a.receive(new Request.Heartbeat(a.from("c"), 3, T, 10, null));
        assertThat(only(effects, Effect.ImageNotNeeded.class)).isEmpty();
    }

    /** Two members may write other bytes for the same state. Only those that the snapshot names are there after a restart. */
    @Test
    void wordOfAnotherImageOfTheSameEntryCountsForNothing() {
        MemberUnderTest a = follower();
        a.receive(install(a, "b", 2, snapshot(9, IMAGE)));
        a.receive(install(a, "c", 3, snapshot(9, image("1"))));
        a.step(new Input.ImageFetched(at(2, 9), IMAGE, 100, true));
        assertThat(answer(a.receive(install(a, "c", 3, snapshot(9, image("1")))))
                        .refusal())
                .isEqualTo(Refusal.of(RefusalReason.FETCHING_IMAGE));
    }

    @Test
    void aSnapshotThatIsOlderThanTheLogIsIgnored() {
        MemberUnderTest a = holdingThree();
        a.receive(heartbeat(a, 4));
        List<Effect> effects = a.receive(install(a, "b", 2, snapshot(3, IMAGE)));
        assertThat(answer(effects).refusal()).isNull();
        assertThat(answer(effects).index()).isEqualTo(3);
        assertThat(only(effects, Effect.FetchImage.class)).isEmpty();
        assertThat(a.election.snapshot().last()).isEqualTo(at(1, 1));
    }

    @Test
    void whoHoldsAllThatASnapshotCoversNeedsNoImage() {
        MemberUnderTest a = holdingThree();
        List<Effect> effects = a.receive(install(a, "b", 2, snapshot(4, IMAGE)));
        assertThat(answer(effects).index()).isEqualTo(4);
        assertThat(only(effects, Effect.FetchImage.class)).isEmpty();
        assertThat(a.fed).containsExactly(new Effect.Apply(List.of(OPENING, entry(3, 2), entry(4, 2))));
    }

    @Test
    void aTailThatASnapshotContradictsIsCutWhenItsImageIsThere() {
        MemberUnderTest a = holdingThree();
        Snapshot snapshot = new Snapshot(at(3, 4), membership(THREE), List.of(), 0, IMAGE);
        a.receive(install(a, "c", 3, snapshot));
        assertThat(a.election.entries()).as("not before").hasSize(3);
        a.step(new Input.ImageFetched(at(3, 4), IMAGE, 100, true));
        assertThat(only(a.receive(install(a, "c", 3, snapshot)), Effect.Persist.class)
                        .get(0)
                        .records())
                .containsExactly(new DurableRecord.LogTruncated(4), new DurableRecord.SnapshotReplaced(snapshot));
        a.write();
        assertThat(a.disk.entries()).isEmpty();
        assertThat(a.view().last()).isEqualTo(at(3, 4));
    }

    // ------------------------------------------------------------------------------------------------ a state that is
    // not right

    @Test
    void aMemberWhoseMachineFailedNeitherStandsNorTakesOverButVotesAndAcknowledges() {
        MemberUnderTest a = holdingThree();
        a.ready();
        assertThat(told(a.step(new Input.MachineFailed("it threw"))))
                .startsWith(new Observation.MachineFailed("it threw"));
        assertThat(status(a.receive(heartbeat(a, 4)))).isEqualTo(new ReplicaStatus(1, true, List.of("test")));
        List<Effect> effects = a.receive(a.append("b", 2, 4, at(2, 4), entry(5, 2)));
        assertThat(answer(effects).index()).isEqualTo(5);
        assertThat(answer(effects).applied()).isNull();
        a.write();
        effects = a.receive(a.timeoutNow("b", 2, at(2, 5)));
        assertThat(only(effects, Effect.Reply.class).get(0).response().refusal())
                .isEqualTo(Refusal.of(RefusalReason.NOT_A_VOTER));
        a.pass(T.multipliedBy(5));
        assertThat(only(a.tick(), Effect.Send.class)).isEmpty();
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
        Request.Vote vote = a.asks("c", Phase.VOTE, 3, at(2, 5), null, null);
        assertThat(only(a.receive(vote), Effect.Reply.class).get(0).response().refusal())
                .isNull();
    }

    @Test
    void aCandidateWhoseMachineFailsStopsStanding() {
        MemberUnderTest a = follower();
        a.ready();
        a.tickWhenDue();
        assertThat(a.view().role()).isEqualTo(Role.PRE_CANDIDATE);
        a.step(new Input.MachineFailed("it threw"));
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void aStateThatDiffersFromTheLeadersStopsTheMemberWhicheverIsHeardFirst() {
        StateDigest own = new StateDigest(4, 1);
        StateDigest leaders = new StateDigest(4, 2);
        MemberUnderTest a = holdingThree();
        a.receive(heartbeat(a, 4));
        a.step(new Input.Applied(4, own));
        assertThat(only(a.receive(heartbeat(a, 4, new ReplicaNews(4, leaders))), Effect.StateDiffers.class))
                .containsExactly(new Effect.StateDiffers(own, leaders));
        assertThat(status(a.receive(heartbeat(a, 4))).failed()).isTrue();
        MemberUnderTest later = holdingThree();
        later.receive(heartbeat(later, 4, new ReplicaNews(4, leaders)));
        assertThat(only(later.step(new Input.Applied(4, own)), Effect.StateDiffers.class))
                .containsExactly(new Effect.StateDiffers(own, leaders));
    }

    @Test
    void digestsOfDifferentEntriesAreNotCompared() {
        MemberUnderTest a = holdingThree();
        a.receive(heartbeat(a, 4));
        a.step(new Input.Applied(4, new StateDigest(3, 1)));
        List<Effect> effects = a.receive(heartbeat(a, 4, new ReplicaNews(4, new StateDigest(4, 2))));
        assertThat(only(effects, Effect.StateDiffers.class)).isEmpty();
        assertThat(done(a.receive(heartbeat(a, 4, new ReplicaNews(4, new StateDigest(3, 1))))))
                .hasSize(1);
    }

    /** It would fold away what only a state machine can hold, and name images that it does not have. */
    @Test
    void aMemberWithoutTheStateMachineOfItsLogDoesNotStand() {
        DurableState founded = foundedState(THREE);
        MemberUnderTest a = new MemberUnderTest(
                settings("a", THREE, T, MemberUnderTest.LEASE, false, 1),
                "a-1",
                new DurableState(founded.hardState(), snapshot(4, IMAGE), List.of(entry(5, 2))));
        a.ready();
        a.pass(T.multipliedBy(5));
        a.tick();
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
        Request.Heartbeat heartbeat = new Request.Heartbeat(a.from("b"), 2, T, 5, null);
        assertThat(only(a.receive(heartbeat), Effect.Persist.class).stream()
                        .flatMap(persist -> persist.records().stream()))
                .noneMatch(DurableRecord.SnapshotReplaced.class::isInstance);
    }
}
