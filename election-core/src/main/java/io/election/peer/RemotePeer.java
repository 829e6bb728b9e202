package io.election.peer;

import java.net.URI;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicLong;

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

    private final String id;
    private final String callPrefix;
    private final Map<MessageKind, URI> uris = new EnumMap<>(MessageKind.class);
    private final URI presence;
    private final Map<MessageKind.Lane, ThreadPoolExecutor> lanes = new EnumMap<>(MessageKind.Lane.class);
    private volatile Session session = new Session("");
    /** Whether anything ever answered there in HTTP, whatever it was. */
    private volatile boolean hasAnswered;

    private volatile boolean gone;

    RemotePeer(String id, URI url, Wire wire) {
        this.id = id;
        PeerSettings settings = wire.settings();
        callPrefix = Call.prefix(settings.cluster(), settings.nodeId(), id, wire.life());
        for (MessageKind kind : MessageKind.values()) {
            uris.put(kind, wire.http().below(url, kind.path()));
        }
        presence = wire.http().below(url, PeerEndpoint.PRESENCE);
        lanes.put(MessageKind.Lane.HEARTBEAT, wire.threads(PeerClient.OUTSTANDING, "peer-heartbeat-" + id));
        lanes.put(MessageKind.Lane.DISK, wire.threads(PeerClient.OUTSTANDING, "peer-" + id));
    }

    String id() {
        return id;
    }

    URI uri(MessageKind kind) {
        return Objects.requireNonNull(uris.get(kind));
    }

    URI presence() {
        return presence;
    }

    Executor lane(MessageKind.Lane lane) {
        return Objects.requireNonNull(lanes.get(lane));
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
        }
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

    /** Ends its threads. */
    void close() {
        leave();
        lanes.values().forEach(ThreadPoolExecutor::shutdownNow);
    }
}
