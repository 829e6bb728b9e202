package io.election.core;

import org.jspecify.annotations.Nullable;

/**
 * The time during which no other member can have been elected.
 *
 * @param end when the lease ends: as soon as either clock has reached this; {@code null} for the lease of a sole voter,
 *     which has no end
 */
public record Lease(@Nullable ClockReading end) {

    /**
     * The lease of a sole voter. It lasts as long as there is no other voter, because nobody else could elect another
     * leader.
     */
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
