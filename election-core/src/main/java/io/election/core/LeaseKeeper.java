package io.election.core;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A leader's heartbeats, and what their acknowledgements give: the lease, and the word of a quorum that it still leads
 * (thesis, section 6.4).
 */
final class LeaseKeeper {

    private final ElectionSettings settings;
    private final StepTime time;
    private final Outbox outbox;
    private final Ballot ballot;
    private final ElectionLog log;
    private final Configuration configuration;
    private final Positions positions;
    private final Messenger messenger;
    private final Peers peers;
    private final long heartbeatNanos;
    private long nextHeartbeatNanos;
    private long lastHeartbeatNanos;
    private @Nullable Lease lease;
    private @Nullable ClockReading leaseBase;

    /** Who asks for a quorum's word, in the order in which they asked; bounded by the callers that wait. */
    private final Deque<Confirmation> confirmations = new ArrayDeque<>();

    /** A caller that waits for the acknowledgement of heartbeats from this request on. */
    private record Confirmation(long call, long firstRequest) {}

    LeaseKeeper(MemberState state, Peers peers) {
        this.settings = state.settings();
        this.time = state.time();
        this.outbox = state.outbox();
        this.ballot = state.ballot();
        this.log = state.log();
        this.configuration = state.configuration();
        this.positions = state.positions();
        this.messenger = state.messenger();
        this.peers = peers;
        this.heartbeatNanos = settings.heartbeatInterval().toNanos();
        this.nextHeartbeatNanos = time.nanos();
        this.lastHeartbeatNanos = time.nanos();
    }

    // ------------------------------------------------------------------------------------------------ heartbeats

    void heartbeatIfDue() {
        if (time.isDue(nextHeartbeatNanos)) {
            lastHeartbeatNanos = time.nanos();
            for (Peer peer : peers.all()) {
                peer.replicator().heartbeatSent();
                heartbeat(peer);
            }
            nextHeartbeatNanos = StepTime.later(nextHeartbeatNanos + heartbeatNanos, time.nanos() + heartbeatNanos / 2);
        }
        outbox.wake(nextHeartbeatNanos);
    }

    private void heartbeat(Peer peer) {
        messenger.send(
                new Request.Heartbeat(
                        messenger.headerTo(peer.id()),
                        ballot.term(),
                        settings.electionTimeout(),
                        log.commitIndex(),
                        positions.watermark()),
                0);
    }

    // ------------------------------------------------------------------------------------------------ the lease

    /** The lease, or {@code null} before the first one and after it was given up. */
    @Nullable Lease lease() {
        return lease;
    }

    boolean holds() {
        Lease held = lease;
        return held != null && held.holds(time.reading());
    }

    /**
     * How much more time than the monotonic clock the wall clock says has passed since the lease's heartbeats were sent.
     * Half a lease is more than rounding and drift explain, and less than what it takes to end a lease that is renewed.
     */
    long wallAheadMillis() {
        Lease held = lease;
        ClockReading end = held == null ? null : held.end();
        if (end == null) {
            return 0;
        }
        ClockReading now = time.reading();
        return now.wallMillis()
                - end.wallMillis()
                - Duration.ofNanos(now.monotonicNanos() - end.monotonicNanos()).toMillis();
    }

    /** The lease of a sole voter, which needs nobody's acknowledgement. */
    void needNobody() {
        lease = Lease.UNLIMITED;
    }

    boolean isUnlimited() {
        return lease != null && lease.end() == null;
    }

    /** Gives the lease of a sole voter an end: up to now nobody else could have been elected. */
    Lease bound() {
        leaseBase = time.reading();
        Lease bounded = Lease.from(leaseBase, settings.leaseDuration().toNanos());
        lease = bounded;
        return bounded;
    }

    /** Comes again when the lease ends. */
    void wakeAtItsEnd() {
        Lease held = lease;
        if (held != null && held.end() != null) {
            outbox.wake(held.end().monotonicNanos());
        }
    }

    /** The lease is given up, and never taken up again in this term (safety rule 9). */
    void giveUp() {
        lease = null;
    }

    void extendTo(Lease longer) {
        lease = longer;
    }

    /**
     * The longer lease that the acknowledgements give, or {@code null} if they give none. It runs from the send times of the
     * heartbeats of this term that a quorum acknowledged, the quorum-th latest, oneself counting as now (thesis, section
     * 6.4.1; safety rule 8).
     */
    @Nullable Lease longer() {
        int others = configuration.quorum() - 1;
        List<ClockReading> acknowledged = peers.acknowledged();
        if (others == 0 || acknowledged.size() < others) {
            return null;
        }
        long now = time.nanos();
        acknowledged.sort(Comparator.comparingLong(reading -> now - reading.monotonicNanos()));
        ClockReading base = acknowledged.get(others - 1);
        ClockReading before = leaseBase;
        if (before != null && base.monotonicNanos() - before.monotonicNanos() <= 0) {
            return null;
        }
        leaseBase = base;
        return Lease.from(base, settings.leaseDuration().toNanos());
    }

    // ------------------------------------------------------------------------------------------------ confirmation

    /**
     * Asks for a quorum's word that this member still leads: acknowledgements of heartbeats sent from now on (thesis, section
     * 6.4). The next round is brought forward, but comes no sooner than a tenth of the interval after the one before.
     */
    void confirm(long call) {
        confirmations.add(new Confirmation(call, messenger.nextRequestId()));
        long soonest = StepTime.later(lastHeartbeatNanos + heartbeatNanos / 10, time.nanos());
        if (nextHeartbeatNanos - soonest > 0) {
            nextHeartbeatNanos = soonest;
        }
    }

    void answerConfirmations() {
        int others = configuration.quorum() - 1;
        while (!confirmations.isEmpty()) {
            long first = confirmations.peek().firstRequest();
            if (peers.haveAcknowledgedSince(first) < others) {
                return;
            }
            outbox.add(new Effect.ConfirmEnded(confirmations.remove().call(), true));
        }
    }

    void refuseConfirmations() {
        while (!confirmations.isEmpty()) {
            outbox.add(new Effect.ConfirmEnded(confirmations.remove().call(), false));
        }
    }
}
