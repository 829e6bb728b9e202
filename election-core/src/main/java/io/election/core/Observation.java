package io.election.core;

import io.election.Role;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A fact for people: logs, counters, the history. Nothing depends on it. */
public sealed interface Observation {

    /**
     * The role or the term is another one.
     *
     * @param from the role before
     * @param to the role now
     * @param term the term now
     * @param reason one clause that says why
     */
    record RoleChanged(Role from, Role to, long term, String reason) implements Observation {}

    /**
     * A round of an election ended.
     *
     * @param outcome how
     * @param phase the phase that it ended in
     * @param term the term that was stood for
     * @param votes who granted, oneself included
     * @param needed how many were needed
     * @param refusals who refused, and why
     * @param detail one clause, such as what makes this member not electable
     */
    record RoundEnded(
            ElectionOutcome outcome,
            Phase phase,
            long term,
            Set<String> votes,
            int needed,
            Map<String, Refusal> refusals,
            String detail)
            implements Observation {
        public RoundEnded {
            votes = Set.copyOf(votes);
            refusals = Map.copyOf(refusals);
        }
    }

    /**
     * This member was asked for a vote, and decided.
     *
     * @param phase pre-vote or vote
     * @param candidate who asked
     * @param term the term asked for
     * @param refusal why not, or {@code null} if it was granted
     */
    record VoteDecided(
            Phase phase,
            String candidate,
            long term,
            @Nullable Refusal refusal) implements Observation {}

    /**
     * The cluster exists from now on.
     *
     * @param membership its first membership
     */
    record Founded(Membership membership) implements Observation {}

    /**
     * A member whose durable memory is new was let in again.
     *
     * @param member who
     * @param incarnation its new memory
     */
    record LetIn(String member, String incarnation) implements Observation {}

    /**
     * A request was refused that a sound peer does not send.
     *
     * @param from the peer
     * @param request the kind of request
     * @param refusal why
     */
    record RequestRefused(String from, String request, Refusal refusal) implements Observation {}

    /**
     * A peer's member list is another one.
     *
     * @param member the peer
     */
    record ListDiffers(String member) implements Observation {}

    /**
     * Two leaders were seen in one term, which must never happen.
     *
     * @param term the term
     * @param one a leader
     * @param other another
     */
    record TwoLeaders(long term, String one, String other) implements Observation {}

    /**
     * The term rose by more than elections explain: a member lies, or its memory is damaged.
     *
     * @param from the term before
     * @param to the term now
     * @param reason one clause that says at whose word
     */
    record TermLeapt(long from, long to, String reason) implements Observation {}

    /**
     * The journal failed; this member takes no more part until it is restarted.
     *
     * @param detail what went wrong
     */
    record StorageFailed(String detail) implements Observation {}

    /**
     * A transfer reached its next phase.
     *
     * @param successor who is to lead
     * @param what one clause
     */
    record TransferProgress(String successor, String what) implements Observation {}

    /**
     * A heartbeat was acknowledged.
     *
     * @param member by whom
     * @param roundTrip how long it took
     */
    record HeartbeatAcknowledged(String member, Duration roundTrip) implements Observation {}
}
