package io.election.core.explorer;

import java.util.Arrays;

/** A set of keys that takes little memory. Read by several threads at a time, or changed by one. */
final class SeenStates {

    private long[] high = new long[1 << 16];
    private long[] low = new long[1 << 16];
    private int size;

    int size() {
        return size;
    }

    boolean contains(StateKey key) {
        return holdsAt(slotOf(key.high(), key.low()), key);
    }

    boolean add(StateKey key) {
        int slot = slotOf(key.high(), key.low());
        if (holdsAt(slot, key)) {
            return false;
        }
        put(slot, key.high(), key.low());
        if (++size > high.length / 2) {
            grow();
        }
        return true;
    }

    private boolean holdsAt(int slot, StateKey key) {
        return high[slot] == key.high() && low[slot] == lowOf(key.low());
    }

    /** Zero marks an empty slot. */
    private static long lowOf(long value) {
        return value == 0 ? 1 : value;
    }

    private int slotOf(long keyHigh, long keyLow) {
        int slot = (int) (keyHigh ^ (keyHigh >>> 32)) & (high.length - 1);
        while (low[slot] != 0 && (high[slot] != keyHigh || low[slot] != lowOf(keyLow))) {
            slot = (slot + 1) & (high.length - 1);
        }
        return slot;
    }

    private void put(int slot, long keyHigh, long keyLow) {
        high[slot] = keyHigh;
        low[slot] = lowOf(keyLow);
    }

    private void grow() {
        long[] oldHigh = high;
        long[] oldLow = low;
        high = new long[2 * oldHigh.length];
        low = new long[2 * oldLow.length];
        Arrays.fill(low, 0);
        for (int i = 0; i < oldHigh.length; i++) {
            if (oldLow[i] != 0) {
                put(slotOf(oldHigh[i], oldLow[i]), oldHigh[i], oldLow[i]);
            }
        }
    }
}
