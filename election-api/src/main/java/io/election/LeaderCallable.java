package io.election;

import org.jspecify.annotations.Nullable;

/**
 * Work that only the leader may do, with a result.
 *
 * @param <T> what it returns
 * @param <X> what it throws; the compiler takes it for unchecked where the work throws nothing checked
 */
@FunctionalInterface
public interface LeaderCallable<T extends @Nullable Object, X extends Throwable> {

    /**
     * Does the work.
     *
     * @param token to be handed to every resource that the work writes to
     * @return the result
     * @throws X if the work fails
     */
    T call(FencingToken token) throws X;
}
