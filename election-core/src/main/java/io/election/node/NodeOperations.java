package io.election.node;

import io.election.core.MemberChange;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What operators may see of a member, or of what stands in for one, and how they change who belongs to its cluster. */
public interface NodeOperations {

    /**
     * All that an operator may want to know, at this instant.
     *
     * @return one consistent snapshot
     */
    NodeStatus status();

    /**
     * Whether the leader that is known, be it this member, was heard from within a lease. Cheap.
     *
     * @return {@code false} if no leader is known, or it has been silent for longer
     */
    boolean hearsLeader();

    /**
     * How well this member follows its leader, at this instant.
     *
     * @return one consistent snapshot
     */
    FollowerStatus following();

    /**
     * Changes who belongs to the cluster. Any member takes such a wish and has the leader judge and make it.
     *
     * @param change what to change
     * @param builds the version of the members that it builds on, or {@code null} for whichever is in force
     * @param force whether a change is made that leaves no voter to spare
     * @return completed, never exceptionally, when the change is committed, or why it is not, or when nobody can know
     */
    CompletionStage<MemberChange.Result> changeMembers(MemberChange change, @Nullable Long builds, boolean force);
}
