package io.election.peer;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The keys and the trusted certificates of a member, as they are at one time. When they are renewed, another one takes its place:
 * {@link HttpPeerTransport#renew}.
 *
 * @param context with this member's certificate, and the authorities that it trusts
 * @param certificate this member's own certificate, so that people can be told when it expires; {@code null} if it has none or
 *     it is not known, which changes nothing between the members
 * @param callsOnly whether it is used only for calls to {@code https} urls: a port of the member's own then has no TLS
 */
public record PeerTls(SSLContext context, @Nullable X509Certificate certificate, boolean callsOnly) {

    /**
     * For the port and for calls, without a word about the certificate in it.
     *
     * @param context with this member's certificate, and the authorities that it trusts
     * @return for the port and for calls
     */
    public static PeerTls of(SSLContext context) {
        return new PeerTls(context, null, false);
    }

    /**
     * For the port and for calls.
     *
     * @param context with this member's certificate, and the authorities that it trusts
     * @param certificate the same certificate, of which people are told when it expires
     * @return for the port and for calls
     */
    public static PeerTls of(SSLContext context, X509Certificate certificate) {
        return new PeerTls(context, certificate, false);
    }

    /**
     * For calls to {@code https} urls only, where another server takes the calls of the others.
     *
     * @param context with the authorities that this member trusts
     * @return for calls only
     */
    public static PeerTls ofCalls(SSLContext context) {
        return new PeerTls(context, null, true);
    }

    /**
     * The names that this member's own certificate gives it.
     *
     * @return the most specific common name and the DNS names; empty if there is no certificate, or it is not known
     */
    public List<String> names() {
        return certificate == null ? List.of() : List.copyOf(CertificateNames.of(certificate));
    }

    /** When this member's own certificate expires, or {@code null} if that is not known. */
    @Nullable Instant expires() {
        return certificate == null ? null : certificate.getNotAfter().toInstant();
    }
}
