package io.election.peer;

import java.util.Locale;

/** What kind of thing made a call to a peer fail, for whoever counts: the sentences have too many forms for that. */
public enum PeerFailure {

    /** Its name resolves to no address. */
    UNKNOWN_HOST,
    /** Its host is there, and nobody listens. */
    CONNECTION_REFUSED,
    /** No connection in time: its host is off, or a firewall swallows the packets. */
    NO_CONNECTION,
    /** It took the request, and did not answer in time. */
    NO_ANSWER,
    /** The connection ended without an answer. */
    CLOSED,
    /** A certificate has expired, or is not valid yet. */
    CERTIFICATE_EXPIRED,
    /** TLS failed for something else. */
    TLS,
    /** It is a member, and refuses. */
    REFUSED,
    /** Something else than a member of this cluster answers, or a member with another secret. */
    NOT_A_MEMBER,
    /** Anything else. */
    OTHER;

    /**
     * The kind of a failure.
     *
     * @param detail what a {@link PeerCallback} or a {@link PresenceCallback} was told
     * @return its kind; {@link #OTHER} if it has none of its own
     */
    public static PeerFailure of(String detail) {
        if (detail.startsWith("unknown host")) {
            return UNKNOWN_HOST;
        }
        if (detail.contains(" expired on ")
                || detail.contains("certificate has expired")
                || detail.contains("is not valid before")
                || detail.contains("is not valid yet")) {
            return CERTIFICATE_EXPIRED;
        }
        if (detail.startsWith("TLS: ")) {
            return TLS;
        }
        if (detail.startsWith("connection refused")) {
            return CONNECTION_REFUSED;
        }
        if (detail.startsWith(FailedCall.NO_CONNECTION)) {
            return NO_CONNECTION;
        }
        if (detail.startsWith("no answer within")) {
            return NO_ANSWER;
        }
        if (detail.startsWith("the connection was closed") || detail.startsWith("Connection reset")) {
            return CLOSED;
        }
        if (detail.startsWith("refused (")) {
            return REFUSED;
        }
        return detail.startsWith("unsigned answer (") || detail.startsWith("the answer is not HTTP")
                ? NOT_A_MEMBER
                : OTHER;
    }

    /**
     * Its name in metrics.
     *
     * @return in lower case, with dashes
     */
    public String dashed() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
