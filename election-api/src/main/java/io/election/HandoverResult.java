package io.election;

import org.jspecify.annotations.Nullable;

/**
 * How a handover ended.
 *
 * @param outcome the result
 * @param leaderId the leader known when the handover ended, or {@code null}
 * @param term the term when the handover ended
 * @param detail an explanation for people, one sentence
 */
public record HandoverResult(Outcome outcome, @Nullable String leaderId, long term, String detail) {

    /** The ways in which a handover can end. */
    public enum Outcome {
        /** Another member leads now. */
        HANDED_OVER,
        /** This member does not lead, so there was nothing to hand over. */
        NOT_LEADER,
        /**
         * The requested member cannot lead, or no other member can. This member remains the leader, unless it was going
         * to step down anyway.
         */
        NO_SUCCESSOR,
        /** Another handover was already in progress. */
        BUSY,
        /** The leadership is paused, so this member keeps it. Resume it first: {@link ClusterMembers#resume}. */
        PAUSED,
        /**
         * The successor did not catch up in time. This member remains the leader, unless it was going to step down
         * anyway.
         */
        TIMED_OUT,
        /**
         * The lease was given up, but no other member was seen to lead within {@code election.handover.timeout}, or
         * this member leads again.
         */
        FAILED
    }

    /**
     * Whether another member leads now.
     *
     * @return {@code true} for {@link Outcome#HANDED_OVER}
     */
    public boolean succeeded() {
        return outcome == Outcome.HANDED_OVER;
    }
}
