package io.election.core;

/** The two phases of an election. */
public enum Phase {
    /** "Would you vote for me?": changes nothing on the voter, raises no term (thesis, section 9.6). */
    PRE_VOTE,
    /** The election proper, in a raised term. */
    VOTE
}
