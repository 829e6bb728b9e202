package io.election.history;

import org.jspecify.annotations.Nullable;

/**
 * What a thing does when one operation comes after the other.
 *
 * @param <S> its states, which are values: equal if nobody can tell them apart
 * @param <O> its operations, each with the outcome that its caller saw, as values
 */
public interface Model<S, O> {

    /** The state before the first operation. */
    S initial();

    /**
     * The state after an operation. An operation whose outcome is not known is asked for here as well: then the answer says what
     * becomes of the state if it takes effect.
     *
     * @return {@code null} if the operation cannot have had its outcome in that state
     */
    @Nullable S after(S state, O operation);

    /**
     * Whether an answered operation that is possible may take effect at once: if there is an order in which it comes later, there is
     * one in which it comes now. So it is with every read. It is not so with every operation that leaves this state as it is: a write
     * of the value that is there may be needed later, to bring it back.
     *
     * @param next the state after the operation
     */
    default boolean losesNothing(S state, O operation, S next) {
        return false;
    }
}
