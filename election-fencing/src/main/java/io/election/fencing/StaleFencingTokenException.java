package io.election.fencing;

import io.election.FencingToken;

/**
 * Thrown to a leader of the past: the resource has seen a later leader's token, so nothing may be written. Another try with
 * the same token fails the same way; the work begins anew, with a new token, if this member leads again.
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
