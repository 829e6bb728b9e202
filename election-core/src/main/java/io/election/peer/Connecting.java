package io.election.peer;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The attempts to connect to one peer. As long as nothing accepts connections there, one attempt is made at a time, with a pause
 * after each that fails, which grows up to a limit. Whoever needs a connection meanwhile waits for the attempt that is under
 * way, or is told at once how the last one failed. So a peer that is down costs as much after a day as after a minute. Once one
 * attempt has succeeded, connections are opened as they are needed.
 *
 * <p>An attempt belongs to no request. It goes on when the request that began it has run out of time, so that a connection comes
 * about even where it takes longer than a request may. After a failure the name is looked up anew.
 */
final class Connecting {

    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LEAST_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final AddressLookup lookup;
    private final long patienceNanos;
    private final long longestPauseNanos;

    /** Whether the latest attempt succeeded. */
    private boolean reached;

    private boolean underWay;
    /** How the latest attempt failed, or {@code null} if it did not. */
    private @Nullable IOException failure;

    /** Once a cache may have been wrong, it is never relied on alone again: it may go on being wrong for as long as it likes. */
    private boolean anew;

    private long pauseNanos;
    private long pausedUntilNanos;
    private boolean closed;

    /**
     * Begins without an attempt.
     *
     * @param electionTimeoutNanos T: an attempt may take two of them, or two seconds, and a pause at most a quarter of one
     */
    Connecting(AddressLookup lookup, long electionTimeoutNanos) {
        this.lookup = lookup;
        patienceNanos = Math.max(2 * electionTimeoutNanos, LEAST_PATIENCE_NANOS);
        longestPauseNanos = Math.min(LONGEST_PAUSE_NANOS, Math.max(FIRST_PAUSE_NANOS, electionTimeoutNanos / 4));
    }

    /**
     * Connects.
     *
     * @param waitUntilNanos for so long the end of another attempt is waited for
     * @throws IOException how this attempt failed, or the latest
     */
    HttpConnection open(URI url, @Nullable SSLContext ssl, long waitUntilNanos, HttpConnection.Opening opening)
            throws IOException {
        boolean lookUpAnew = begin(waitUntilNanos);
        IOException failed = new IOException("could not be connected");
        try {
            HttpConnection opened = HttpConnection.open(
                    url, ssl, lookup.find(url.getHost(), lookUpAnew), System.nanoTime() + patienceNanos, opening);
            failed = null;
            return opened;
        } catch (IOException ex) {
            failed = ex;
            throw ex;
        } finally {
            end(failed);
        }
    }

    private synchronized boolean begin(long waitUntilNanos) throws IOException {
        while (underWay && !reached && !closed) {
            long left = waitUntilNanos - System.nanoTime();
            if (left <= 0) {
                throw new HttpConnection.ConnectTimeoutException(new SocketTimeoutException("no connection in time"));
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, TimeUnit.MILLISECONDS.toNanos(1)));
            } catch (InterruptedException ex) {
                throw new IOException("interrupted", ex);
            }
        }
        if (closed) {
            throw new IOException("closed");
        }
        IOException latest = failure;
        if (latest != null && pausedUntilNanos - System.nanoTime() > 0) {
            throw latest;
        }
        underWay = true;
        return anew;
    }

    private synchronized void end(@Nullable IOException failed) {
        underWay = false;
        reached = failed == null;
        failure = failed;
        if (failed == null) {
            pauseNanos = 0;
        } else {
            pauseNanos = Math.min(longestPauseNanos, Math.max(FIRST_PAUSE_NANOS, 2 * pauseNanos));
            pausedUntilNanos = System.nanoTime() + pauseNanos;
            anew = true;
        }
        notifyAll();
    }

    /** What answers there is not the member: its name may lead elsewhere by now. */
    synchronized void misled() {
        anew = true;
    }

    synchronized void close() {
        closed = true;
        notifyAll();
    }
}
