package io.election.node;

import io.election.HandoverResult;
import java.util.concurrent.CompletionStage;

/** What operators may see of a member, or of what stands in for one, and what they may do to it. */
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
     * Gives the leadership up, passing it on where another member can take it; this member then stands last for ten
     * election timeouts.
     *
     * @return completed, never exceptionally, when another member leads, or this one leads no longer without one
     */
    CompletionStage<HandoverResult> stepDown();
}
