package io.election.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a member takes part in the founding of its cluster, and what becomes of its memory when that is worth nothing any more.
 *
 * @param clocksWithin by how much the wall clocks of the founders may differ
 * @param forgets whether this member may forget all that it holds and begin anew: it keeps its memory in memory, where each
 *     start forgets it anyway
 * @param gathering how the founders find each other by discovery, or {@code null} if a list names them
 * @param asksForTokens whether this member founds no cluster before it was told which fencing tokens were given earlier, by an
 *     {@link Input.FenceAsked}
 */
public record FoundingSettings(
        Duration clocksWithin, boolean forgets, @Nullable GatheringSettings gathering, boolean asksForTokens) {

    /** By how much the wall clocks of listed founders may differ: 5 minutes, which no clock does that is kept by a time service. */
    public static final Duration CLOCKS_OF_A_LIST = Duration.ofMinutes(5);

    /** Of a member that is listed, and keeps its memory on disk. */
    public static final FoundingSettings ON_DISK = new FoundingSettings(CLOCKS_OF_A_LIST, false, null, false);

    /** Of a member that is listed, and keeps its memory in memory. */
    public static final FoundingSettings IN_MEMORY = new FoundingSettings(CLOCKS_OF_A_LIST, true, null, false);

    public FoundingSettings {
        if (clocksWithin.isNegative() || clocksWithin.isZero()) {
            throw new IllegalArgumentException("clocksWithin must be positive, but is " + clocksWithin);
        }
        if (gathering != null && clocksWithin.multipliedBy(2).compareTo(gathering.stableMargin()) > 0) {
            throw new IllegalArgumentException("clocksWithin must be at most half of stableMargin, but is "
                    + clocksWithin + " where stableMargin is " + gathering.stableMargin());
        }
    }

    /**
     * Of a member that finds the others by discovery.
     *
     * @param gathering how they found their cluster
     * @param forgets whether this member keeps its memory in memory
     * @return the settings, in which clocks may differ by half of the stable margin
     */
    public static FoundingSettings discovered(GatheringSettings gathering, boolean forgets) {
        return new FoundingSettings(gathering.stableMargin().dividedBy(2), forgets, gathering, false);
    }

    /**
     * The same, of a member that has somebody to ask which fencing tokens were given earlier.
     *
     * @return these settings, with which no cluster is founded before the answer
     */
    public FoundingSettings askingForTokens() {
        return new FoundingSettings(clocksWithin, forgets, gathering, true);
    }
}
