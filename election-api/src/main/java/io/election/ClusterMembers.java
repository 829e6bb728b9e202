package io.election;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Who belongs to the cluster, and how an operator changes that while it runs, or pauses its leadership. Any member takes a change and has the leader make
 * it. Each change gives or takes one vote at most, is judged by the leader, and is made completely or not at all.
 *
 * <p>A change names the version of the members that it builds on, as an HTTP request names an {@code ETag}: read
 * {@link #version()}, decide, and ask for the change on that version. If somebody else changed the members in between, the answer
 * is {@link MemberChangeResult.Outcome#STALE} and nothing was changed. So a change whose answer was lost can be asked for again
 * with the same version: it is not made twice.
 *
 * <p>All results are completed, never exceptionally: when the change is committed, or why it was not made, or with
 * {@link MemberChangeResult.Outcome#UNKNOWN}.
 */
public interface ClusterMembers {

    /** What a member may do. */
    enum Kind {
        /** Votes, and may lead. */
        DATA,
        /** Votes, and never leads. */
        WITNESS,
        /** Gets the log, and never votes. */
        OBSERVER
    }

    /** The place of a member in its cluster. */
    enum Standing {
        /** It votes. */
        VOTER,
        /** It gets the log, and is promoted by itself once it has kept up for long enough. */
        LEARNER,
        /** It gets the log and has no vote: there are enough voters, or members are promoted by an operator only. */
        SPARE,
        /** It never votes. */
        OBSERVER,
        /** A voter that has not answered for so long that it is taken to be gone. Its vote still counts as missing. */
        DEAD,
        /** It belonged to the cluster and does no longer. Only a member itself shows this. */
        REMOVED
    }

    /**
     * A member as this one sees it.
     *
     * @param id its id
     * @param kind what it may do
     * @param standing its place
     */
    record Member(String id, Kind kind, Standing standing) {}

    /**
     * The version of the members in force here: the index of the log entry that made them. It rises with each change.
     *
     * @return the version, or 0 before the cluster is founded
     */
    long version();

    /**
     * The members in force here, and the learners that have announced themselves to this member.
     *
     * @return all of them, sorted by id
     */
    List<Member> members();

    /**
     * Gives a learner its vote. It must have caught up, and no voter may be silent: remove a dead voter first.
     *
     * @param member the learner
     * @param condition on which version, and whether forced
     * @return how it ended
     */
    CompletionStage<MemberChangeResult> promote(String member, MemberChangeCondition condition);

    /**
     * Takes a voter's vote. It stays a member and gets the log. If it leads, it hands its leadership over first.
     *
     * @param member the voter
     * @param condition on which version, and whether forced
     * @return how it ended
     */
    CompletionStage<MemberChangeResult> demote(String member, MemberChangeCondition condition);

    /**
     * Removes a member from the cluster. If it leads, it hands its leadership over first. Its process goes on, and takes part in
     * nothing. Stop it, and remove its directory before it is to join again.
     *
     * @param member the member
     * @param condition on which version, and whether forced
     * @return how it ended
     */
    CompletionStage<MemberChangeResult> remove(String member, MemberChangeCondition condition);

    /**
     * Begins to change what a member may do: removes it, because its memory belongs to its old kind. The rest is done at the
     * member itself: stop its process, set its {@code kind} in {@code election.members}, remove its directory below
     * {@code election.storage.directory}, and start it. It comes back as a learner of the new kind and is promoted like any other.
     *
     * @param member the member
     * @param kind what it is to be
     * @param condition on which version, and whether forced
     * @return how the removal ended; {@link MemberChangeResult.Outcome#UNCHANGED} if it is of that kind already
     */
    CompletionStage<MemberChangeResult> changeKind(String member, Kind kind, MemberChangeCondition condition);

    /**
     * Whether the leadership is paused, as this member finds it: it stays where it is.
     *
     * @return the pause, or {@code null} if there is none
     */
    @Nullable LeadershipPause pause();

    /**
     * Pauses the leadership: it stays where it is until it is resumed, or until a time. The member that leads then is its holder.
     * No other member stands for election by itself, nothing is handed over, and no silent or slow member is removed or loses its
     * vote by itself. So if the holder fails, nobody leads until it is back, somebody resumes, or the time has come. A pause needs a
     * leader with a quorum. A version is needed in the condition to replace a pause that is in force.
     *
     * @param until when it ends by itself, by each member's own wall clock; within the next 24 hours
     * @param by who asks for it, for people: one line of up to 128 characters
     * @param reason why, for people: one line of up to 256 characters, which may be empty
     * @param condition on which version of the members; nothing can be forced
     * @return how it ended
     */
    CompletionStage<MemberChangeResult> pause(Instant until, String by, String reason, MemberChangeCondition condition);

    /**
     * Ends a pause of the leadership. Where a leader leads, it does so. Where nobody leads, this member stands for election at once,
     * and ends it once it leads. The result says which of the two happened.
     *
     * @param by who asks for it, for people: one line of up to 128 characters
     * @return how it ended; {@link MemberChangeResult.Outcome#UNCHANGED} if the leadership is not paused
     */
    CompletionStage<MemberChangeResult> resume(String by);

    /**
     * The changes that lead from the members in force to the list in this member's configuration, in an order in which they can
     * be made: who is silent goes first, then learners are promoted, then the others go, the leader last. Changes nothing.
     *
     * @return the plan, made for {@link #version()}; without steps if list and members agree
     */
    MembersPlan plan();

    /**
     * Makes the steps of a plan, one after the other, each on the version that the one before it made. It ends at the first step
     * that is refused. The steps before it stay made.
     *
     * @param plan the plan
     * @param force whether a step is made that leaves no voter to spare
     * @return how it ended
     */
    CompletionStage<MembersPlan.Result> apply(MembersPlan plan, boolean force);
}
