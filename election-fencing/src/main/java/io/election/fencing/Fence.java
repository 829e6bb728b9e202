package io.election.fencing;

import io.election.FencingToken;
import java.util.Optional;

/**
 * What a resource remembers of the leaders that wrote to it: the highest fencing token. A writer with a lower token is a former
 * leader that does not know yet that another one has been elected since.
 *
 * <p>A fence protects what happens <em>in one step with</em> its check: the rest of the transaction for {@link JdbcFence},
 * the write in the same script for {@link RedisFence}. After a separate check, the writer
 * can be paused for any time before it writes.
 *
 * <p>Take the token once, when the work begins ({@link io.election.Leadership#fencingToken()}), and pass that one on: a
 * token taken later may belong to a leadership that does not know what the work began with.
 *
 * <p>A resource's name is 1 to 255 visible ASCII characters without braces. It means the same to every fence.
 */
@FunctionalInterface
public interface Fence {

    /**
     * Accepts a token that is not lower than any before it, and remembers it. The same token is accepted again, because one leader
     * writes often.
     *
     * @param resource what is written to
     * @param token the writer's token
     * @throws StaleFencingTokenException if the resource has seen a higher token
     * @throws IllegalArgumentException if {@code resource} is not a valid name
     */
    void guard(String resource, FencingToken token);

    /**
     * The highest token that a resource has seen until now. It is no check: the next moment the resource may have seen a higher one. It
     * tells a member that founds a cluster which tokens were given earlier ({@link io.election.EarlierTokens}).
     *
     * @param resource what is written to
     * @return the token, or empty if the resource has seen none
     * @throws UnsupportedOperationException if this fence does not tell
     * @throws IllegalArgumentException if {@code resource} is not a valid name
     */
    default Optional<FencingToken> highestToken(String resource) {
        throw new UnsupportedOperationException(getClass().getName() + " does not tell the highest token");
    }
}
