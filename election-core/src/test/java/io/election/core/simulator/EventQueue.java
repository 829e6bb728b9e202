package io.election.core.simulator;

import java.util.Arrays;

/**
 * What is still to happen in a run, by true time; at the same instant, in the order in which it was added. A binary heap
 * on primitive arrays, because every message passes through it.
 */
final class EventQueue {

    private long[] at = new long[256];
    private long[] order = new long[256];
    private Runnable[] what = new Runnable[256];
    private int size;
    private long added;

    void add(long atNanos, Runnable action) {
        if (size == at.length) {
            at = Arrays.copyOf(at, 2 * size);
            order = Arrays.copyOf(order, 2 * size);
            what = Arrays.copyOf(what, 2 * size);
        }
        long number = added++;
        int hole = size++;
        while (hole > 0) {
            int parent = (hole - 1) >>> 1;
            if (!isBefore(atNanos, number, parent)) {
                break;
            }
            move(parent, hole);
            hole = parent;
        }
        put(hole, atNanos, number, action);
    }

    /** The time of the next event, or {@link Long#MAX_VALUE}. */
    long nextNanos() {
        return size == 0 ? Long.MAX_VALUE : at[0];
    }

    Runnable poll() {
        Runnable first = what[0];
        int last = --size;
        long lastAt = at[last];
        long lastOrder = order[last];
        Runnable lastWhat = what[last];
        what[last] = null;
        if (last > 0) {
            int hole = 0;
            while (true) {
                int child = 2 * hole + 1;
                if (child >= last) {
                    break;
                }
                if (child + 1 < last && isBefore(at[child + 1], order[child + 1], child)) {
                    child++;
                }
                if (isBefore(lastAt, lastOrder, child)) {
                    break;
                }
                move(child, hole);
                hole = child;
            }
            put(hole, lastAt, lastOrder, lastWhat);
        }
        return first;
    }

    private boolean isBefore(long atNanos, long number, int other) {
        return atNanos != at[other] ? atNanos < at[other] : number < order[other];
    }

    private void move(int from, int to) {
        put(to, at[from], order[from], what[from]);
    }

    private void put(int place, long atNanos, long number, Runnable action) {
        at[place] = atNanos;
        order[place] = number;
        what[place] = action;
    }
}
