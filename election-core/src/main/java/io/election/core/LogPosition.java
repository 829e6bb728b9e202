package io.election.core;

/**
 * A position in a log: the term in which the entry was written, and its index. Positions are compared as pairs, the
 * term first. The index alone says nothing: a longer log may hold only entries of an older term (thesis, section
 * 3.6.1).
 *
 * @param term the term in which the entry was written
 * @param index the index of the entry, or its offset in an application's own log
 */
public record LogPosition(long term, long index) implements Comparable<LogPosition> {

    /** The position before the first entry. */
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
     * Whether this position is before another.
     *
     * @param other the other position
     * @return {@code true} if the other position is further
     */
    public boolean isBehind(LogPosition other) {
        return compareTo(other) < 0;
    }
}
