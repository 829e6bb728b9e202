package io.election.peer;

import io.election.core.Header;
import io.election.core.Message;
import io.election.peer.PeerAuthentication.SharedSecret;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.security.MessageDigest;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Checks who sends a request, and what. All that is said of the sender is judged by the headers, before anything of the body is
 * read; the body then has to be the one that was signed.
 */
final class RequestCheck {

    private static final MacKey NONE = new MacKey("unsigned");

    private final PeerSettings settings;
    private final Protocols protocols;
    private final Senders senders;
    private final ClusterName cluster;
    private final @Nullable SharedSecret secret;

    /**
     * A request that has passed: what its answer is signed with.
     *
     * @param call who calls whom
     * @param mac the request's own signature
     * @param key what it was signed with
     */
    record Passed(Call call, byte[] mac, MacKey key) {}

    RequestCheck(PeerSettings settings, Protocols protocols, Senders senders, ClusterName cluster) {
        this.cluster = cluster;
        this.settings = settings;
        this.protocols = protocols;
        this.senders = senders;
        secret = settings.authentication().secret();
    }

    /** Whether a member sends it that this one believes: by its signature, its certificate, or both. */
    Passed authenticate(String path, PeerEndpoint.Exchange exchange) throws RefusedException {
        HttpHead head = exchange instanceof OwnExchange own ? own.head() : null;
        String text = head == null ? exchange.header(Call.HEADER) : null;
        Call call = head == null ? Call.parse(text) : head.call();
        if (call == null) {
            throw new RefusedException(Refused.UNAUTHENTICATED, "no readable header " + Call.HEADER);
        }
        if (!protocols.speaks(call.protocol())) {
            throw new RefusedException(
                    Refused.PROTOCOL,
                    "protocol " + call.protocol() + " is not spoken here, but " + protocols.describe());
        }
        if (settings.authentication() instanceof PeerAuthentication.TlsIdentity
                && !CertificateNames.name(exchange.certificate(), call.from())) {
            throw new RefusedException(
                    Refused.CERTIFICATE,
                    "no certificate that names '" + PeerEndpoint.printable(call.from()) + "' was shown");
        }
        byte[] mac = head == null ? Call.decode(exchange.header(Call.MAC_HEADER)) : head.base64(Call.MAC_HEADER);
        if (secret == null) {
            return new Passed(call, mac, NONE);
        }
        MacKey.Signed signed = head == null ? signed(path, text, exchange) : signed(path, head);
        MacKey key = signed == null ? null : secret.signer(mac, signed);
        if (key == null) {
            throw new RefusedException(Refused.UNAUTHENTICATED, "not signed with a secret that is accepted here");
        }
        return new Passed(call, mac, key);
    }

    private static MacKey.@Nullable Signed signed(String path, @Nullable String text, PeerEndpoint.Exchange exchange) {
        String digest = exchange.header(Call.DIGEST_HEADER);
        return text == null || digest == null ? null : Call.signedParts(path, text, digest);
    }

    private static MacKey.@Nullable Signed signed(String path, HttpHead head) {
        return head.has(Call.DIGEST_HEADER)
                ? Call.signedParts(path, head.signed(Call.HEADER), head.signed(Call.DIGEST_HEADER))
                : null;
    }

    /** Whether it is meant for this member, and comes from another one, be it a member here or not. */
    void checkAddress(Call call) throws RefusedException {
        String own = cluster.now();
        if (!call.cluster().equals(own)) {
            throw new RefusedException(
                    Refused.WRONG_CLUSTER,
                    "this is cluster '" + own + "', not '" + PeerEndpoint.printable(call.cluster()) + "'");
        }
        if (!call.to().equals(settings.nodeId())) {
            throw new RefusedException(
                    Refused.WRONG_RECEIVER,
                    "I am '" + settings.nodeId() + "', not '" + PeerEndpoint.printable(call.to()) + "'");
        }
        if (!senders.contains(call.from())) {
            checkStranger(call.from());
        }
    }

    private void checkStranger(String from) throws RefusedException {
        if (from.equals(settings.nodeId())) {
            throw new RefusedException(
                    Refused.NOT_A_MEMBER, "'" + from + "' is this member itself; another one needs another id");
        }
        try {
            Message.checkName("the sender", from);
        } catch (IllegalArgumentException ex) {
            throw new RefusedException(Refused.NOT_A_MEMBER, String.valueOf(ex.getMessage()));
        }
    }

    /** Reads the body, which must be the one that was signed. */
    byte[] read(Call call, @Nullable MessageKind kind, PeerEndpoint.Exchange exchange) throws RefusedException {
        Semaphore places = senders.reading(call.from(), kind == MessageKind.HEARTBEAT);
        if (!places.tryAcquire()) {
            throw new RefusedException(Refused.BUSY, "too many " + senders.whose(call.from()) + " at a time");
        }
        try {
            byte[] body = exchange.body(PeerEndpoint.LARGEST_BODY);
            if (secret != null && !MessageDigest.isEqual(Call.hash(body), digest(exchange))) {
                throw new RefusedException(Refused.UNAUTHENTICATED, "the body is not the one that was signed");
            }
            return body;
        } catch (BodyTooLongException ex) {
            throw tooLarge();
        } catch (SocketTimeoutException ex) {
            throw new RefusedException(Refused.OUT_OF_TIME, "the body took more than " + PeerEndpoint.READ_WITHIN);
        } catch (IOException ex) {
            throw new RefusedException(Refused.BAD_MESSAGE, "the body could not be read");
        } finally {
            places.release();
        }
    }

    private static byte[] digest(PeerEndpoint.Exchange exchange) {
        return exchange instanceof OwnExchange own
                ? own.head().base64(Call.DIGEST_HEADER)
                : Call.decode(exchange.header(Call.DIGEST_HEADER));
    }

    static RefusedException tooLarge() {
        return new RefusedException(Refused.TOO_LARGE, "a body has at most " + PeerEndpoint.LARGEST_BODY + " bytes");
    }

    /** A body that names its sender must name the one who signed. */
    void checkHeader(Header header, Call call) throws BadMessageException {
        same("header.cluster", header.cluster(), settings.cluster());
        same("header.from", header.from(), call.from());
        same("header.to", header.to(), call.to());
    }

    private static void same(String field, String inBody, String outside) throws BadMessageException {
        if (!inBody.equals(outside)) {
            throw new BadMessageException(field + " is '" + PeerEndpoint.printable(inBody)
                    + "', but the sender signed as '" + PeerEndpoint.printable(outside) + "'");
        }
    }
}
