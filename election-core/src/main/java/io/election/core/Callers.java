package io.election.core;

import io.election.HandoverResult;
import io.election.HandoverResult.Outcome;
import io.election.core.Transition.TransferEnd;
import org.jspecify.annotations.Nullable;

/** Tells the callers in this process how their transfers ended. */
final class Callers {

    private final Configuration configuration;
    private final KnownLeader leader;
    private final Ballot ballot;
    private final Outbox outbox;

    /** A transfer that only its caller still waits for: somebody may yet be elected by its proof. */
    private @Nullable Succession unreported;

    Callers(Configuration configuration, KnownLeader leader, Ballot ballot, Outbox outbox) {
        this.configuration = configuration;
        this.leader = leader;
        this.ballot = ballot;
        this.outbox = outbox;
    }

    /**
     * Tells how a transfer ended, if anybody waits for it.
     *
     * @param leads whether this member leads: one that has just given its leadership up does not name itself
     */
    void transferEnded(TransferEnd end, boolean leads) {
        if (end.call() != 0) {
            String known = configuration.isSelf(leader.id()) && !leads ? null : leader.id();
            outbox.add(new Effect.TransferEnded(
                    end.call(), new HandoverResult(end.outcome(), known, ballot.term(), end.detail())));
        }
    }

    /**
     * Somebody leads in a later term than the one that was handed over.
     *
     * @param inTerm the term of the successor, which this member need not be in
     */
    void transferred(Succession ended, String newLeader, long inTerm) {
        unreported = null;
        if (ended.hasCaller()) {
            outbox.add(new Effect.TransferEnded(
                    ended.call(), new HandoverResult(Outcome.HANDED_OVER, newLeader, inTerm, newLeader + " leads")));
        }
    }

    /** Lets the caller of a transfer wait on: slow disks may need longer for the election that TimeoutNow began. */
    void waitOn(Succession ended) {
        ended.waitForTheCaller();
        unreported = ended;
    }

    /** The transfer whose caller waits on, or {@code null}. */
    @Nullable Succession unreported() {
        return unreported;
    }

    /** Tells the caller who waits on, if there is one, that nobody was elected. */
    void reportFailed(boolean leads) {
        Succession ended = unreported;
        unreported = null;
        if (ended != null) {
            transferEnded(ended.failed(), leads);
        }
    }
}
