package io.election.core;

import org.jspecify.annotations.Nullable;

/**
 * A closing member that leaves the cluster for good: it asks the leader to remove it, again and again, until it knows that entry
 * to be committed or its time is over. It votes and acknowledges until then, because the others may need it for that very entry.
 */
final class Departure {

    private final StepTime time;
    private final Outbox outbox;
    private final Configuration configuration;
    private final Messenger messenger;
    private final KnownLeader leader;
    private final long intervalNanos;
    private final long patienceNanos;
    private final long timeoutNanos;
    private @Nullable Long endsNanos;
    private long nextAskNanos;
    private @Nullable Long leaderlessSinceNanos;

    Departure(MemberState state) {
        this.time = state.time();
        this.outbox = state.outbox();
        this.configuration = state.configuration();
        this.messenger = state.messenger();
        this.leader = state.leader();
        this.intervalNanos = state.settings().heartbeatInterval().toNanos();
        this.timeoutNanos = state.settings().electionTimeout().toNanos();
        this.patienceNanos = state.settings().handoverTimeout().toNanos();
    }

    /** This member leaves, unless nobody would be left. */
    void begin() {
        if (endsNanos == null && configuration.enrolled(configuration.self()) != null && !configuration.isSoleVoter()) {
            endsNanos = time.nanos() + patienceNanos;
            nextAskNanos = time.nanos();
        }
    }

    /**
     * Asks the leader if that is due.
     *
     * @param handsOver whether this member leads, or waits for its successor
     * @return whether this member still waits for its removal
     */
    boolean goesOn(boolean handsOver) {
        Long ends = endsNanos;
        if (ends == null) {
            return false;
        }
        boolean over =
                time.isDue(ends) || configuration.isRemoved() || outbox.storageFailed() || isLeaderless(handsOver);
        if (over) {
            endsNanos = null;
            return false;
        }
        String known = leader.id();
        if (!handsOver && known != null && !configuration.isSelf(known)) {
            if (time.isDue(nextAskNanos)) {
                nextAskNanos = time.nanos() + intervalNanos;
                messenger.send(new Request.Leave(messenger.headerTo(known)));
            }
            outbox.wake(nextAskNanos);
        }
        outbox.wake(ends);
        return true;
    }

    /** With nobody to ask for longer than an election takes, this member goes without: it is removed once it is missed. */
    private boolean isLeaderless(boolean handsOver) {
        if (handsOver || leader.isKnown()) {
            leaderlessSinceNanos = null;
            return false;
        }
        if (leaderlessSinceNanos == null) {
            leaderlessSinceNanos = time.nanos();
        }
        outbox.wake(leaderlessSinceNanos + 2 * timeoutNanos);
        return time.isDue(leaderlessSinceNanos + 2 * timeoutNanos);
    }
}
