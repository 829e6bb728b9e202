package io.election.core.simulator;

import io.election.core.HardState;
import io.election.core.Observation;

/**
 * Safety rule 2, as members write it down and count it: the vote on disk changes at most once in a term, and only votes that
 * were given are counted. That what left a member is its only vote is held by {@link OneVoteATerm}.
 */
final class Rule02OneVote {

    private final VirtualCluster cluster;
    private final OneVoteATerm votes;

    Rule02OneVote(VirtualCluster cluster, OneVoteATerm votes) {
        this.cluster = cluster;
        this.votes = votes;
    }

    void writes(MemberRecord w, HardState now) {
        HardState old = w.hardState;
        if (now.term() < old.term()) {
            throw new Violation("a term never falls", w + " from " + old + " to " + now);
        }
        if (now.term() == old.term()
                && old.votedFor() != null
                && !old.votedFor().equals(now.votedFor())) {
            throw new Violation("a vote changes at most once in a term", w + " from " + old + " to " + now);
        }
    }

    /** A candidate says who elected it. */
    void elected(MemberRecord w, Observation.RoundEnded won) {
        for (String id : won.votes()) {
            VirtualMember voter = cluster.memberOrNull(id);
            boolean gave = voter == null
                    || voter == w.member
                    || votes.in(won.term()).stream()
                            .anyMatch(vote ->
                                    vote.voter().equals(id) && vote.candidate().equals(w.member.id()));
            if (!gave) {
                throw new Violation("only votes that were given count", w + " has counted " + voter + " for " + won);
            }
        }
    }
}
