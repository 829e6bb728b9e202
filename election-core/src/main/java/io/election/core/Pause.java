package io.election.core;

/**
 * That the leadership stays where it is (safety rule 18): no member but the holder stands for election by itself, and nothing is
 * handed over. It is part of the membership, and as that in force as soon as it is in the log.
 *
 * @param holder the member that led when it was paused
 * @param untilMillis when it ends by itself, in milliseconds since 1970, as each member's own wall clock shows them
 * @param by who paused it, for people
 * @param reason why, for people; empty if nobody said
 */
public record Pause(String holder, long untilMillis, String by, String reason) {

    public Pause {
        Message.checkName("holder", holder);
        new PauseTerms(by, reason, untilMillis);
    }

    /** About how many bytes it takes to hold this pause. */
    long weight() {
        return 64L + holder.length() + by.length() + reason.length();
    }
}
