package io.election;

import org.jspecify.annotations.Nullable;

/**
 * Work that only the leader may do, and that returns a result.
 *
 * @param <T> what it returns
 * @param <X> the exception that it throws; the compiler infers an unchecked one if the work throws no checked exception
 */
@FunctionalInterface
public interface LeaderCallable<T extends @Nullable Object, X extends Throwable> {

    /**
     * Does the work.
     *
     * @param token the token to pass to every resource that the work writes to
     * @return the result
     * @throws X if the work fails
     */
    T call(FencingToken token) throws X;
}
