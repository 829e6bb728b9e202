package io.election.peer;

import java.util.Locale;

/** Why a request was refused before the election saw it, or without an answer of the election. */
enum Refused {
    NOT_READY(503),
    OUT_OF_SERVICE(503),
    BUSY(503),
    OUT_OF_TIME(503),
    FAILED(503),
    NO_SUCH_PATH(404),
    METHOD(405),
    TOO_LARGE(413),
    PROTOCOL(400),
    UNAUTHENTICATED(401),
    CERTIFICATE(403),
    REPLAYED(403),
    NOT_A_MEMBER(403),
    WRONG_CLUSTER(409),
    WRONG_RECEIVER(409),
    BAD_MESSAGE(400);

    private final int status;

    Refused(int status) {
        this.status = status;
    }

    /** The HTTP status of the answer. */
    int status() {
        return status;
    }

    /** The name for people and meters. */
    String tag() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
