package io.election;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * That the leadership of a cluster stays where it is: no member but the holder stands for election by itself, and nothing is handed
 * over.
 *
 * @param until when it ends by itself
 * @param holder the member that led when it was paused
 * @param by who paused it
 * @param reason why, or {@code null} if nobody said
 */
public record LeadershipPause(
        Instant until, String holder, String by, @Nullable String reason) {}
