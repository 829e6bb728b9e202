package io.election.peer;

import io.election.core.Request;

/**
 * Carries requests to the other members and brings theirs. Messages may be lost, delayed, repeated and reordered; what
 * arrives was authenticated.
 */
public interface PeerTransport extends AutoCloseable {

    /**
     * Begins to receive.
     *
     * @param handler takes the peers' requests
     */
    void start(PeerHandler handler);

    /**
     * Sends a request to the member it names. Returns at once; a slow or dead peer delays no other, and heartbeats wait
     * behind nothing. Exactly one method of the callback is called, once, on any thread, within a bounded time.
     *
     * @param request what to ask
     * @param callback takes the answer or the failure; must not block
     */
    void send(Request request, PeerCallback callback);

    /** Stops receiving and sending, and ends its threads. May be started again. */
    @Override
    void close();
}
