package io.election;

import org.jspecify.annotations.Nullable;

/**
 * How a handover ended.
 *
 * @param outcome what became of it
 * @param leaderId the leader known when it ended, or {@code null}
 * @param term the term when it ended
 * @param detail one sentence for a person
 */
public record HandoverResult(Outcome outcome, @Nullable String leaderId, long term, String detail) {

    /** The ways in which a handover can end. */
    public enum Outcome {
        /** Another member leads now. */
        HANDED_OVER,
        /** This member does not lead, so there was nothing to hand over. */
        NOT_LEADER,
        /**
         * The requested member cannot lead, or no other member can. This member remains the leader, unless it was to step down in
         * any case.
         */
        NO_SUCCESSOR,
        /** Another handover was under way. */
        BUSY,
        /**
         * The successor did not catch up in time. This member remains the leader, unless it was to step down in any case.
         */
        TIMED_OUT,
        /**
         * The lease was given up, but nobody else was seen to lead within {@code election.handover.timeout}, or this member
         * leads again.
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
