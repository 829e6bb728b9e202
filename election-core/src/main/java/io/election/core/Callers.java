package io.election.core;

import io.election.HandoverResult;
import io.election.core.Transition.HandoverEnd;

/** Tells the callers in this process how their handovers ended. */
final class Callers {

    private final Configuration configuration;
    private final KnownLeader leader;
    private final Ballot ballot;
    private final Outbox outbox;

    Callers(Configuration configuration, KnownLeader leader, Ballot ballot, Outbox outbox) {
        this.configuration = configuration;
        this.leader = leader;
        this.ballot = ballot;
        this.outbox = outbox;
    }

    /**
     * Tells how a handover ended, if anybody waits for it.
     *
     * @param leads whether this member leads: one that has just given its leadership up does not name itself
     */
    void handoverEnded(HandoverEnd end, boolean leads) {
        if (end.call() != 0) {
            String known = configuration.isSelf(leader.id()) && !leads ? null : leader.id();
            outbox.add(new Effect.HandoverEnded(
                    end.call(), new HandoverResult(end.outcome(), known, ballot.term(), end.detail())));
        }
    }
}
