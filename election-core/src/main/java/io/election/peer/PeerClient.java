package io.election.peer;

import io.election.core.Request;
import java.net.URI;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Sends requests to peers.
 *
 * <p>Every peer has, in each lane, up to {@value #OUTSTANDING} threads, each with a connection of its own, that each wait for
 * one answer; they appear when needed and go when idle. So nothing queues: a request beyond them fails at once, a peer that
 * hangs holds up its own threads only, and a name that does not resolve those too. Only the newest heartbeat waits for a
 * thread.
 *
 * <p>Every request ends in time, whatever the connection does. A connection that the server closed just as it was used again
 * costs one more attempt, signed anew. Where there is no memory for a request it fails, and the next one starts afresh.
 */
final class PeerClient {

    /** Requests under way to one peer in one lane. */
    static final int OUTSTANDING = 4;

    private static final int IDENTIFYING = 2;

    private final PeerSettings settings;
    private final MessageCodec codec;
    private final String process;
    private final PeerEndpoint endpoint;
    /** The processes that answered at each member's url. */
    private final Lives answerers;

    private final Wire wire;
    private final Map<String, RemotePeer> peers = new ConcurrentHashMap<>();
    private volatile Set<String> members = Set.of();
    private final UrlCheck urlCheck;

    PeerClient(
            PeerSettings settings,
            TlsInUse tls,
            MessageCodec codec,
            String process,
            PeerEndpoint endpoint,
            PeerThreads names,
            boolean readable,
            AddressLookup lookup,
            Protocols protocols) {
        this.settings = settings;
        this.codec = codec;
        this.process = process;
        this.endpoint = endpoint;
        answerers = new Lives(settings.electionTimeout(), System::nanoTime);
        wire = new Wire(settings, tls, names, readable, lookup, protocols);
        ThreadPoolExecutor identifying = new ThreadPoolExecutor(
                IDENTIFYING,
                IDENTIFYING,
                1,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(IDENTIFYING),
                names.named("peer-identify"));
        identifying.allowCoreThreadTimeOut(true);
        urlCheck = new UrlCheck(settings, codec, process, wire, identifying);
        members(settings.urls().keySet());
    }

    /**
     * These are the members from now on. Those that are new and have a url are called; what is under way to one that is gone ends.
     *
     * @param members the ids, with or without this member's own
     */
    synchronized void members(Set<String> members) {
        this.members = Set.copyOf(members);
        peers.forEach((id, peer) -> {
            if (!members.contains(id)) {
                peers.remove(id);
                // First, so that what is under way ends as not sent, and not as interrupted.
                peer.leave();
                wire.drop(peer);
                peer.close();
                answerers.forget(id);
            }
        });
        for (String id : members) {
            URI url = settings.urls().get(id);
            if (url != null && !id.equals(settings.nodeId()) && !wire.isClosed()) {
                peers.computeIfAbsent(id, added -> new RemotePeer(added, url, wire));
            }
        }
    }

    /** As {@link PeerTransport#send}. */
    void send(Request request, PeerCallback callback) {
        String to = request.header().to();
        RemotePeer peer = peers.get(to);
        if (peer == null) {
            callback.failed(unknown(to));
        } else if (!peer.mayKnow(MessageKind.of(request))) {
            callback.notSent(MessageSending.NO_PINGS);
        } else {
            new MessageSending(wire, codec, peer, request, callback).begin();
        }
    }

    private String unknown(String member) {
        if (members.contains(member)) {
            return "election.members gives no url for '" + member + "' here; add it on this member, and restart it";
        }
        return settings.urls().containsKey(member)
                ? "'" + member + "' is no member of this cluster now"
                : "'" + member + "' is no other member on this member's list";
    }

    /** As {@link PeerTransport#ask}. */
    void ask(String member, PresenceCallback callback) {
        RemotePeer peer = peers.get(member);
        if (peer == null && members.contains(member)) {
            callback.absent(unknown(member));
        } else if (peer == null) {
            callback.notAsked();
        } else {
            new PresenceSending(wire, codec, peer, process, endpoint, answerers, callback).begin();
        }
    }

    /** As {@link HttpPeerTransport#identify}. */
    CompletableFuture<PeerIdentity> identify(URI url) {
        return urlCheck.identify(url);
    }

    /** Ends what is out of time. */
    void lookAfter(long nowNanos) {
        wire.lookAfter(nowNanos);
        urlCheck.lookAfter(nowNanos);
    }

    /** Fails what is under way, and ends the threads. */
    synchronized void close() {
        wire.beginClose();
        peers.values().forEach(RemotePeer::close);
        urlCheck.close();
        wire.finishClose();
    }
}
