package io.election.test;

import io.election.core.Effect;
import io.election.core.Entry;
import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.Membership;
import io.election.core.MemoryView;
import io.election.core.Payload;
import io.election.core.ProposalCheck;
import io.election.core.ProposalOutcome;
import io.election.core.ReplicationSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The log of a member whose leader a test names, where it feeds a state machine. An entry is committed and acknowledged at once, whoever
 * leads. Nothing is kept beyond a stop. Without a state machine it does nothing.
 */
final class ScriptedLog {

    private final @Nullable ReplicationSettings replication;
    private final ProposalCheck check;
    private final Membership membership;
    private final Consumer<Effect> effects;
    private LogPosition last = LogPosition.NONE;
    private long applied;
    private @Nullable String failure;

    /**
     * Begins empty.
     *
     * @param replication how it feeds a state machine, or {@code null} if it feeds none
     * @param check judges what is proposed
     * @param membership the members, whom the first entry names
     * @param effects takes what the member is to do
     */
    ScriptedLog(
            @Nullable ReplicationSettings replication,
            ProposalCheck check,
            Membership membership,
            Consumer<Effect> effects) {
        this.replication = replication;
        this.check = check;
        this.membership = membership;
        this.effects = effects;
    }

    /** A leader opens its term: from here on earlier tokens are refused. */
    void open(long term, String leader) {
        if (replication != null) {
            commit(List.of(append(term, new Payload.TermOpening(leader, null, last.index() == 0 ? membership : null))));
        }
    }

    private Entry append(long term, Payload payload) {
        Entry entry = new Entry(last.index() + 1, term, payload);
        last = entry.position();
        return entry;
    }

    private void commit(List<Entry> entries) {
        effects.accept(new Effect.Apply(entries));
        effects.accept(new Effect.Acknowledged(last.index()));
    }

    /** This member's application writes. */
    void propose(Input.ProposeAll proposal, long term, @Nullable String leader) {
        effects.accept(new Effect.ProposalEnded(proposal.call(), proposed(proposal.entries(), term, leader)));
    }

    private ProposalOutcome proposed(List<Payload.Application> payloads, long term, @Nullable String leader) {
        ReplicationSettings settings = replication;
        if (settings == null || leader == null) {
            return refused(ProposalOutcome.Reason.NO_LEADER, "the test lets nobody lead");
        }
        LogPosition first = new LogPosition(term, last.index() + 1);
        List<Entry> appended = new ArrayList<>();
        ProposalOutcome outcome = null;
        for (Payload.Application payload : payloads) {
            ProposalCheck.Refused refused = settings.reads().contains(payload.type())
                    ? check.check(payload, 0)
                    : new ProposalCheck.Refused(
                            ProposalOutcome.Reason.NOT_READ,
                            "the state machine does not read entries of type '" + payload.type() + "'");
            if (refused != null) {
                outcome = appended.isEmpty()
                        ? refused(refused.reason(), refused.detail())
                        : new ProposalOutcome(
                                ProposalOutcome.Kind.APPENDED,
                                appended.size(),
                                first,
                                refused.reason(),
                                refused.detail());
                break;
            }
            appended.add(append(term, payload));
        }
        if (!appended.isEmpty()) {
            commit(appended);
        }
        return outcome != null
                ? outcome
                : new ProposalOutcome(ProposalOutcome.Kind.APPENDED, appended.size(), first, null, "");
    }

    private static ProposalOutcome refused(ProposalOutcome.Reason reason, String detail) {
        return new ProposalOutcome(ProposalOutcome.Kind.REFUSED, 0, LogPosition.NONE, reason, detail);
    }

    /** This member's application reads what is committed, as far as anybody leads. */
    void read(Input.ReadIndex read, @Nullable String leader) {
        effects.accept(new Effect.ReadIndexAnswered(read.call(), leader == null ? 0 : last.index()));
    }

    void applied(long index) {
        applied = index;
    }

    /** The state machine threw. */
    void failed(String detail) {
        failure = detail;
    }

    /** Up to where the log is committed. */
    LogPosition last() {
        return last;
    }

    boolean feeds() {
        return replication != null;
    }

    @Nullable MemoryView view() {
        return replication == null
                ? null
                : new MemoryView(applied, last.index(), failure, LogPosition.NONE, null, 0, null, Map.of());
    }
}
