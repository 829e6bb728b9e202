package io.election.peer;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Says in one clause why a call failed, and what to look at. */
final class FailedCall {

    /** Neither refused nor accepted, as by a host that is off, or behind a firewall. */
    static final String NO_CONNECTION = "no connection in time";

    private static final String BUNDLE = "election.peer.ssl.bundle";
    private static final String CLIENT_BUNDLE = "election.peer.ssl.client-bundle";

    private FailedCall() {}

    /**
     * Why no answer came.
     *
     * @param tls says which certificates are trusted, if it is not the JVM that does, and until when the own one is valid
     */
    static String of(IOException failure, URI url, TlsInUse tls) {
        Instant expired = isTls(url) ? tls.expired() : null;
        String why = why(failure, url, tls.now());
        // Its peers refuse it for that, but what arrives here of their reason may be no more than a reset connection.
        return expired == null || !mayBeRefused(failure)
                ? why
                : why + "; this member's own certificate expired on " + expired;
    }

    private static boolean mayBeRefused(IOException failure) {
        return failure instanceof SSLException
                || failure instanceof EOFException
                || (failure instanceof SocketException && !(failure instanceof ConnectException));
    }

    private static String why(IOException failure, URI url, @Nullable PeerTls trusting) {
        if (failure instanceof UnknownHostException) {
            return "unknown host '" + url.getHost() + "'";
        }
        if (failure instanceof HttpConnection.ConnectTimeoutException) {
            return NO_CONNECTION;
        }
        if (failure instanceof ConnectException) {
            String why = failure.getMessage();
            return why == null || why.startsWith("Connection refused") ? "connection refused" : why;
        }
        String message = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        if (failure instanceof SSLException) {
            return "TLS: " + tls(failure, message, trusting);
        }
        boolean closed = has(failure, EOFException.class) || message.contains("received no bytes");
        if (closed || failure instanceof ProtocolException) {
            return (closed ? "the connection was closed without an answer (" : "the answer is not HTTP (") + message
                    + ")" + (isTls(url) ? "" : "; the port may expect https");
        }
        return message;
    }

    /** No answer in time. A port without TLS may wait for ever for the end of what it takes for a line of plain HTTP. */
    static String silent(Duration patience, URI url, boolean answeredBefore) {
        return "no answer within " + patience
                + (isTls(url) && !answeredBefore ? "; without TLS there, the url has to begin with http" : "");
    }

    private static String tls(IOException failure, String message, @Nullable PeerTls trusting) {
        String shown = PeerEndpoint.printable(message);
        if (message.toLowerCase(Locale.ROOT).contains("unrecognized ssl message")) {
            return "what listens there does not speak TLS (" + shown + "); the url has to begin with http";
        }
        String outOfDate = outOfDate(failure);
        if (outOfDate != null) {
            return outOfDate;
        }
        if (isUntrusted(failure)) {
            return "its certificate is not trusted here (" + shown + "). " + advice(trusting);
        }
        if (has(failure, CertificateException.class)) {
            return "its certificate does not fit (" + shown + ")";
        }
        if (message.endsWith("certificate_expired")) {
            return "it ended the handshake, because this member's certificate has expired (" + shown + ")";
        }
        if (message.contains("fatal alert")) {
            return "it ended the handshake (" + shown + "); it may not trust this member's certificate";
        }
        return shown;
    }

    private static String advice(@Nullable PeerTls trusting) {
        if (trusting == null) {
            return "Set election.peer.ssl.client-bundle to an SSL bundle whose truststore holds the certificate's issuer,"
                    + " or use a certificate that the JVM trusts";
        }
        return "The truststore of " + (trusting.callsOnly() ? CLIENT_BUNDLE : BUNDLE)
                + " must hold the certificate's issuer";
    }

    /** That a certificate has expired or is not valid yet, with the date; {@code null} if a handshake failed for something else. */
    private static @Nullable String outOfDate(IOException failure) {
        if (!isOutOfDate(failure)) {
            return null;
        }
        X509Certificate certificate = refused(failure);
        boolean expired = has(failure, CertificateExpiredException.class);
        String date = certificate == null
                ? expired ? "has expired" : "is not valid yet"
                : expired
                        ? "expired on " + certificate.getNotAfter().toInstant()
                        : "is not valid before " + certificate.getNotBefore().toInstant();
        String whose = certificate == null || certificate.getBasicConstraints() < 0
                ? "its certificate "
                : "the certificate of its issuer '"
                        + PeerEndpoint.printable(
                                certificate.getSubjectX500Principal().getName()) + "' ";
        return whose + date + (expired ? "" : "; the clock of one of the two hosts may be wrong");
    }

    /** The certificate for which a handshake failed, where that is told. */
    private static @Nullable X509Certificate refused(IOException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertPathValidatorException invalid
                    && invalid.getCertPath() != null
                    && invalid.getIndex() >= 0
                    && invalid.getCertPath().getCertificates().get(invalid.getIndex())
                            instanceof X509Certificate certificate) {
                return certificate;
            }
        }
        return null;
    }

    /**
     * Why the certificate of a caller was refused.
     *
     * @return one clause, or {@code null} if the handshake failed for something else
     */
    static @Nullable String refusedCertificate(SSLException failure) {
        X509Certificate certificate = refused(failure);
        String whose = certificate == null
                ? ""
                : " ("
                        + PeerEndpoint.printable(
                                certificate.getSubjectX500Principal().getName()) + ")";
        String outOfDate = outOfDate(failure);
        if (outOfDate != null) {
            return outOfDate + whose;
        }
        return isUntrusted(failure) ? "its certificate is not trusted here" + whose : null;
    }

    /** Whether a failed handshake found a certificate that has expired, or is not valid yet. */
    static boolean isOutOfDate(IOException failure) {
        return failure instanceof SSLException
                && (has(failure, CertificateExpiredException.class)
                        || has(failure, CertificateNotYetValidException.class));
    }

    /** Whether a failed handshake found a certificate that nothing here vouches for. */
    static boolean isUntrusted(IOException failure) {
        return failure instanceof SSLException
                && !isOutOfDate(failure)
                && (has(failure, CertPathBuilderException.class) || has(failure, CertPathValidatorException.class));
    }

    /** What an answer means that does not come from a member. */
    static String of(int status, boolean signed, String text, boolean secret) {
        String said = (signed ? "refused (" : "unsigned answer (") + status + ")" + (text.isEmpty() ? "" : ": " + text);
        // With a secret, only a member can sign, and it says why itself.
        return signed && secret ? said : said + hint(status, signed, text);
    }

    private static String hint(int status, boolean signed, String text) {
        if (status == 400 && text.contains("TLS")) {
            return "; the url has to begin with https";
        }
        if (status == 401) {
            return "; its election.peer.secret may be another one";
        }
        if (status == 404) {
            return "; the url may lack a context path, or election.peer.path may be another one there";
        }
        if (status >= 300 && status < 400) {
            return "; members follow no redirect, so the url must lead to the member itself";
        }
        if (status == 503) {
            // A member that starts or stops, a proxy before one that is down: the text says it.
            return "";
        }
        return signed ? "" : "; something that is no member of this cluster may answer there";
    }

    private static boolean isTls(URI url) {
        return "https".equalsIgnoreCase(url.getScheme());
    }

    private static boolean has(@Nullable Throwable failure, Class<? extends Throwable> type) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }
}
