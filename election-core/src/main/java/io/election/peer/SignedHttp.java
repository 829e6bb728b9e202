package io.election.peer;

import io.election.peer.PeerAuthentication.SharedSecret;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** One request of a member and its answer over HTTP, signed where there is a secret. */
final class SignedHttp {

    private final PeerSettings settings;
    private final @Nullable SharedSecret secret;

    SignedHttp(PeerSettings settings) {
        this.settings = settings;
        secret = settings.authentication().secret();
    }

    /** Where a path of the peers lies below a member's url. */
    URI below(URI base, String path) {
        String text = base.toString();
        String root = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        return URI.create(root + settings.path() + "/" + path);
    }

    /** What a request's signature covers of its body. */
    String digest(byte[] body) {
        return secret == null ? "" : Call.digest(body);
    }

    /** Sends a body, and waits for the answer. */
    Received post(HttpClient client, URI uri, String path, String call, byte[] body, String digest)
            throws IOException, InterruptedException {
        byte[] mac = sign(path, call, digest);
        HttpRequest request = signed(HttpRequest.newBuilder(uri), call, digest, mac)
                .setHeader("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        return receive(client, request, mac);
    }

    /** Asks without a body, and waits for the answer. */
    Received get(HttpClient client, URI uri, String path, String call) throws IOException, InterruptedException {
        String digest = Call.digest(new byte[0]);
        byte[] mac = sign(path, call, digest);
        return receive(
                client,
                signed(HttpRequest.newBuilder(uri), call, digest, mac).GET().build(),
                mac);
    }

    private byte[] sign(String path, String call, String digest) {
        return secret == null ? new byte[0] : secret.sending().mac(Call.signedParts(path, call, digest));
    }

    private static HttpRequest.Builder signed(HttpRequest.Builder request, String call, String digest, byte[] mac) {
        request.setHeader(Call.HEADER, call);
        return mac.length == 0
                ? request
                : request.setHeader(Call.DIGEST_HEADER, digest).setHeader(Call.MAC_HEADER, Call.encode(mac));
    }

    private Received receive(HttpClient client, HttpRequest request, byte[] requestMac)
            throws IOException, InterruptedException {
        HttpResponse<byte[]> response = client.send(request, info -> new LimitedBody(PeerEndpoint.LARGEST_BODY));
        byte[] body = response.headers()
                .firstValue(Call.BODY_HEADER)
                .map(text -> text.getBytes(StandardCharsets.ISO_8859_1))
                .orElseGet(response::body);
        String challenge = response.headers().firstValue(Call.CHALLENGE_HEADER).orElse("");
        byte[] mac = Call.decode(response.headers().firstValue(Call.MAC_HEADER).orElse(null));
        boolean signed = secret == null
                || secret.sending().verifies(mac, Call.signedParts(requestMac, response.statusCode(), challenge, body));
        return new Received(response.statusCode(), challenge, body, signed, secret != null, certificate(response));
    }

    private static @Nullable X509Certificate certificate(HttpResponse<?> response) {
        try {
            if (response.sslSession().isPresent()) {
                Certificate[] chain = response.sslSession().get().getPeerCertificates();
                return chain[0] instanceof X509Certificate x509 ? x509 : null;
            }
        } catch (SSLPeerUnverifiedException ex) {
            return null;
        }
        return null;
    }

    /** Why no answer came, for a person. */
    String describe(IOException failure, URI url) {
        return FailedCall.of(failure, url, settings.sslContext() != null);
    }

    /**
     * An answer, from whomever it comes.
     *
     * @param status the HTTP status
     * @param challenge what the next request is to carry, or empty
     * @param body the body
     * @param signed whether a member signed it, as the answer to this very request; true where there is no secret
     * @param secret whether there is a secret
     * @param certificate the certificate that the server proved to hold, or {@code null}
     */
    record Received(
            int status,
            String challenge,
            byte[] body,
            boolean signed,
            boolean secret,
            @Nullable X509Certificate certificate) {

        boolean isGood() {
            return status == 200 && signed;
        }

        String describe() {
            String text = PeerEndpoint.printable(new String(body, StandardCharsets.UTF_8));
            return FailedCall.of(status, signed, text, secret);
        }
    }
}
