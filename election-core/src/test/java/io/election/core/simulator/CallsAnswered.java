package io.election.core.simulator;

import io.election.HandoverResult;
import io.election.HandoverResult.Outcome;
import io.election.Role;
import io.election.core.Effect;
import io.election.core.Entry;
import io.election.core.Input;
import io.election.core.MemberChange;
import io.election.core.Payload;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * End to end: each caller is answered once, and what it is told is so. An entry stands where the answer says, a successor leads
 * in the term that is named, and a leadership that was confirmed was the latest when the caller asked.
 */
final class CallsAnswered {

    /** What a caller waits for. */
    private static final class Call {
        /** The highest term that anybody had led in when it asked. */
        final long highestTerm;

        /** Which term was led when the member took the call, or 0. */
        long term;

        @Nullable Payload proposed;

        Call(long highestTerm) {
            this.highestTerm = highestTerm;
        }
    }

    private final Coverage coverage;
    private final LeasesApart leases;
    private final OneLeaderATerm leaders;
    private final CommittedEntriesKept committed;
    private final Map<Long, Call>[] open;
    private boolean believesAnybody;

    @SuppressWarnings({"unchecked", "rawtypes"}) // Java makes no array of a generic type.
    CallsAnswered(
            Coverage coverage,
            LeasesApart leases,
            OneLeaderATerm leaders,
            CommittedEntriesKept committed,
            int members) {
        this.coverage = coverage;
        this.committed = committed;
        this.leases = leases;
        this.leaders = leaders;
        this.open = new Map[members];
        for (int i = 0; i < members; i++) {
            open[i] = new HashMap<>();
        }
    }

    /** A member may lie that it leads. */
    void believeAnybody() {
        believesAnybody = true;
    }

    /** A caller asks. */
    void called(VirtualMember member, long call) {
        open[member.index()].put(call, new Call(leases.highestTerm()));
    }

    /** The process is gone, and its callers with it. */
    void stopped(VirtualMember member) {
        open[member.index()].clear();
    }

    int openAt(VirtualMember member) {
        return open[member.index()].size();
    }

    /** The member takes a call. */
    void takes(MemberRecord w, Input input) {
        if (input instanceof Input.Propose wish) {
            Call call = open[w.member.index()].get(wish.call());
            if (call != null) {
                call.proposed = wish.payload();
            }
        } else if (input instanceof Input.TransferLeadership wish) {
            tookIn(w, wish.call());
        } else if (input instanceof Input.StepDown wish) {
            tookIn(w, wish.call());
        }
    }

    private void tookIn(MemberRecord w, long number) {
        Call call = open[w.member.index()].get(number);
        if (call != null) {
            call.term = w.hardState.term();
        }
    }

    private Call answered(MemberRecord w, long call, Effect effect) {
        Call asked = open[w.member.index()].remove(call);
        if (asked == null) {
            throw new Violation("a call is answered once", w + ": " + effect);
        }
        return asked;
    }

    void answered(MemberRecord w, Effect.ProposalAnswered answered) {
        Call call = answered(w, answered.call(), answered);
        coverage.reached(answered.index() > 0 ? Coverage.Event.PROPOSAL_TAKEN : Coverage.Event.PROPOSAL_REFUSED);
        Entry last = w.log.entryAt(answered.index());
        // A sole voter commits, and may fold away, in the very step.
        if (answered.index() > w.log.snapshotIndex()
                && (last == null
                        || last.term() != w.hardState.term()
                        || !last.payload().equals(call.proposed))) {
            throw new Violation(
                    "a proposal stands where its answer says", w + ": " + answered + ", but there is " + last);
        }
    }

    void answered(MemberRecord w, Effect.TransferEnded ended) {
        HandoverResult result = ended.result();
        coverage.reached(result.outcome());
        Call call = answered(w, ended.call(), ended);
        String leader = result.leaderId();
        if (result.outcome() == Outcome.HANDED_OVER) {
            if (leader == null
                    || leader.equals(w.member.id())
                    || result.term() <= call.term
                    || (!believesAnybody && !leader.equals(leaders.leaderOf(result.term())))) {
                throw new Violation(
                        "who was handed over to leads in a later term",
                        w + ", asked in term " + call.term + ": " + result + ", which "
                                + leaders.leaderOf(result.term()) + " led");
            }
            // Whose disk failed follows nobody, and does not learn what is committed.
            if (committed.isKnown() && !w.diskFailed && !committed.isOpened(result.term())) {
                throw new Violation("who was handed over to leads once its opening is committed", w + ": " + result);
            }
            return;
        }
        if (result.term() > w.hardState.term()) {
            throw new Violation("a handover that failed names the member's term", w + ": " + result);
        }
        // One that leads again, in a later term, says so just before it tells that it does.
        boolean leads = w.leads || (w.role == Role.LEADER && w.endedTerm < w.hardState.term());
        if (w.member.id().equals(leader) && !leads) {
            throw new Violation("who leads no longer does not name itself", w + ": " + result);
        }
    }

    void answered(MemberRecord w, Effect.MemberChangeEnded ended) {
        answered(w, ended.call(), ended);
        MemberChange.Result result = ended.result();
        coverage.reached(result.outcome());
        // A member that asked the leader may not have the entry yet.
        long commitIndex = committed.isKnown() ? Math.max(w.commitIndex, committed.size()) : Long.MAX_VALUE;
        if (result.outcome() == MemberChange.Outcome.DONE && result.version() > commitIndex) {
            throw new Violation("a change that is done is committed", w + ": " + ended + " beyond " + commitIndex);
        }
    }

    void answered(MemberRecord w, Effect.ConfirmEnded ended) {
        Call call = answered(w, ended.call(), ended);
        if (ended.confirmed() && (!w.leads || w.leadsInTerm < call.highestTerm)) {
            throw new Violation(
                    "a confirmed leadership was the latest when the caller asked",
                    w + (w.leads ? " leads term " + w.leadsInTerm : " does not lead") + ", but when call "
                            + ended.call() + " asked, term " + call.highestTerm + " had been led in");
        }
    }
}
