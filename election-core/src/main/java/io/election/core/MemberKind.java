package io.election.core;

/** What a member may do. */
public enum MemberKind {
    /** Votes and may lead. */
    DATA,
    /** Votes, never leads; of the log it keeps only each entry's term and index. */
    WITNESS,
    /** Neither votes nor leads; it learns who leads. */
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
