package io.election.benchmarks.path;

import java.util.function.Consumer;

/** One way of exchanging requests and answers. Each process has one, for all of its peers. */
interface Candidate {

    /** What a member does with a request. Called in the member's loop. */
    interface Handler {

        /**
         * Takes a request.
         *
         * @param body the request
         * @param reply takes the answer, at once or later
         */
        void handle(byte[] body, Consumer<byte[]> reply);
    }

    /** Sends to one peer. */
    interface Peer {

        /**
         * Sends a request. Called in the member's loop.
         *
         * @param body the request
         * @param answered takes the answer, in the member's loop
         */
        void send(byte[] body, Consumer<byte[]> answered);
    }

    /**
     * Listens on a free port of the loopback interface.
     *
     * @param handler answers
     * @return the port
     */
    int listen(Handler handler) throws Exception;

    /**
     * Prepares for sending to a port of the loopback interface.
     *
     * @param port the port
     * @return the peer there
     */
    Peer peer(int port) throws Exception;

    /**
     * Runs a piece of work in the member's loop again and again.
     *
     * @param work the work
     * @param everyNanos the time between two runs
     */
    void every(Runnable work, long everyNanos);
}
