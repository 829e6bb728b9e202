package io.election.core;

/**
 * What a founder says of its clock, with a vote that founds a cluster. From the clocks of all founders comes the generation, so
 * that tokens rise from one founding to the next, though nobody remembers the one before.
 *
 * @param wallMillis its wall clock when it gave the vote, in milliseconds since 1970
 * @param tokensUpTo the highest fencing token that it knows was given, by an earlier founding, or 0 if it knows none
 */
public record FounderClock(long wallMillis, long tokensUpTo) {

    /** The wall clocks of founders are before this instant, in milliseconds since 1970: the limit of what fits into a token. */
    static final long WALL_LIMIT = Membership.GENERATION_LIMIT * 1000;

    public FounderClock {
        if (wallMillis < 0 || wallMillis >= WALL_LIMIT) {
            throw new IllegalArgumentException(
                    "wallMillis must be at least 0 and below " + WALL_LIMIT + ", but is " + wallMillis);
        }
        if (tokensUpTo < 0 || tokensUpTo >= 1L << 53) {
            throw new IllegalArgumentException("tokensUpTo must be at least 0 and below 2^53, but is " + tokensUpTo);
        }
    }

    /** A clock as it is read, which may be set to any time. */
    static FounderClock reading(long wallMillis, long tokensUpTo) {
        return new FounderClock(Math.max(0, Math.min(wallMillis, WALL_LIMIT - 1)), tokensUpTo);
    }
}
