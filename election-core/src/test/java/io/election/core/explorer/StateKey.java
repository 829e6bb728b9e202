package io.election.core.explorer;

/**
 * A digest of a state.
 *
 * @param high its first half
 * @param low its second half
 */
record StateKey(long high, long low) implements Comparable<StateKey> {

    @Override
    public int compareTo(StateKey other) {
        return high != other.high ? Long.compare(high, other.high) : Long.compare(low, other.low);
    }

    /** Takes the numbers of which a state consists, in their order. */
    static final class Builder {

        private long high = 0x9e3779b97f4a7c15L;
        private long low = 0xc2b2ae3d27d4eb4fL;

        void add(long value) {
            high = mixed(high ^ value);
            low = mixed(low + value * 0xd6e8feb86659fd93L + 0x2545f4914f6cdd1dL);
        }

        private static long mixed(long value) {
            long mixed = (value ^ (value >>> 32)) * 0xff51afd7ed558ccdL;
            return (mixed ^ (mixed >>> 29)) * 0xc4ceb9fe1a85ec53L;
        }

        StateKey build() {
            return new StateKey(high, low ^ (low >>> 31));
        }
    }
}
