package io.election.peer;

import io.election.core.Request;
import io.election.core.Response;
import java.util.function.Consumer;

/** Takes authenticated requests of peers. */
@FunctionalInterface
public interface PeerHandler {

    /**
     * Takes a request. Must not block.
     *
     * @param request what the peer asks
     * @param reply takes the answer, once, at any later time; calls after the first, or after the call has run out of
     *     time, do nothing
     */
    void handle(Request request, Consumer<Response> reply);
}
