package io.election.core;

import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.entry;
import static io.election.core.MemberUnderTest.membership;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ElectionLogTests {

    private static final Membership FOUNDED = membership(THREE);
    private static final Membership CHANGED = FOUNDED.withIncarnation("b", "b-2", 4);

    private static ElectionLog log(Snapshot snapshot, Entry... entries) {
        return new ElectionLog(
                MemberUnderTest.settings("a", THREE),
                new DurableState(HardState.NEW, snapshot, List.of(entries)),
                new Outbox());
    }

    private static Snapshot snapshot(long term, long index) {
        return new Snapshot(at(term, index), FOUNDED, List.of(), 0);
    }

    private static Entry opening(long index, long term, @Nullable LogPosition position) {
        return new Entry(index, term, new Payload.TermOpening("a", position, null));
    }

    private static Entry change(long index, long term) {
        return new Entry(index, term, new Payload.MembershipChange(CHANGED));
    }

    @Test
    void withoutAnEntryIsEmpty() {
        ElectionLog log = log(Snapshot.EMPTY);
        assertThat(log.isEmpty()).isTrue();
        assertThat(log.last()).isEqualTo(LogPosition.NONE);
        assertThat(log.membership()).isNull();
        assertThat(log.termAt(0)).isZero();
        assertThat(log.termAt(1)).isEqualTo(-1);
    }

    @Test
    void knowsTheTermsOfItsSnapshotAndOfWhatFollows() {
        ElectionLog log = log(snapshot(2, 5), entry(6, 2), entry(7, 4));
        assertThat(log.last()).isEqualTo(at(4, 7));
        assertThat(log.termAt(4)).as("compacted").isEqualTo(-1);
        assertThat(log.termAt(5)).isEqualTo(2);
        assertThat(log.termAt(6)).isEqualTo(2);
        assertThat(log.termAt(7)).isEqualTo(4);
        assertThat(log.termAt(8)).as("not held").isEqualTo(-1);
        assertThat(log.positionAt(7)).isEqualTo(at(4, 7));
    }

    @Test
    void whoseEntriesAreAllCompactedIsNotEmpty() {
        ElectionLog log = log(snapshot(2, 5));
        assertThat(log.isEmpty()).isFalse();
        assertThat(log.last()).isEqualTo(at(2, 5));
    }

    @Test
    void givesEntriesInBoundedBatches() {
        ElectionLog log = log(snapshot(1, 1), entry(2, 1), entry(3, 1), entry(4, 2), entry(5, 2));
        assertThat(log.from(3, 5, 64, 10_000)).containsExactly(entry(3, 1), entry(4, 2), entry(5, 2));
        assertThat(log.from(3, 4, 64, 10_000)).containsExactly(entry(3, 1), entry(4, 2));
        assertThat(log.from(2, 5, 2, 10_000)).containsExactly(entry(2, 1), entry(3, 1));
        assertThat(log.from(2, 99, 64, 10_000)).hasSize(4);
    }

    @Test
    void givesNoMoreThanItsWeightAllowsButOneEntryInAnyCase() {
        ElectionLog log = log(snapshot(1, 1), entry(2, 1), entry(3, 1), entry(4, 2));
        long two = weights(entry(2, 1), entry(3, 1));
        assertThat(log.from(2, 4, 64, two)).containsExactly(entry(2, 1), entry(3, 1));
        assertThat(log.from(2, 4, 64, two - 1)).containsExactly(entry(2, 1));
        assertThat(log.from(2, 4, 64, 1)).containsExactly(entry(2, 1));
    }

    @Test
    void findsWhereAnEarlierTermMayStillAgree() {
        ElectionLog log = log(snapshot(1, 1), entry(2, 1), entry(3, 2), entry(4, 2), entry(5, 2), entry(6, 3));
        assertThat(log.beforeTermAt(6)).isEqualTo(5);
        assertThat(log.beforeTermAt(5)).isEqualTo(2);
        assertThat(log.beforeTermAt(3)).isEqualTo(2);
        assertThat(log.beforeTermAt(2)).as("never before the snapshot").isEqualTo(1);
    }

    @Test
    void theNewestMembershipIsInForceCommittedOrNot() {
        ElectionLog log = log(snapshot(1, 1), entry(2, 1));
        assertThat(log.membership()).isEqualTo(FOUNDED);
        log.append(entry(3, 1));
        log.append(change(4, 2));
        assertThat(log.membership()).isEqualTo(CHANGED);
        assertThat(log.changesMembershipAfter(3)).isTrue();
        assertThat(log.changesMembershipAfter(4)).isFalse();
    }

    @Test
    void aMembershipThatIsCutOffIsNoLongerInForce() {
        ElectionLog log = log(snapshot(1, 1), entry(2, 1), entry(3, 1), change(4, 2), entry(5, 2));
        log.removeFrom(4);
        assertThat(log.entries()).containsExactly(entry(2, 1), entry(3, 1));
        assertThat(log.membership()).isEqualTo(FOUNDED);
    }

    @Test
    void aSnapshotThatFitsKeepsWhatFollows() {
        ElectionLog log = log(snapshot(1, 1), entry(2, 1), entry(3, 2), entry(4, 2));
        log.replaceSnapshot(snapshot(2, 3));
        assertThat(log.entries()).containsExactly(entry(4, 2));
        assertThat(log.snapshot()).isEqualTo(snapshot(2, 3));
    }

    @Test
    void aSnapshotThatConflictsTakesEverythingAway() {
        ElectionLog log = log(snapshot(1, 1), entry(2, 1), entry(3, 2), entry(4, 2));
        log.replaceSnapshot(snapshot(3, 3));
        assertThat(log.entries()).isEmpty();
        assertThat(log.last()).isEqualTo(at(3, 3));
    }

    @Test
    void aSnapshotFurtherThanTheEndTakesEverythingAway() {
        ElectionLog log = log(snapshot(1, 1), entry(2, 1));
        log.replaceSnapshot(new Snapshot(at(3, 9), CHANGED, List.of(), 0));
        assertThat(log.entries()).isEmpty();
        assertThat(log.last()).isEqualTo(at(3, 9));
        assertThat(log.membership()).isEqualTo(CHANGED);
    }

    @Test
    void weighsWhatCameSinceItsStartAndIsNotCommitted() {
        ElectionLog log = log(snapshot(1, 1), entry(2, 1), entry(3, 1));
        assertThat(log.uncommittedWeight()).as("what a restart found").isZero();
        log.append(change(4, 2));
        log.append(entry(5, 2));
        assertThat(log.uncommittedWeight())
                .isEqualTo(weights(change(4, 2), entry(5, 2)))
                .isPositive();
        log.removeFrom(5);
        assertThat(log.uncommittedWeight()).isEqualTo(weights(change(4, 2)));
        log.commitUpTo(2);
        assertThat(log.entries()).hasSize(3);
        assertThat(log.uncommittedWeight()).isEqualTo(weights(change(4, 2)));
        log.install(snapshot(1, 3));
        assertThat(log.uncommittedWeight()).isEqualTo(weights(change(4, 2)));
        log.append(entry(5, 2));
        log.commitUpTo(4);
        assertThat(log.uncommittedWeight()).isEqualTo(weights(entry(5, 2)));
    }

    @Test
    void weighsWhatTakesThePlaceOfWhatARestartFound() {
        ElectionLog log = log(snapshot(1, 1), entry(2, 1), entry(3, 1), entry(4, 1));
        log.removeFrom(3);
        log.append(entry(3, 2));
        log.append(entry(4, 2));
        assertThat(log.uncommittedWeight()).isEqualTo(weights(entry(3, 2), entry(4, 2)));
        log.commitUpTo(3);
        assertThat(log.uncommittedWeight()).isEqualTo(weights(entry(4, 2)));
    }

    private static long weights(Entry... entries) {
        return Arrays.stream(entries).mapToLong(Entry::weight).sum();
    }

    @Test
    void anEntryWeighsAsMuchMoreAsItHolds() {
        long light = new Entry(2, 1, new Payload.Application("test", Bytes.utf8(""))).weight();
        assertThat(new Entry(2, 1, new Payload.Application("test", Bytes.utf8("x".repeat(500)))).weight())
                .isEqualTo(light + 500);
        assertThat(change(4, 2).weight()).isGreaterThan(light + 3 * 64);
        Entry longer = new Entry(4, 2, new Payload.MembershipChange(FOUNDED.withIncarnation("b", "b-2000", 4)));
        assertThat(longer.weight()).isEqualTo(change(4, 2).weight() + 3);
        Membership named =
                new Membership("c", 1, List.of(new EnrolledMember("a-longer-name", MemberKind.DATA, "a-1", 1)));
        Membership called = new Membership("c", 1, List.of(new EnrolledMember("a", MemberKind.DATA, "a-1", 1)));
        assertThat(named.weight()).isEqualTo(called.weight() + 12);
    }

    @Test
    void hasRoomUpToTheLastPlaceThatThereIs() {
        assertThat(log(snapshot(1, Message.INDEX_LIMIT - 2)).hasRoom()).isTrue();
        assertThat(log(snapshot(1, Message.INDEX_LIMIT - 1)).hasRoom()).isFalse();
    }

    @Test
    void compactsMembershipAndOpeningsUpToAnIndexAndNoFurther() {
        ElectionLog log =
                log(snapshot(1, 1), opening(2, 2, at(1, 500)), entry(3, 2), change(4, 2), opening(5, 3, at(2, 700)));
        assertThat(log.snapshotAt(3)).isEqualTo(new Snapshot(at(2, 3), FOUNDED, List.of(opened(2, at(1, 500))), 0));
        assertThat(log.snapshotAt(4)).isEqualTo(new Snapshot(at(2, 4), CHANGED, List.of(opened(2, at(1, 500))), 0));
        assertThat(log.snapshotAt(5))
                .isEqualTo(new Snapshot(at(3, 5), CHANGED, List.of(opened(2, at(1, 500)), opened(3, at(2, 700))), 0));
    }

    @Test
    void anOpeningWithoutAPositionDoesNotReplaceTheOneBefore() {
        ElectionLog log = log(snapshot(1, 1), opening(2, 2, at(1, 500)), opening(3, 3, null));
        assertThat(log.snapshotAt(3).openings()).containsExactly(opened(2, at(1, 500)));
    }

    /** A leader opens its term once. One that lies may do so again, before and after a compaction. */
    @Test
    void compactionTakesTheFirstOpeningOfATerm() {
        ElectionLog log = log(
                snapshot(1, 1),
                opening(2, 2, at(1, 500)),
                opening(3, 2, at(1, 501)),
                entry(4, 2),
                opening(5, 2, at(1, 502)));
        assertThat(log.snapshotAt(4).openings()).containsExactly(opened(2, at(1, 500)));
        log.replaceSnapshot(log.snapshotAt(4));
        assertThat(log.snapshotAt(5).openings()).containsExactly(opened(2, at(1, 500)));
    }

    /** Whoever holds the earlier one's position holds the later one's too, and counts by that. */
    @Test
    void compactionDropsAnOpeningWhosePositionHoldsALaterOnes() {
        ElectionLog log = log(
                snapshot(1, 1),
                opening(2, 4, at(3, 500)),
                opening(3, 5, at(3, 501)),
                opening(4, 6, at(3, 501)),
                opening(5, 7, at(4, 300)));
        assertThat(log.snapshotAt(5).openings())
                .containsExactly(opened(4, at(3, 500)), opened(6, at(3, 501)), opened(7, at(4, 300)));
    }

    /** However the entries are compacted, every position counts as it did before. */
    @Test
    void compactionChangesNoPositionsCount() {
        List<Entry> entries = List.of(
                opening(2, 2, at(1, 2)),
                opening(3, 4, at(2, 3)),
                opening(4, 5, at(1, 4)),
                opening(5, 6, at(5, 4)),
                opening(6, 8, at(5, 4)),
                opening(7, 9, at(5, 3)));
        ElectionLog whole = log(snapshot(1, 1), entries.toArray(Entry[]::new));
        for (int index = 2; index <= 7; index++) {
            ElectionLog compacted =
                    log(whole.snapshotAt(index), entries.subList(index - 1, 6).toArray(Entry[]::new));
            for (int term = 0; term <= 9; term++) {
                for (int place = 0; place <= 5; place++) {
                    LogPosition own = new LogPosition(term, place);
                    assertThat(compacted.countedPosition(own))
                            .as("%s, compacted up to %s", own, index)
                            .isEqualTo(whole.countedPosition(own));
                    assertThat(compacted.mostCountedPosition(own)).isEqualTo(whole.countedPosition(own));
                }
            }
        }
    }

    /** A voter judges by the most that its position may count; a candidate counts the least. */
    @Test
    void whereOpeningsWereDroppedAPositionMayCountForMore() {
        Entry[] openings = new Entry[Snapshot.MOST_OPENINGS + 2];
        for (int i = 0; i < openings.length; i++) {
            openings[i] = opening(i + 2, i + 12, at(i + 1, 500));
        }
        Snapshot compacted = log(snapshot(1, 1), openings).snapshotAt(openings.length + 1);
        assertThat(compacted.openings()).hasSize(Snapshot.MOST_OPENINGS).startsWith(opened(14, at(3, 500)));
        assertThat(compacted.openingsFrom()).isEqualTo(14);
        ElectionLog log = log(compacted);
        assertThat(log.countedPosition(at(2, 600))).isEqualTo(at(2, 600));
        assertThat(log.mostCountedPosition(at(2, 600))).isEqualTo(at(13, 600));
        assertThat(log.mostCountedPosition(at(3, 600)))
                .as("by an opening that was kept")
                .isEqualTo(at(14, 500));
        assertThat(log.mostCountedPosition(at(13, 7)))
                .as("what was dropped named more of that term, or is of a later one")
                .isEqualTo(at(13, 7));
        assertThat(log.mostCountedPosition(at(14, 7))).isEqualTo(at(14, 7));

        Snapshot later =
                log(compacted, opening(openings.length + 2, 90, at(3, 500))).snapshotAt(openings.length + 2);
        assertThat(later.openings()).hasSize(Snapshot.MOST_OPENINGS);
        assertThat(later.openingsFrom()).as("what was dropped stays dropped").isEqualTo(14);
    }

    private static Snapshot.OpenedPosition opened(long term, LogPosition position) {
        return new Snapshot.OpenedPosition(term, position);
    }

    @Test
    void whoHoldsAnOpeningAndItsPositionCountsItAsWrittenInThatTerm() {
        ElectionLog log = log(snapshot(1, 1), opening(2, 4, at(3, 500)));
        assertThat(log.countedPosition(at(3, 500))).isEqualTo(at(4, 500));
        assertThat(log.countedPosition(at(3, 520)))
                .as("what is beyond it is a tail of the old term")
                .isEqualTo(at(4, 500));
    }

    @Test
    void whoLacksAPartOfItCountsAsBefore() {
        ElectionLog log = log(snapshot(1, 1), opening(2, 4, at(3, 500)));
        assertThat(log.countedPosition(at(3, 499))).isEqualTo(at(3, 499));
        assertThat(log.countedPosition(at(2, 900))).isEqualTo(at(2, 900));
    }

    @Test
    void aTailOfALaterTermThanTheOpenedPositionsIsNoneOfThatLeaders() {
        // The leader of term 5 holds nothing of term 4: whoever does has other records in their place.
        ElectionLog log = log(snapshot(1, 1), opening(2, 5, at(3, 500)));
        assertThat(log.countedPosition(at(4, 900))).isEqualTo(at(4, 900));
    }

    @Test
    void whatWasWrittenInTheTermItselfCountsInFull() {
        ElectionLog log = log(snapshot(1, 1), opening(2, 4, at(3, 500)));
        assertThat(log.countedPosition(at(4, 501))).isEqualTo(at(4, 501));
    }

    @Test
    void ofSeveralOpeningsTheLatestThatIsHeldCounts() {
        ElectionLog log =
                log(snapshot(1, 1), opening(2, 4, at(3, 500)), opening(3, 6, at(3, 500)), opening(4, 7, at(6, 700)));
        assertThat(log.countedPosition(at(3, 500))).isEqualTo(at(6, 500));
        assertThat(log.countedPosition(at(6, 700))).isEqualTo(at(7, 700));
    }

    @Test
    void aPositionThatTheEarlierLeaderLackedIsHeldInFullOnceItsHolderLeads() {
        // The leader of term 5 lacked record 501; who holds it was elected in term 8, and its quorum holds it now.
        ElectionLog log = log(snapshot(1, 1), opening(2, 5, at(3, 500)), opening(3, 8, at(3, 501)));
        assertThat(log.countedPosition(at(3, 501))).isEqualTo(at(8, 501));
        assertThat(log.countedPosition(at(3, 500))).isEqualTo(at(5, 500));
    }

    @Test
    void compactedOpeningsOfTermsWithoutAWriteCountAsBefore() {
        ElectionLog log = log(snapshot(1, 1), opening(2, 4, at(3, 500)), opening(3, 6, at(3, 500)));
        ElectionLog compacted = log(log.snapshotAt(3));
        assertThat(compacted.countedPosition(at(3, 500))).isEqualTo(at(6, 500));
        assertThat(compacted.countedPosition(at(3, 499))).isEqualTo(at(3, 499));
    }

    @Test
    void countsTheOpeningInItsSnapshot() {
        ElectionLog log = log(
                new Snapshot(at(4, 9), FOUNDED, List.of(new Snapshot.OpenedPosition(4, at(3, 500))), 0),
                opening(10, 5, at(4, 500)));
        assertThat(log.countedPosition(at(3, 500))).isEqualTo(at(4, 500));
    }
}
