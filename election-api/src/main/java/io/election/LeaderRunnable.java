package io.election;

/**
 * Work that only the leader may do, without a result.
 *
 * @param <X> what it throws; the compiler takes it for unchecked where the work throws nothing checked
 */
@FunctionalInterface
public interface LeaderRunnable<X extends Throwable> {

    /**
     * Does the work.
     *
     * @param token to be handed to every resource that the work writes to
     * @throws X if the work fails
     */
    void run(FencingToken token) throws X;
}
