package io.election.fencing;

import io.election.FencingToken;

/**
 * What a resource remembers of the leaders that wrote to it: the highest fencing token. Whoever comes with a lower one led
 * in the past and does not know yet that another has been elected since.
 *
 * <p>A fence protects what happens <em>in one step with</em> its check: the rest of the transaction for {@link JdbcFence},
 * the write in the same script for {@link RedisFence}. A check alone, with the write following on its own, leaves a gap in
 * which the writer can be paused for any time.
 *
 * <p>Take the token once, when the work begins ({@link io.election.Leadership#fencingToken()}), and pass that one on: a
 * token taken later may belong to a leadership that does not know what the work began with.
 *
 * <p>A resource's name is 1 to 255 visible ASCII characters without braces. It means the same to every fence.
 */
@FunctionalInterface
public interface Fence {

    /**
     * Lets a token pass that is not lower than any before it, and remembers it. The same token passes again: one leader
     * writes often.
     *
     * @param resource what is written to
     * @param token the writer's token
     * @throws StaleFencingTokenException if the resource has seen a higher token
     * @throws IllegalArgumentException if that is no name of a resource
     */
    void guard(String resource, FencingToken token);
}
