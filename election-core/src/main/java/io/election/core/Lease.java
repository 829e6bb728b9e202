package io.election.core;

import org.jspecify.annotations.Nullable;

/**
 * The time during which no other member can have been elected.
 *
 * @param end when it is over, as soon as either clock is past it, or {@code null} for a sole voter's, which has no end
 */
public record Lease(@Nullable ClockReading end) {

    /** The lease of a sole voter, for as long as it is the only one: there is nobody who could elect another. */
    public static final Lease UNLIMITED = new Lease(null);

    static Lease from(ClockReading sent, long durationNanos) {
        return new Lease(
                new ClockReading(sent.monotonicNanos() + durationNanos, sent.wallMillis() + durationNanos / 1_000_000));
    }

    /**
     * Whether the lease holds.
     *
     * @param monotonicNanos the monotonic clock now
     * @param wallMillis the wall clock now
     * @return {@code true} while neither clock has reached the end
     */
    public boolean holds(long monotonicNanos, long wallMillis) {
        return end == null || (monotonicNanos - end.monotonicNanos() < 0 && wallMillis < end.wallMillis());
    }

    /**
     * Whether the lease holds.
     *
     * @param now both clocks now
     * @return {@code true} while neither clock has reached the end
     */
    public boolean holds(ClockReading now) {
        return holds(now.monotonicNanos(), now.wallMillis());
    }
}
