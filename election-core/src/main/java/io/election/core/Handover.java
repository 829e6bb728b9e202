package io.election.core;

import io.election.StepDownReason;
import java.util.ArrayDeque;
import java.util.Deque;

/** A handover under way, from the wish to a newer leader seen (safety rule 9). */
final class Handover {

    /** How far it is. */
    enum Stage {
        /** The successor's log is brought up to the leader's; the leader leads on, and appends nothing. */
        CATCHING_UP,
        /** The lease is over; the listeners run, and heartbeats still hold all voters. */
        YIELDED,
        /** The pass is on its way; this member leads and binds nobody any longer. */
        PASSED
    }

    /** The call to answer, or 0 where nobody waits. */
    final long call;

    final StepDownReason reason;
    final long term;
    final long deadlineNanos;

    /** Who else has caught up, and gets the pass if those before did not take it. */
    final Deque<String> alternatives = new ArrayDeque<>();

    String successor;
    Stage stage = Stage.CATCHING_UP;
    long stageEndsNanos;
    long passRequest;

    /** Whether somebody may stand with the pass: it was taken, or it may have arrived although no answer came. */
    boolean passMayBeHeld;

    Handover(long call, StepDownReason reason, long term, String successor, long deadlineNanos, long stageEndsNanos) {
        this.call = call;
        this.reason = reason;
        this.term = term;
        this.successor = successor;
        this.deadlineNanos = deadlineNanos;
        this.stageEndsNanos = stageEndsNanos;
    }

    /** Whether the leadership ends even if no successor is found. */
    boolean endsAnyway() {
        return reason != StepDownReason.HANDED_OVER;
    }
}
