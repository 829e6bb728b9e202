package io.election;

/** Why a leadership ended. */
public enum StepDownReason {
    /** A member with a higher term was heard of. */
    HIGHER_TERM,
    /** The lease could not be renewed in time: too few members acknowledged the heartbeats. */
    LEASE_LOST,
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
    /** The election of this member failed in a way that must never happen; the log has the exception. */
    INTERNAL_ERROR
}
