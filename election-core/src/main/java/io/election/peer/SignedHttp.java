package io.election.peer;

import io.election.peer.PeerAuthentication.SharedSecret;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/** One request of a member and its answer over HTTP, signed where there is a secret. */
final class SignedHttp {

    private static final int SWITCHING = 101;
    private static final byte[] NOTHING = {};

    private final PeerSettings settings;
    private final TlsInUse tls;
    private final @Nullable SharedSecret secret;

    SignedHttp(PeerSettings settings, TlsInUse tls) {
        this.settings = settings;
        this.tls = tls;
        secret = settings.authentication().secret();
    }

    /** Where a path of the peers lies below a member's url. */
    URI below(URI base, String path) {
        String text = base.toString();
        String root = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        return URI.create(root + settings.path() + "/" + path);
    }

    /** What a request's signature covers of its body. */
    byte[] digest(byte[] body) {
        return secret == null ? NOTHING : Call.hash(body);
    }

    /** What stays the same in all requests to one url: the first line, and the headers that do not change. */
    static byte[] start(String method, URI uri, String contentType, boolean upgrading) {
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String host = uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
        return ascii(method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n"
                + (contentType.isEmpty() ? "" : "Content-Type: " + contentType + "\r\n")
                + (upgrading ? "Connection: Upgrade\r\nUpgrade: " + PeerTunnel.PROTOCOL + "\r\n" : ""));
    }

    /**
     * Sends a request, and waits for the answer.
     *
     * @param connection where to
     * @param start as {@link #start}
     * @param path the path's last word, which is signed
     * @param call the header that says who calls whom
     * @param body the body
     * @param digest the body's, as {@link #digest}
     * @param deadlineNanos when the whole answer must be there, as {@link System#nanoTime}
     */
    Received exchange(
            HttpConnection connection,
            byte[] start,
            String path,
            CallText call,
            byte[] body,
            byte[] digest,
            long deadlineNanos)
            throws IOException {
        byte[] mac = write(connection.next(), start, path, call, body, digest);
        connection.readUntil(deadlineNanos);
        connection.send();
        return receive(connection, mac);
    }

    /** Puts a request into a message; its signature, or nothing where there is no secret. */
    private byte[] write(HttpWriter message, byte[] start, String path, CallText call, byte[] body, byte[] digest) {
        message.bytes(start).text(Call.HEADER).text(": ");
        int callFrom = message.length();
        call.write(message);
        MacKey.Signed calling = message.since(callFrom);
        message.text("\r\n");
        byte[] mac = NOTHING;
        if (secret != null) {
            message.text(Call.DIGEST_HEADER).text(": ");
            int digestFrom = message.length();
            message.base64(digest);
            mac = secret.sending().mac(Call.signedParts(path, calling, message.since(digestFrom)));
            message.text("\r\n").text(Call.MAC_HEADER).text(": ").base64(mac).text("\r\n");
        }
        message.body(body);
        return mac;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private Received receive(HttpConnection connection, byte[] requestMac) throws IOException {
        HttpHead head = connection.readHead();
        int status = status(head);
        while (status >= 100 && status < 200) {
            if (status == SWITCHING) {
                // What follows is the answer, and from then on it is HTTP/1.1 as before.
                connection.handedOver();
            }
            head = connection.readHead();
            status = status(head);
        }
        boolean empty = status == 204 || status == 304;
        byte[] body = empty ? NOTHING : body(connection, head);
        String challenge = head.header(Call.CHALLENGE_HEADER);
        byte[] mac = head.base64(Call.MAC_HEADER);
        String challenged = challenge == null ? "" : challenge;
        boolean signed = secret == null
                || secret.sending().verifies(mac, Call.signedParts(requestMac, status, challenged, body));
        boolean keeps = head.keepsConnection() && (head.isChunked() || head.contentLength() >= 0 || empty);
        String type = head.header("Content-Type");
        boolean compact = type != null && type.startsWith(CompactCodec.MEDIA_TYPE);
        return new Received(status, challenged, compact, body, signed, secret != null, keeps, connection.certificate());
    }

    private static byte[] body(HttpConnection connection, HttpHead head) throws IOException {
        try {
            return connection.readBody(head, false, PeerEndpoint.LARGEST_BODY);
        } catch (BodyTooLongException ex) {
            throw new IOException("the answer has more than " + PeerEndpoint.LARGEST_BODY + " bytes", ex);
        }
    }

    private static int status(HttpHead head) throws ProtocolException {
        int status = head.status();
        if (status < 0) {
            throw new ProtocolException("it begins with '" + PeerEndpoint.printable(head.firstLine(), 40) + "'");
        }
        return status;
    }

    /** Why no answer came, for a person. */
    String describe(IOException failure, URI url) {
        return FailedCall.of(failure, url, tls);
    }

    /**
     * An answer, from whomever it comes.
     *
     * @param status the HTTP status
     * @param challenge what the next request is to carry, or empty
     * @param compact whether the body is one of {@link CompactCodec}
     * @param body the body
     * @param signed whether a member signed it, as the answer to this very request; true where there is no secret
     * @param secret whether there is a secret
     * @param keepsConnection whether another request may follow on the same connection
     * @param certificate the certificate that the server proved to hold, or {@code null}
     */
    record Received(
            int status,
            String challenge,
            boolean compact,
            byte[] body,
            boolean signed,
            boolean secret,
            boolean keepsConnection,
            @Nullable X509Certificate certificate) {

        /**
         * Whether something between the members may have refused what it does not know: no member signed it, and it says neither
         * who may call nor that nobody answers just now.
         */
        boolean mayRefuseToHandOver() {
            return !(signed && secret) && status != 200 && status != 401 && status != 503;
        }

        /** Whether the member that was meant says that it cannot answer now: it says so after it was found to be meant. */
        boolean isOutOfService() {
            return status == 503 && signed && secret;
        }

        boolean isGood() {
            return status == 200 && signed;
        }

        String describe() {
            String text = PeerEndpoint.printable(new String(body, StandardCharsets.UTF_8));
            return FailedCall.of(status, signed, text, secret);
        }
    }
}
