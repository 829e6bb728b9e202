package io.election.peer;

import io.election.core.LackOfMemory;
import io.election.peer.HttpConnection.ConnectTimeoutException;
import io.election.peer.SignedHttp.Received;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** One request under way: ends once, by its answer, by a failure, or because its time is up. */
abstract class Sending {

    /** A first request and one that follows a challenge, and the same again if the receiver restarted meanwhile. */
    private static final int CHALLENGES = 2;

    private static final Runnable NOTHING = () -> {};
    private static final String NO_MEMORY = "this member has run out of memory";

    final Wire wire;
    final RemotePeer peer;
    private final Route route;
    private long deadlineNanos;
    private boolean ended;
    /** What a thread uses for it just now. */
    private @Nullable PeerConnection connection;

    private @Nullable Thread thread;
    /** Whether the attempt that is under way asks the server to hand its connection over. Its thread's own. */
    private boolean asks;

    /** A request failed, for the reason in the message. */
    static final class FailedException extends Exception {

        private static final long serialVersionUID = 1L;

        FailedException(String message) {
            super(message, null, false, false);
        }
    }

    /** A request ended without telling anything of the peer, for the reason in the message. */
    static final class UnsentException extends Exception {

        private static final long serialVersionUID = 1L;

        UnsentException(String message) {
            super(message, null, false, false);
        }
    }

    Sending(Wire wire, RemotePeer peer, Route route) {
        this.wire = wire;
        this.peer = peer;
        this.route = route;
    }

    MessageKind.Lane lane() {
        return route.lane();
    }

    abstract byte[] body();

    /** Reads an answer that comes from the member; what comes back delivers it. */
    abstract Runnable read(boolean compact, byte[] body) throws BadMessageException, FailedException;

    /**
     * Whether a refusal says nothing about whether the peer is there.
     *
     * @return why not, or {@code null} if it does
     */
    @Nullable String pardons(Received refused) {
        return null;
    }

    abstract void failed(String detail);

    abstract void notSent(String detail);

    void begin() {
        deadlineNanos = System.nanoTime() + route.patience().toNanos();
        wire.begins(this);
        try {
            peer.callers().submit(this);
        } catch (RejectedExecutionException ex) {
            endUnsent(
                    wire.isClosed() || peer.isGone()
                            ? "closed"
                            : "too many outstanding: " + PeerClient.OUTSTANDING + " requests wait for it already");
        } catch (Error ex) {
            if (LackOfMemory.in(ex) == null) {
                throw ex;
            }
            endUnsent(NO_MEMORY);
        }
        if (wire.isClosed() || peer.isGone()) {
            close();
        }
    }

    /** This member closes, or the peer has left the cluster, which says nothing about whether it answers. */
    void close() {
        endUnsent("closed");
    }

    /** A newer request has taken its place before it was sent. */
    void replaced() {
        endUnsent("a newer one took its place");
    }

    private void endUnsent(String detail) {
        if (markEnded()) {
            notSent(detail);
        }
    }

    /** Fails it, if its time is up and whatever its thread waits for does not end. */
    void endIfOverdue(long nowNanos) {
        if (nowNanos - deadlineNanos > 0) {
            PeerConnection used;
            synchronized (this) {
                used = connection;
            }
            end(used != null && !used.isConnected() ? FailedCall.NO_CONNECTION : tooLate());
        }
    }

    /** Made before: when the time is up there may be no memory for it. */
    private String tooLate() {
        return peer.hasAnswered() ? route.silent() : route.silentFromTheStart();
    }

    /** Sends it, and waits for the answer. What comes back delivers the answer, and must be run. */
    Runnable run(PeerConnection over) {
        synchronized (this) {
            if (ended) {
                return NOTHING;
            }
            connection = over;
            thread = Thread.currentThread();
        }
        try {
            return exchangeAndEnd(over);
        } finally {
            synchronized (this) {
                // Whoever ends this one later must not close the connection under the next.
                connection = null;
                thread = null;
            }
        }
    }

    /** Failures are told at once: there may be no memory to do so later. */
    private Runnable exchangeAndEnd(PeerConnection over) {
        try {
            Runnable delivery = read(over, exchange(over));
            return markEnded() ? delivery : NOTHING;
        } catch (FailedException ex) {
            end(String.valueOf(ex.getMessage()));
        } catch (UnsentException ex) {
            endUnsent(String.valueOf(ex.getMessage()));
        } catch (IOException | RuntimeException | Error ex) {
            over.drop();
            endBroken(ex);
        }
        return NOTHING;
    }

    /** A lack of memory is of this member, and says nothing about the peer. */
    private void endBroken(Throwable failure) {
        if (LackOfMemory.in(failure) != null) {
            endUnsent(NO_MEMORY);
        } else if (failure instanceof SocketTimeoutException && !(failure instanceof ConnectTimeoutException)) {
            end(tooLate());
        } else if (failure instanceof IOException io) {
            end(wire.http().describe(io, route.uri()));
        } else if (failure instanceof Error error) {
            throw error;
        } else {
            end("could not be sent: " + failure);
        }
    }

    /** Fails the request, if it has not ended. */
    private void end(String detail) {
        if (markEnded()) {
            peer.failed();
            failed(detail);
        }
    }

    private boolean markEnded() {
        synchronized (this) {
            if (ended) {
                return false;
            }
            ended = true;
            if (connection != null && thread != Thread.currentThread()) {
                connection.interrupt();
            }
        }
        wire.ends(this);
        return true;
    }

    private synchronized boolean hasEnded() {
        return ended;
    }

    private Received exchange(PeerConnection over) throws IOException, FailedException, UnsentException {
        byte[] body = body();
        byte[] digest = wire.http().digest(body);
        int challenges = 0;
        boolean again = false;
        boolean refused = false;
        while (true) {
            RemotePeer.Session session = peer.session();
            boolean reused = over.isReused();
            asks = false;
            Received received;
            try {
                received = post(over, session, body, digest, !refused);
            } catch (IOException ex) {
                over.drop();
                if (asks && ex instanceof SocketTimeoutException) {
                    peer.doesNotHandOver();
                }
                refused |= asks;
                if (again || !(reused || asks) || hasEnded() || !mayHaveBeenStale(ex)) {
                    throw ex;
                }
                again = true;
                continue;
            }
            if (asks && !again && received.mayRefuseToHandOver()) {
                again = true;
                refused = true;
                over.drop();
                continue;
            }
            if (refused) {
                // Something between the members may take the request, and not the wish.
                peer.doesNotHandOver();
            }
            if (received.status() != 401
                    || !received.signed()
                    || received.challenge().isEmpty()) {
                return received;
            }
            if (++challenges > CHALLENGES) {
                throw new FailedException("it keeps asking for a new session: does another process run as '"
                        + wire.settings().nodeId() + "'?");
            }
            peer.renew(session, received.challenge());
        }
    }

    /** Whether the connection may have been one that the server was just closing. TLS wraps what the system says. */
    private static boolean mayHaveBeenStale(IOException ex) {
        boolean tls = ex instanceof SSLException
                && !(ex.getCause() instanceof SocketException || ex.getCause() instanceof EOFException);
        return !(ex instanceof SocketTimeoutException || tls) && LackOfMemory.in(ex) == null;
    }

    private Received post(PeerConnection over, RemotePeer.Session session, byte[] body, byte[] digest, boolean mayAsk)
            throws IOException, UnsentException {
        long beganNanos = over.isReused() ? 0 : System.nanoTime();
        HttpConnection open = over.get(route.uri(), wire.tls().now(), deadlineNanos);
        long now = System.nanoTime();
        if (beganNanos != 0 && deadlineNanos - now < now - beganNanos) {
            // An answer takes as long as a connection does. One that is not waited for long enough would cost the
            // connection, and the next request would wait for another.
            throw new UnsentException("the connection was opened too late for it");
        }
        asks = mayAsk && open.asksToHandOver() && peer.handsOver();
        if (asks) {
            open.askedToHandOver();
        }
        byte[] start = asks ? route.upgrading() : route.start();
        Received received =
                wire.http().exchange(open, start, route.path(), nextCall(session), body, digest, deadlineNanos);
        if (!received.keepsConnection()) {
            over.drop();
        }
        peer.answered();
        return received;
    }

    /** The header of the next attempt. */
    CallText nextCall(RemotePeer.Session session) {
        return peer.nextCall(session);
    }

    private Runnable read(PeerConnection over, Received received) throws FailedException, UnsentException {
        if (!received.isGood()) {
            String pardoned = pardons(received);
            if (pardoned != null) {
                throw new UnsentException(pardoned);
            }
            if (received.isOutOfService()) {
                peer.proven();
            }
            if (!received.signed()) {
                // A stranger, perhaps at an address that was the member's once.
                over.drop();
                peer.connecting().misled();
            }
            throw new FailedException(received.describe());
        }
        if (wire.settings().authentication() instanceof PeerAuthentication.TlsIdentity
                && !CertificateNames.name(received.certificate(), peer.id())) {
            throw new FailedException("its certificate does not name '" + peer.id() + "'");
        }
        try {
            Runnable delivery = read(received.compact(), received.body());
            peer.proven();
            return delivery;
        } catch (BadMessageException ex) {
            throw new FailedException("bad answer: " + ex.getMessage());
        }
    }
}
