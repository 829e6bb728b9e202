package io.election.core;

import io.election.Role;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A fact for people, shown in logs, counters and the history. The election does not depend on it. */
public sealed interface Observation {

    /**
     * The role or the term has changed.
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
     * @param outcome how it ended
     * @param phase the phase that it ended in
     * @param term the term of the candidacy
     * @param votes the members that granted, this member included
     * @param needed how many votes were needed
     * @param refusals the members that refused, and why
     * @param detail one clause of explanation, such as what keeps this member from being elected
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
     * This member decided on a request for its vote.
     *
     * @param phase pre-vote or vote
     * @param candidate the candidate
     * @param term the term of the request
     * @param refusal why the vote was refused, or {@code null} if it was granted
     */
    record VoteDecided(
            Phase phase,
            String candidate,
            long term,
            @Nullable Refusal refusal) implements Observation {}

    /**
     * The cluster was founded: this leader has committed the entry that founds it, in the term of that entry or in a
     * later one.
     *
     * @param membership its first membership
     */
    record Founded(Membership membership) implements Observation {}

    /**
     * A member with a new durable memory was let in.
     *
     * @param member the member
     * @param incarnation the incarnation of its new memory
     */
    record LetIn(String member, String incarnation) implements Observation {}

    /**
     * This leader has appended the entry that changes the membership.
     *
     * @param change the change
     * @param version the membership that it makes
     * @param because why this leader makes it by itself, as a clause, or {@code null} if an operator wished it
     */
    record MemberChangeBegan(
            MemberChange change, long version, @Nullable String because) implements Observation {}

    /**
     * This leader would change the membership by itself, and may not now. It tries again.
     *
     * @param change the change
     * @param because why it would, as a clause
     * @param detail why it may not, as a clause
     */
    record MemberChangeHeldUp(MemberChange change, String because, String detail) implements Observation {}

    /**
     * The entry that changes the membership is committed, as this leader knows.
     *
     * @param change the change
     * @param version the membership that it made
     * @param because why this leader made it by itself, as a clause, or {@code null} if an operator wished it
     */
    record MemberChangeCommitted(
            MemberChange change, long version, @Nullable String because) implements Observation {}

    /**
     * The leadership is paused, or is no longer, as this member finds it.
     *
     * @param pause the pause that is in force here, or {@code null} if none is
     * @param isInLog whether the log still holds a pause, which is then over by itself
     */
    record PauseChanged(@Nullable Pause pause, boolean isInLog) implements Observation {}

    /** This member belongs to the cluster no longer. */
    record Removed() implements Observation {}

    /**
     * A request was refused that a sound peer would not send.
     *
     * @param from the peer
     * @param request the kind of request
     * @param refusal why it was refused
     */
    record RequestRefused(String from, String request, Refusal refusal) implements Observation {}

    /**
     * A member's list differs.
     *
     * @param member the member, which may be this one
     */
    record ListDiffers(String member) implements Observation {}

    /**
     * The wall clocks of those who would found the cluster differ by more than is allowed, so it is not founded.
     *
     * @param member the member whose clock was compared last
     * @param difference by how much the clocks of two founders differ at least
     * @param allowed by how much they may differ ({@link FoundingSettings#clocksWithin()})
     */
    record ClocksDiffer(String member, Duration difference, Duration allowed) implements Observation {}

    /**
     * Another cluster of the same name has a leader and a higher generation. This member gives up its own cluster.
     *
     * @param clusterId the id of the other cluster
     * @param generation its generation
     * @param leader its leader
     * @param joins whether this member forgets its own cluster and joins the other one; otherwise it stays out of both
     */
    record Superseded(String clusterId, long generation, String leader, boolean joins) implements Observation {}

    /**
     * Nobody founds a cluster yet, because members that find each other by discovery do not agree, or a fence was not asked yet.
     *
     * @param why one clause that says why
     */
    record FoundingWaits(String why) implements Observation {}

    /**
     * Two leaders were seen in one term, which must never happen.
     *
     * @param term the term
     * @param one one leader
     * @param other the other leader
     */
    record TwoLeaders(long term, String one, String other) implements Observation {}

    /**
     * The term rose by more than elections can explain: a member lies, or its memory is damaged.
     *
     * @param from the term before
     * @param to the term now
     * @param reason one clause that says which member's message raised it
     */
    record TermLeapt(long from, long to, String reason) implements Observation {}

    /**
     * The journal failed. This member takes no further part until it is restarted.
     *
     * @param detail what went wrong
     */
    record StorageFailed(String detail) implements Observation {}

    /**
     * A transfer reached its next phase.
     *
     * @param successor the member that is to lead
     * @param what one clause of explanation
     */
    record TransferProgress(String successor, String what) implements Observation {}

    /**
     * The network became too slow for the timing of this member, or fast enough for it again.
     *
     * @param roundTrip how long a quorum takes to answer
     * @param longest the longest round trip with which a leadership lasts ({@link ElectionSettings#longestRoundTrip()})
     * @param timeoutNeeded the election timeout with which it would last, if lease and heartbeat interval keep their share of it
     * @param tooLong whether the round trip is too long now
     */
    record RoundTripJudged(Duration roundTrip, Duration longest, Duration timeoutNeeded, boolean tooLong)
            implements Observation {}

    /**
     * A heartbeat was acknowledged.
     *
     * @param member the member that acknowledged it
     * @param roundTrip how long it took
     */
    record HeartbeatAcknowledged(String member, Duration roundTrip) implements Observation {}

    /**
     * The state machine of this member failed, or differs from its leader's. It applies nothing any more until it is started again.
     *
     * @param detail what went wrong
     */
    record MachineFailed(String detail) implements Observation {}

    /**
     * Another member feeds a state machine, and this one does not, or the other way round.
     *
     * @param member the other member
     * @param feedsHere whether this member feeds one
     */
    record ReplicasDiffer(String member, boolean feedsHere) implements Observation {}

    /**
     * An image of the state could not be taken. The log grows until one is.
     *
     * @param detail what went wrong
     */
    record ImageNotTaken(String detail) implements Observation {}
}
