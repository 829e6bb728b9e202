package io.election.core;

/** The two phases of an election. */
public enum Phase {
    /** "Would you vote for me?" Changes nothing on the voter, and raises no term (thesis, section 9.6). */
    PRE_VOTE,
    /** The vote itself, in a higher term. */
    VOTE
}
