package io.election.core;

import io.election.HandoverResult;
import io.election.HandoverResult.Outcome;
import io.election.core.Transition.HandoverEnd;
import org.jspecify.annotations.Nullable;

/** Tells the callers in this process how their handovers ended. */
final class Callers {

    private final Configuration configuration;
    private final KnownLeader leader;
    private final Ballot ballot;
    private final Outbox outbox;

    /** A handover that this member waits for no longer, but whose caller does: somebody may yet be elected by its pass. */
    private @Nullable Succession unreported;

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

    /**
     * Somebody leads in a later term than the one that was handed over.
     *
     * @param inTerm the term of the successor, which this member need not be in
     */
    void handedOver(Succession ended, String newLeader, long inTerm) {
        unreported = null;
        if (ended.hasCaller()) {
            outbox.add(new Effect.HandoverEnded(
                    ended.call(), new HandoverResult(Outcome.HANDED_OVER, newLeader, inTerm, newLeader + " leads")));
        }
    }

    /** Lets the caller of a handover wait on: slow disks may need longer for the election that the pass began. */
    void waitOn(Succession ended) {
        ended.waitForTheCaller();
        unreported = ended;
    }

    /** The handover whose caller waits on, or {@code null}. */
    @Nullable Succession unreported() {
        return unreported;
    }

    /** Tells the caller who waits on, if there is one, that nobody was elected. */
    void reportFailed(boolean leads) {
        Succession ended = unreported;
        unreported = null;
        if (ended != null) {
            handoverEnded(ended.failed(), leads);
        }
    }
}
