package io.election.peer;

import java.net.URI;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A peer that requests are sent to: its urls, the threads that wait for its answers, and the session it has granted. */
final class RemotePeer {

    /** One challenge of a receiver, or none yet, and the numbers used under it. */
    static final class Session {

        private final String challenge;
        private final AtomicLong sequence = new AtomicLong();

        Session(String challenge) {
            this.challenge = challenge;
        }
    }

    private static final long PLAIN_NANOS = Duration.ofMinutes(1).toNanos();
    private static final Duration PRESENCE_PATIENCE = Duration.ofSeconds(5);
    private static final Duration FORGETS_IGNORANCE_AFTER = Duration.ofMinutes(5);

    private final String id;
    private final URI url;
    private final Wire wire;
    /** Told of calls that show that it may be elsewhere. */
    private final Consumer<RemotePeer> lost;

    private final long sinceNanos = System.nanoTime();
    /** How many urls have been tried since one was good, this one included. */
    private final int tries;
    /** Whether it has answered here since a call failed. */
    private volatile boolean proven;
    /** Whether it was proven here at any time. */
    private volatile boolean wasProven;

    /** When it was last sent to, as {@link System#nanoTime}: only while it is no member. */
    private volatile long usedAtNanos = sinceNanos;

    private final String lowestCallPrefix;
    private volatile String callPrefix;
    private final Map<MessageKind, Route> routes = new EnumMap<>(MessageKind.class);
    private final Route presence;
    private final Connecting connecting;
    private final PeerCallers callers;
    /** Until when this member is not asked for what it did not know, as {@link System#nanoTime}, or {@code null}. */
    private volatile @Nullable Long knowsNoPingUntil;

    private volatile Session session = new Session("");
    /** Whether anything ever answered there in HTTP, whatever it was. */
    private volatile boolean hasAnswered;

    private volatile boolean gone;
    /** Whether members have ports of their own, where a connection is the election's already. */
    private final boolean ownPorts;
    /** Until when its connections are left as they are, or 0. */
    private volatile long plainUntilNanos;

    /**
     * Begins without a connection.
     *
     * @param tries how many urls have been tried since one was good, this one included
     * @param lost told of calls that show that it may be elsewhere
     */
    RemotePeer(String id, URI url, Wire wire, int tries, Consumer<RemotePeer> lost) {
        this.id = id;
        this.url = url;
        this.tries = tries;
        this.lost = lost;
        PeerSettings settings = wire.settings();
        ownPorts = settings.authentication() instanceof PeerAuthentication.TlsIdentity;
        this.wire = wire;
        lowestCallPrefix = callPrefix(wire.protocols().lowest());
        callPrefix = lowestCallPrefix;
        for (MessageKind kind : MessageKind.values()) {
            routes.put(
                    kind,
                    Route.post(
                            wire.http().below(url, kind.path()),
                            kind.path(),
                            wire.isReadable() ? MessageCodec.MEDIA_TYPE : CompactCodec.MEDIA_TYPE,
                            kind.lane(),
                            settings.patience(kind)));
        }
        presence = Route.post(
                wire.http().below(url, PeerEndpoint.PRESENCE),
                PeerEndpoint.PRESENCE,
                MessageCodec.MEDIA_TYPE,
                MessageKind.Lane.DISK,
                PeerSettings.longer(settings.electionTimeout(), PRESENCE_PATIENCE));
        connecting = new Connecting(wire.lookup(), settings.electionTimeout().toNanos());
        callers = new PeerCallers(wire.threads("peer-" + id), connecting);
    }

    String id() {
        return id;
    }

    Route route(MessageKind kind) {
        return Objects.requireNonNull(routes.get(kind));
    }

    Route presence() {
        return presence;
    }

    PeerCallers callers() {
        return callers;
    }

    Session session() {
        return session;
    }

    private String callPrefix(int protocol) {
        PeerSettings settings = wire.settings();
        return Call.prefix(protocol, wire.cluster().now(), settings.nodeId(), id, wire.life());
    }

    /** It said what the newest version of the protocol is that it speaks. */
    void speaks(@Nullable Integer highest) {
        callPrefix = callPrefix(wire.protocols().common(highest));
    }

    /** The header of the next call in a session that is in the lowest version of the protocol. */
    CallText nextLowestCall(Session in) {
        return new CallText(lowestCallPrefix, in.challenge, in.sequence.incrementAndGet());
    }

    /** The header of the next call in a session. */
    CallText nextCall(Session in) {
        return new CallText(callPrefix, in.challenge, in.sequence.incrementAndGet());
    }

    /** Another request may have brought a challenge already; then that one is good. */
    synchronized void renew(Session refused, String challenge) {
        if (session == refused) {
            session = new Session(challenge);
            // Another process answers, which may be of another version.
            knowsNoPingUntil = null;
        }
    }

    Connecting connecting() {
        return connecting;
    }

    /** It has no path for pings: a member of an older version, which is not asked again before it restarts, or for a while. */
    void knowsNoPing() {
        knowsNoPingUntil = System.nanoTime() + FORGETS_IGNORANCE_AFTER.toNanos();
    }

    boolean mayKnow(MessageKind kind) {
        Long until = knowsNoPingUntil;
        return kind != MessageKind.PING || until == null || until - System.nanoTime() < 0;
    }

    boolean hasAnswered() {
        return hasAnswered;
    }

    void answered() {
        hasAnswered = true;
    }

    /**
     * Whether it may be asked to hand connections over: not for a while after a request that asked for it was not answered as
     * one that did not ask would have been. Something between the members may refuse what it does not know.
     */
    boolean handsOver() {
        long until = plainUntilNanos;
        return !ownPorts && (until == 0 || System.nanoTime() - until > 0);
    }

    /** A request that asked for it failed. */
    void doesNotHandOver() {
        plainUntilNanos = (System.nanoTime() + PLAIN_NANOS) | 1;
    }

    URI url() {
        return url;
    }

    int tries() {
        return wasProven ? 0 : tries;
    }

    /** For how long it has been called at this url. */
    long ageNanos(long nowNanos) {
        return nowNanos - sinceNanos;
    }

    /** It is sent to though it is no member. */
    void usedAsStranger() {
        usedAtNanos = System.nanoTime();
    }

    long unusedNanos(long nowNanos) {
        return nowNanos - usedAtNanos;
    }

    /** An answer came that only this member can have given. */
    void proven() {
        if (!proven) {
            proven = true;
            wasProven = true;
        }
    }

    /** A call failed. One failure among calls that are answered tells nothing of where it is. */
    void failed() {
        if (proven) {
            proven = false;
        } else {
            lost.accept(this);
        }
    }

    /** Whether nothing is to be sent to it any more. */
    boolean isGone() {
        return gone;
    }

    void leave() {
        gone = true;
    }

    /** It is called elsewhere from now on: its connections end, each after the exchange that is under way on it. */
    void retire() {
        leave();
        callers.retire();
    }

    /** Ends its threads and connections. */
    void close() {
        leave();
        connecting.close();
        callers.close();
    }
}
