package io.election.peer;

import io.election.core.Request;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Members talk HTTP. Requests come in by a {@link #endpoint()} that the application's server asks, or by a port of its own.
 *
 * <p>Limits, for each other member and each lane ({@code MessageKind.Lane}): 8 requests under way at a time, but 4 of those that may wait for
 * a disk or for the members' consent; 8 of its requests held for their reply. A body has at most 1 MiB. A heartbeat or a request for a vote is
 * given up after the election timeout, a ping after three of them or 5 seconds if that is longer; everything else after 5
 * seconds, or the election timeout if that is longer.
 */
public final class HttpPeerTransport implements PeerTransport {

    /** All reasons that {@link #refused} counts, in lower case with dashes, such as {@code not-a-member}. */
    public static final List<String> REFUSALS = Refusals.reasons();

    private final PeerSettings settings;
    private final boolean readable;
    private final AddressLookup lookup;
    private final Protocols protocols;
    private final MessageCodec codec = new MessageCodec();
    private final String process = Call.encode(Call.random(16));
    private final PeerEndpoint endpoint;
    private final PeerThreads threads;
    private final TlsInUse tls;
    private volatile @Nullable PeerClient client;
    private volatile @Nullable PeerServer server;
    private final PeerUrls addresses;
    private final ClusterName cluster;
    private Set<String> members;

    /**
     * Creates the transport. Opens nothing yet.
     *
     * @param settings who talks to whom
     */
    public HttpPeerTransport(PeerSettings settings) {
        this(settings, false);
    }

    /** With {@code readable}, it asks in JSON, as a program or a person would that knows nothing else. */
    HttpPeerTransport(PeerSettings settings, boolean readable) {
        this(settings, readable, new FreshLookup(), Protocols.OURS);
    }

    /** With another lookup of the peers' addresses. */
    HttpPeerTransport(PeerSettings settings, boolean readable, AddressLookup lookup) {
        this(settings, readable, lookup, Protocols.OURS);
    }

    /** With other versions of the protocol, as a later version of this library will have. */
    HttpPeerTransport(PeerSettings settings, boolean readable, Protocols protocols) {
        this(settings, readable, new FreshLookup(), protocols);
    }

    private HttpPeerTransport(PeerSettings settings, boolean readable, AddressLookup lookup, Protocols protocols) {
        this.protocols = protocols;
        this.settings = settings;
        this.lookup = lookup;
        this.readable = readable;
        members = settings.urls().keySet();
        addresses = new PeerUrls(settings);
        cluster = new ClusterName(settings.cluster());
        tls = new TlsInUse(settings.tls());
        endpoint = new PeerEndpoint(settings, codec, process, protocols, cluster);
        threads = new PeerThreads(settings.cluster(), settings.nodeId());
    }

    /**
     * Begins to receive.
     *
     * @throws UncheckedIOException if a port of its own cannot be had
     * @throws IllegalStateException if it is running
     */
    @Override
    public synchronized void start(PeerHandler handler) {
        if (client != null) {
            throw new IllegalStateException("the transport is running");
        }
        PeerSettings.ServerSettings own = settings.server();
        if (own != null) {
            server = new PeerServer(settings, own, tls, endpoint, threads);
        }
        client = new PeerClient(
                settings, tls, codec, process, endpoint, threads, readable, lookup, protocols, addresses, cluster);
        apply(members);
        endpoint.open(handler);
    }

    @Override
    public synchronized void members(Set<String> members) {
        this.members = Set.copyOf(members);
        apply(this.members);
    }

    private void apply(Set<String> members) {
        Set<String> others = new HashSet<>(members);
        others.remove(settings.nodeId());
        endpoint.members(others);
        PeerClient running = client;
        if (running != null) {
            running.members(others);
        }
    }

    @Override
    public synchronized void contact(String member, List<String> urls) {
        addresses.contact(member, urls);
        PeerClient running = client;
        if (running != null) {
            running.moved(member);
        }
    }

    @Override
    public synchronized void foundUnder(String name) {
        PeerClient running = client;
        if (cluster.foundUnder(name) && running != null) {
            running.renamed();
        }
    }

    @Override
    public void send(Request request, PeerCallback callback) {
        PeerClient running = client;
        if (running == null) {
            callback.notSent("closed");
        } else {
            running.send(request, callback);
        }
    }

    @Override
    public void ask(String member, PresenceCallback callback) {
        PeerClient running = client;
        if (running == null) {
            callback.notAsked();
        } else {
            running.ask(member, callback);
        }
    }

    /**
     * {@inheritDoc}
     *
     * @return who; completed within 5 seconds, or the election timeout if that is longer, and never exceptionally
     */
    @Override
    public CompletableFuture<PeerIdentity> identify(URI url) {
        PeerClient running = client;
        return running == null
                ? CompletableFuture.completedFuture(new PeerIdentity.Nobody("closed"))
                : running.identify(url);
    }

    /**
     * Whether it has a port of its own, be it open or not.
     *
     * @return {@code false} where the application's server brings the peers' requests
     */
    public boolean hasOwnServer() {
        return settings.server() != null;
    }

    @Override
    public void outOfService(String why) {
        endpoint.outOfService(why);
    }

    @Override
    public void lookAfter() {
        long now = System.nanoTime();
        PeerClient running = client;
        if (running != null) {
            running.lookAfter(now);
        }
        PeerServer own = server;
        if (own != null) {
            own.lookAfter(now);
        }
    }

    /**
     * {@inheritDoc}
     *
     * @return the number for each reason; all reasons are there from the beginning
     */
    @Override
    public Map<String, Long> refused() {
        return endpoint.refused();
    }

    /**
     * Certificates were renewed, or others are trusted. Every connection that is opened from now on uses them. Connections that
     * are open are closed, each after the exchange that is under way on it, and opened anew for the next one. So no request is
     * lost. May be called at any time, also before the start.
     *
     * @param renewed what takes the place of the {@linkplain PeerSettings#tls() TLS settings} until now
     * @throws IllegalStateException if there was no TLS before, or for another purpose: that needs a restart
     */
    public void renew(PeerTls renewed) {
        tls.renew(renewed);
    }

    @Override
    public @Nullable Instant certificateExpires() {
        PeerTls now = tls.now();
        return now == null ? null : now.expires();
    }

    /**
     * The port of its own.
     *
     * @return the port, or -1 while there is none
     */
    public synchronized int port() {
        return server == null ? -1 : server.port();
    }

    @Override
    public synchronized void close() {
        endpoint.close();
        if (server != null) {
            server.close();
            server = null;
        }
        PeerClient running = client;
        client = null;
        if (running != null) {
            running.close();
        }
        members = settings.urls().keySet();
        addresses.clear();
    }

    /**
     * What takes the peers' requests, for a server that is not this transport's own. Before the start, and after the close, it
     * answers 503.
     *
     * @return one object for the life of this transport
     */
    public PeerEndpoint endpoint() {
        return endpoint;
    }

    /**
     * The path below which requests of peers come in.
     *
     * @return such as {@code /election}
     */
    public String path() {
        return settings.path();
    }
}
