package io.election.core.simulator;

import io.election.core.ClockReading;

/**
 * Both clocks of one machine as functions of true time: straight lines between the instants at which something was done
 * to them.
 */
final class VirtualClock {

    private static final long NANOS_PER_MILLI = 1_000_000;

    private long sinceNanos;
    private long monotonicAtSince;
    private long wallNanosAtSince;
    private double monotonicRate;
    private double wallRate;
    private double rateBeforeSuspension;
    private long bootOffset;

    VirtualClock(long monotonicAtZero, long wallNanosAtZero, double monotonicRate, double wallRate) {
        this.monotonicAtSince = monotonicAtZero;
        this.wallNanosAtSince = wallNanosAtZero;
        this.monotonicRate = monotonicRate;
        this.wallRate = wallRate;
    }

    ClockReading at(long trueNanos) {
        return new ClockReading(
                continuousAt(trueNanos) + bootOffset, Math.floorDiv(wallNanosAt(trueNanos), NANOS_PER_MILLI));
    }

    /** The monotonic clock as if the machine had never been rebooted: what is promised is promised by this one. */
    long continuousAt(long trueNanos) {
        return monotonicAtSince + (long) ((trueNanos - sinceNanos) * monotonicRate);
    }

    private long wallNanosAt(long trueNanos) {
        return wallNanosAtSince + (long) ((trueNanos - sinceNanos) * wallRate);
    }

    /** The first instant, at or after the latest change, at which the monotonic clock shows the reading or a later one. */
    long whenMonotonic(long monotonicNanos) {
        if (monotonicRate == 0) {
            return Long.MAX_VALUE;
        }
        long target = monotonicNanos - bootOffset;
        long guess = sinceNanos + (long) ((target - monotonicAtSince) / monotonicRate);
        while (guess > sinceNanos && continuousAt(guess - 1) >= target) {
            guess--;
        }
        while (continuousAt(guess) < target) {
            guess++;
        }
        return Math.max(guess, sinceNanos);
    }

    /** The first instant, at or after the latest change, at which the wall clock shows the reading or a later one. */
    long whenWall(long wallMillis) {
        long target = wallMillis * NANOS_PER_MILLI;
        long guess = sinceNanos + (long) ((target - wallNanosAtSince) / wallRate);
        while (guess > sinceNanos && wallNanosAt(guess - 1) >= target) {
            guess--;
        }
        while (wallNanosAt(guess) < target) {
            guess++;
        }
        return Math.max(guess, sinceNanos);
    }

    void changeRates(long trueNanos, double newMonotonicRate, double newWallRate) {
        anchor(trueNanos);
        monotonicRate = newMonotonicRate;
        wallRate = newWallRate;
    }

    void jumpWall(long trueNanos, long byNanos) {
        anchor(trueNanos);
        wallNanosAtSince += byNanos;
    }

    /** From here on the monotonic clock stands still; the wall clock does not. */
    void suspend(long trueNanos) {
        anchor(trueNanos);
        rateBeforeSuspension = monotonicRate;
        monotonicRate = 0;
    }

    void resume(long trueNanos) {
        anchor(trueNanos);
        monotonicRate = rateBeforeSuspension;
    }

    /** The monotonic clock starts from another origin, as after a reboot. */
    void reboot(long newOffset) {
        bootOffset = newOffset;
    }

    private void anchor(long trueNanos) {
        long monotonic = continuousAt(trueNanos);
        long wall = wallNanosAt(trueNanos);
        sinceNanos = trueNanos;
        monotonicAtSince = monotonic;
        wallNanosAtSince = wall;
    }
}
