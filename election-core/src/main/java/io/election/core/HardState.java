package io.election.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a member must never forget, apart from its log.
 *
 * @param term the latest term that it has been in
 * @param votedFor the candidate that it voted for in that term, or {@code null}
 * @param promise the longest promise that may still bind it; its next start imposes it
 */
public record HardState(long term, @Nullable String votedFor, Duration promise) {

    /** The state of a member that has promised nothing to any other. */
    public static final HardState NEW = new HardState(0, null, Duration.ZERO);
}
