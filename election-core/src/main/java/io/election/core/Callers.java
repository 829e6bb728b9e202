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

    /** A transfer for which only its caller still waits: a member may still be elected with its transfer proof. */
    private @Nullable Succession unreported;

    Callers(Configuration configuration, KnownLeader leader, Ballot ballot, Outbox outbox) {
        this.configuration = configuration;
        this.leader = leader;
        this.ballot = ballot;
        this.outbox = outbox;
    }

    /**
     * Tells the caller how a transfer ended, if there is a caller.
     *
     * @param leads whether this member leads: a member that has just given up its leadership does not name itself as
     *     the leader
     */
    void transferEnded(TransferEnd end, boolean leads) {
        if (end.call() != 0) {
            String known = configuration.isSelf(leader.id()) && !leads ? null : leader.id();
            outbox.add(new Effect.TransferEnded(
                    end.call(), new HandoverResult(end.outcome(), known, ballot.term(), end.detail())));
        }
    }

    /**
     * A member leads in a later term than the one that was handed over.
     *
     * @param inTerm the term of the new leader; this member need not be in it
     */
    void transferred(Succession ended, String newLeader, long inTerm) {
        unreported = null;
        if (ended.hasCaller()) {
            outbox.add(new Effect.TransferEnded(
                    ended.call(), new HandoverResult(Outcome.HANDED_OVER, newLeader, inTerm, newLeader + " leads")));
        }
    }

    /**
     * Lets the caller of a transfer wait longer: with slow disks, the election that TimeoutNow began may take longer.
     */
    void waitOn(Succession ended) {
        ended.waitForTheCaller();
        unreported = ended;
    }

    /** The transfer whose caller still waits, or {@code null}. */
    @Nullable Succession unreported() {
        return unreported;
    }

    /** Tells the caller that still waits, if there is one, that no successor was elected. */
    void reportFailed(boolean leads) {
        Succession ended = unreported;
        unreported = null;
        if (ended != null) {
            transferEnded(ended.failed(), leads);
        }
    }
}
