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

    /**
     * No answer will come, because the request never left this member: it is closing, or too many requests to the same
     * peer wait for their answer already. That says nothing new about the peer.
     *
     * @param detail one clause for a person
     */
    default void notSent(String detail) {
        failed(detail);
    }
}
