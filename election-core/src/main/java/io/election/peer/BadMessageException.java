package io.election.peer;

/** A body that is no message of the wire protocol; its message names the field. */
final class BadMessageException extends Exception {

    BadMessageException(String message) {
        super(message);
    }

    BadMessageException(String message, Throwable cause) {
        super(message, cause);
    }
}
