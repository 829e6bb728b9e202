package io.election.core.simulator;

import io.election.Role;
import io.election.core.DurableRecord;
import io.election.core.Effect;
import io.election.core.EnrolledMember;
import io.election.core.Input;
import io.election.core.ListedMember;
import io.election.core.Membership;
import io.election.core.Phase;
import io.election.core.Quorum;
import io.election.core.Request;
import io.election.core.Response;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Safety rule 4: a pre-vote and a refusal change nothing on the voter, and only a pre-vote that a quorum granted, or a transfer proof, lets a
 * member stand in a term.
 */
final class Rule04APreVoteChangesNothing {

    /** A question whether a member would be elected in a term. */
    private record PreVote(String candidate, String incarnation, long term) {}

    /** Who granted each, as the grants left. */
    private final Map<PreVote, Set<String>> granted = new HashMap<>();

    void judged(MemberRecord w, Request.Vote vote, Response response, List<Effect> effects) {
        if (response.refusal() == null && vote.phase() == Phase.VOTE) {
            return;
        }
        for (Effect effect : effects) {
            if (effect instanceof Effect.Persist persist) {
                for (DurableRecord change : persist.records()) {
                    if (change instanceof DurableRecord.HardStateChanged c
                            && c.state().term() == vote.term()
                            && !w.member.id().equals(c.state().votedFor())) {
                        throw new Violation(
                                "a pre-vote and a refusal change nothing",
                                w + " writes " + c.state() + " on " + Trace.describe(vote));
                    }
                }
            }
        }
    }

    /**
     * A step with a ping or its answer: what the member keeps changes only by its own candidacy, for which the time has come in
     * the same step.
     */
    void pings(MemberRecord w, Input input) {
        boolean ping = (input instanceof Input.RequestReceived received && received.request() instanceof Request.Ping)
                || (input instanceof Input.ResponseReceived answer && answer.response() instanceof Response.Ping)
                || (input instanceof Input.RequestReceived announced && announced.request() instanceof Request.Announce)
                || (input instanceof Input.ResponseReceived heard && heard.response() instanceof Response.Announce)
                || input instanceof Input.PingDue;
        boolean stands = w.role == Role.CANDIDATE && w.roleBefore != Role.CANDIDATE;
        if (ping && !stands && !w.hardState.equals(w.hardStateBefore)) {
            throw new Violation(
                    "a ping changes nothing",
                    w + " had " + w.hardStateBefore + ", and has " + w.hardState + " after " + Trace.describe(input));
        }
    }

    /** A granted pre-vote has left the voter. */
    void grants(MemberRecord w, Response.Vote response) {
        PreVote preVote = new PreVote(
                response.header().to(), String.valueOf(response.header().toIncarnation()), response.askedTerm());
        granted.computeIfAbsent(preVote, p -> new HashSet<>()).add(w.member.id());
    }

    /** A member stands without a transfer proof: a quorum has said that it would vote for it, at the founding everybody. */
    void stands(MemberRecord w, Request.Vote vote) {
        Set<String> by =
                granted.getOrDefault(new PreVote(w.member.id(), w.member.disk().incarnation(), vote.term()), Set.of());
        Membership membership = w.membership();
        int voters = 0;
        int would = 1;
        if (membership == null) {
            for (ListedMember listed : w.member.settings().listed()) {
                voters += listed.kind().votes() ? 1 : 0;
                would += listed.kind().votes() && by.contains(listed.id()) ? 1 : 0;
            }
        } else {
            for (EnrolledMember named : membership.members()) {
                voters += Enrolment.votes(named) ? 1 : 0;
                would += Enrolment.votes(named) && by.contains(named.id()) ? 1 : 0;
            }
        }
        int needed = membership == null ? voters : Quorum.of(voters);
        if (would < needed) {
            throw new Violation(
                    "only a won pre-vote or a transfer proof raises a term",
                    w + " stands in term " + vote.term() + ", but of " + voters + " voters only " + by
                            + " granted its pre-vote");
        }
    }

    void foundedAnew() {
        granted.clear();
    }
}
