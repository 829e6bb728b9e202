package io.election.history;

import org.jspecify.annotations.Nullable;

/** One value that is read, written, and written if it is what the caller expects; for one key of a store. */
public final class Register implements Model<Long, Register.Access> {

    private final long initial;

    /** A register that contains a value before the first operation. */
    public Register(long initial) {
        this.initial = initial;
    }

    /** An operation on the value, with its outcome. */
    public sealed interface Access {

        /** Returned {@code value}. */
        record Read(long value) implements Access {}

        /** Wrote {@code value}, or was meant to. */
        record Write(long value) implements Access {}

        /**
         * Was to write {@code value} if {@code expected} was there.
         *
         * @param swapped whether it did; {@code null} if the outcome is not known
         */
        record CompareAndSet(
                long expected, long value, @Nullable Boolean swapped) implements Access {}
    }

    @Override
    public Long initial() {
        return initial;
    }

    @Override
    public @Nullable Long after(Long state, Access access) {
        if (access instanceof Access.Read read) {
            return read.value() == state ? state : null;
        }
        if (access instanceof Access.Write write) {
            return write.value();
        }
        Access.CompareAndSet set = (Access.CompareAndSet) access;
        boolean swaps = set.expected() == state;
        if (set.swapped() != null && set.swapped() != swaps) {
            return null;
        }
        return swaps ? Long.valueOf(set.value()) : state;
    }

    @Override
    public boolean losesNothing(Long state, Access access, Long next) {
        return access instanceof Access.Read
                || access instanceof Access.CompareAndSet set && Boolean.FALSE.equals(set.swapped());
    }
}
