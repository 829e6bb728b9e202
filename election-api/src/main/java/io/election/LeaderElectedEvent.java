package io.election;

import org.jspecify.annotations.Nullable;

/**
 * Published when this member becomes the leader. Published only on the member that leads, once for each leadership.
 * Exactly one {@link StepDownEvent} of the same term follows.
 *
 * @param cluster the cluster's name
 * @param nodeId this member
 * @param term the term of the leadership; 0 if {@code election.enabled=false} makes this application the leader
 * @param fencingToken the token to pass to the resources that the leader writes to; {@code null} only with term 0, when
 *     there was no election. Code that always needs a token calls {@link #requireFencingToken()}
 */
public record LeaderElectedEvent(
        String cluster, String nodeId, long term, @Nullable FencingToken fencingToken) {

    /**
     * Returns the token to pass to the resources that the leader writes to.
     *
     * @return the token of this leadership
     * @throws IllegalStateException if {@code election.enabled=false} makes this application the leader: there was no
     *     election, so there is no token
     */
    public FencingToken requireFencingToken() {
        if (fencingToken == null) {
            throw new IllegalStateException(
                    "There is no fencing token, because election.enabled is false and nobody was"
                            + " elected. Set election.enabled=true where resources check tokens.");
        }
        return fencingToken;
    }
}
