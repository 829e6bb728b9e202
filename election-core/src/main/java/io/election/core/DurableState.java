package io.election.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What a member has on disk: the result of all its {@link DurableRecord}s.
 *
 * @param hardState term, vote and promise
 * @param snapshot the snapshot that replaces the compacted entries
 * @param entries the entries after it, without a gap
 * @param commitIndex up to where the log is known to be committed; at least what the snapshot covers
 */
public record DurableState(HardState hardState, Snapshot snapshot, List<Entry> entries, long commitIndex) {

    /** The state of a new directory. */
    public static final DurableState NEW = new DurableState(HardState.NEW, Snapshot.EMPTY, List.of());

    public DurableState {
        entries = List.copyOf(entries);
        LogPosition before = snapshot.last();
        for (Entry entry : entries) {
            checkFollows(entry, before);
            before = entry.position();
        }
        if (commitIndex < snapshot.last().index() || commitIndex > before.index()) {
            throw new IllegalArgumentException("commitIndex must be in the log, from "
                    + snapshot.last().index() + " to " + before.index() + ", but is " + commitIndex);
        }
    }

    /**
     * A state in which only what the snapshot covers is known to be committed.
     *
     * @param hardState term, vote and promise
     * @param snapshot the snapshot that replaces the compacted entries
     * @param entries the entries after it, without a gap
     */
    public DurableState(HardState hardState, Snapshot snapshot, List<Entry> entries) {
        this(hardState, snapshot, entries, snapshot.last().index());
    }

    private static void checkFollows(Entry entry, LogPosition before) {
        if (entry.index() != before.index() + 1) {
            throw new IllegalArgumentException("entries must follow the snapshot without a gap, but entry "
                    + entry.index() + " stands where " + (before.index() + 1) + " was expected");
        }
        if (entry.term() < before.term()) {
            throw new IllegalArgumentException("the terms of entries must not decrease, but entry " + entry.index()
                    + " of term " + entry.term() + " follows one of term " + before.term());
        }
    }

    /**
     * The state after one more record.
     *
     * @param change the record
     * @return the new state
     * @throws IllegalArgumentException if the record does not fit this state, which a sound journal never holds
     */
    public DurableState with(DurableRecord change) {
        return with(List.of(change));
    }

    /**
     * The state after more records.
     *
     * @param changes the records, in their order
     * @return the new state
     * @throws IllegalArgumentException if a record does not fit the state before it, which a sound journal never holds
     */
    public DurableState with(List<DurableRecord> changes) {
        Replay replay = new Replay(this);
        changes.forEach(replay::apply);
        return replay.state();
    }

    /**
     * The smallest list of records that leads from {@link #NEW} to this state.
     *
     * @return the records that a rewritten journal holds
     */
    public List<DurableRecord> asRecords() {
        List<DurableRecord> records = new ArrayList<>();
        records.add(new DurableRecord.HardStateChanged(hardState));
        if (!snapshot.equals(Snapshot.EMPTY)) {
            records.add(new DurableRecord.SnapshotReplaced(snapshot));
        }
        entries.forEach(entry -> records.add(new DurableRecord.EntryAppended(entry)));
        if (commitIndex > snapshot.last().index()) {
            records.add(new DurableRecord.CommitKnown(commitIndex));
        }
        return records;
    }

    /** Applies records one after the other, without copying the log for each of them. */
    public static final class Replay {

        private HardState hardState;
        private Snapshot snapshot;
        private final List<Entry> entries;
        private long commitIndex;

        /**
         * Begins with the given state.
         *
         * @param before the state before the first record
         */
        public Replay(DurableState before) {
            this.hardState = before.hardState();
            this.snapshot = before.snapshot();
            this.entries = new ArrayList<>(before.entries());
            this.commitIndex = before.commitIndex();
        }

        /** A copy, which goes on by itself. */
        private Replay(Replay other) {
            this.hardState = other.hardState;
            this.snapshot = other.snapshot;
            this.entries = new ArrayList<>(other.entries);
            this.commitIndex = other.commitIndex;
        }

        /**
         * Checks whether records could be applied, and applies none. Appending to a long log copies nothing of it.
         *
         * @param changes the records, in their order
         * @throws IllegalArgumentException if one does not fit what came before
         */
        public void check(List<DurableRecord> changes) {
            if (changes.stream().anyMatch(Replay::takesEntriesAway)) {
                Replay copy = new Replay(this);
                changes.forEach(copy::apply);
                return;
            }
            LogPosition end = last();
            long term = hardState.term();
            for (DurableRecord change : changes) {
                if (change instanceof DurableRecord.HardStateChanged c) {
                    checkRises(c.state(), term);
                    term = c.state().term();
                } else if (change instanceof DurableRecord.EntryAppended c) {
                    checkFollows(c.entry(), end);
                    end = c.entry().position();
                } else if (change instanceof DurableRecord.CommitKnown c) {
                    checkThere(c.index(), end);
                }
            }
        }

        private static boolean takesEntriesAway(DurableRecord change) {
            return change instanceof DurableRecord.LogTruncated || change instanceof DurableRecord.SnapshotReplaced;
        }

        private static void checkRises(HardState changed, long term) {
            if (changed.term() < term) {
                throw new IllegalArgumentException("term " + changed.term() + " follows term " + term);
            }
        }

        private static void checkThere(long index, LogPosition end) {
            if (index > end.index()) {
                throw new IllegalArgumentException(
                        "entry " + index + " is not there, and so not known to be committed");
            }
        }

        /**
         * Applies one more record.
         *
         * @param change the record
         * @throws IllegalArgumentException if it does not fit what came before, which a sound journal never holds
         */
        public void apply(DurableRecord change) {
            if (change instanceof DurableRecord.HardStateChanged c) {
                checkRises(c.state(), hardState.term());
                hardState = c.state();
            } else if (change instanceof DurableRecord.EntryAppended c) {
                checkFollows(c.entry(), last());
                entries.add(c.entry());
            } else if (change instanceof DurableRecord.CommitKnown c) {
                checkThere(c.index(), last());
                commitIndex = Math.max(commitIndex, c.index());
            } else if (change instanceof DurableRecord.LogTruncated c) {
                if (c.fromIndex() <= commitIndex) {
                    throw new IllegalArgumentException(
                            "entry " + c.fromIndex() + " is known to be committed, and no log is truncated there");
                }
                long kept = Math.max(0, c.fromIndex() - snapshot.last().index() - 1);
                if (kept < entries.size()) {
                    entries.subList(Math.toIntExact(kept), entries.size()).clear();
                }
            } else if (change instanceof DurableRecord.SnapshotReplaced c) {
                replaceSnapshot(c.snapshot());
            } else {
                throw new IllegalArgumentException("unknown kind of record: " + change);
            }
        }

        /**
         * Where the log ends.
         *
         * @return the position of the last entry, or of the snapshot's
         */
        public LogPosition last() {
            return entries.isEmpty()
                    ? snapshot.last()
                    : entries.get(entries.size() - 1).position();
        }

        private void replaceSnapshot(Snapshot newSnapshot) {
            long compacted =
                    Math.max(0, newSnapshot.last().index() - snapshot.last().index());
            boolean follows = compacted < entries.size()
                    && entries.get(Math.toIntExact(compacted)).index()
                            == newSnapshot.last().index() + 1;
            if (follows) {
                checkFollows(entries.get(Math.toIntExact(compacted)), newSnapshot.last());
                entries.subList(0, Math.toIntExact(compacted)).clear();
            } else {
                entries.clear();
            }
            snapshot = newSnapshot;
            commitIndex = Math.max(commitIndex, newSnapshot.last().index());
        }

        /**
         * Term, vote and promise after all records so far.
         *
         * @return the values
         */
        public HardState hardState() {
            return hardState;
        }

        /**
         * The snapshot after all records so far.
         *
         * @return the snapshot
         */
        public Snapshot snapshot() {
            return snapshot;
        }

        /**
         * The entries after all records so far.
         *
         * @return a view of the entries after the snapshot, which the next record changes
         */
        public List<Entry> entries() {
            return Collections.unmodifiableList(entries);
        }

        /**
         * Up to where the log is known to be committed, after all records so far.
         *
         * @return the index
         */
        public long commitIndex() {
            return commitIndex;
        }

        /**
         * The state after all records so far.
         *
         * @return the state
         */
        public DurableState state() {
            return new DurableState(hardState, snapshot, entries, commitIndex);
        }
    }
}
