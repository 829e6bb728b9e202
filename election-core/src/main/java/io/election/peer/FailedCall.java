package io.election.peer;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.time.Duration;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Says in one clause why a call failed, and what to look at. */
final class FailedCall {

    /** Neither refused nor accepted, as by a host that is off, or behind a firewall. */
    static final String NO_CONNECTION = "no connection in time";

    private FailedCall() {}

    /**
     * Why no answer came.
     *
     * @param bundle whether an SSL bundle says which certificates are trusted, and not the JVM
     */
    static String of(IOException failure, URI url, boolean bundle) {
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
            return "TLS: " + tls(failure, message, bundle);
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

    private static String tls(IOException failure, String message, boolean bundle) {
        String shown = PeerEndpoint.printable(message);
        if (message.toLowerCase(Locale.ROOT).contains("unrecognized ssl message")) {
            return "what listens there does not speak TLS (" + shown + "); the url has to begin with http";
        }
        if (isUntrusted(failure)) {
            return "its certificate is not trusted here (" + shown + "). "
                    + (bundle
                            ? "The truststore of election.peer.ssl.bundle must hold the certificate's issuer"
                            : "Set election.peer.port with election.peer.ssl.bundle, whose truststore holds the"
                                    + " certificate's issuer, or use a certificate that the JVM trusts");
        }
        if (has(failure, CertificateException.class)) {
            return "its certificate does not fit (" + shown + ")";
        }
        if (message.contains("fatal alert")) {
            return "it ended the handshake (" + shown + "); it may not trust this member's certificate";
        }
        return shown;
    }

    /** Whether a failed handshake found a certificate that nothing here vouches for. */
    static boolean isUntrusted(IOException failure) {
        return failure instanceof SSLException
                && !has(failure, CertificateExpiredException.class)
                && !has(failure, CertificateNotYetValidException.class)
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
