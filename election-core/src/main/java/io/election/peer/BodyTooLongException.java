package io.election.peer;

import java.io.IOException;

/** A body has more bytes than are read. */
public final class BodyTooLongException extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * Says how many are read.
     *
     * @param limit the most, in bytes
     */
    public BodyTooLongException(int limit) {
        super("it has more than " + limit + " bytes");
    }
}
