package io.election;

/** Why a leadership ended. */
public enum StepDownReason {
    /** A member with a higher term was heard of. */
    HIGHER_TERM,
    /** The lease could not be renewed in time: too few members acknowledged the heartbeats. */
    LEASE_LOST,
    /**
     * The wall clock went ahead of the monotonic one by more than half a lease, so the lease could not be relied on any
     * longer: the clock was set, or the machine was suspended.
     */
    CLOCK_JUMPED,
    /** The entry that opens the term did not reach a quorum in time. */
    OPENING_NOT_COMMITTED,
    /** A write to the journal failed. */
    STORAGE_FAILED,
    /** Another leader was seen in the same term, which must never happen: a member lost its memory, or lies. */
    TWO_LEADERS,
    /** {@link Leadership#stepDown()} was called. */
    REQUESTED,
    /** {@link Leadership#handOver} was called, and the successor stands. */
    HANDED_OVER,
    /** The application is closing. */
    SHUTDOWN,
    /**
     * The election of this member came to an end that it does not recover from, such as one for lack of memory; the log has
     * the exception. The member takes no part until it is started again.
     */
    INTERNAL_ERROR
}
