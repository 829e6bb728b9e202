package io.election.history;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a client did to a named value, or was shown of it. Times are as in {@link Operation}: nanoseconds of one clock that all
 * processes share, just before the operation was asked for and just after it was answered. Values are texts; each write of a value
 * writes another one, so that whoever reads it knows which write it was.
 */
public sealed interface ValueOperation {

    /** Stands for a log index that is not known. */
    long NO_INDEX = 0;

    /** Stands for a version that is not known, and for that of a value that is absent. */
    long NO_VERSION = 0;

    /** The life of the member whose client it was. */
    Life life();

    /** The name of the value; each is judged by itself. */
    String name();

    /** When it was asked for. */
    long invokedNanos();

    /** When the answer was there, or {@link Operation#UNANSWERED}. */
    long answeredNanos();

    /**
     * What is at a name.
     *
     * @param value the value; {@code null} if there is none
     * @param version what the store calls the write of that value: greater for a later write to the same name; {@link #NO_VERSION} if it
     *     is not known
     */
    record Content(@Nullable String value, long version) {

        /** Nothing is there. */
        public static final Content ABSENT = new Content(null, NO_VERSION);

        /** Checks that nothing has no version. */
        public Content {
            atLeast("version", version, NO_VERSION);
            if (value == null && version != NO_VERSION) {
                throw new IllegalArgumentException("version is " + version + ", but nothing is there");
            }
        }

        @Override
        public String toString() {
            return value == null
                    ? "absent"
                    : '"' + value + '"' + (version == NO_VERSION ? "" : " in version " + version);
        }
    }

    /** What has to be there for a write to take effect. */
    sealed interface Expected {

        /** Anything: the write has no condition. */
        record Anything() implements Expected {}

        /** Nothing. */
        record Absent() implements Expected {}

        /** This value. */
        record Value(String value) implements Expected {}

        /** What was written in this version. */
        record Version(long version) implements Expected {

            /** Checks that it is one. */
            public Version {
                atLeast("version", version, 1);
            }
        }
    }

    /** What the client was told of a write. */
    sealed interface Outcome {

        /**
         * It took effect.
         *
         * @param index where it is in the log, or {@link #NO_INDEX}
         * @param version of what is there since, or {@link #NO_VERSION}
         */
        record Applied(long index, long version) implements Outcome {

            /** Checks both. */
            public Applied {
                atLeast("index", index, NO_INDEX);
                atLeast("version", version, NO_VERSION);
            }
        }

        /**
         * It came to be judged, and something else was there than was expected.
         *
         * @param index where it is in the log, or {@link #NO_INDEX}
         * @param found what was there, if the answer says it
         */
        record Mismatched(long index, @Nullable Content found) implements Outcome {

            /** Checks the index. */
            public Mismatched {
                atLeast("index", index, NO_INDEX);
            }
        }

        /**
         * It came to be judged, and its token was too old.
         *
         * @param index where it is in the log, or {@link #NO_INDEX}
         */
        record Stale(long index) implements Outcome {

            /** Checks the index. */
            public Stale {
                atLeast("index", index, NO_INDEX);
            }
        }

        /** It did not take effect, and never will, unless it is asked for again. */
        record NotApplied() implements Outcome {}

        /** Nobody was told, or not yet: it may have taken effect, may still do so at any time, or never. */
        record Unknown() implements Outcome {}
    }

    /**
     * A write that is asked for. One that is asked for again under the same id is the same write: it is there as often as it was asked
     * for, and takes effect once at most.
     *
     * @param id of the write; no other write of any value has it
     * @param expected the condition under which it takes effect
     * @param value what is written; {@code null} to remove what is there
     * @param token the fencing token under which it is asked for, or {@link Operation#NO_TOKEN}
     */
    record Write(
            Life life,
            String id,
            long invokedNanos,
            long answeredNanos,
            String name,
            Expected expected,
            @Nullable String value,
            long token,
            Outcome outcome)
            implements ValueOperation {

        /** Checks that whatever is known of the outcome was told in an answer, after the invocation. */
        public Write {
            if (!(outcome instanceof Outcome.Unknown)) {
                answered(invokedNanos, answeredNanos);
            }
            if (outcome instanceof Outcome.Mismatched && expected instanceof Expected.Anything) {
                throw new IllegalArgumentException("outcome is " + outcome + ", but anything was expected");
            }
        }

        /** Whether the other one is the same write, asked for at another time or by another client. */
        boolean isSameWrite(Write other) {
            return name.equals(other.name)
                    && expected.equals(other.expected)
                    && Objects.equals(value, other.value)
                    && token == other.token;
        }
    }

    /**
     * A read that is linearizable, and was answered. One without an answer says nothing and is not recorded.
     *
     * @param content what was read
     */
    record Read(Life life, long invokedNanos, long answeredNanos, String name, Content content)
            implements ValueOperation {

        /** Checks the times. */
        public Read {
            answered(invokedNanos, answeredNanos);
        }
    }

    /**
     * A look at what a member has applied so far, which may be behind.
     *
     * @param content what was shown
     * @param minIndex the log index that had to be applied first, or {@link #NO_INDEX}
     */
    record Get(Life life, long invokedNanos, long answeredNanos, String name, Content content, long minIndex)
            implements ValueOperation {

        /** Checks times and index. */
        public Get {
            answered(invokedNanos, answeredNanos);
            atLeast("minIndex", minIndex, NO_INDEX);
        }
    }

    private static void atLeast(String field, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(field + " is " + value + "; it must be at least " + least);
        }
    }

    private static void answered(long invokedNanos, long answeredNanos) {
        if (answeredNanos == Operation.UNANSWERED || answeredNanos < invokedNanos) {
            throw new IllegalArgumentException("answeredNanos is "
                    + (answeredNanos == Operation.UNANSWERED ? "UNANSWERED" : answeredNanos)
                    + "; it must be a time not before invokedNanos, " + invokedNanos);
        }
    }
}
