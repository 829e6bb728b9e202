package io.election.core;

/** One change of what a member keeps on disk. */
public sealed interface DurableRecord {

    /**
     * Replaces the term, vote and promise.
     *
     * @param state the new ones
     */
    record HardStateChanged(HardState state) implements DurableRecord {}

    /**
     * Adds an entry at the end of the log.
     *
     * @param entry the entry; its index follows the last one
     */
    record EntryAppended(Entry entry) implements DurableRecord {}

    /**
     * Removes the end of the log.
     *
     * @param fromIndex the first entry removed
     */
    record LogTruncated(long fromIndex) implements DurableRecord {}

    /**
     * Replaces the entries up to the snapshot's last by the snapshot. Entries behind it stay if they follow it without a gap.
     *
     * @param snapshot what stands for them
     */
    record SnapshotReplaced(Snapshot snapshot) implements DurableRecord {}

    /**
     * About how many bytes it takes to write this down.
     *
     * @return its weight
     */
    default long weight() {
        if (this instanceof EntryAppended appended) {
            return appended.entry().weight();
        }
        return this instanceof SnapshotReplaced replaced ? replaced.snapshot().weight() : 128;
    }
}
