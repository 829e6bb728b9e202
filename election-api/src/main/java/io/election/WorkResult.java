package io.election;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What became of work that only the leader does, for a caller that has to tell the cases apart without exceptions.
 *
 * @param outcome whether the work ran, and whether its leadership outlived it
 * @param value what the work returned, only where it was {@link Outcome#EXECUTED}
 * @param term the term in which the work ran; where it was {@link Outcome#SKIPPED}, the term that this member was in
 * @param leaderId the leader that is known where the work was {@link Outcome#SKIPPED}, else {@code null}
 * @param <T> what the work returns
 */
public record WorkResult<T extends @Nullable Object>(
        Outcome outcome,
        @Nullable T value,
        long term,
        @Nullable String leaderId) {

    /** The cases. */
    public enum Outcome {
        /** The work ran, and nobody else can have led meanwhile. */
        EXECUTED,
        /** The work did not run: this member did not lead, or was handing its leadership over. */
        SKIPPED,
        /**
         * The work ran, to its end or until it noticed the loss, but another member may have led before its end. The resource decides
         * by the fencing token whether what it wrote counts.
         */
        LOST
    }

    public WorkResult {
        Objects.requireNonNull(outcome, "outcome");
        if (value != null && outcome != Outcome.EXECUTED) {
            throw new IllegalArgumentException("value must be null where the outcome is " + outcome);
        }
    }

    static <T extends @Nullable Object> WorkResult<T> executed(T value, long term) {
        return new WorkResult<>(Outcome.EXECUTED, value, term, null);
    }

    static <T extends @Nullable Object> WorkResult<T> skipped(long term, @Nullable String leaderId) {
        return new WorkResult<>(Outcome.SKIPPED, null, term, leaderId);
    }

    static <T extends @Nullable Object> WorkResult<T> lost(long term) {
        return new WorkResult<>(Outcome.LOST, null, term, null);
    }

    /**
     * Whether the work ran under its leadership to the end.
     *
     * @return {@code true} for {@link Outcome#EXECUTED}
     */
    public boolean wasExecuted() {
        return outcome == Outcome.EXECUTED;
    }
}
