package io.election.core;

import io.election.StepDownReason;

/**
 * A leadership transfer on the side of the leader, up to TimeoutNow (thesis, section 3.10; safety rule 9). First the
 * successor's log is brought up to the leader's, which leads on and appends nothing. Then the lease is given up: the listeners
 * run, and heartbeats still hold all voters. What comes after TimeoutNow is a {@link Succession}.
 */
final class Transfer {

    private final long call;
    private final StepDownReason reason;
    private final long term;
    private final String successor;
    private final long deadlineNanos;
    private long stageEndsNanos;
    private boolean yielded;

    /**
     * Begins with the successor's catching up.
     *
     * @param call who waits for the end, or 0
     * @param deadlineNanos when all of it is over at the latest
     * @param caughtUpByNanos when the successor has caught up at the latest
     */
    Transfer(long call, StepDownReason reason, long term, String successor, long deadlineNanos, long caughtUpByNanos) {
        this.call = call;
        this.reason = reason;
        this.term = term;
        this.successor = successor;
        this.deadlineNanos = deadlineNanos;
        this.stageEndsNanos = caughtUpByNanos;
    }

    long call() {
        return call;
    }

    StepDownReason reason() {
        return reason;
    }

    /** The term that is handed over. */
    long term() {
        return term;
    }

    String successor() {
        return successor;
    }

    /** When all of it is over at the latest. */
    long deadlineNanos() {
        return deadlineNanos;
    }

    /** When the present stage is over at the latest. */
    long stageEndsNanos() {
        return stageEndsNanos;
    }

    /** Whether the lease is given up, and only the listeners and the work under it are waited for. */
    boolean hasYielded() {
        return yielded;
    }

    /** The successor has caught up and the lease is given up: from here on the leadership ends in any case. */
    void yielded() {
        yielded = true;
        stageEndsNanos = deadlineNanos;
    }

    /** Whether the leadership ends even if no successor is found. */
    boolean endsAnyway() {
        return reason != StepDownReason.HANDED_OVER;
    }
}
