package io.election.core;

/** What a member may do. */
public enum MemberKind {
    /** Votes, and may lead. */
    DATA,
    /** Votes, and never leads. Of the log it keeps only each entry's term and index, and membership entries whole. */
    WITNESS,
    /** Neither votes nor leads. It learns who leads. */
    OBSERVER;

    /**
     * Whether members of this kind count in the quorum.
     *
     * @return {@code true} for data members and witnesses
     */
    public boolean votes() {
        return this != OBSERVER;
    }
}
