package io.election;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The position of the application's own log. An application that replicates data of its own declares one bean of this
 * type. It reports each durable advance to that bean. A member whose log is behind what a quorum holds is then not
 * elected. A member that has not reported a position yet does not stand.
 *
 * <p>Thread-safe. Reports are passed on in the order in which they are made.
 */
public final class ApplicationPosition {

    private long term;
    private long position;
    private boolean known;
    private @Nullable Sink sink;

    /**
     * Reports how far the application's own log is on disk. May be called before the election has started. Does not
     * block.
     *
     * @param term the term in which the last entry was written, 0 or more
     * @param position the index of the last entry in the application's log, 0 or more
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
     * Passes the latest report and all later ones to the sink. The election calls this once each time it starts.
     *
     * @param sink receives the reports; must not block
     */
    public synchronized void forwardTo(Sink sink) {
        this.sink = Objects.requireNonNull(sink, "sink");
        if (known) {
            sink.advanced(term, position);
        }
    }

    /** Receives the reports. */
    @FunctionalInterface
    public interface Sink {

        /**
         * Reports how far the application's own log is on disk.
         *
         * @param term the term in which the last entry was written
         * @param position the index of the last entry
         */
        void advanced(long term, long position);
    }
}
