package io.election.peer;

import io.election.core.Response;

/** Takes the outcome of one request. */
public interface PeerCallback {

    /**
     * The peer answered, and the answer is authenticated and bound to the request.
     *
     * @param response the answer
     */
    void answered(Response response);

    /**
     * No answer will come.
     *
     * @param detail one clause for a person, such as "connection refused"
     */
    void failed(String detail);
}
