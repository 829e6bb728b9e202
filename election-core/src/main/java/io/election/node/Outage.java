package io.election.node;

import io.election.core.LackOfMemory;
import org.jspecify.annotations.Nullable;

/**
 * That a member's election ended unexpectedly, for example for lack of memory, and what is left to do then. Beginning needs no
 * memory. What is left is done step by step, each step on its own, again and again until there is memory for it.
 */
final class Outage {

    /** What peers are answered. */
    static final String OUT_OF_SERVICE =
            "this member's election came to an end; it takes no part until it is restarted";

    /** The cause of a thread that ended without saying why. */
    static final Throwable DIED = new IllegalStateException("the thread has died");

    private final Runnable[] steps;
    private final boolean[] done;

    // The cause is written last, and read first.
    private volatile String what = "";
    private volatile long endedTerm;
    private volatile @Nullable Throwable cause;

    /**
     * Prepares for it.
     *
     * @param steps what is to be done, each once; made now, so that nothing has to be made then
     */
    Outage(Runnable... steps) {
        this.steps = steps.clone();
        this.done = new boolean[steps.length];
    }

    /**
     * It has happened. Needs no memory.
     *
     * @param what what has ended, for a person
     * @param endedTerm the term of the leadership that ended with it, negative if no listener heard of its beginning; 0 if
     *     there was none
     */
    void begin(String what, Throwable cause, long endedTerm) {
        this.what = what;
        this.endedTerm = endedTerm;
        this.cause = cause;
    }

    boolean hasBegun() {
        return cause != null;
    }

    String what() {
        return what;
    }

    Throwable cause() {
        Throwable known = cause;
        return known == null ? DIED : known;
    }

    long endedTerm() {
        return endedTerm;
    }

    /** For a person; {@code null} while there is none. */
    @Nullable String describe() {
        Throwable known = cause;
        return known == null ? null : what + " came to an end: " + known;
    }

    /** Does what is left, as far as there is memory for it. One thread calls this. */
    void goOn() {
        for (int step = 0; step < steps.length; step++) {
            if (!done[step]) {
                try {
                    steps[step].run();
                    done[step] = true;
                } catch (Error failure) {
                    if (LackOfMemory.in(failure) == null) {
                        throw failure;
                    }
                    // The steps behind it may need less; this one's turn comes again.
                    done[step] = false;
                }
            }
        }
    }
}
