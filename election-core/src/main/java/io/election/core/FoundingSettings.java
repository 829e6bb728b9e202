package io.election.core;

import java.time.Duration;

/**
 * How a member takes part in the founding of its cluster, and what becomes of its memory when that is worth nothing any more.
 *
 * @param clocksWithin by how much the wall clocks of the founders may differ
 * @param forgets whether this member may forget all that it holds and begin anew: it keeps its memory in memory, where each
 *     start forgets it anyway
 */
public record FoundingSettings(Duration clocksWithin, boolean forgets) {

    /** By how much the wall clocks of listed founders may differ: 5 minutes, which no clock does that is kept by a time service. */
    public static final Duration CLOCKS_OF_A_LIST = Duration.ofMinutes(5);

    /** Of a member that is listed, and keeps its memory on disk. */
    public static final FoundingSettings ON_DISK = new FoundingSettings(CLOCKS_OF_A_LIST, false);

    /** Of a member that is listed, and keeps its memory in memory. */
    public static final FoundingSettings IN_MEMORY = new FoundingSettings(CLOCKS_OF_A_LIST, true);

    public FoundingSettings {
        if (clocksWithin.isNegative() || clocksWithin.isZero()) {
            throw new IllegalArgumentException("clocksWithin must be positive, but is " + clocksWithin);
        }
    }
}
