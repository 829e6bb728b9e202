package io.election;

/**
 * Thrown to leader-only work whose leadership ended before the work did, so that another member may have led meanwhile. Inside the
 * work it is thrown by calls that need the leadership, such as {@link Leadership#fencingToken()}, even if this member has been
 * elected again since. After the work it is thrown instead of a result. Work that receives it should end. The resource decides by
 * the fencing token whether what the work wrote counts.
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
