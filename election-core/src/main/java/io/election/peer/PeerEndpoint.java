package io.election.peer;

import io.election.core.Header;
import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.PeerAuthentication.SharedSecret;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Takes peers' requests, whichever server brings them. It blocks the server's thread until the handler has replied, for
 * at most the election timeout, or two seconds if that is longer for what may wait for a disk.
 *
 * <p>A stranger is refused by its headers: nothing of a body is read before they are found to be signed by a member, for
 * this member, and new. So a stranger's body occupies no place here, however slowly it comes.
 *
 * <p>Limits, for each member: {@value #READING} bodies at a time that are being read, each of at most
 * {@value #LARGEST_BODY} bytes and {@link #READ_WITHIN}; {@value #HELD} requests at a time in each lane that are held for
 * their reply. What is beyond is answered 503 at once.
 */
public final class PeerEndpoint {

    static final String WHO_AM_I = "whoami";
    static final String PRESENCE = "presence";
    /** What is answered where a path is not known, such as by a member of an older version. */
    static final int UNKNOWN_PATH = 404;

    /** The largest body of a request that is read, in bytes. */
    public static final int LARGEST_BODY = 1 << 20;
    /** Twice what a member's client has under way: it may have given up on as many. */
    static final int HELD = 2 * PeerClient.OUTSTANDING;
    /** As many as may be held in both lanes. */
    static final int READING = 2 * HELD;
    /** How long a body may take; it is cut off with the first byte that comes later. */
    static final Duration READ_WITHIN = Duration.ofSeconds(5);

    private static final String SENTENCE = "text/plain;charset=UTF-8";
    private static final MacKey NONE = new MacKey("unsigned");

    /** A request as a server has it. */
    public interface Exchange {

        /**
         * The HTTP method.
         *
         * @return such as {@code POST}
         */
        String method();

        /**
         * A header.
         *
         * @param name its name, in any case
         * @return its value, or {@code null} where it was not sent
         */
        @Nullable String header(String name);

        /**
         * The length of the body as announced.
         *
         * @return bytes, or -1 where none was announced
         */
        long contentLength();

        /**
         * Reads the body, once at most, and not at all for a stranger. Blocks, but not for ever.
         *
         * @param limit the most bytes that are read
         * @return the whole body
         * @throws BodyTooLongException if it has more
         * @throws IOException if the connection fails
         */
        byte[] body(int limit) throws IOException;

        /**
         * Called once the request has been read whole and is authenticated.
         *
         * @param sender the member that sent it
         */
        void accepted(String sender);

        /**
         * The certificate that the caller proved to hold.
         *
         * @return the certificate, or {@code null} without mutual TLS
         */
        @Nullable X509Certificate certificate();

        /**
         * Where the caller is, for a person.
         *
         * @return such as its address
         */
        String remote();
    }

    /**
     * What the server sends back.
     *
     * @param status the HTTP status
     * @param headers besides those about the body
     * @param contentType the media type of the body, for the header {@code Content-Type}
     * @param body a message with status 200, in the encoding of the request; else one sentence
     */
    public record Answer(int status, Map<String, String> headers, String contentType, byte[] body) {

        /** Puts all of it into a message of HTTP/1.1. */
        void write(HttpWriter message, boolean keepsConnection) {
            message.text("HTTP/1.1 ").number(status).text(status == 200 ? " OK\r\n" : " Refused\r\n");
            message.header("Content-Type", contentType);
            for (Map.Entry<String, String> header : headers.entrySet()) {
                message.header(header.getKey(), header.getValue());
            }
            if (!keepsConnection) {
                message.header("Connection", "close");
            }
            message.body(body);
        }
    }

    /** A request that has passed: what its answer is signed with. */
    private record Passed(Call call, byte[] mac, MacKey key) {}

    private final PeerSettings settings;
    private final MessageCodec codec;
    private final String process;
    private final Protocols protocols;
    private final Senders senders;
    private final @Nullable SharedSecret secret;
    private final ReplayGuard replays;
    private final Lives callers;
    private final Map<String, Set<PeerTunnel>> tunnels = new HashMap<>();
    private final Set<CompletableFuture<Response>> waiting = ConcurrentHashMap.newKeySet();
    private final Refusals refusals;
    private volatile @Nullable PeerHandler handler;
    private volatile @Nullable String outOfService;

    /**
     * Creates the endpoint, closed.
     *
     * @param process drawn by this process; answers who asks for it
     */
    PeerEndpoint(PeerSettings settings, MessageCodec codec, String process) {
        this(settings, codec, process, Protocols.OURS);
    }

    /** With other versions of the protocol. */
    PeerEndpoint(PeerSettings settings, MessageCodec codec, String process, Protocols protocols) {
        this.protocols = protocols;
        this.settings = settings;
        this.codec = codec;
        this.process = process;
        senders = new Senders(settings.nodeId(), settings.urls().keySet());
        refusals = new Refusals(settings.cluster(), settings.nodeId());
        secret = settings.authentication().secret();
        replays = new ReplayGuard(settings.cluster(), senders.ids());
        callers = new Lives(settings.electionTimeout(), System::nanoTime);
    }

    /**
     * These are the members from now on. A request from anybody else is refused, and nothing is kept of a member that is gone.
     *
     * @param members the ids, with or without this member's own
     */
    synchronized void members(Set<String> members) {
        Set<String> before = senders.ids();
        senders.members(members);
        replays.members(senders.ids());
        for (String sender : before) {
            if (!members.contains(sender)) {
                callers.forget(sender);
                refusals.forget(sender);
            }
        }
    }

    void open(PeerHandler peerHandler) {
        outOfService = null;
        handler = peerHandler;
    }

    /** Answers everybody who waits, and everybody who comes until this is opened again, that this member takes no part. */
    void outOfService(String why) {
        outOfService = why;
        waiting.forEach(reply -> reply.cancel(false));
    }

    /** Answers everybody who waits, and everybody who comes, with 503. */
    void close() {
        handler = null;
        waiting.forEach(reply -> reply.cancel(false));
    }

    /** How many requests were refused since the start, for each reason. */
    Map<String, Long> refused() {
        return refusals.counts();
    }

    /**
     * Answers a request. Blocks until the handler has replied, or time is up.
     *
     * @param path what follows the peer path and a slash
     * @param exchange the request
     * @return what to send back
     */
    public Answer answer(String path, Exchange exchange) {
        try {
            PeerHandler open = handler;
            if (open == null) {
                throw new RefusedException(Refused.NOT_READY, "this member is not running");
            }
            MessageKind kind = kind(path, exchange.method());
            return answer(open, kind, path, exchange);
        } catch (RefusedException ex) {
            return unsigned(ex, exchange);
        }
    }

    /**
     * Takes over the connection of a request that was accepted.
     *
     * @param sender the member for which {@link Exchange#accepted} was called
     * @param path the path below which requests come, with a slash at its end
     * @param exchange that request
     * @return what to carry the connection's bytes to, until {@link PeerTunnel#closed}; {@code null} if its sender has as many
     *     already as it may
     */
    public @Nullable PeerTunnel takeOver(String sender, String path, Exchange exchange) {
        PeerTunnel tunnel = new PeerTunnel(this, sender, path, exchange.certificate(), exchange.remote());
        synchronized (tunnels) {
            Set<PeerTunnel> open = tunnels.computeIfAbsent(sender, member -> new HashSet<>());
            return open.size() < PeerTunnel.OF_ONE_MEMBER && open.add(tunnel) ? tunnel : null;
        }
    }

    void forget(PeerTunnel closed) {
        synchronized (tunnels) {
            Set<PeerTunnel> open = tunnels.get(closed.member());
            if (open != null && open.remove(closed) && open.isEmpty()) {
                tunnels.remove(closed.member());
            }
        }
    }

    private static @Nullable MessageKind kind(String path, String method) throws RefusedException {
        MessageKind found = null;
        for (MessageKind kind : MessageKind.values()) {
            if (kind.path().equals(path)) {
                found = kind;
            }
        }
        if (found == null && !path.equals(WHO_AM_I) && !path.equals(PRESENCE)) {
            throw new RefusedException(Refused.NO_SUCH_PATH, "the election has no such path here");
        }
        String expected = path.equals(WHO_AM_I) ? "GET" : "POST";
        if (!method.equals(expected)) {
            throw new RefusedException(Refused.METHOD, "only " + expected + " is answered here");
        }
        return found;
    }

    private Answer answer(PeerHandler open, @Nullable MessageKind kind, String path, Exchange exchange)
            throws RefusedException {
        if (exchange.contentLength() > LARGEST_BODY) {
            throw tooLarge();
        }
        Passed passed = authenticate(path, exchange);
        try {
            if (path.equals(WHO_AM_I)) {
                return signed(passed, 200, MessageCodec.MEDIA_TYPE, codec.write(self()));
            }
            checkAddress(passed.call());
            String out = outOfService;
            if (out != null) {
                throw new RefusedException(Refused.OUT_OF_SERVICE, out);
            }
            if (secret != null) {
                ReplayGuard.Verdict verdict = replays.admit(passed.call());
                if (verdict == ReplayGuard.Verdict.REPLAYED) {
                    throw new RefusedException(Refused.REPLAYED, "this request was received before");
                }
                if (verdict == ReplayGuard.Verdict.CHALLENGE) {
                    return challenge(passed);
                }
            }
            callers.saw(passed.call().from(), passed.call().life());
            byte[] body = read(passed.call(), exchange);
            exchange.accepted(passed.call().from());
            if (kind == null) {
                return signed(
                        passed,
                        200,
                        MessageCodec.MEDIA_TYPE,
                        codec.write(presence(open, passed.call().from())));
            }
            return isCompact(exchange) ? answerCompact(open, kind, passed, body) : answerJson(open, kind, passed, body);
        } catch (BadMessageException ex) {
            return refuse(passed, new RefusedException(Refused.BAD_MESSAGE, String.valueOf(ex.getMessage())), exchange);
        } catch (RefusedException ex) {
            return refuse(passed, ex, exchange);
        }
    }

    private static boolean isCompact(Exchange exchange) {
        String type = exchange.header("Content-Type");
        return type != null && type.startsWith(CompactCodec.MEDIA_TYPE);
    }

    private Answer answerCompact(PeerHandler open, MessageKind kind, Passed passed, byte[] body)
            throws BadMessageException, RefusedException {
        Call call = passed.call();
        Request request =
                CompactCodec.readRequest(kind, body, new CompactCodec.Envelope(call.cluster(), call.from(), call.to()));
        return signed(passed, 200, CompactCodec.MEDIA_TYPE, CompactCodec.write(hold(open, kind, request)));
    }

    /** For people, tests, and whoever knows nothing better. */
    private Answer answerJson(PeerHandler open, MessageKind kind, Passed passed, byte[] body)
            throws BadMessageException, RefusedException {
        Request request = codec.readRequest(kind, body);
        checkHeader(request.header(), passed.call());
        return signed(passed, 200, MessageCodec.MEDIA_TYPE, codec.write(hold(open, kind, request)));
    }

    private MessageCodec.WhoAmI self() {
        return new MessageCodec.WhoAmI(settings.cluster(), settings.nodeId(), process);
    }

    private MessageCodec.Presence presence(PeerHandler open, String asker) throws RefusedException {
        MemberState state = open.describe(asker);
        if (state == null) {
            throw new RefusedException(Refused.NOT_READY, "this member cannot describe itself yet");
        }
        return new MessageCodec.Presence(self(), callers.twice(asker), state, protocols.highest());
    }

    /** Whether two processes that both run as a member have called lately. */
    boolean callsTwice(String member) {
        return callers.twice(member);
    }

    private byte[] read(Call call, Exchange exchange) throws RefusedException {
        Semaphore places = senders.reading(call.from());
        if (places == null || !places.tryAcquire()) {
            throw new RefusedException(Refused.BUSY, "too many of your requests at a time");
        }
        try {
            byte[] body = exchange.body(LARGEST_BODY);
            if (secret != null && !Call.digest(body).equals(exchange.header(Call.DIGEST_HEADER))) {
                throw new RefusedException(Refused.UNAUTHENTICATED, "the body is not the one that was signed");
            }
            return body;
        } catch (BodyTooLongException ex) {
            throw tooLarge();
        } catch (SocketTimeoutException ex) {
            throw new RefusedException(Refused.OUT_OF_TIME, "the body took more than " + READ_WITHIN);
        } catch (IOException ex) {
            throw new RefusedException(Refused.BAD_MESSAGE, "the body could not be read");
        } finally {
            places.release();
        }
    }

    /**
     * Reads a body from a stream that may block, for servers that have one.
     *
     * @param in the body
     * @param limit the most bytes that are read
     * @return the whole body
     * @throws BodyTooLongException if it has more
     * @throws SocketTimeoutException if it takes longer than {@link #READ_WITHIN}, seen at the first byte that comes later
     * @throws IOException if the stream fails
     */
    public static byte[] read(InputStream in, int limit) throws IOException {
        long begunNanos = System.nanoTime();
        byte[] body = new byte[512];
        int length = 0;
        for (int read = in.read(body); read >= 0; read = in.read(body, length, body.length - length)) {
            length += read;
            if (length > limit) {
                throw new BodyTooLongException(limit);
            }
            if (System.nanoTime() - begunNanos > READ_WITHIN.toNanos()) {
                throw new SocketTimeoutException("the body took more than " + READ_WITHIN);
            }
            if (length == body.length) {
                body = Arrays.copyOf(body, length * 2);
            }
        }
        return Arrays.copyOf(body, length);
    }

    private static RefusedException tooLarge() {
        return new RefusedException(Refused.TOO_LARGE, "a body has at most " + LARGEST_BODY + " bytes");
    }

    private Passed authenticate(String path, Exchange exchange) throws RefusedException {
        String text = exchange.header(Call.HEADER);
        Call call = Call.parse(text);
        if (text == null || call == null) {
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
                    Refused.CERTIFICATE, "no certificate that names '" + printable(call.from()) + "' was shown");
        }
        byte[] mac = Call.decode(exchange.header(Call.MAC_HEADER));
        if (secret == null) {
            return new Passed(call, mac, NONE);
        }
        String digest = exchange.header(Call.DIGEST_HEADER);
        MacKey key = digest == null ? null : secret.signer(mac, Call.signedParts(path, text, digest));
        if (key == null) {
            throw new RefusedException(Refused.UNAUTHENTICATED, "not signed with a secret that is accepted here");
        }
        return new Passed(call, mac, key);
    }

    private void checkAddress(Call call) throws RefusedException {
        if (!call.cluster().equals(settings.cluster())) {
            throw new RefusedException(
                    Refused.WRONG_CLUSTER,
                    "this is cluster '" + settings.cluster() + "', not '" + printable(call.cluster()) + "'");
        }
        if (!call.to().equals(settings.nodeId())) {
            throw new RefusedException(
                    Refused.WRONG_RECEIVER, "I am '" + settings.nodeId() + "', not '" + printable(call.to()) + "'");
        }
        if (!senders.contains(call.from())) {
            throw new RefusedException(
                    Refused.NOT_A_MEMBER,
                    "'" + printable(call.from()) + "' is no other member on my list; the others on it are "
                            + senders.describe());
        }
    }

    private static void checkHeader(Header header, Call call) throws BadMessageException {
        same("header.cluster", header.cluster(), call.cluster());
        same("header.from", header.from(), call.from());
        same("header.to", header.to(), call.to());
    }

    private static void same(String field, String inBody, String outside) throws BadMessageException {
        if (!inBody.equals(outside)) {
            throw new BadMessageException(
                    field + " is '" + printable(inBody) + "', but the sender signed as '" + printable(outside) + "'");
        }
    }

    private Response hold(PeerHandler open, MessageKind kind, Request request) throws RefusedException {
        Semaphore places = senders.held(request.header().from(), kind.lane());
        if (places == null || !places.tryAcquire()) {
            throw new RefusedException(Refused.BUSY, "too many of your requests wait for a reply");
        }
        CompletableFuture<Response> reply = new CompletableFuture<>();
        waiting.add(reply);
        try {
            // Whoever ends all who wait may not have seen this one.
            if (handler == null || outOfService != null) {
                throw closing();
            }
            hand(open, request, reply);
            return reply.get(settings.holding(kind).toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException ex) {
            throw new RefusedException(Refused.OUT_OF_TIME, "no reply within " + settings.holding(kind));
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new RefusedException(Refused.NOT_READY, "the server is stopping");
        } catch (ExecutionException | CancellationException ex) {
            throw closing();
        } finally {
            waiting.remove(reply);
            places.release();
        }
    }

    private RefusedException closing() {
        String out = outOfService;
        return out == null
                ? new RefusedException(Refused.NOT_READY, "this member is closing")
                : new RefusedException(Refused.OUT_OF_SERVICE, out);
    }

    private static void hand(PeerHandler open, Request request, CompletableFuture<Response> reply)
            throws RefusedException {
        try {
            open.handle(request, reply::complete);
        } catch (RejectedExecutionException ex) {
            throw new RefusedException(Refused.OUT_OF_SERVICE, String.valueOf(ex.getMessage()));
        } catch (RuntimeException ex) {
            throw new RefusedException(Refused.FAILED, "this member could not take the request: " + ex);
        }
    }

    private Answer challenge(Passed passed) {
        String challenge = replays.challenge(passed.call().from(), passed.call().life());
        byte[] body = "ask again with this challenge".getBytes(StandardCharsets.US_ASCII);
        return new Answer(
                401,
                Map.of(
                        Call.CHALLENGE_HEADER,
                        challenge,
                        Call.MAC_HEADER,
                        Call.encode(passed.key().mac(Call.signedParts(passed.mac(), 401, challenge, body)))),
                SENTENCE,
                body);
    }

    private Answer refuse(Passed passed, RefusedException ex, Exchange exchange) {
        String sender = passed.call().from();
        refusals.add(ex, senders.contains(sender) ? sender : null, exchange.remote());
        return signed(passed, ex.reason().status(), SENTENCE, ex.text().getBytes(StandardCharsets.UTF_8));
    }

    private Answer signed(Passed passed, int status, String contentType, byte[] body) {
        if (secret == null) {
            return new Answer(status, Map.of(), contentType, body);
        }
        byte[] mac = passed.key().mac(Call.signedParts(passed.mac(), status, "", body));
        return new Answer(status, Map.of(Call.MAC_HEADER, Call.encode(mac)), contentType, body);
    }

    /** A caller came no further than the handshake. Only what its certificate lacks is worth a word: the rest are strangers. */
    void noHandshake(SSLException failure, String remote) {
        String why = FailedCall.refusedCertificate(failure);
        if (why != null) {
            refusals.add(new RefusedException(Refused.CERTIFICATE, why), null, remote);
        }
    }

    private Answer unsigned(RefusedException ex, Exchange exchange) {
        refusals.add(ex, null, exchange.remote());
        return new Answer(ex.reason().status(), Map.of(), SENTENCE, ex.text().getBytes(StandardCharsets.UTF_8));
    }

    /** Keeps what somebody else wrote from forging lines in a log, and from commanding the terminal that shows it. */
    static String printable(String text) {
        return printable(text, 200);
    }

    static String printable(String text, int longest) {
        String shortened = text.length() > longest ? text.substring(0, longest) + "..." : text;
        return shortened.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]", "?");
    }
}
