package io.election.core;

/**
 * A place in a log: the term in which the entry was written, and its index. Compared as a pair, the term first: an index
 * alone says nothing (thesis, section 3.6.1).
 *
 * @param term the term in which it was written
 * @param index its index, or for an application's own log its offset
 */
public record LogPosition(long term, long index) implements Comparable<LogPosition> {

    /** The place before the first entry. */
    public static final LogPosition NONE = new LogPosition(0, 0);

    public LogPosition {
        if (term < 0 || index < 0) {
            throw new IllegalArgumentException(
                    "term and index must not be negative, but are " + term + " and " + index);
        }
    }

    @Override
    public int compareTo(LogPosition other) {
        int byTerm = Long.compare(term, other.term);
        return byTerm != 0 ? byTerm : Long.compare(index, other.index);
    }

    /**
     * Whether this place is before another.
     *
     * @param other the other place
     * @return {@code true} if the other is further
     */
    public boolean isBehind(LogPosition other) {
        return compareTo(other) < 0;
    }
}
