package io.election.node;

import io.election.core.ClockReading;

/** The two clocks of a machine, read by the loop, and by every {@code isLeader()}. Must be safe for all threads. */
public interface NodeClock {

    /** The clocks of this machine. */
    NodeClock SYSTEM = new NodeClock() {
        @Override
        public long monotonicNanos() {
            return System.nanoTime();
        }

        @Override
        public long wallMillis() {
            return System.currentTimeMillis();
        }
    };

    /**
     * A clock that never jumps.
     *
     * @return nanoseconds from an arbitrary origin
     */
    long monotonicNanos();

    /**
     * A clock that shows the time during which the machine was suspended.
     *
     * @return milliseconds since 1970
     */
    long wallMillis();

    /**
     * Both at once.
     *
     * @return a reading of both
     */
    default ClockReading read() {
        return new ClockReading(monotonicNanos(), wallMillis());
    }
}
