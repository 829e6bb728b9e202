package io.election.peer;

import java.net.URI;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
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

    private static final Duration PRESENCE_PATIENCE = Duration.ofSeconds(5);
    private static final Duration FORGETS_IGNORANCE_AFTER = Duration.ofMinutes(5);

    private final String id;
    private final String callPrefix;
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

    RemotePeer(String id, URI url, Wire wire) {
        this.id = id;
        PeerSettings settings = wire.settings();
        callPrefix = Call.prefix(settings.cluster(), settings.nodeId(), id, wire.life());
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

    /** The header of the next call in a session. */
    String nextCall(Session in) {
        return Call.text(callPrefix, in.challenge, in.sequence.incrementAndGet());
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

    /** Whether nothing is to be sent to it any more. */
    boolean isGone() {
        return gone;
    }

    void leave() {
        gone = true;
    }

    /** Ends its threads and connections. */
    void close() {
        leave();
        connecting.close();
        callers.close();
    }
}
