package io.election.peer;

import io.election.core.Request;
import io.election.peer.PeerAuthentication.SharedSecret;
import io.election.peer.RequestCheck.Passed;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Takes peers' requests, whichever server brings them. It blocks the server's thread until the handler has replied, for
 * at most the election timeout, or two seconds if that is longer for what may wait for a disk.
 *
 * <p>Who is not authenticated is refused by its headers: nothing of a body is read before they are found to be signed by a member, for
 * this member, and new. So its body occupies no place here, however slowly it comes. Whoever is authenticated is heard, be it a
 * member here or not: one that wants to join, that leads in the name of an entry that is not here yet, or that was removed and
 * does not know it. What it may do is for the election to judge.
 *
 * <p>Limits, for each member, and for all who are no members together: {@value #READING} bodies at a time that are being read, and
 * {@value #HELD} of heartbeats beside them, each of at most {@value #LARGEST_BODY} bytes and {@link #READ_WITHIN}; {@value #HELD} requests at a
 * time in each lane that are held for their reply. What is beyond is answered 503 at once.
 */
public final class PeerEndpoint {

    /** To whom everything is accounted that senders use that are no members here. No id is empty. */
    static final String STRANGERS = "";

    static final String WHO_AM_I = "whoami";
    static final String PRESENCE = "presence";
    /** What is answered where a path is not known, such as by a member of an older version. */
    static final int UNKNOWN_PATH = 404;

    /** The largest body of a request that is read, in bytes. */
    public static final int LARGEST_BODY = 1 << 20;
    /** Twice what a member's client has under way: it may have given up on as many. */
    static final int HELD = 2 * PeerClient.OUTSTANDING;
    /** Of all but heartbeats, which have {@link #HELD} places of their own. */
    static final int READING = 2 * HELD;
    /** How long a body may take; it is cut off with the first byte that comes later. */
    static final Duration READ_WITHIN = Duration.ofSeconds(5);

    private static final String SENTENCE = "text/plain;charset=UTF-8";
    private static final byte[] NOTHING = {};

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
         * @param sender the member that sent it; empty for all together that are no members here
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
     * @param mac its signature; empty if it has none
     * @param challenge what the next request is to carry; empty unless it says so
     * @param contentType the media type of the body, for the header {@code Content-Type}
     * @param body a message with status 200, in the encoding of the request; else one sentence
     */
    public record Answer(int status, byte[] mac, String challenge, String contentType, byte[] body) {

        /**
         * The headers besides those about the body.
         *
         * @return each name with its value
         */
        public Map<String, String> headers() {
            Map<String, String> headers = new LinkedHashMap<>();
            if (!challenge.isEmpty()) {
                headers.put(Call.CHALLENGE_HEADER, challenge);
            }
            if (mac.length > 0) {
                headers.put(Call.MAC_HEADER, Call.encode(mac));
            }
            return headers;
        }

        /** Puts all of it into a message of HTTP/1.1. */
        void write(HttpWriter message, boolean keepsConnection) {
            message.text("HTTP/1.1 ").number(status).text(status == 200 ? " OK\r\n" : " Refused\r\n");
            message.header("Content-Type", contentType);
            if (!challenge.isEmpty()) {
                message.header(Call.CHALLENGE_HEADER, challenge);
            }
            if (mac.length > 0) {
                message.text(Call.MAC_HEADER).text(": ").base64(mac).text("\r\n");
            }
            if (!keepsConnection) {
                message.header("Connection", "close");
            }
            message.body(body);
        }
    }

    private final PeerSettings settings;
    private final MessageCodec codec;
    private final String process;
    private final Protocols protocols;
    private final Senders senders;
    private final @Nullable SharedSecret secret;
    private final ReplayGuard replays;
    private final Lives callers;
    private final Map<String, Set<PeerTunnel>> tunnels = new HashMap<>();
    private final Refusals refusals;
    private final RequestCheck check;
    private final ClusterName cluster;
    private final RequestHolder holder;

    /**
     * Creates the endpoint, closed.
     *
     * @param process drawn by this process; answers who asks for it
     */
    PeerEndpoint(PeerSettings settings, MessageCodec codec, String process) {
        this(settings, codec, process, Protocols.OURS, new ClusterName(settings.cluster()));
    }

    /** With other versions of the protocol, and a name of the cluster that may become longer. */
    PeerEndpoint(PeerSettings settings, MessageCodec codec, String process, Protocols protocols, ClusterName cluster) {
        this.protocols = protocols;
        this.cluster = cluster;
        this.settings = settings;
        this.codec = codec;
        this.process = process;
        senders = new Senders(settings.nodeId(), settings.urls().keySet());
        refusals = new Refusals(settings.cluster(), settings.nodeId());
        secret = settings.authentication().secret();
        check = new RequestCheck(settings, protocols, senders, cluster);
        holder = new RequestHolder(settings, senders);
        replays = new ReplayGuard(settings.cluster(), senders.ids());
        callers = new Lives(settings.electionTimeout(), System::nanoTime);
    }

    /**
     * These are the members from now on, each with room of its own. Nothing is kept of a member that is gone.
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
        holder.open(peerHandler);
    }

    /** Answers everybody who waits, and everybody who comes until this is opened again, that this member takes no part. */
    void outOfService(String why) {
        holder.outOfService(why);
    }

    /** Answers everybody who waits, and everybody who comes, with 503. */
    void close() {
        holder.close();
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
            PeerHandler open = holder.handler();
            MessageKind kind = kind(path, exchange.method());
            return answer(open, kind, path, exchange);
        } catch (RefusedException ex) {
            return unsigned(ex, exchange);
        }
    }

    /**
     * Takes over the connection of a request that was accepted.
     *
     * @param sender as {@link Exchange#accepted} was called
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
        MessageKind found = MessageKind.at(path);
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
            throw RequestCheck.tooLarge();
        }
        Passed passed = check.authenticate(path, exchange);
        try {
            if (path.equals(WHO_AM_I)) {
                return signed(passed, 200, MessageCodec.MEDIA_TYPE, codec.write(self()));
            }
            check.checkAddress(passed.call());
            holder.checkInService();
            if (secret != null) {
                ReplayGuard.Verdict verdict = replays.admit(passed.call());
                if (verdict == ReplayGuard.Verdict.REPLAYED) {
                    throw new RefusedException(Refused.REPLAYED, "this request was received before");
                }
                if (verdict == ReplayGuard.Verdict.CHALLENGE) {
                    return challenge(passed);
                }
            }
            saw(passed.call());
            byte[] body = check.read(passed.call(), kind, exchange);
            exchange.accepted(senders.account(passed.call().from()));
            if (kind == null) {
                return signed(
                        passed,
                        200,
                        MessageCodec.MEDIA_TYPE,
                        codec.write(presence(open, passed.call().from(), codec.readQuestion(body))));
            }
            return isCompact(exchange) ? answerCompact(open, kind, passed, body) : answerJson(open, kind, passed, body);
        } catch (BadMessageException ex) {
            return refuse(passed, new RefusedException(Refused.BAD_MESSAGE, String.valueOf(ex.getMessage())), exchange);
        } catch (RefusedException ex) {
            return refuse(passed, ex, exchange);
        }
    }

    private void saw(Call call) {
        if (senders.contains(call.from())) {
            callers.saw(call.from(), call.life());
        } else {
            callers.sawStranger(call.from(), call.life());
        }
    }

    private static boolean isCompact(Exchange exchange) {
        String type = exchange.header("Content-Type");
        return type != null && type.startsWith(CompactCodec.MEDIA_TYPE);
    }

    private Answer answerCompact(PeerHandler open, MessageKind kind, Passed passed, byte[] body)
            throws BadMessageException, RefusedException {
        Call call = passed.call();
        Request request = CompactCodec.readRequest(
                kind, body, new CompactCodec.Envelope(settings.cluster(), call.from(), call.to()));
        return signed(passed, 200, CompactCodec.MEDIA_TYPE, CompactCodec.write(holder.hold(open, kind, request)));
    }

    /** For people, tests, and whoever knows nothing better. */
    private Answer answerJson(PeerHandler open, MessageKind kind, Passed passed, byte[] body)
            throws BadMessageException, RefusedException {
        Request request = codec.readRequest(kind, body);
        check.checkHeader(request.header(), passed.call());
        return signed(passed, 200, MessageCodec.MEDIA_TYPE, codec.write(holder.hold(open, kind, request)));
    }

    private MessageCodec.WhoAmI self() {
        return new MessageCodec.WhoAmI(cluster.now(), settings.nodeId(), process);
    }

    private MessageCodec.Presence presence(PeerHandler open, String asker, PresenceQuestion question)
            throws RefusedException {
        MemberState state = open.describe(asker, question);
        if (state == null) {
            throw new RefusedException(Refused.NOT_READY, "this member cannot describe itself yet");
        }
        return new MessageCodec.Presence(self(), callers.twice(asker), state, protocols.highest());
    }

    /** What to say when a member is asked whether it is there. */
    PresenceQuestion question(String member) {
        return holder.question(member);
    }

    /** Whether two processes that both run as a member have called lately. */
    boolean callsTwice(String member) {
        return callers.twice(member);
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

    private Answer challenge(Passed passed) {
        String challenge = replays.challenge(passed.call().from(), passed.call().life());
        byte[] body = "ask again with this challenge".getBytes(StandardCharsets.US_ASCII);
        byte[] mac = passed.key().mac(Call.signedParts(passed.mac(), 401, challenge, body));
        return new Answer(401, mac, challenge, SENTENCE, body);
    }

    private Answer refuse(Passed passed, RefusedException ex, Exchange exchange) {
        String sender = passed.call().from();
        refusals.add(ex, sender, senders.contains(sender), exchange.remote());
        return signed(passed, ex.reason().status(), SENTENCE, ex.text().getBytes(StandardCharsets.UTF_8));
    }

    private Answer signed(Passed passed, int status, String contentType, byte[] body) {
        if (secret == null) {
            return new Answer(status, NOTHING, "", contentType, body);
        }
        byte[] mac = passed.key().mac(Call.signedParts(passed.mac(), status, "", body));
        return new Answer(status, mac, "", contentType, body);
    }

    /** A caller came no further than the handshake. Only what its certificate lacks is worth a word: the rest are strangers. */
    void noHandshake(SSLException failure, String remote) {
        String why = FailedCall.refusedCertificate(failure);
        if (why != null) {
            refusals.add(new RefusedException(Refused.CERTIFICATE, why), null, false, remote);
        }
    }

    private Answer unsigned(RefusedException ex, Exchange exchange) {
        refusals.add(ex, null, false, exchange.remote());
        return new Answer(ex.reason().status(), NOTHING, "", SENTENCE, ex.text().getBytes(StandardCharsets.UTF_8));
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
