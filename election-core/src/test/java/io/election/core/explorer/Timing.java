package io.election.core.explorer;

import java.time.Duration;

/**
 * The durations of the explored members. They are a few units long, so that few instants have to be told apart. A lease
 * is one unit shorter than a promise.
 */
final class Timing {

    static final Duration UNIT = Duration.ofMillis(10);
    static final Duration TIMEOUT = UNIT.multipliedBy(4);
    static final Duration LEASE = UNIT.multipliedBy(3);
    static final Duration HEARTBEAT = UNIT.multipliedBy(2);
    static final Duration STEP = UNIT;
    static final Duration HANDOVER = UNIT.multipliedBy(4);

    private Timing() {}

    /** A length of time in units, as it is printed. */
    static String units(long nanos) {
        double units = (double) nanos / UNIT.toNanos();
        return units == Math.rint(units) ? String.valueOf((long) units) : String.valueOf(units);
    }
}
