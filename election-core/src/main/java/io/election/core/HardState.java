package io.election.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a member must never forget besides its log.
 *
 * @param term the latest term it has been in
 * @param votedFor whom it voted for in that term, or {@code null}
 * @param promise the longest promise that may still bind it, which its next start imposes
 */
public record HardState(long term, @Nullable String votedFor, Duration promise) {

    /** A member that has promised nothing to anybody. */
    public static final HardState NEW = new HardState(0, null, Duration.ZERO);
}
