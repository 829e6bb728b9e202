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
    record TailRemoved(long fromIndex) implements DurableRecord {}

    /**
     * Folds the entries up to the base's last into it. Entries behind it stay if they follow it without a gap.
     *
     * @param base what stands for them
     */
    record BaseReplaced(Base base) implements DurableRecord {}

    /**
     * About how many characters it takes to write this down.
     *
     * @return its weight
     */
    default long weight() {
        if (this instanceof EntryAppended appended) {
            return appended.entry().weight();
        }
        return this instanceof BaseReplaced replaced ? replaced.base().weight() : 128;
    }
}
