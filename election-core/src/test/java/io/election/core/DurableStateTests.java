package io.election.core;

import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.entry;
import static io.election.core.MemberUnderTest.membership;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.election.core.DurableRecord.EntryAppended;
import io.election.core.DurableRecord.HardStateChanged;
import io.election.core.DurableRecord.LogTruncated;
import io.election.core.DurableRecord.SnapshotReplaced;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DurableStateTests {

    private static final HardState VOTED = new HardState(7, "b", Duration.ofSeconds(10));
    private static final Snapshot COMPACTED = new Snapshot(at(3, 5), membership(THREE), List.of(), 0);

    private static DurableState sum(DurableState from, List<DurableRecord> records) {
        DurableState state = from;
        for (DurableRecord change : records) {
            state = state.with(change);
        }
        return state;
    }

    @Test
    void isTheSumOfItsRecords() {
        DurableState state = sum(
                DurableState.NEW,
                List.of(
                        new HardStateChanged(new HardState(1, "a", Duration.ZERO)),
                        new EntryAppended(entry(1, 1)),
                        new EntryAppended(entry(2, 1)),
                        new HardStateChanged(VOTED),
                        new LogTruncated(2),
                        new EntryAppended(entry(2, 7))));
        assertThat(state).isEqualTo(new DurableState(VOTED, Snapshot.EMPTY, List.of(entry(1, 1), entry(2, 7))));
    }

    @Test
    void isRebuiltFromItsOwnRecords() {
        DurableState withSnapshot = new DurableState(VOTED, COMPACTED, List.of(entry(6, 3), entry(7, 7)));
        DurableState withoutSnapshot = new DurableState(VOTED, Snapshot.EMPTY, List.of(entry(1, 1)));
        assertThat(sum(DurableState.NEW, withSnapshot.asRecords())).isEqualTo(withSnapshot);
        assertThat(sum(DurableState.NEW, withoutSnapshot.asRecords())).isEqualTo(withoutSnapshot);
        assertThat(sum(DurableState.NEW, DurableState.NEW.asRecords())).isEqualTo(DurableState.NEW);
    }

    @Test
    void ofANewDirectoryTakesOneRecord() {
        assertThat(DurableState.NEW.asRecords()).containsExactly(new HardStateChanged(HardState.NEW));
    }

    @Test
    void aSnapshotKeepsTheEntriesThatFollowIt() {
        DurableState state = new DurableState(VOTED, Snapshot.EMPTY, List.of(entry(1, 1), entry(2, 2), entry(3, 2)));
        assertThat(state.with(new SnapshotReplaced(new Snapshot(at(2, 2), null, List.of(), 0))))
                .isEqualTo(new DurableState(VOTED, new Snapshot(at(2, 2), null, List.of(), 0), List.of(entry(3, 2))));
    }

    @Test
    void aSnapshotBehindAGapTakesAllEntriesAway() {
        DurableState state = new DurableState(VOTED, COMPACTED, List.of(entry(6, 3), entry(7, 7)));
        Snapshot far = new Snapshot(at(8, 20), membership(THREE), List.of(), 0);
        assertThat(state.with(new SnapshotReplaced(far))).isEqualTo(new DurableState(VOTED, far, List.of()));
    }

    @Test
    void anEntryAfterAGapDoesNotFit() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DurableState.NEW.with(new EntryAppended(entry(2, 1))))
                .withMessage("entries must follow the snapshot without a gap, but entry 2 stands where 1 was expected");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DurableState(VOTED, COMPACTED, List.of(entry(6, 3), entry(8, 3))))
                .withMessage("entries must follow the snapshot without a gap, but entry 8 stands where 7 was expected");
    }

    @Test
    void removingATailThatIsNotThereChangesNothing() {
        DurableState state = new DurableState(VOTED, COMPACTED, List.of(entry(6, 3)));
        assertThat(state.with(new LogTruncated(7))).isEqualTo(state);
    }
}
