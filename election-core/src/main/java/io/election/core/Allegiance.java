package io.election.core;

import org.jspecify.annotations.Nullable;

/**
 * What a member says of the cluster whose entries it holds, to one that may hold those of another cluster of the same name.
 *
 * @param generation the generation of its cluster, whose id is in the header
 * @param leader the leader that it follows, or itself if it leads, or {@code null} if it knows none
 */
public record Allegiance(long generation, @Nullable String leader) {

    public Allegiance {
        if (generation < 1 || generation >= Membership.GENERATION_LIMIT) {
            throw new IllegalArgumentException(
                    "generation must be positive and below " + Membership.GENERATION_LIMIT + ", but is " + generation);
        }
        Message.checkName("leader", leader);
    }
}
