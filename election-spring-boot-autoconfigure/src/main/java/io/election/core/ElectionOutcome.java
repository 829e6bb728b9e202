package io.election.core;

/** How a round of an election ended. */
public enum ElectionOutcome {
    /** A quorum voted for this member. */
    ELECTED,
    /** The probe found that a quorum would not vote for this member now. */
    PROBE_FAILED,
    /** Too many voters refused their vote. */
    LOST,
    /** This member may not stand. */
    NOT_ELECTABLE,
    /** Too few voters answered in time. */
    TIMED_OUT
}
