package io.election.core;

import io.election.core.ProposalCheck.Refused;
import io.election.core.ProposalOutcome.Reason;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a leader is asked to append for its application and for those of other members, and how far that is acknowledged. Limits are judged
 * here, before anything is appended, and never where entries are applied: there members could differ.
 */
final class Proposals {

    /** The highest number of uncommitted entries. More are refused. */
    private static final int MOST_UNCOMMITTED = 1 << 14;

    private final ElectionLog log;
    private final Configuration configuration;
    private final AppliedLog applied;
    private final Peers peers;
    private final LeaderLog own;
    private final ProposalCheck check;
    private final @Nullable ReplicationSettings replication;

    /** The proposals of other members that are appended and not acknowledged, in the order of the log. */
    private final Deque<Held> held = new ArrayDeque<>();

    /** A proposal whose member is answered once an index is acknowledged. */
    private record Held(long upTo, ProposalOutcome outcome, Consumer<ProposalOutcome> answer) {}

    Proposals(MemberState state, Peers peers, LeaderLog own) {
        this.log = state.log();
        this.configuration = state.configuration();
        this.applied = state.applied();
        this.peers = peers;
        this.own = own;
        this.check = state.check();
        this.replication = state.log().feeds() ? state.settings().replication() : null;
    }

    /** Appends as many of these entries as may be, from the first on. */
    ProposalOutcome append(List<Payload.Application> entries) {
        ReplicationSettings limits = replication;
        if (limits == null) {
            return ProposalOutcome.refused(Reason.NO_MACHINE, "the leader has no state machine");
        }
        if (peers.dataVotersThere() < copies(limits)) {
            return ProposalOutcome.refused(
                    Reason.TOO_FEW_COPIES, "no other data member was heard from that could hold a copy");
        }
        LogPosition first = LogPosition.NONE;
        int appended = 0;
        for (Payload.Application entry : entries) {
            Refused refused = judge(limits, entry);
            if (refused != null) {
                return appended == 0
                        ? ProposalOutcome.refused(refused.reason(), refused.detail())
                        : ProposalOutcome.partly(first, appended, refused.reason(), refused.detail());
            }
            long index = own.append(entry);
            if (appended++ == 0) {
                first = log.positionAt(index);
            }
        }
        return ProposalOutcome.appended(first, appended);
    }

    private @Nullable Refused judge(ReplicationSettings limits, Payload.Application entry) {
        if (entry.weight() > Payload.LARGEST) {
            return new Refused(
                    Reason.TOO_LARGE,
                    "an entry must weigh at most " + Payload.LARGEST + " bytes, but one weighs " + entry.weight());
        }
        if (!limits.reads().contains(entry.type())) {
            return new Refused(Reason.NOT_READ, "the leader does not read entries of type '" + entry.type() + "'");
        }
        if (!log.holdsType(entry.type())) {
            String other = peers.notReading(entry.type());
            if (other != null) {
                return new Refused(
                        Reason.NOT_READ,
                        "'" + other + "' has not said that it reads entries of type '" + entry.type() + "'");
            }
        }
        if (log.last().index() - log.commitIndex() >= MOST_UNCOMMITTED
                || log.uncommittedWeight() >= Leader.MAX_UNCOMMITTED_WEIGHT
                || log.unappliedWeight() >= limits.mostUnappliedBytes()
                || !log.hasRoom()) {
            return new Refused(Reason.BUSY, "too much is not committed or not applied yet");
        }
        return check.check(entry, log.unappliedWeight());
    }

    /** On how many data voters an entry must be before its writer is told. */
    private int copies(ReplicationSettings limits) {
        return Math.min(limits.dataCopies(), configuration.dataVoters());
    }

    /** A proposal of another member, which is answered once what was appended is acknowledged. */
    void hold(ProposalOutcome outcome, Consumer<ProposalOutcome> answer) {
        if (outcome.accepted() == 0) {
            answer.accept(outcome);
        } else {
            held.add(new Held(outcome.first().index() + outcome.accepted() - 1, outcome, answer));
        }
    }

    /** More may be committed, or be on more disks: tells whose entries are acknowledged by that. */
    void acknowledge() {
        ReplicationSettings limits = replication;
        if (limits == null) {
            return;
        }
        long upTo = Math.min(log.commitIndex(), peers.onDataVoters(copies(limits), own.durableIndex()));
        applied.acknowledge(upTo);
        while (!held.isEmpty() && held.peek().upTo() <= upTo) {
            Held done = held.remove();
            done.answer().accept(done.outcome());
        }
    }

    /** The leadership is over: nobody knows what becomes of what is not acknowledged. */
    void onEnd() {
        while (!held.isEmpty()) {
            held.remove().answer().accept(ProposalOutcome.unknown("the leadership ended before it was acknowledged"));
        }
    }
}
