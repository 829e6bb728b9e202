package io.election;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The result of leader-only work, for a caller that must tell the cases apart without exceptions.
 *
 * @param outcome whether the work ran, and whether its leadership outlived it
 * @param value what the work returned, only with {@link Outcome#EXECUTED}
 * @param term the term in which the work ran; with {@link Outcome#SKIPPED}, the term that this member was in
 * @param leaderId the known leader with {@link Outcome#SKIPPED}, if there is one; otherwise {@code null}
 * @param <T> what the work returns
 */
public record WorkResult<T extends @Nullable Object>(
        Outcome outcome,
        @Nullable T value,
        long term,
        @Nullable String leaderId) {

    /** The possible outcomes. */
    public enum Outcome {
        /** The work ran, and no other member can have led in the meantime. */
        EXECUTED,
        /** The work did not run: this member did not lead, or was handing its leadership over. */
        SKIPPED,
        /**
         * The work ran, to its end or until it noticed the loss, but another member may have led before its end. The
         * fencing token lets the resource decide whether what the work wrote counts.
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
     * Whether the work ran to its end under its leadership.
     *
     * @return {@code true} for {@link Outcome#EXECUTED}
     */
    public boolean wasExecuted() {
        return outcome == Outcome.EXECUTED;
    }
}
