package io.election;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where the application's own log stands. An application that replicates data of its own declares one bean of this type
 * and reports each durable advance to it; nobody is then elected whose log is behind what a quorum holds, and a member
 * that has not reported yet does not stand.
 *
 * <p>Safe for use by several threads; reports are passed on in the order in which they are made.
 */
public final class ApplicationPosition {

    private long term;
    private long position;
    private boolean known;
    private @Nullable Sink sink;

    /**
     * The application's own log stands here now, on disk. May be called before the election has started; does not wait.
     *
     * @param term the term in which the last entry was written, 0 or more
     * @param position the last entry's place in the application's log, 0 or more
     * @throws IllegalArgumentException if either is negative
     */
    public synchronized void advanced(long term, long position) {
        if (term < 0 || position < 0) {
            throw new IllegalArgumentException(
                    "term and position must not be negative, but are " + term + " and " + position);
        }
        this.term = term;
        this.position = position;
        known = true;
        if (sink != null) {
            sink.advanced(term, position);
        }
    }

    /**
     * Passes the latest report and all later ones on. Called by the election, once for each of its starts.
     *
     * @param sink takes them; must not wait
     */
    public synchronized void forwardTo(Sink sink) {
        this.sink = Objects.requireNonNull(sink, "sink");
        if (known) {
            sink.advanced(term, position);
        }
    }

    /** Takes the reports. */
    @FunctionalInterface
    public interface Sink {

        /**
         * The application's own log stands here now.
         *
         * @param term the term in which the last entry was written
         * @param position the last entry's place
         */
        void advanced(long term, long position);
    }
}
