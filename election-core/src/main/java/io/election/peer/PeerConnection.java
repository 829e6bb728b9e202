package io.election.peer;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a member that is kept from one request to the next, and opened anew when it is needed and gone. One
 * thread uses it; any may end it.
 */
final class PeerConnection {

    private @Nullable HttpConnection open;
    /** What it was opened with. */
    private @Nullable PeerTls openedWith;
    /** A socket that may still be connecting. */
    private @Nullable Socket opening;

    private boolean closed;
    private final Connecting connecting;

    /**
     * Begins without a connection.
     *
     * @param connecting opens it
     */
    PeerConnection(Connecting connecting) {
        this.connecting = connecting;
    }

    /**
     * The connection to use now.
     *
     * @param url where to, always the same
     * @param tls for {@code https}, or {@code null} for the JVM's own; a connection that was opened with another one is
     *     closed, and replaced
     * @param deadlineNanos ends the wait for an attempt of another connection to the same peer, as {@link System#nanoTime}
     * @return one that may be stale, if it {@link #isReused}
     */
    HttpConnection get(URI url, @Nullable PeerTls tls, long deadlineNanos) throws IOException {
        HttpConnection kept = kept(tls);
        if (kept != null) {
            return kept;
        }
        HttpConnection opened = connecting.open(url, TlsInUse.ofCalls(tls), deadlineNanos, this::opens);
        synchronized (this) {
            opening = null;
            if (closed) {
                opened.close();
                throw new IOException("closed");
            }
            open = opened;
            openedWith = tls;
        }
        return opened;
    }

    private synchronized @Nullable HttpConnection kept(@Nullable PeerTls tls) throws IOException {
        if (closed) {
            throw new IOException("closed");
        }
        if (openedWith != tls) {
            drop();
        }
        return open;
    }

    private synchronized void opens(Socket socket) {
        opening = socket;
        if (closed) {
            HttpConnection.close(socket);
        }
    }

    /** Whether there is one that served a request before. */
    synchronized boolean isReused() {
        return open != null;
    }

    /** Whether the other side has accepted a connection, be it ready for a request or not. */
    synchronized boolean isConnected() {
        return open != null || (opening != null && opening.isConnected());
    }

    /** Ends what a request uses, whose thread then fails. An attempt to connect goes on, for the next request. */
    synchronized void interrupt() {
        if (open != null) {
            open.close();
            open = null;
        }
    }

    /** Ends it: the next request opens another. What a thread waits for on it fails. */
    synchronized void drop() {
        interrupt();
        if (opening != null) {
            HttpConnection.close(opening);
            opening = null;
        }
    }

    /** Ends it for good. */
    synchronized void close() {
        closed = true;
        drop();
    }
}
