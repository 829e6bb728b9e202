package io.election;

/**
 * Work that only the leader may do, and that returns no result.
 *
 * @param <X> the exception that it throws; the compiler infers an unchecked one if the work throws no checked exception
 */
@FunctionalInterface
public interface LeaderRunnable<X extends Throwable> {

    /**
     * Does the work.
     *
     * @param token the token to pass to every resource that the work writes to
     * @throws X if the work fails
     */
    void run(FencingToken token) throws X;
}
