package io.election.fencing;

import io.election.FencingToken;

/**
 * Thrown to a former leader: the resource has seen a later leader's token, so nothing was written. Trying again with the same token
 * fails in the same way. The work has to start again, with a new token, if this member leads again.
 */
public final class StaleFencingTokenException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    private final String resource;
    private final long presented;
    private final long current;

    /**
     * Names the resource and both tokens.
     *
     * @param resource what was to be written to
     * @param presented the token refused
     * @param current the highest token that the resource has seen
     */
    public StaleFencingTokenException(String resource, FencingToken presented, FencingToken current) {
        super("The fencing token " + presented + " is stale: '" + resource + "' has seen " + current
                + ", of a leader elected later.");
        this.resource = resource;
        this.presented = presented.value();
        this.current = current.value();
    }

    /**
     * What was to be written to.
     *
     * @return its name
     */
    public String getResource() {
        return resource;
    }

    /**
     * The token refused.
     *
     * @return lower than {@link #getCurrent()}
     */
    public FencingToken getPresented() {
        return new FencingToken(presented);
    }

    /**
     * The highest token that the resource has seen.
     *
     * @return higher than {@link #getPresented()}
     */
    public FencingToken getCurrent() {
        return new FencingToken(current);
    }
}
