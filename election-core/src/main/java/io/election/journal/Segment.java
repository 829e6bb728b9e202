package io.election.journal;

/**
 * A segment that is not written to any more, or the part of one that is on disk.
 *
 * @param number the edition that began with it
 * @param length how much of it counts, in bytes
 * @param checksum of so many bytes
 * @param first the lowest index of an entry that it appends, or {@link Long#MAX_VALUE} if it appends none
 * @param last the highest index of one, or 0
 */
record Segment(long number, long length, int checksum, long first, long last) {

    boolean hasEntries() {
        return first <= last;
    }

    /** Whether it may hold an entry behind one index, up to another. */
    boolean reaches(long after, long upTo) {
        return hasEntries() && after < upTo && first <= upTo && last > after;
    }

    JournalFormat.Named named() {
        return new JournalFormat.Named(number, length, checksum);
    }
}
