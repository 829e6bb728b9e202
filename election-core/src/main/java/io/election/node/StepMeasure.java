package io.election.node;

import java.time.Duration;

/**
 * Measures by how much the candidacies of two neighbours in rank have to be apart for the sake of this member's disk: two
 * writes, and never less than the setting. The core adds the round trip, which it measures itself. The disk reports from its own
 * thread; the loop reads.
 */
final class StepMeasure {

    private final long leastNanos;
    private volatile long lastSyncNanos;

    // The loop's own.
    private long slowestSyncNanos;
    private long stepNanos;

    StepMeasure(Duration least) {
        this.leastNanos = least.toNanos();
    }

    /** A write took so long. */
    void synced(Duration took) {
        lastSyncNanos = took.toNanos();
    }

    /** Takes the latest write into account; the step in nanoseconds if it is another one now, or 0. */
    long measure() {
        long sync = lastSyncNanos;
        // A slow write counts at once, a fast one little by little.
        slowestSyncNanos = sync > slowestSyncNanos ? sync : slowestSyncNanos - (slowestSyncNanos - sync) / 8;
        long step = Math.max(leastNanos, 2 * slowestSyncNanos);
        if (step == stepNanos) {
            return 0;
        }
        stepNanos = step;
        return step;
    }
}
