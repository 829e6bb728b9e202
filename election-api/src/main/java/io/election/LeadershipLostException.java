package io.election;

/**
 * Thrown to work that only the leader may do, if its leadership ended before the work did, so that another member may have led
 * meanwhile: inside the work by what needs the leadership, such as {@link Leadership#fencingToken()}, also if this member has
 * been elected again since; and after the work instead of its result. Work that has heard of it should end. Whether what it
 * wrote counts is for the resource to say, by the fencing token.
 */
public final class LeadershipLostException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    private final long term;

    /**
     * Names the leadership.
     *
     * @param term the term in which the work began
     */
    public LeadershipLostException(long term) {
        super("The leadership of term " + term
                + " ended before the work that was begun under it: another member may have led meanwhile.");
        this.term = term;
    }

    /**
     * The term in which the work began.
     *
     * @return the term of the leadership that was lost
     */
    public long getTerm() {
        return term;
    }
}
