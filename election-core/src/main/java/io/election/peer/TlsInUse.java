package io.election.peer;

import java.time.Instant;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The keys and trusted certificates that a member uses now. A connection belongs to those with which it was opened; once there are
 * others, it is closed after the exchange that is under way on it.
 */
final class TlsInUse {

    private volatile @Nullable PeerTls now;

    TlsInUse(@Nullable PeerTls first) {
        now = first;
    }

    @Nullable PeerTls now() {
        return now;
    }

    /**
     * The next connections use these.
     *
     * @throws IllegalStateException if there were none before, or they served another purpose
     */
    void renew(PeerTls renewed) {
        PeerTls before = now;
        if (before == null) {
            throw new IllegalStateException(
                    "this member was started without TLS between members; TLS needs a restart of all members");
        }
        if (before.callsOnly() != renewed.callsOnly()) {
            throw new IllegalStateException("callsOnly cannot change while a member runs: it is " + before.callsOnly());
        }
        now = renewed;
    }

    /** For a port of its own; {@code null} where that has no TLS. */
    static @Nullable SSLContext ofServer(@Nullable PeerTls tls) {
        return tls == null || tls.callsOnly() ? null : tls.context();
    }

    /** For calls; {@code null} for the JVM's own. */
    static @Nullable SSLContext ofCalls(@Nullable PeerTls tls) {
        return tls == null ? null : tls.context();
    }

    /** When this member's own certificate expired, or {@code null} if it did not or that is not known. */
    @Nullable Instant expired() {
        PeerTls tls = now;
        Instant expires = tls == null ? null : tls.expires();
        return expires != null && expires.isBefore(Instant.now()) ? expires : null;
    }
}
