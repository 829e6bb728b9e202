package io.election.peer;

import io.election.core.LackOfMemory;
import io.election.peer.SignedHttp.Received;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** One request under way: ends once, by its answer, by a failure, or by the timer. */
abstract class Sending implements Runnable {

    /** A first request and one that follows a challenge, and the same again if the receiver restarted meanwhile. */
    private static final int CHALLENGES = 2;

    private static final String NO_MEMORY = "this member has run out of memory";

    final RemotePeer peer;
    private final Wire wire;
    private final String path;
    private final URI uri;
    private final MessageKind.Lane lane;
    private final Duration patience;
    private boolean ended;
    private @Nullable Thread thread;
    private @Nullable Future<?> limit;

    /** A request failed, for the reason in the message. */
    static final class FailedException extends Exception {

        private static final long serialVersionUID = 1L;

        FailedException(String message) {
            super(message, null, false, false);
        }
    }

    Sending(Wire wire, RemotePeer peer, String path, URI uri, MessageKind.Lane lane, Duration patience) {
        this.wire = wire;
        this.peer = peer;
        this.path = path;
        this.uri = uri;
        this.lane = lane;
        this.patience = patience;
    }

    abstract byte[] body();

    /** Reads an answer that comes from the member; what comes back delivers it. */
    abstract Runnable read(byte[] body) throws BadMessageException, FailedException;

    abstract void failed(String detail);

    abstract void notSent(String detail);

    void begin() {
        wire.begins(this);
        try {
            // Made now: when the time is up there may be no memory for it, and a thread would wait for ever.
            String tooLate = FailedCall.silent(patience, uri, peer.hasAnswered());
            limit = wire.after(patience, () -> end(tooLate));
            peer.lane(lane).execute(this);
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

    private void endUnsent(String detail) {
        if (markEnded()) {
            notSent(detail);
        }
    }

    @Override
    public void run() {
        synchronized (this) {
            if (ended) {
                return;
            }
            thread = Thread.currentThread();
        }
        try {
            exchangeAndEnd();
        } finally {
            synchronized (this) {
                thread = null;
                // The timer's interrupt must not meet this thread's next request.
                Thread.interrupted();
            }
        }
    }

    private void exchangeAndEnd() {
        Runnable delivery;
        try {
            delivery = read(exchange());
        } catch (FailedException ex) {
            end(String.valueOf(ex.getMessage()));
            return;
        } catch (InterruptedException ex) {
            end("interrupted");
            return;
        } catch (IOException | RuntimeException | Error ex) {
            endBroken(ex);
            return;
        }
        if (markEnded()) {
            delivery.run();
        }
    }

    /** The client wraps what ended its work, a lack of memory too: that is of this member, and says nothing about the peer. */
    private void endBroken(Throwable failure) {
        if (LackOfMemory.in(failure) != null) {
            endUnsent(NO_MEMORY);
        } else if (failure instanceof IOException io) {
            end(wire.http().describe(io, uri));
        } else if (failure instanceof Error error) {
            throw error;
        } else {
            end("could not be sent: " + failure);
        }
    }

    /** Fails the request, if it has not ended. */
    private void end(String detail) {
        if (markEnded()) {
            failed(detail);
        }
    }

    private boolean markEnded() {
        Future<?> timeLimit;
        synchronized (this) {
            if (ended) {
                return false;
            }
            ended = true;
            timeLimit = limit;
            if (thread != null && thread != Thread.currentThread()) {
                thread.interrupt();
            }
        }
        wire.ends(this);
        if (timeLimit != null) {
            timeLimit.cancel(false);
        }
        return true;
    }

    private Received exchange() throws IOException, InterruptedException, FailedException {
        byte[] body = body();
        String digest = wire.http().digest(body);
        int challenges = 0;
        boolean again = false;
        while (true) {
            RemotePeer.Session session = peer.session();
            Received received;
            try {
                received = post(session, body, digest);
            } catch (IOException ex) {
                if (again || !mayHaveBeenStale(ex)) {
                    throw ex;
                }
                again = true;
                continue;
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

    /** Whether the connection may have been one that the server was just closing. */
    private static boolean mayHaveBeenStale(IOException ex) {
        return !(ex instanceof ConnectException || ex instanceof HttpTimeoutException || ex instanceof SSLException)
                && LackOfMemory.in(ex) == null;
    }

    private Received post(RemotePeer.Session session, byte[] body, String digest)
            throws IOException, InterruptedException {
        Received received = wire.http().post(wire.client(lane), uri, path, peer.nextCall(session), body, digest);
        peer.answered();
        return received;
    }

    private Runnable read(Received received) throws FailedException {
        if (!received.isGood()) {
            throw new FailedException(received.describe());
        }
        if (wire.settings().authentication() instanceof PeerAuthentication.TlsIdentity
                && !CertificateNames.name(received.certificate(), peer.id())) {
            throw new FailedException("its certificate does not name '" + peer.id() + "'");
        }
        try {
            return read(received.body());
        } catch (BadMessageException ex) {
            throw new FailedException("bad answer: " + ex.getMessage());
        }
    }
}
