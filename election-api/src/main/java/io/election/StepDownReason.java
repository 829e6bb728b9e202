package io.election;

/** Why a leadership ended. */
public enum StepDownReason {
    /** Another member was found to be in a higher term. */
    HIGHER_TERM,
    /** The lease could not be renewed in time: too few members acknowledged the heartbeats. */
    LEASE_LOST,
    /**
     * The wall clock moved ahead of the monotonic clock by more than half a lease, so the lease could no longer be
     * relied on. Either the clock was set or the machine was suspended.
     */
    CLOCK_JUMPED,
    /** The entry that opens the term did not reach a quorum in time. */
    OPENING_NOT_COMMITTED,
    /** A write to the journal failed. */
    STORAGE_FAILED,
    /** The state machine of this member failed, so it applies nothing any more. */
    STATE_MACHINE_FAILED,
    /** Another leader was seen in the same term. This must never happen: a member lost its memory, or lies. */
    TWO_LEADERS,
    /** Another cluster of the same name has a leader and a higher generation: this one is given up for it. */
    SUPERSEDED,
    /** {@link Leadership#stepDown()} was called. */
    REQUESTED,
    /** {@link Leadership#handOver} was called, and the leadership was given up for the successor. */
    HANDED_OVER,
    /** The application is closing. */
    SHUTDOWN,
    /**
     * The election of this member ended in a way from which it does not recover, for example for lack of memory. The
     * log shows the exception. The member takes no part until it is restarted.
     */
    INTERNAL_ERROR
}
