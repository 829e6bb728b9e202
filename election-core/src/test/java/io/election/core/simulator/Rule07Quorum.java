package io.election.core.simulator;

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
            if (Enrolment.votes(named)) {
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
                && (Enrolment.countsAtOnce(named) || vote.settled());
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
            throw new Violation("the members change once the opening is committed", w + " writes " + entry);
        }
        List<Entry> log = w.log.entries();
        for (int i = log.size() - 1; i >= 0 && log.get(i).index() > w.commitIndex; i--) {
            if (log.get(i).payload().membership() != null) {
                throw new Violation(
                        "one change of members is under way at a time",
                        w + " writes " + entry + " after " + log.get(i));
            }
        }
    }

    /** Whether a member's acknowledgement counts for a committed entry: the entry that let it in is committed without it. */
    boolean counts(EnrolledMember named) {
        return Enrolment.countsAtOnce(named) || !committed.isKnown() || named.namedAt() <= committed.size();
    }
}
