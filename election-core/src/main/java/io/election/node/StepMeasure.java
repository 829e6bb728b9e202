package io.election.node;

import java.time.Duration;

/**
 * Measures by how much the candidacies of two neighbours in rank have to be apart: a round trip and two disk writes, and never
 * less than the setting. Disk and peers report from their own threads; the loop reads.
 */
final class StepMeasure {

    private final long leastNanos;
    private volatile long lastSyncNanos;
    private volatile long lastRoundTripNanos;

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

    /** An answer in which no disk took part came after so long. */
    void answered(long roundTripNanos) {
        lastRoundTripNanos = roundTripNanos;
    }

    /** Takes the latest write into account; the step in nanoseconds if it is another one now, or 0. */
    long measure() {
        long sync = lastSyncNanos;
        // A slow write counts at once, a fast one little by little.
        slowestSyncNanos = sync > slowestSyncNanos ? sync : slowestSyncNanos - (slowestSyncNanos - sync) / 8;
        long step = Math.max(leastNanos, lastRoundTripNanos + 2 * slowestSyncNanos);
        if (step == stepNanos) {
            return 0;
        }
        stepNanos = step;
        return step;
    }
}
