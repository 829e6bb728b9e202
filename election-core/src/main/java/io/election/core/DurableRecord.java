package io.election.core;

/** One change of a member's durable state. */
public sealed interface DurableRecord {

    /**
     * Replaces the term, vote and promise.
     *
     * @param state the new values
     */
    record HardStateChanged(HardState state) implements DurableRecord {}

    /**
     * Appends an entry to the log.
     *
     * @param entry the entry; its index follows the last one
     */
    record EntryAppended(Entry entry) implements DurableRecord {}

    /**
     * Truncates the log.
     *
     * @param fromIndex the first entry removed
     */
    record LogTruncated(long fromIndex) implements DurableRecord {}

    /**
     * Replaces the entries up to the snapshot's last entry by the snapshot. Entries after it stay if they follow it
     * without a gap.
     *
     * @param snapshot the snapshot that replaces them
     */
    record SnapshotReplaced(Snapshot snapshot) implements DurableRecord {}

    /**
     * The log is known to be committed up to an index. Written where a member that restarts must not forget it, and folds
     * nothing away: that it was let in (safety rule 7).
     *
     * @param index the index; it is not behind the snapshot
     */
    record CommitKnown(long index) implements DurableRecord {}

    /**
     * About how many bytes it takes to write this record.
     *
     * @return the weight in bytes
     */
    default long weight() {
        if (this instanceof EntryAppended appended) {
            return appended.entry().weight();
        }
        return this instanceof SnapshotReplaced replaced ? replaced.snapshot().weight() : 128;
    }
}
