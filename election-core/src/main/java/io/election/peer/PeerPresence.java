package io.election.peer;

import java.time.Duration;

/**
 * A member that is there, and what it says.
 *
 * @param state what it says about itself
 * @param runsTwice whether two processes were seen lately that both run as this member
 * @param askerRunsTwice whether it has seen two processes lately that both run as the member that asks
 */
public record PeerPresence(MemberState state, boolean runsTwice, boolean askerRunsTwice) {

    private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(10);

    /**
     * How long after an answer a member is asked again in quiet times.
     *
     * @param electionTimeout T
     * @return ten times T, at most ten seconds
     */
    public static Duration interval(Duration electionTimeout) {
        Duration ten = electionTimeout.multipliedBy(10);
        return ten.compareTo(LONGEST_INTERVAL) < 0 ? ten : LONGEST_INTERVAL;
    }
}
