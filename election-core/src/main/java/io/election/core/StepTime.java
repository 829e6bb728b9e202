package io.election.core;

/** The instant at which the present step happens: both clocks, read once before it. */
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

    /** Whether an instant of the monotonic clock is here or past. */
    boolean isDue(long atNanos) {
        return atNanos - nanos() <= 0;
    }

    /** The later of two instants of a monotonic clock, which may overflow. */
    static long later(long a, long b) {
        return a - b > 0 ? a : b;
    }
}
