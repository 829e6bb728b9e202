package io.election.core.simulator;

import io.election.core.LogPosition;
import java.util.Arrays;

/**
 * The log of a member's own application, with what is in it: the term of each record's leader. No two records with the same
 * term and place differ, since each term has one leader.
 */
final class ApplicationLog {

    private long[] terms = new long[16];
    private int size;

    LogPosition position() {
        return size == 0 ? LogPosition.NONE : new LogPosition(terms[size - 1], size);
    }

    int size() {
        return size;
    }

    /** The term of the record at a place, which counts from 1; -1 if there is none. */
    long termAt(int index) {
        return index < 1 || index > size ? -1 : terms[index - 1];
    }

    /** The leader's application writes a record. */
    void write(long term) {
        if (size == terms.length) {
            terms = Arrays.copyOf(terms, 2 * size);
        }
        terms[size++] = term;
    }

    /** How many records at the beginning are the same in both. */
    int sharedWith(ApplicationLog other) {
        int shared = 0;
        while (shared < Math.min(size, other.size) && terms[shared] == other.terms[shared]) {
            shared++;
        }
        return shared;
    }

    /**
     * Takes another's records up to a place, and cuts off what differs.
     *
     * @return whether anything was cut off
     */
    boolean copy(ApplicationLog from, int upTo) {
        int shared = sharedWith(from);
        if (upTo <= shared) {
            return false;
        }
        boolean cut = size > shared;
        while (terms.length < upTo) {
            terms = Arrays.copyOf(terms, 2 * terms.length);
        }
        System.arraycopy(from.terms, shared, terms, shared, upTo - shared);
        size = upTo;
        return cut;
    }

    void clear() {
        size = 0;
    }
}
