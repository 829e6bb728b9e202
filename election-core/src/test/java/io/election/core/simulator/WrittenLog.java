package io.election.core.simulator;

import io.election.core.DurableState;
import io.election.core.Entry;
import io.election.core.LogPosition;
import io.election.core.Membership;
import io.election.core.Snapshot;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A member's log as the sum of what it wrote: nothing is asked of the machine itself. */
final class WrittenLog {

    private final ArrayList<Entry> entries = new ArrayList<>();
    private Snapshot snapshot = Snapshot.EMPTY;
    private @Nullable Membership inForce;
    private boolean inForceStale = true;

    /** A process begins with what its disk recovers. */
    void recover(DurableState recovered) {
        snapshot = recovered.snapshot();
        entries.clear();
        entries.addAll(recovered.entries());
        inForceStale = true;
    }

    void clear() {
        snapshot = Snapshot.EMPTY;
        entries.clear();
        inForceStale = true;
    }

    void append(Entry entry) {
        entries.add(entry);
        inForceStale = true;
    }

    void cutFrom(long index) {
        while (!entries.isEmpty() && last().index() >= index) {
            entries.remove(entries.size() - 1);
        }
        inForceStale = true;
    }

    /** As the journal does it: entries after the snapshot stay if they follow it without a gap. */
    void fold(Snapshot newSnapshot) {
        long index = newSnapshot.last().index();
        entries.removeIf(entry -> entry.index() <= index);
        snapshot = newSnapshot;
        inForceStale = true;
    }

    Snapshot snapshot() {
        return snapshot;
    }

    long snapshotIndex() {
        return snapshot.last().index();
    }

    LogPosition last() {
        return entries.isEmpty()
                ? snapshot.last()
                : entries.get(entries.size() - 1).position();
    }

    /** The entries that were not compacted. */
    List<Entry> entries() {
        return entries;
    }

    /** The entry at an index, or {@code null} if it is not there, or compacted. */
    @Nullable Entry entryAt(long index) {
        long offset = index - snapshotIndex() - 1;
        return offset < 0 || offset >= entries.size() ? null : entries.get((int) offset);
    }

    /** The term of the entry at an index, or -1 if it is not there, or compacted. */
    long termAt(long index) {
        if (index == snapshotIndex()) {
            return snapshot.last().term();
        }
        Entry entry = entryAt(index);
        return entry == null ? -1 : entry.term();
    }

    /** The membership in force: the newest that was written. */
    @Nullable Membership membership() {
        if (inForceStale) {
            inForceStale = false;
            inForce = newestMembership();
        }
        return inForce;
    }

    private @Nullable Membership newestMembership() {
        for (int i = entries.size() - 1; i >= 0; i--) {
            Membership membership = entries.get(i).payload().membership();
            if (membership != null) {
                return membership;
            }
        }
        return snapshot.membership();
    }

    /** Whether a disk holds an entry, or has compacted it away. */
    static boolean holds(DurableState state, long index, long term) {
        if (state.snapshot().last().index() >= index) {
            return state.snapshot().last().term() >= term;
        }
        int offset = (int) (index - state.snapshot().last().index() - 1);
        return offset < state.entries().size() && state.entries().get(offset).term() == term;
    }
}
