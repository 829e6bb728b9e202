package io.election.node;

/** What operators may see of a member, or of what stands in for one. */
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
}
