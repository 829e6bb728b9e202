package io.election.core.simulator;

import io.election.core.DurableState;
import io.election.core.HardState;
import io.election.core.Phase;
import io.election.core.Request;
import io.election.core.Response;
import java.util.Objects;

/** Safety rule 1: what leaves a member is on its disk, as the disk itself says at that instant. */
final class Rule01DurableFirst {

    /** A candidate asks while its own vote is being written, but does not win before that is done. */
    void leads(MemberRecord w, Request.FromLeader request) {
        HardState onDisk = onDisk(w);
        if (!isVote(onDisk, request.term(), w.member.id())) {
            throw new Violation(
                    "a candidate's own vote is durable before it leads",
                    w + " has " + onDisk + ", but sends " + Trace.describe(request));
        }
    }

    void answers(MemberRecord w, Response response) {
        HardState onDisk = onDisk(w);
        if (onDisk.term() < response.term()) {
            throw new Violation(
                    "a term is durable before it is told",
                    w + " has " + onDisk + ", but sends " + Trace.describe(response));
        }
        if (response.refusal() != null) {
            return;
        }
        if (response instanceof Response.Vote vote
                && vote.phase() == Phase.VOTE
                && !isVote(onDisk, vote.askedTerm(), vote.header().to())) {
            throw new Violation(
                    "a vote is durable before it is given",
                    w + " has " + onDisk + ", but sends " + Trace.describe(response));
        }
        if (response instanceof Response.Append append) {
            DurableState state = w.member.disk().state();
            long last = state.snapshot().last().index() + state.entries().size();
            if (onDisk.term() == append.term() && last < append.index()) {
                throw new Violation(
                        "entries are durable before they are acknowledged",
                        w + " holds " + last + ", but sends " + Trace.describe(response));
            }
        }
    }

    /** Whether a vote is on disk, or a later term, in which the vote of this one does not matter any more. */
    private static boolean isVote(HardState onDisk, long term, String candidate) {
        return onDisk.term() > term || (onDisk.term() == term && candidate.equals(onDisk.votedFor()));
    }

    /** A member begins to stand, in a step. */
    void begins(MemberRecord w, Request.Vote vote) {
        HardState onDisk = onDisk(w);
        if (onDisk.term() != w.hardStateBefore.term()
                || !Objects.equals(onDisk.votedFor(), w.hardStateBefore.votedFor())) {
            throw new Violation(
                    "a member does not stand while its vote is being written",
                    w + " has " + onDisk + " and is to have " + w.hardStateBefore + ", but sends "
                            + Trace.describe(vote));
        }
    }

    private static HardState onDisk(MemberRecord w) {
        return w.member.disk().state().hardState();
    }
}
