package io.election.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is said with the wish to pause the leadership, or to resume it.
 *
 * @param by who wishes it, for people: a name of up to {@link Message#LONGEST_NAME} characters
 * @param reason why, for people; up to {@value #LONGEST_REASON} characters, and empty if nobody said
 * @param untilMillis when the pause ends by itself, in milliseconds since 1970; {@code null} with the wish to resume
 */
public record PauseTerms(String by, String reason, @Nullable Long untilMillis) {

    /** The longest time for which a leadership can be paused at once. */
    public static final Duration LONGEST = Duration.ofHours(24);

    /** The longest reason, in characters. */
    public static final int LONGEST_REASON = 256;

    /** Instants from this one on are impossible: the year 10889. They stay exact in JSON. */
    private static final long INSTANT_LIMIT = 1L << 48;

    public PauseTerms {
        Message.checkName("by", by);
        if (reason.length() > LONGEST_REASON || reason.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("reason must be one line of up to " + LONGEST_REASON + " characters");
        }
        if (!Message.isUnicode(reason)) {
            throw new IllegalArgumentException("reason must be text that can be shown");
        }
        if (untilMillis != null && (untilMillis < 1 || untilMillis >= INSTANT_LIMIT)) {
            throw new IllegalArgumentException("untilMillis must be positive and below 2^48, but is " + untilMillis);
        }
    }
}
