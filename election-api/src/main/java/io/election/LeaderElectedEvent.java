package io.election;

import org.jspecify.annotations.Nullable;

/**
 * This member leads now. Published only on the member that leads, once for each leadership, and followed by exactly one
 * {@link StepDownEvent} of the same term.
 *
 * @param cluster the cluster's name
 * @param nodeId this member
 * @param term the term of the leadership; 0 where {@code election.enabled=false} makes this application the leader
 * @param fencingToken what to hand to the resources that the leader writes to; {@code null} only with the term 0, where
 *     nobody was elected. {@link #requireFencingToken()} is the same for whoever cannot do without
 */
public record LeaderElectedEvent(
        String cluster, String nodeId, long term, @Nullable FencingToken fencingToken) {

    /**
     * What to hand to the resources that the leader writes to.
     *
     * @return the token of this leadership
     * @throws IllegalStateException where {@code election.enabled=false} makes this application the leader: nobody was
     *     elected, so there is no token
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
