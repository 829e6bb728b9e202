package io.election.core;

import java.time.Duration;

/**
 * How members that find each other by discovery found their cluster.
 *
 * @param expected how many members found it. It must exceed half of those that may run at once: two clusters are founded where two
 *     parts, each of so many, do not see each other
 * @param standalone whether a member may found a cluster of its own, which {@code expected} of 1 needs
 * @param stableMargin how long all that were found must have agreed. Longer than the time for which the name service shows what is
 *     no longer so, and than the longest promise
 * @param founds whether this member takes part in a founding; one that does not only joins
 */
public record GatheringSettings(int expected, boolean standalone, Duration stableMargin, boolean founds) {

    public GatheringSettings {
        if (expected < 1 || expected > Message.MOST_MEMBERS) {
            throw new IllegalArgumentException(
                    "expected must be 1 to " + Message.MOST_MEMBERS + ", but is " + expected);
        }
        if (expected == 1 && !standalone) {
            throw new IllegalArgumentException(
                    "expected must be above 1 unless standalone is true: each member would found a cluster of its own");
        }
        if (stableMargin.isNegative() || stableMargin.isZero()) {
            throw new IllegalArgumentException("stableMargin must be positive, but is " + stableMargin);
        }
    }
}
