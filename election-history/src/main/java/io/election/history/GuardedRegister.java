package io.election.history;

import org.jspecify.annotations.Nullable;

/**
 * One value behind a fence. A write is accepted exactly if its token is at least the greatest that was accepted before.
 */
final class GuardedRegister implements Model<GuardedRegister.Content, Operation> {

    /** The value, and the token under which it was written. */
    record Content(long token, long value) {}

    private static final Content EMPTY = new Content(Operation.NO_TOKEN, 0);

    @Override
    public Content initial() {
        return EMPTY;
    }

    @Override
    public @Nullable Content after(Content state, Operation operation) {
        if (operation instanceof Operation.GuardedRead read) {
            return read.token() == state.token() && read.value() == state.value() ? state : null;
        }
        Operation.GuardedWrite write = (Operation.GuardedWrite) operation;
        boolean accepts = write.token() >= state.token();
        return switch (write.outcome()) {
            case ACCEPTED -> accepts ? new Content(write.token(), write.value()) : null;
            case REFUSED -> accepts ? null : state;
            case UNKNOWN -> accepts ? new Content(write.token(), write.value()) : state;
        };
    }

    @Override
    public boolean losesNothing(Content state, Operation operation, Content next) {
        return operation instanceof Operation.GuardedRead
                || operation instanceof Operation.GuardedWrite write && write.outcome() == Operation.Outcome.REFUSED;
    }
}
