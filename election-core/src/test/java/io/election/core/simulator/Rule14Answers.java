package io.election.core.simulator;

import io.election.Role;
import io.election.core.Effect;
import io.election.core.HardState;
import io.election.core.Header;
import io.election.core.LogPosition;
import io.election.core.Membership;
import io.election.core.Refusal;
import io.election.core.RefusalReason;
import io.election.core.Request;
import io.election.core.Response;
import java.util.Objects;

/**
 * Safety rule 14, as far as the core answers for it: an answer belongs to its request, and all that it says of the member that
 * gives it is so. Who refuses gives the figures that the one who asks relies on.
 */
final class Rule14Answers {

    private final Rule03TheLogDecides positions;
    private final Rule05BoundMeansBound bonds;

    Rule14Answers(Rule03TheLogDecides positions, Rule05BoundMeansBound bonds) {
        this.positions = positions;
        this.bonds = bonds;
    }

    /** A member answers a request, in the step in which that came. */
    void answers(MemberRecord w, Request request, Effect.Reply reply) {
        Response response = reply.response();
        belongs(w, request, response);
        if (response instanceof Response.Ping
                || response instanceof Response.Announce
                || response instanceof Response.Change) {
            return;
        }
        // Whoever takes TimeoutNow stands in the same step, after its answer.
        long term = response.term();
        if (w.diskFailed ? term != 0 : term < w.hardStateBefore.term() || term > w.hardState.term()) {
            throw untrue(w, request, response, "is in term " + w.hardState.term());
        }
        if (response instanceof Response.Vote vote) {
            vote(w, (Request.Vote) request, vote);
        } else if (response instanceof Response.Heartbeat heartbeat) {
            if (!heartbeat.last().equals(w.log.last())) {
                throw untrue(w, request, response, "its log ends at " + w.log.last());
            }
        } else if (response instanceof Response.Append append) {
            entries(w, request, append);
        }
    }

    private static Violation untrue(MemberRecord w, Request request, Response response, String truth) {
        return new Violation(
                "what an answer says is so",
                w + " answers " + Trace.describe(request) + " with " + Trace.describe(response) + ": " + response
                        + ", but " + truth);
    }

    private static void belongs(MemberRecord w, Request request, Response response) {
        Header asked = request.header();
        Header header = response.header();
        Membership membership = w.membership();
        if (header.requestId() != asked.requestId()
                || !header.to().equals(asked.from())
                || !Objects.equals(header.toIncarnation(), asked.fromIncarnation())
                || !header.from().equals(w.member.id())
                || !header.fromIncarnation().equals(w.member.disk().incarnation())
                || !header.cluster().equals(w.member.settings().cluster())
                || (response instanceof Response.Vote vote
                        && (vote.phase() != ((Request.Vote) request).phase() || vote.askedTerm() != request.term()))) {
            throw new Violation("an answer belongs to its request", w + " answers " + request + " with " + response);
        }
        if (!Objects.equals(header.clusterId(), membership == null ? null : membership.clusterId())) {
            throw untrue(w, request, response, "its log has " + membership);
        }
        if (header.settled() != (w.isSettled() && !w.diskFailed)) {
            throw untrue(w, request, response, "its log, committed up to " + w.commitIndex + ", names " + membership);
        }
    }

    private void vote(MemberRecord w, Request.Vote request, Response.Vote response) {
        Refusal refusal = response.refusal();
        if (refusal == null) {
            return;
        }
        LogPosition position = refusal.position();
        boolean so = switch (refusal.reason()) {
            case BOUND -> isBound(w, request, refusal);
            case STALE_TERM -> request.term() < w.hardState.term();
            case ALREADY_VOTED ->
                isVoteOf(w.hardState, request, refusal) || isVoteOf(w.hardStateBefore, request, refusal);
            case LOG_BEHIND ->
                w.log.last().equals(position) && Rule03TheLogDecides.isBehind(request.last(), w.log.last());
            case APPLICATION_BEHIND ->
                position == null
                        || request.application() == null
                        || Rule03TheLogDecides.isBehind(request.application(), position);
            case WATERMARK_NOT_COVERED -> Objects.equals(position, positions.knownMark(w));
            case UNAVAILABLE -> w.diskFailed;
            default -> true;
        };
        if (!so) {
            throw untrue(
                    w,
                    request,
                    response,
                    "it has " + w.hardState + ", its log ends at " + w.log.last() + ", and it is bound by "
                            + bonds.bondOf(w));
        }
    }

    private static boolean isVoteOf(HardState hardState, Request.Vote request, Refusal refusal) {
        return hardState.term() == request.term() && Objects.equals(refusal.member(), hardState.votedFor());
    }

    /** Who is told for how long somebody is bound asks again then. */
    private boolean isBound(MemberRecord w, Request.Vote request, Refusal refusal) {
        long told = Objects.requireNonNull(refusal.boundFor(), "who is bound says for how long")
                .toNanos();
        // One that answers as the leader may hand over in the same step.
        boolean asLeader = (w.role == Role.LEADER || w.roleBefore == Role.LEADER)
                && told == w.member.settings().electionTimeout().toNanos()
                && w.member.id().equals(refusal.member());
        return asLeader || told == bonds.boundForNanos(w, request.header().from());
    }

    private static void entries(MemberRecord w, Request request, Response.Append response) {
        Refusal refusal = response.refusal();
        long index = response.index();
        if (refusal != null) {
            if (refusal.reason() == RefusalReason.LOG_MISMATCH
                    && index > w.log.last().index()) {
                throw untrue(w, request, response, "its log ends at " + w.log.last());
            }
            return;
        }
        long term = 0;
        if (request instanceof Request.Append append) {
            int place = (int) (index - append.previous().index() - 1);
            term = place == -1
                    ? append.previous().term()
                    : place < 0 || place >= append.entries().size()
                            ? 0
                            : append.entries().get(place).term();
        } else if (request instanceof Request.InstallSnapshot install) {
            term = index == install.snapshot().last().index()
                    ? install.snapshot().last().term()
                    : 0;
        }
        // Folded away, or not yet believed: a founding that this member cannot complete.
        boolean holds = index == 0 || index <= w.log.snapshotIndex() || w.log.termAt(index) == term;
        if (!holds || (index > 0 && term == 0)) {
            throw untrue(w, request, response, "its log ends at " + w.log.last());
        }
    }
}
