package io.election.core;

import io.election.StepDownReason;

/**
 * A leadership transfer on the leader's side, up to TimeoutNow (thesis, section 3.10; safety rule 9). First the
 * successor's log catches up with the leader's. In this stage the leader still leads, and appends nothing. Then the
 * lease is given up. While the listeners run, heartbeats still bind all voters. What comes after TimeoutNow is a
 * {@link Succession}.
 */
final class Transfer {

    private final long call;
    private final StepDownReason reason;
    private final long term;
    private final String successor;
    private final long deadlineNanos;
    private final long beganAt;
    private long stageEndsNanos;
    private long nextAskNanos;
    private boolean yielded;
    private boolean frozen;

    /**
     * Begins with the stage in which the successor catches up.
     *
     * @param call the call that waits for the end of the transfer, or 0
     * @param deadlineNanos by when the whole transfer must end
     * @param caughtUpByNanos by when the successor must have caught up
     * @param beganAt the last entry of the log now
     * @param nowNanos the time now
     */
    Transfer(
            long call,
            StepDownReason reason,
            long term,
            String successor,
            long deadlineNanos,
            long caughtUpByNanos,
            long beganAt,
            long nowNanos) {
        this.call = call;
        this.reason = reason;
        this.term = term;
        this.successor = successor;
        this.deadlineNanos = deadlineNanos;
        this.stageEndsNanos = caughtUpByNanos;
        this.beganAt = beganAt;
        this.nextAskNanos = nowNanos;
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

    /** By when the whole transfer must end. */
    long deadlineNanos() {
        return deadlineNanos;
    }

    /** By when the current stage must end. */
    long stageEndsNanos() {
        return stageEndsNanos;
    }

    /**
     * Whether the lease has been given up, so that the transfer waits only for the listeners and for the work under it.
     */
    boolean hasYielded() {
        return yielded;
    }

    /** The successor has caught up, and the lease is given up. From here on the leadership ends in any case. */
    void yielded() {
        yielded = true;
        stageEndsNanos = deadlineNanos;
    }

    /** The last entry of the log when the transfer began. */
    long beganAt() {
        return beganAt;
    }

    /** Nothing more is appended. The successor catches up once more. */
    void freeze(long untilNanos) {
        frozen = true;
        stageEndsNanos = untilNanos;
    }

    boolean isFrozen() {
        return frozen;
    }

    /** When the successor may be asked again what it has applied. */
    long nextAskNanos() {
        return nextAskNanos;
    }

    void asked(long nextNanos) {
        nextAskNanos = nextNanos;
    }

    /** Whether the leadership ends even if no successor is found. */
    boolean endsAnyway() {
        return reason != StepDownReason.HANDED_OVER;
    }
}
