package io.election.peer;

import io.election.core.Request;
import io.election.core.Response;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Hands requests to the handler of this member, and holds each on its thread until its reply is there, within limits. */
final class RequestHolder {

    private final PeerSettings settings;
    private final Senders senders;
    private final Set<HeldRequest> waiting = ConcurrentHashMap.newKeySet();
    private volatile @Nullable PeerHandler handler;
    private volatile @Nullable String outOfService;

    RequestHolder(PeerSettings settings, Senders senders) {
        this.settings = settings;
        this.senders = senders;
    }

    void open(PeerHandler peerHandler) {
        outOfService = null;
        handler = peerHandler;
    }

    /** Ends all who wait, and all who come until this is opened again: this member takes no part. */
    void outOfService(String why) {
        outOfService = why;
        waiting.forEach(HeldRequest::end);
    }

    /** Ends all who wait, and all who come. */
    void close() {
        handler = null;
        waiting.forEach(HeldRequest::end);
    }

    PeerHandler handler() throws RefusedException {
        PeerHandler open = handler;
        if (open == null) {
            throw new RefusedException(Refused.NOT_READY, "this member is not running");
        }
        return open;
    }

    /** What this member says when it asks another one; nothing while it is closed. */
    PresenceQuestion question(String member) {
        PeerHandler open = handler;
        return open == null ? PresenceQuestion.NONE : open.question(member);
    }

    void checkInService() throws RefusedException {
        String out = outOfService;
        if (out != null) {
            throw new RefusedException(Refused.OUT_OF_SERVICE, out);
        }
    }

    /** Blocks until the handler has replied, or time is up. */
    Response hold(PeerHandler open, MessageKind kind, Request request) throws RefusedException {
        Semaphore places = senders.held(request.header().from(), kind.lane());
        if (!places.tryAcquire()) {
            throw new RefusedException(
                    Refused.BUSY, "too many " + senders.whose(request.header().from()) + " wait for a reply");
        }
        HeldRequest held = new HeldRequest();
        waiting.add(held);
        try {
            // Whoever ends all who wait may not have seen this one.
            if (handler == null || outOfService != null) {
                throw closing();
            }
            hand(open, request, held);
            Response reply = held.await(settings.holding(kind).toNanos());
            if (reply != null) {
                return reply;
            }
            throw held.isOutOfTime()
                    ? new RefusedException(Refused.OUT_OF_TIME, "no reply within " + settings.holding(kind))
                    : closing();
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new RefusedException(Refused.NOT_READY, "the server is stopping");
        } finally {
            waiting.remove(held);
            places.release();
        }
    }

    private RefusedException closing() {
        String out = outOfService;
        return out == null
                ? new RefusedException(Refused.NOT_READY, "this member is closing")
                : new RefusedException(Refused.OUT_OF_SERVICE, out);
    }

    private static void hand(PeerHandler open, Request request, HeldRequest held) throws RefusedException {
        try {
            open.handle(request, held);
        } catch (RejectedExecutionException ex) {
            throw new RefusedException(Refused.OUT_OF_SERVICE, String.valueOf(ex.getMessage()));
        } catch (RuntimeException ex) {
            throw new RefusedException(Refused.FAILED, "this member could not take the request: " + ex);
        }
    }
}
