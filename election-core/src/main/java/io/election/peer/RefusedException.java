package io.election.peer;

/** A request is refused. The message is one sentence for the caller. */
final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final Refused reason;

    RefusedException(Refused reason, String text) {
        super(text, null, false, false);
        this.reason = reason;
    }

    Refused reason() {
        return reason;
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
