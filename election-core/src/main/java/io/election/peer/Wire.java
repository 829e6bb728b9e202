package io.election.peer;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * What all requests of one start of the client share: how they are signed, and the requests that are under way. Whoever reads from
 * a connection ends in time by itself. What else may block (a name that does not resolve, a peer that takes nothing) is ended
 * by a look at all requests every half an election timeout, so that no request needs a timer of its own.
 */
final class Wire {

    private final PeerSettings settings;
    private final TlsInUse tls;
    private final Protocols protocols;
    private final PeerThreads names;
    /** Whether messages are sent as JSON. */
    private final boolean readable;

    private final SignedHttp http;
    /** Makes every signature of this client a new one. */
    private final String life = Call.encode(Call.random(16));

    private final ScheduledThreadPoolExecutor timer;
    private final Set<Sending> outstanding = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    Wire(PeerSettings settings, TlsInUse tls, PeerThreads names, boolean readable, Protocols protocols) {
        this.protocols = protocols;
        this.settings = settings;
        this.tls = tls;
        this.readable = readable;
        this.names = names;
        http = new SignedHttp(settings, tls);
        timer = new ScheduledThreadPoolExecutor(1, names.named("peer-timer"));
        timer.setRemoveOnCancelPolicy(true);
        long pulseNanos = settings.electionTimeout().toNanos() / 2;
        timer.scheduleWithFixedDelay(this::endOverdue, pulseNanos, pulseNanos, TimeUnit.NANOSECONDS);
    }

    private void endOverdue() {
        long now = System.nanoTime();
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

    String life() {
        return life;
    }

    Future<?> after(Duration time, Runnable action) {
        return timer.schedule(action, time.toNanos(), TimeUnit.NANOSECONDS);
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
        timer.shutdownNow();
        // One that began while this was closing.
        outstanding.forEach(Sending::close);
    }
}
