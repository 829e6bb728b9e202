package io.election;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A piece of work in flight under one leadership, from {@link Leadership#beginWork()} to {@link #end()}. While it is in
 * flight, a handover waits for it, at most for the handover's timeout. Thread-safe.
 *
 * <p>A thread <em>does</em> a piece of work inside {@link Leadership#callWhileLeading}, inside a {@link LeaderOnly}
 * method, and inside {@link #run}, {@link #call}, {@link #wrap(Runnable)} and a {@link Scope}. There,
 * {@link Leadership#fencingToken()} either returns the token of this work or throws a {@link LeadershipLostException}.
 * It never returns the token of a later leadership of the same member. Threads that the work starts do not inherit the
 * work. Pass tasks to them through {@link #wrap(Runnable)} or {@link #carry}.
 */
@SuppressWarnings("try") // A scope is opened to be closed.
public interface LeaderWork {

    /**
     * The term of the leadership.
     *
     * @return the term
     */
    long term();

    /**
     * The token of the leadership. It is still returned after the leadership was lost: the resource then refuses it
     * once a later leader has written.
     *
     * @return the token to pass to the resources that the work writes to
     * @throws IllegalStateException if {@code election.enabled=false} makes this application the leader: there was no
     *     election, so there is no token
     */
    FencingToken fencingToken();

    /**
     * Whether no other member can have led since the work began. Unlike {@link Leadership#isLeader()}, this is about
     * the work, not about the member. It stays {@code true} after the leadership was given up in an orderly way, while
     * the handover waits for this work. The work should then end soon. After a loss it stays {@code false}, even if
     * this member is elected again.
     *
     * @return {@code false} once another member may lead, and from then on
     */
    boolean stillHolds();

    /**
     * Ends the work, whether it is done or has failed. Must be called in either case. Only the first call has an
     * effect.
     *
     * @return {@link #stillHolds()} at the first call
     */
    boolean end();

    /**
     * The leadership under which the work was begun. That leadership uses it to find its own
     * {@link Leadership#currentWork()}.
     *
     * @return the leadership, or {@code null} if the implementation does not provide it; its work is then never the
     *     current work
     */
    default @Nullable Leadership leadership() {
        return null;
    }

    /**
     * Throws an exception if the leadership of this work was lost.
     *
     * @throws LeadershipLostException unless {@link #stillHolds()}
     */
    default void assertStillHolds() {
        if (!stillHolds()) {
            throw new LeadershipLostException(term());
        }
    }

    /**
     * Does a part of this work on the calling thread, which may be any thread. The return of the part does not end the
     * work.
     *
     * @param part receives the token of this work
     * @param <T> what it returns
     * @param <X> what it throws
     * @return what the part returned
     * @throws LeadershipLostException before the part begins, unless {@link #stillHolds()}
     * @throws X if the part throws it
     */
    default <T extends @Nullable Object, X extends Throwable> T call(LeaderCallable<T, X> part) throws X {
        assertStillHolds();
        try (Scope here = open()) {
            return part.call(fencingToken());
        }
    }

    /**
     * Does a part of this work on the calling thread, as {@link #call} does, but without a result.
     *
     * @param part receives the token of this work
     * @param <X> what it throws
     * @throws LeadershipLostException before the part begins, unless {@link #stillHolds()}
     * @throws X if the part throws it
     */
    default <X extends Throwable> void run(LeaderRunnable<X> part) throws X {
        assertStillHolds();
        try (Scope here = open()) {
            part.run(fencingToken());
        }
    }

    /**
     * Wraps a part of this work for another thread. The thread that runs it does this work in the meantime.
     *
     * @param part what to run
     * @return the wrapped part, which throws {@link LeadershipLostException} before it begins unless
     *     {@link #stillHolds()}
     */
    default Runnable wrap(Runnable part) {
        return () -> {
            assertStillHolds();
            try (Scope here = open()) {
                part.run();
            }
        };
    }

    /**
     * Wraps a part of this work for another thread, as {@link #wrap(Runnable)} does, but with a result.
     *
     * @param part what to call
     * @param <T> what it returns
     * @return the wrapped part, which throws {@link LeadershipLostException} before it begins unless
     *     {@link #stillHolds()}
     */
    default <T extends @Nullable Object> Callable<T> wrap(Callable<T> part) {
        return () -> {
            assertStillHolds();
            try (Scope here = open()) {
                return part.call();
            }
        };
    }

    /**
     * Makes the calling thread do this work until the same thread closes the scope. For code around calls, such as an
     * interceptor. It checks nothing. Elsewhere {@link #run} and {@link #wrap(Runnable)} are simpler.
     *
     * @return the scope, which must be closed in every case
     */
    default Scope open() {
        return WorkOnThread.open(this);
    }

    /**
     * Wraps a task as a part of the work that the calling thread does now, if any. For executors and for Spring's
     * {@code TaskDecorator}: {@code @Bean TaskDecorator leaderWork() { return LeaderWork::carry; }}. The task is not
     * refused and is not counted as in flight, because it may have nothing to do with the leadership. If the leadership
     * was lost, the task gets no token.
     *
     * @param task the task that is passed to another thread
     * @return the wrapped task, to be run there
     */
    static Runnable carry(Runnable task) {
        return WorkOnThread.carry(task);
    }

    /** The period in which a thread does a piece of work. */
    interface Scope extends AutoCloseable {

        /**
         * Returns the thread to the work that it did before. A second call does nothing.
         *
         * @throws IllegalStateException if called on a thread other than the one that opened the scope
         */
        @Override
        void close();
    }
}
