package io.election.core.simulator;

import io.election.core.DurableState;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.Membership;
import io.election.core.Payload;
import io.election.core.Quorum;
import io.election.core.Request;
import java.util.ArrayList;
import java.util.List;

/**
 * Safety rule 7: who belongs to the cluster, and whose word counts. The votes that make a leader are counted here from what
 * left the voters' memories, and not from what the candidate says that it has counted.
 */
final class Rule07Quorum {

    private final OneVoteATerm votes;
    private final CommittedEntriesKept committed;

    Rule07Quorum(OneVoteATerm votes, CommittedEntriesKept committed) {
        this.votes = votes;
        this.committed = committed;
    }

    void started(MemberRecord w, DurableState recovered) {
        Membership membership = recovered.snapshot().membership();
        for (Entry entry : recovered.entries()) {
            membership = entry.payload().membership() == null
                    ? membership
                    : entry.payload().membership();
        }
        if (membership != null
                && !membership.listed().equals(w.member.settings().listed())) {
            throw new Violation("a list that differs from the founded one refuses the start", w + ": " + membership);
        }
    }

    /** A member has just become the leader of its term, by its own vote and the others' whose memories its log names. */
    void leads(MemberRecord w) {
        long term = w.hardState.term();
        Membership membership = w.membership();
        if (membership == null) {
            throw new Violation("a leader knows a membership", w + " leads term " + term);
        }
        boolean founds = w.membershipBefore == null;
        int voters = 0;
        List<String> by = new ArrayList<>();
        for (EnrolledMember named : membership.members()) {
            if (named.kind().votes()) {
                voters++;
                if (votes.in(term).stream().anyMatch(vote -> isOf(w, vote, named)) || w.isSole()) {
                    by.add(named.id());
                }
            }
        }
        int needed = founds ? voters : Quorum.of(voters);
        if (by.size() < needed) {
            throw new Violation(
                    "a leader has the votes of a quorum of the memories that its log names",
                    w + " leads term " + term + " by " + by + ", of " + voters + " voters in " + membership + ": "
                            + votes.in(term));
        }
    }

    private static boolean isOf(MemberRecord w, OneVoteATerm.Given vote, EnrolledMember named) {
        return vote.candidate().equals(w.member.id())
                && vote.voter().equals(named.id())
                && vote.incarnation().equals(named.incarnation())
                && (named.namedAt() == 1 || vote.settled());
    }

    void grants(MemberRecord w, Request.Vote vote) {
        if (!w.member.kind().votes()) {
            throw new Violation("observers grant nothing", w + " grants " + Trace.describe(vote));
        }
        listens(w, vote);
        if (vote.founding() != null
                && (w.log.last().index() > 0
                        || !vote.founding().equals(w.member.settings().listed()))) {
            throw new Violation(
                    "a cluster is founded by all whose lists are alike, and once",
                    w + " with its log up to " + w.log.last() + " grants " + Trace.describe(vote));
        }
    }

    /** A member accepts a leader's message, or grants. */
    void listens(MemberRecord w, Request request) {
        String id = request.header().clusterId();
        Membership membership = w.membershipBefore;
        if (id != null && membership != null && !id.equals(membership.clusterId())) {
            throw new Violation(
                    "members of another founding are strangers", w + " listens to " + Trace.describe(request));
        }
    }

    /** A leader writes an entry of its own. */
    void writes(MemberRecord w, Entry entry) {
        if (!(entry.payload() instanceof Payload.MembershipChange change)) {
            return;
        }
        if (w.log.termAt(w.commitIndex) != entry.term()) {
            throw new Violation("nobody is let in before the opening is committed", w + " writes " + entry);
        }
        List<Entry> log = w.log.entries();
        for (int i = log.size() - 1; i >= 0 && log.get(i).index() > w.commitIndex; i--) {
            if (log.get(i).payload().membership() != null) {
                throw new Violation(
                        "members are let in one at a time", w + " writes " + entry + " after " + log.get(i));
            }
        }
        Membership before = w.membership();
        if (before == null || !changesOneMemory(before, change.membership(), entry.index())) {
            throw new Violation(
                    "letting in changes one member's memory, and nothing else",
                    w + " writes " + entry + " after " + before);
        }
    }

    private static boolean changesOneMemory(Membership before, Membership after, long index) {
        int changed = 0;
        boolean same = before.clusterId().equals(after.clusterId())
                && before.generation() == after.generation()
                && before.listed().equals(after.listed());
        for (int i = 0; same && i < before.members().size(); i++) {
            EnrolledMember was = before.members().get(i);
            EnrolledMember is = after.members().get(i);
            if (!was.equals(is)) {
                changed++;
                same = is.namedAt() == index
                        && is.kind().votes()
                        && !is.incarnation().equals(was.incarnation());
            }
        }
        return same && changed == 1;
    }

    /** Whether a member's acknowledgement counts for a committed entry: the entry that let it in is committed without it. */
    boolean counts(EnrolledMember named) {
        return named.namedAt() == 1 || !committed.isKnown() || named.namedAt() <= committed.size();
    }
}
