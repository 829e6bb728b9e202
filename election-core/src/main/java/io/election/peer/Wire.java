package io.election.peer;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;

/**
 * What all requests of one start of the client share: how they are signed, and the requests that are under way. Whoever reads from
 * a connection ends in time by itself. What else may block (a name that does not resolve, a peer that takes nothing) is ended
 * by {@link #lookAfter}, a look at all requests once in a while, so that no request needs a timer of its own.
 */
final class Wire {

    private final PeerSettings settings;
    private final TlsInUse tls;
    private final Protocols protocols;
    private final PeerThreads names;
    /** Whether messages are sent as JSON. */
    private final boolean readable;

    private final AddressLookup lookup;
    private final ClusterName cluster;

    private final SignedHttp http;
    /** Makes every signature of this client a new one. */
    private final String life = Call.encode(Call.random(16));

    private final Set<Sending> outstanding = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    Wire(
            PeerSettings settings,
            TlsInUse tls,
            PeerThreads names,
            boolean readable,
            AddressLookup lookup,
            Protocols protocols,
            ClusterName cluster) {
        this.cluster = cluster;
        this.lookup = lookup;
        this.protocols = protocols;
        this.settings = settings;
        this.tls = tls;
        this.readable = readable;
        this.names = names;
        http = new SignedHttp(settings, tls);
    }

    /** Ends the requests whose time is up. */
    void lookAfter(long now) {
        for (Sending sending : outstanding) {
            sending.endIfOverdue(now);
        }
    }

    ThreadFactory threads(String purpose) {
        return names.named(purpose);
    }

    PeerSettings settings() {
        return settings;
    }

    ClusterName cluster() {
        return cluster;
    }

    TlsInUse tls() {
        return tls;
    }

    Protocols protocols() {
        return protocols;
    }

    boolean isReadable() {
        return readable;
    }

    SignedHttp http() {
        return http;
    }

    AddressLookup lookup() {
        return lookup;
    }

    String life() {
        return life;
    }

    void begins(Sending sending) {
        outstanding.add(sending);
    }

    void ends(Sending sending) {
        outstanding.remove(sending);
    }

    boolean isClosed() {
        return closed;
    }

    /** A peer is no member any more: ends what is under way to it. */
    void drop(RemotePeer gone) {
        outstanding.stream().filter(sending -> sending.peer == gone).forEach(Sending::close);
    }

    /** Fails what is under way; nothing begins any more. */
    void beginClose() {
        closed = true;
        outstanding.forEach(Sending::close);
    }

    void finishClose() {
        // One that began while this was closing.
        outstanding.forEach(Sending::close);
    }
}
