package io.election.core.explorer;

import java.util.Arrays;

/**
 * The content of an object as a sequence of numbers. Two objects of equal content have the same sequence. Three kinds
 * of numbers are marked, because they mean something only in relation to others:
 *
 * <ul>
 *   <li>An instant is given relative to the member's present.
 *   <li>The id of a request matters only by which other ids are equal to it, lower or higher.
 *   <li>A part that matters only if a certain request can still be answered begins with the id of that request.
 * </ul>
 *
 * <p>All other numbers are digested once, because they are the same in each state of the world that holds the object.
 */
final class Tokens {

    static final byte PLAIN = 0;
    static final byte INSTANT = 1;
    /** Plus the index of the member whose request it is. */
    static final byte REQUEST = 16;
    /** Plus the index of the member whose request it is. */
    static final byte PART = 32;
    /** Ends a part. */
    private static final byte END = 2;

    private long[] values = new long[256];
    private byte[] kinds = new byte[256];
    private int size;
    private int hash;

    // What is left when all plain numbers are digested.
    private byte[] markedKinds = {};
    private long[] marked = {};
    private StateKey plain = new StateKey(0, 0);

    void add(byte kind, long value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * size);
            kinds = Arrays.copyOf(kinds, 2 * size);
        }
        kinds[size] = kind;
        values[size++] = value;
    }

    void beginPart(int owner, long request) {
        add((byte) (PART + owner), request);
    }

    void endPart() {
        add(END, 0);
    }

    /** No more will be added. */
    Tokens done() {
        values = Arrays.copyOf(values, size);
        kinds = Arrays.copyOf(kinds, size);
        hash = 31 * Arrays.hashCode(values) + Arrays.hashCode(kinds);
        long[] keptValues = new long[2 * size];
        byte[] keptKinds = new byte[2 * size];
        int kept = 0;
        StateKey.Builder outside = new StateKey.Builder();
        StateKey.Builder part = null;
        for (int i = 0; i < size; i++) {
            if (kinds[i] == PLAIN) {
                (part == null ? outside : part).add(values[i]);
                continue;
            }
            if (kinds[i] >= PART) {
                part = new StateKey.Builder();
            } else if (kinds[i] == END) {
                // The digest of the part's plain numbers stands at its end.
                keptKinds[kept] = PLAIN;
                keptValues[kept++] = part.build().high();
                part = null;
            } else if (part == null) {
                outside.add(kinds[i]);
            }
            keptKinds[kept] = kinds[i];
            keptValues[kept++] = values[i];
        }
        marked = Arrays.copyOf(keptValues, kept);
        markedKinds = Arrays.copyOf(keptKinds, kept);
        plain = outside.build();
        return this;
    }

    /** Whether a part depends on that request. */
    boolean hasPart(long request) {
        for (int i = 0; i < marked.length; i++) {
            if (markedKinds[i] >= PART && marked[i] == request) {
                return true;
            }
        }
        return false;
    }

    /** Collects the ids of requests, apart from those on which parts depend. */
    void collect(LiveRequests live) {
        for (int i = 0; i < marked.length; i++) {
            byte kind = markedKinds[i];
            if (kind >= PART) {
                i = endOf(i);
            } else if (kind >= REQUEST) {
                live.add(kind - REQUEST, marked[i]);
            }
        }
    }

    private int endOf(int part) {
        int at = part;
        while (markedKinds[at] != END) {
            at++;
        }
        return at;
    }

    /**
     * Digests the content.
     *
     * @param elapsedNanos how much time has passed since the present to which the instants are relative
     * @param looksBackNanos how far back an instant is told apart from others
     * @param live the requests that occur
     * @param into takes the numbers
     */
    void digest(long elapsedNanos, long looksBackNanos, LiveRequests live, StateKey.Builder into) {
        into.add(plain.high());
        into.add(plain.low());
        for (int i = 0; i < marked.length; i++) {
            byte kind = markedKinds[i];
            long value = marked[i];
            if (kind == INSTANT) {
                into.add(Math.max(value - elapsedNanos, -looksBackNanos));
            } else if (kind >= PART) {
                int rank = live.rankOf(kind - PART, value);
                if (rank < 0) {
                    i = endOf(i);
                } else {
                    into.add(rank);
                }
            } else if (kind >= REQUEST) {
                into.add(live.rankOf(kind - REQUEST, value));
            } else {
                into.add(value);
            }
        }
    }

    @Override
    public boolean equals(Object other) {
        return other == this
                || other instanceof Tokens that
                        && hash == that.hash
                        && Arrays.equals(values, that.values)
                        && Arrays.equals(kinds, that.kinds);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
