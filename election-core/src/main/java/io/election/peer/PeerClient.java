package io.election.peer;

import io.election.core.Request;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

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
    private static final Duration LEAST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LEAST_STAY = Duration.ofSeconds(2);

    private final PeerSettings settings;
    private final MessageCodec codec;
    private final String process;
    private final PeerEndpoint endpoint;
    /** The processes that answered at each member's url. */
    private final Lives answerers;

    private final Wire wire;
    private final PeerUrls addresses;
    /** Those that are called: the members, and for a while others that are sent to. */
    private final Map<String, RemotePeer> peers = new ConcurrentHashMap<>();

    private volatile Set<String> members = Set.of();
    private final UrlCheck urlCheck;
    /** How long a url is called that does not answer, where there are others. */
    private final Duration again;
    /** How long a peer is kept that is no member and is not sent to any more. */
    private final Duration stays;

    PeerClient(
            PeerSettings settings,
            TlsInUse tls,
            MessageCodec codec,
            String process,
            PeerEndpoint endpoint,
            PeerThreads names,
            boolean readable,
            AddressLookup lookup,
            Protocols protocols,
            PeerUrls addresses,
            ClusterName cluster) {
        this.settings = settings;
        this.addresses = addresses;
        this.codec = codec;
        this.process = process;
        this.endpoint = endpoint;
        again = PeerSettings.longer(settings.electionTimeout(), LEAST_PAUSE);
        stays = PeerSettings.longer(settings.electionTimeout().multipliedBy(4), LEAST_STAY);
        answerers = new Lives(settings.electionTimeout(), System::nanoTime);
        wire = new Wire(settings, tls, names, readable, lookup, protocols, cluster);
        ThreadPoolExecutor identifying = new ThreadPoolExecutor(
                IDENTIFYING,
                IDENTIFYING,
                1,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(IDENTIFYING),
                names.named("peer-identify"));
        identifying.allowCoreThreadTimeOut(true);
        urlCheck = new UrlCheck(settings, codec, process, wire, identifying);
    }

    /**
     * These are the members from now on. Those that are new and have a url are called. One that is gone is called for as long as
     * there is something to tell it: {@link #lookAfter} forgets it once that has ended.
     *
     * @param members the ids, with or without this member's own
     */
    synchronized void members(Set<String> members) {
        this.members = Set.copyOf(members);
        peers.forEach((id, peer) -> {
            if (!members.contains(id)) {
                peer.usedAsStranger();
            }
        });
        members.forEach(this::reach);
    }

    /** Where a member is reached may have changed: its connections end, each after the exchange under way, if it has. */
    synchronized void moved(String member) {
        RemotePeer peer = peers.get(member);
        List<URI> urls = addresses.urls(member);
        if (peer == null) {
            if (members.contains(member)) {
                reach(member);
            }
        } else if (urls.isEmpty()) {
            forget(peer);
        } else if (!peer.url().equals(urls.get(0))) {
            callAt(member, urls.get(0), 1);
        }
    }

    /** Calls say another name of the cluster from now on. */
    synchronized void renamed() {
        Set.copyOf(peers.values()).forEach(peer -> callAt(peer.id(), peer.url(), 1));
    }

    /** Calls to a peer fail: tries the next url, each once without delay, and then one in an election timeout. */
    private synchronized void lost(RemotePeer peer) {
        List<URI> urls = addresses.urls(peer.id());
        if (urls.size() < 2 || peers.get(peer.id()) != peer || wire.isClosed()) {
            return;
        }
        int tries = peer.tries() + 1;
        if (tries <= urls.size() || peer.ageNanos(System.nanoTime()) > again.toNanos()) {
            callAt(peer.id(), urls.get((urls.indexOf(peer.url()) + 1) % urls.size()), tries);
        }
    }

    private @Nullable RemotePeer reach(String id) {
        List<URI> urls = addresses.urls(id);
        RemotePeer known = peers.get(id);
        if (known != null || urls.isEmpty() || id.equals(settings.nodeId()) || wire.isClosed()) {
            return known;
        }
        return callAt(id, urls.get(0), 1);
    }

    private RemotePeer callAt(String id, URI url, int tries) {
        RemotePeer there = new RemotePeer(id, url, wire, tries, this::lost);
        RemotePeer before = peers.put(id, there);
        if (before != null) {
            before.retire();
        }
        return there;
    }

    private void forget(RemotePeer peer) {
        peers.remove(peer.id());
        // First, so that what is under way ends as not sent, and not as interrupted.
        peer.leave();
        wire.drop(peer);
        peer.close();
        answerers.forget(peer.id());
    }

    /** As {@link PeerTransport#send}. */
    void send(Request request, PeerCallback callback) {
        String to = request.header().to();
        RemotePeer peer = peers.get(to);
        if (!members.contains(to)) {
            peer = peer == null ? reachStranger(to) : peer;
            if (peer != null) {
                peer.usedAsStranger();
            }
        }
        if (peer == null) {
            callback.failed(unknown(to));
        } else if (!peer.mayKnow(MessageKind.of(request))) {
            callback.notSent(MessageSending.NO_PINGS);
        } else {
            new MessageSending(wire, codec, peer, request, callback).begin();
        }
    }

    /** Whoever said where it is may be called though it is no member yet. */
    private synchronized @Nullable RemotePeer reachStranger(String id) {
        return addresses.isContact(id) ? reach(id) : null;
    }

    private String unknown(String member) {
        if (members.contains(member)) {
            return "'" + member + "' has not said where it is reached, and election.members gives no url for it here";
        }
        return settings.urls().containsKey(member)
                ? "'" + member + "' is no member of this cluster now"
                : "'" + member + "' is no other member on this member's list";
    }

    /** As {@link PeerTransport#ask}. */
    void ask(String member, PresenceCallback callback) {
        RemotePeer peer = members.contains(member) ? peers.get(member) : null;
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
        peers.values().forEach(peer -> {
            if (!members.contains(peer.id()) && peer.unusedNanos(nowNanos) > stays.toNanos()) {
                forgetStranger(peer);
            }
        });
        urlCheck.lookAfter(nowNanos);
    }

    private synchronized void forgetStranger(RemotePeer peer) {
        if (!members.contains(peer.id()) && peers.get(peer.id()) == peer) {
            forget(peer);
        }
    }

    /** Fails what is under way, and ends the threads. */
    synchronized void close() {
        wire.beginClose();
        peers.values().forEach(RemotePeer::close);
        urlCheck.close();
        wire.finishClose();
    }
}
