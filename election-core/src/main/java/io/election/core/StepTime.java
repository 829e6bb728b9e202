package io.election.core;

/** The instant of the current step: both clocks, read once before it. */
final class StepTime {

    private ClockReading reading;

    StepTime(ClockReading reading) {
        this.reading = reading;
    }

    void moveTo(ClockReading now) {
        reading = now;
    }

    ClockReading reading() {
        return reading;
    }

    /** The monotonic clock. */
    long nanos() {
        return reading.monotonicNanos();
    }

    /** Whether an instant of the monotonic clock has been reached. */
    boolean isDue(long atNanos) {
        return atNanos - nanos() <= 0;
    }

    /** The later of two instants of a monotonic clock, whose value may overflow. */
    static long later(long a, long b) {
        return a - b > 0 ? a : b;
    }
}
