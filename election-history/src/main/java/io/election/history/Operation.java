package io.election.history;

import org.jspecify.annotations.Nullable;

/**
 * Something that a user of a member did or was told. Times are nanoseconds of one clock that all processes share: true time in
 * the simulator, {@link System#nanoTime()} on one machine. What is answered was found at some instant between invocation and
 * answer, both included. An operation whose invocation is not known may name an earlier time, and one whose answer is not known
 * a later one: that only weakens what follows from it.
 */
public sealed interface Operation {

    /** Stands for the time of an answer that never came: the operation may take effect at any later time, or never. */
    long UNANSWERED = Long.MAX_VALUE;

    /** Stands for an invocation at an unknown time. */
    long UNKNOWN = Long.MIN_VALUE;

    /** Stands for a token that the user did not get. */
    long NO_TOKEN = -1;

    /** Who did it, or was told. */
    Life life();

    /** When it was asked for; of what the user only was told, when. */
    long invokedNanos();

    /** When the answer was there, or {@link #UNANSWERED}. */
    long answeredNanos();

    /**
     * An answer of {@code isLeader()}.
     *
     * @param leads the answer
     * @param token the token of that leadership if the answer is {@code true}, or {@link #NO_TOKEN} where it could not be had.
     *     A user who asks for it afterwards has to name, as the time of the answer, when the token was there: it may be the token
     *     of a later leadership, which then was led by that time.
     */
    record Answer(Life life, long invokedNanos, long answeredNanos, boolean leads, long token) implements Operation {}

    /** A token was obtained: the member led under it at some instant between the two times. */
    record TokenObtained(Life life, long invokedNanos, long answeredNanos, long token) implements Operation {}

    /**
     * An answer of {@code confirm()}.
     *
     * @param token the member's token when the answer was there, or {@link #NO_TOKEN}: that of the leadership that was
     *     confirmed, or of a later one of the same member
     */
    record Confirmation(Life life, long invokedNanos, long answeredNanos, boolean confirmed, long token)
            implements Operation {}

    /**
     * A listener is told that its member leads.
     *
     * @param name the name of that leadership in events (its term)
     */
    record Elected(Life life, long invokedNanos, long name, long token) implements Operation {

        @Override
        public long answeredNanos() {
            return invokedNanos;
        }
    }

    /**
     * A listener is told that its member no longer leads.
     *
     * @param name the name of the leadership that has ended (its term)
     * @param reason why, in the words of the event
     */
    record SteppedDown(Life life, long invokedNanos, long name, String reason) implements Operation {

        @Override
        public long answeredNanos() {
            return invokedNanos;
        }
    }

    /**
     * A listener is told who leads.
     *
     * @param name the name of that leadership (its term)
     * @param leader the member that leads, or {@code null} if none is known
     */
    record LeaderChanged(
            Life life,
            long invokedNanos,
            long name,
            @Nullable String leader) implements Operation {

        @Override
        public long answeredNanos() {
            return invokedNanos;
        }
    }

    /** What became of a guarded write. */
    enum Outcome {
        /** It was carried out. */
        ACCEPTED,
        /** The fence refused it. */
        REFUSED,
        /** Nobody was told: it may have been carried out, may still be, or never. */
        UNKNOWN
    }

    /**
     * A write that names its token to a fence.
     *
     * @param resource what was written to; each resource has a fence of its own
     * @param value what was written
     */
    record GuardedWrite(
            Life life, long invokedNanos, long answeredNanos, String resource, long token, long value, Outcome outcome)
            implements Operation {

        /** Checks that exactly the writes with an unknown outcome have no answer. */
        public GuardedWrite {
            if ((outcome == Outcome.UNKNOWN) != (answeredNanos == UNANSWERED)) {
                throw new IllegalArgumentException(
                        "outcome is " + outcome + ", but the write was answered at " + answeredNanos);
            }
        }
    }

    /**
     * A read of what is guarded; needs no token.
     *
     * @param token the token of the write whose value was read; {@link #NO_TOKEN} if nothing was written yet
     * @param value the value that was read; 0 if nothing was written yet
     */
    record GuardedRead(Life life, long invokedNanos, long answeredNanos, String resource, long token, long value)
            implements Operation {}

    /**
     * The process got no time: nothing can be expected of it in between.
     *
     * @param invokedNanos when it was about to stand still, or earlier
     * @param answeredNanos when it went on
     */
    record StoodStill(Life life, long invokedNanos, long answeredNanos) implements Operation {}

    /** The process was closed in good order, all listeners having been told. */
    record Closed(Life life, long invokedNanos) implements Operation {

        @Override
        public long answeredNanos() {
            return invokedNanos;
        }
    }
}
