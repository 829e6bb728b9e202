package io.election.core;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A leader's heartbeats, and what their acknowledgements provide: the lease, and a quorum's confirmation that this
 * member still leads (thesis, section 6.4).
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
    private final AppliedLog applied;
    private final Peers peers;
    private final long heartbeatNanos;
    private long nextHeartbeatNanos;
    private long lastHeartbeatNanos;
    private @Nullable Lease lease;
    private @Nullable ClockReading leaseBase;

    /** Who waits for the next round of heartbeats. Bounded by the number of waiting callers. */
    private final List<Asker> waiting = new ArrayList<>();

    /** The rounds that somebody waits for, the oldest first. */
    private final Deque<Round> rounds = new ArrayDeque<>();

    /** The first request of the latest round. */
    private long latestRound;

    /** Whoever asks whether this member still leads. */
    interface Asker {

        /**
         * The answer.
         *
         * @param committed what was committed when a quorum was asked, if it confirmed; -1 if this member does not lead any more
         */
        void told(long committed);
    }

    /** A round of heartbeats, from this request on, and what was committed when it was sent. */
    private record Round(long firstRequest, long committed, List<Asker> askers) {}

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
        this.nextHeartbeatNanos = time.nanos() + heartbeatNanos;
        this.lastHeartbeatNanos = time.nanos();
        this.applied = state.applied();
        this.latestRound = messenger.nextRequestId();
    }

    // ------------------------------------------------------------------------------------------------ heartbeats

    void heartbeatIfDue() {
        if (time.isDue(nextHeartbeatNanos)) {
            lastHeartbeatNanos = time.nanos();
            latestRound = messenger.nextRequestId();
            if (!waiting.isEmpty()) {
                rounds.add(new Round(latestRound, log.commitIndex(), List.copyOf(waiting)));
                waiting.clear();
            }
            for (Peer peer : peers.all()) {
                peer.replicator().heartbeatSent();
                heartbeat(peer);
            }
            nextHeartbeatNanos = StepTime.later(nextHeartbeatNanos + heartbeatNanos, time.nanos() + heartbeatNanos / 2);
        }
        outbox.wake(nextHeartbeatNanos);
    }

    /**
     * Sends a heartbeat to every member that has no message under way. Beside the entry that opens the term, one would
     * only compete with that entry for a connection, and for the receiver's disk.
     */
    void heartbeatOthers() {
        peers.all().stream().filter(peer -> !peer.replicator().isUnderWay()).forEach(this::heartbeat);
    }

    /** The next round of heartbeats is due now. */
    void heartbeatSoon() {
        nextHeartbeatNanos = time.nanos();
    }

    /** Sends a heartbeat to one member, beside the rounds. */
    void heartbeat(Peer peer) {
        messenger.send(new Request.Heartbeat(
                messenger.headerTo(peer.id()),
                ballot.term(),
                settings.electionTimeout(),
                log.commitIndex(),
                positions.watermark(),
                applied.news(true)));
    }

    // ------------------------------------------------------------------------------------------------ the lease

    /** The lease, or {@code null} before there is one and after it was given up. */
    @Nullable Lease lease() {
        return lease;
    }

    boolean holds() {
        Lease held = lease;
        return held != null && held.holds(time.reading());
    }

    /**
     * By how much the wall clock has advanced further than the monotonic clock since the messages of the lease were
     * sent. Half a lease is more than rounding and drift explain, and less than what ends a lease that is renewed.
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

    /** Takes the lease of a sole voter, which needs no acknowledgement. */
    void needNobody() {
        lease = Lease.UNLIMITED;
    }

    boolean isUnlimited() {
        return lease != null && lease.end() == null;
    }

    /** Gives the lease of a sole voter an end. Up to now no other member could have been elected. */
    Lease bound() {
        leaseBase = time.reading();
        Lease bounded = Lease.from(leaseBase, settings.leaseDuration().toNanos());
        lease = bounded;
        return bounded;
    }

    /** Sets the wake-up to the end of the lease. */
    void wakeAtItsEnd() {
        Lease held = lease;
        if (held != null && held.end() != null) {
            outbox.wake(held.end().monotonicNanos());
        }
    }

    /** Gives up the lease. It is never resumed in this term (safety rule 9). */
    void giveUp() {
        lease = null;
    }

    void extendTo(Lease longer) {
        lease = longer;
    }

    /**
     * The longer lease that the acknowledgements provide, or {@code null} if they provide none. It runs from the send
     * times of the messages of this term that a quorum acknowledged. The quorum-th latest of them counts, with this
     * member's own counted as now (thesis, section 6.4.1; safety rule 8).
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
     * Asks a quorum to confirm that this member still leads, by acknowledging what is sent from now on (thesis, section
     * 6.4). It is asked at once, unless a round of heartbeats is under way. Then it is asked in the next one, which begins as soon as this one has
     * been acknowledged by a quorum, or a tenth of the interval after this one began.
     */
    void confirm(Asker asker) {
        if (configuration.quorum() == 1) {
            asker.told(log.commitIndex());
            return;
        }
        waiting.add(asker);
        bringForward();
    }

    private void bringForward() {
        boolean underWay = peers.haveAcknowledgedSince(latestRound) < configuration.quorum() - 1;
        long soonest = underWay ? StepTime.later(lastHeartbeatNanos + heartbeatNanos / 10, time.nanos()) : time.nanos();
        if (nextHeartbeatNanos - soonest > 0) {
            nextHeartbeatNanos = soonest;
        }
    }

    void answerConfirmations() {
        int others = configuration.quorum() - 1;
        while (!rounds.isEmpty() && peers.haveAcknowledgedSince(rounds.peek().firstRequest()) >= others) {
            Round confirmed = rounds.remove();
            confirmed.askers().forEach(asker -> asker.told(confirmed.committed()));
        }
        if (!waiting.isEmpty()) {
            bringForward();
        }
    }

    void refuseConfirmations() {
        while (!rounds.isEmpty()) {
            rounds.remove().askers().forEach(asker -> asker.told(-1));
        }
        waiting.forEach(asker -> asker.told(-1));
        waiting.clear();
    }
}
