package io.election;

/**
 * Thrown to leader-only work whose leadership ended before the work did, so that another member may have led in the
 * meantime. Inside the work, calls that need the leadership throw it, such as {@link Leadership#fencingToken()}, even
 * if this member has been elected again. After the work, it is thrown instead of a result. Work that receives it should
 * end. The fencing token lets the resource decide whether what the work wrote counts.
 */
public final class LeadershipLostException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    private final long term;

    /**
     * Creates the exception for one leadership.
     *
     * @param term the term in which the work began
     */
    public LeadershipLostException(long term) {
        super("The leadership of term " + term
                + " ended before the work that was begun under it: another member may have led in the meantime.");
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
