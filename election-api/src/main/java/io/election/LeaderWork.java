package io.election;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A piece of work in flight under one leadership, from {@link Leadership#beginWork()} to {@link #end()}. While it is in
 * flight, a handover waits for it, for at most the handover's timeout. Safe for use by several threads.
 *
 * <p>A thread <em>does</em> a piece of work inside {@link Leadership#callWhileLeading}, inside a {@link LeaderOnly} method, and
 * inside {@link #run}, {@link #call}, {@link #wrap(Runnable)} and a {@link Scope}. There, {@link Leadership#fencingToken()} is
 * the token of this work, or a {@link LeadershipLostException}: never the token of a later leadership of the same member.
 * Threads that the work starts do not inherit it; hand tasks to them through {@link #wrap(Runnable)} or {@link #carry}.
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
     * The token of the leadership, also after that was lost: the resource refuses it then.
     *
     * @return what to hand to the resources that the work writes to
     * @throws IllegalStateException where {@code election.enabled=false} makes this application the leader: nobody was
     *     elected, so there is no token
     */
    FencingToken fencingToken();

    /**
     * Whether no other member can have led since the work began. Unlike {@link Leadership#isLeader()} this is about the work,
     * not about the member: it stays {@code true} after the leadership was given up in good order, while the handover waits
     * for this work, which should end soon then; and it stays {@code false} after a loss, also if this member is elected
     * again.
     *
     * @return {@code false} once another member may lead, and from then on
     */
    boolean stillHolds();

    /**
     * The work is done, or has failed. Must be called in either case. Only the first call has an effect.
     *
     * @return {@link #stillHolds()} at the first call
     */
    boolean end();

    /**
     * The leadership that the work was begun under, which finds it by this as its {@link Leadership#currentWork()}.
     *
     * @return the leadership, or {@code null} from an implementation that does not tell; its work is then never the current work
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
     * Does a part of this work on the calling thread, which may be any. That the part has returned does not end the work.
     *
     * @param part gets the token of this work
     * @param <T> what it returns
     * @param <X> what it throws
     * @return what the part returned
     * @throws LeadershipLostException before the part, unless {@link #stillHolds()}
     * @throws X what the part threw
     */
    default <T extends @Nullable Object, X extends Throwable> T call(LeaderCallable<T, X> part) throws X {
        assertStillHolds();
        try (Scope here = open()) {
            return part.call(fencingToken());
        }
    }

    /**
     * Does a part of this work on the calling thread, as {@link #call} does, without a result.
     *
     * @param part gets the token of this work
     * @param <X> what it throws
     * @throws LeadershipLostException before the part, unless {@link #stillHolds()}
     * @throws X what the part threw
     */
    default <X extends Throwable> void run(LeaderRunnable<X> part) throws X {
        assertStillHolds();
        try (Scope here = open()) {
            part.run(fencingToken());
        }
    }

    /**
     * A part of this work for another thread: whoever runs it does this work meanwhile.
     *
     * @param part what to run
     * @return the part, which throws {@link LeadershipLostException} before it begins unless {@link #stillHolds()}
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
     * A part of this work for another thread, as {@link #wrap(Runnable)}, with a result.
     *
     * @param part what to call
     * @param <T> what it returns
     * @return the part, which throws {@link LeadershipLostException} before it begins unless {@link #stillHolds()}
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
     * Has the calling thread do this work until the scope is closed, by the same thread. For code around calls, such as an
     * interceptor; it checks nothing. Elsewhere {@link #run} and {@link #wrap(Runnable)} are simpler.
     *
     * @return to be closed in any case
     */
    default Scope open() {
        return WorkOnThread.open(this);
    }

    /**
     * The task as a part of whatever work the calling thread does now, if any; for executors and for Spring's
     * {@code TaskDecorator}: {@code @Bean TaskDecorator leaderWork() { return LeaderWork::carry; }}. The task is not refused
     * and not counted as in flight: it may have nothing to do with the leadership. If the leadership was lost, it gets no
     * token.
     *
     * @param task what is handed to another thread
     * @return the task, to be run there
     */
    static Runnable carry(Runnable task) {
        return WorkOnThread.carry(task);
    }

    /** The time in which a thread does a piece of work. */
    interface Scope extends AutoCloseable {

        /**
         * The thread does what it did before. Does nothing a second time.
         *
         * @throws IllegalStateException on another thread than the one that opened the scope
         */
        @Override
        void close();
    }
}
