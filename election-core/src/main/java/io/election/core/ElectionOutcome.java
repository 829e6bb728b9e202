package io.election.core;

/** How a round of an election ended. */
public enum ElectionOutcome {
    /** A quorum voted for this member. */
    ELECTED,
    /** The pre-vote found that a quorum would not vote for this member now, or something else ended the pre-vote. */
    PRE_VOTE_FAILED,
    /** Too many voters refused their vote, or another leader or a higher term ended the round. */
    LOST,
    /** This member may not stand. */
    NOT_ELECTABLE,
    /** Too few voters answered in time. */
    TIMED_OUT
}
