package io.election.node;

import io.election.core.ClockReading;
import io.election.peer.PeerTransport;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Tells people that this member's own certificate is about to expire, has expired or was renewed. It warns soon after the start
 * and then once a day; nothing in the election depends on it. One thread at a time uses it.
 */
final class CertificateWatch {

    /** From how long before its end on people are warned. */
    static final Duration SOON = Duration.ofDays(14);

    private static final long EACH_NANOS = Duration.ofDays(1).toNanos();
    private static final String ADVICE =
            " Renew it in the SSL bundle that election.peer.ssl.bundle names; with reload-on-update no restart is needed.";

    private final PeerTransport transport;
    private final Chronicle chronicle;
    private @Nullable Instant known;
    private @Nullable Long toldAtNanos;
    private boolean toldExpired;

    CertificateWatch(PeerTransport transport, Chronicle chronicle) {
        this.transport = transport;
        this.chronicle = chronicle;
    }

    /** Says what is new, or due again. Returns at once. */
    void look(ClockReading now) {
        Instant expires = transport.certificateExpires();
        if (expires == null) {
            return;
        }
        if (!expires.equals(known)) {
            if (known != null) {
                chronicle.note(
                        Level.INFO, "uses a renewed certificate, which expires on {certificate-expires}.", expires);
            }
            known = expires;
            toldAtNanos = null;
            toldExpired = false;
        }
        Duration remaining = Duration.between(Instant.ofEpochMilli(now.wallMillis()), expires);
        boolean due = toldAtNanos == null
                || now.monotonicNanos() - toldAtNanos >= EACH_NANOS
                || (remaining.isNegative() && !toldExpired);
        if (due && remaining.compareTo(SOON) <= 0) {
            toldAtNanos = now.monotonicNanos();
            toldExpired = remaining.isNegative();
            tell(expires, remaining);
        }
    }

    private void tell(Instant expires, Duration remaining) {
        if (remaining.isNegative()) {
            chronicle.note(
                    Level.ERROR,
                    "has a certificate that expired on {certificate-expires}. The other members accept no new connection with"
                            + " it." + ADVICE,
                    expires);
        } else {
            chronicle.note(
                    Level.WARN,
                    "has a certificate that expires on {certificate-expires}, in {} days." + ADVICE,
                    expires,
                    remaining.toDays());
        }
    }

    /** What an operator has to know of a certificate, as a sentence, or {@code null}. */
    static @Nullable String warning(@Nullable Instant expires, Instant now) {
        if (expires == null || Duration.between(now, expires).compareTo(SOON) > 0) {
            return null;
        }
        return "This member's certificate " + (expires.isBefore(now) ? "expired on " : "expires on ") + expires;
    }
}
