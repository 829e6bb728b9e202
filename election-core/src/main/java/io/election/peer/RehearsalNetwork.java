package io.election.peer;

import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.SignedHttp.Received;
import java.io.IOException;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Carries the messages of members that are all in this process, and of one thread, through everything that a message passes
 * except the network: codec, HTTP, signatures, and the guard against replays. All of these are its own, as is the secret. It logs
 * nothing as long as nothing is refused.
 *
 * <p>It is for rehearsals. Not thread-safe.
 */
public final class RehearsalNetwork {

    private static final String PATH = "/election";
    private static final int CHALLENGES = 2;

    private final String cluster;
    private final Duration electionTimeout;
    private final PeerAuthentication authentication =
            new PeerAuthentication.SharedSecret(Call.encode(Call.random(32)), List.of());
    private final Map<String, URI> urls = new HashMap<>();
    private final MessageCodec codec = new MessageCodec();
    private final Map<String, Station> stations = new HashMap<>();
    private final ArrayDeque<Letter> letters = new ArrayDeque<>();

    /** A request that waits to be carried. */
    private record Letter(Request request, PeerCallback callback) {}

    /**
     * Creates the network.
     *
     * @param cluster the name of a cluster that no other member is in
     * @param members the ids of all members
     * @param electionTimeout T
     */
    public RehearsalNetwork(String cluster, Set<String> members, Duration electionTimeout) {
        this.cluster = cluster;
        this.electionTimeout = electionTimeout;
        // Nobody resolves these names or connects to them.
        members.forEach(id -> urls.put(id, URI.create("http://" + id + ".invalid:1")));
        members.forEach(id -> stations.put(id, new Station(id)));
    }

    /**
     * The transport of a member.
     *
     * @param member its id
     * @return one object for the life of this network; it takes requests at once, and {@link #carry} delivers them
     */
    public PeerTransport transport(String member) {
        Station station = stations.get(member);
        if (station == null) {
            throw new IllegalArgumentException("'" + member + "' is none of " + stations.keySet());
        }
        return station;
    }

    /**
     * Carries the oldest request to its receiver, whose handler has to reply before it returns, and brings the answer back.
     *
     * @return whether there was one
     */
    public boolean carry() {
        Letter letter = letters.poll();
        if (letter == null) {
            return false;
        }
        Station sender = stations.get(letter.request().header().from());
        Station receiver = stations.get(letter.request().header().to());
        if (sender == null || receiver == null || sender.cutOff || receiver.cutOff) {
            letter.callback().failed("it is cut off");
            return true;
        }
        try {
            letter.callback().answered(sender.ask(receiver, letter.request()));
        } catch (IOException | BadMessageException ex) {
            letter.callback().failed(String.valueOf(ex.getMessage()));
        }
        return true;
    }

    /**
     * Cuts a member off, or lets it take part again.
     *
     * @param member its id
     * @param cut whether every request from and to it fails
     */
    public void cutOff(String member, boolean cut) {
        Station station = stations.get(member);
        if (station != null) {
            station.cutOff = cut;
        }
    }

    /** A member's place in the network. */
    private final class Station implements PeerTransport {

        private final PeerEndpoint endpoint;
        private final SignedHttp http;
        private final String id;
        private final String life = Call.encode(Call.random(16));
        private final Map<String, RehearsalConnection> connections = new HashMap<>();
        private final Map<String, String> challenges = new HashMap<>();
        private long sequence;
        private boolean cutOff;

        Station(String id) {
            this.id = id;
            PeerSettings settings =
                    new PeerSettings(cluster, id, urls, PATH, electionTimeout, authentication, null, null);
            endpoint = new PeerEndpoint(settings, codec, life);
            http = new SignedHttp(settings, new TlsInUse(null));
        }

        @Override
        public void start(PeerHandler handler) {
            endpoint.open(handler);
        }

        @Override
        public void members(Set<String> members) {
            endpoint.members(members);
        }

        @Override
        public void send(Request request, PeerCallback callback) {
            letters.add(new Letter(request, callback));
        }

        @Override
        public void close() {
            endpoint.close();
        }

        Response ask(Station receiver, Request request) throws IOException, BadMessageException {
            MessageKind kind = MessageKind.of(request);
            URI uri = http.below(URI.create(String.valueOf(urls.get(receiver.id))), kind.path());
            byte[] start = SignedHttp.start("POST", uri, CompactCodec.MEDIA_TYPE, false);
            byte[] body = CompactCodec.write(request);
            byte[] digest = http.digest(body);
            for (int attempt = 0; attempt <= CHALLENGES; attempt++) {
                Received received = http.exchange(
                        connection(receiver).client(),
                        start,
                        kind.path(),
                        new CallText(
                                Call.prefix(cluster, id, receiver.id, life),
                                challenges.getOrDefault(receiver.id, ""),
                                ++sequence),
                        body,
                        digest,
                        Long.MAX_VALUE);
                if (received.isGood()) {
                    return CompactCodec.readResponse(
                            kind, received.body(), new CompactCodec.Envelope(cluster, receiver.id, id));
                }
                if (received.status() != 401) {
                    throw new IOException(received.describe());
                }
                challenges.put(receiver.id, received.challenge());
            }
            throw new IOException("it keeps asking for a new session");
        }

        private RehearsalConnection connection(Station receiver) throws IOException {
            RehearsalConnection open = connections.get(receiver.id);
            if (open == null) {
                open = new RehearsalConnection(server -> receiver.answer(server));
                connections.put(receiver.id, open);
            }
            return open;
        }

        private void answer(HttpConnection server) throws IOException {
            HttpHead head = server.readHead();
            String line = head.firstLine();
            String path = line.substring(line.indexOf(PATH) + PATH.length() + 1, line.lastIndexOf(' '));
            Taken request = new Taken(server, head);
            PeerEndpoint.Answer answer = endpoint.answer(path, request);
            if (!request.isRead) {
                // A real server would close the connection.
                request.body(PeerEndpoint.LARGEST_BODY);
            }
            answer.write(server.next(), true);
            server.send();
        }
    }

    /** A request as it came in. */
    private static final class Taken implements OwnExchange {

        private final HttpConnection connection;
        private final HttpHead head;
        private boolean isRead;

        Taken(HttpConnection connection, HttpHead head) {
            this.connection = connection;
            this.head = head;
        }

        @Override
        public HttpHead head() {
            return head;
        }

        @Override
        public byte[] body(int limit) throws IOException {
            isRead = true;
            return connection.readBody(head, true, limit);
        }

        @Override
        public void accepted(String sender) {}

        @Override
        public @Nullable X509Certificate certificate() {
            return null;
        }

        @Override
        public String remote() {
            return "a rehearsal";
        }
    }
}
