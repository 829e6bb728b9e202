package io.election.node;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a peer by this member's own calls.
 *
 * @param reachable whether it answers, or {@code null} where that is not known
 * @param lastContact when it was last heard from, by an answer or by a request of its own, or {@code null}
 * @param roundTrip of its last answer to who asks whether it is there, or {@code null}
 * @param lastError why the latest call failed, or what else is wrong with it, or {@code null}
 * @param lastErrorSince since when its calls fail, or {@code null}
 * @param ready whether it said that its application is ready, or {@code null} if it did not say
 */
record ReachedPeer(
        @Nullable Boolean reachable,
        @Nullable Instant lastContact,
        @Nullable Duration roundTrip,
        @Nullable String lastError,
        @Nullable Instant lastErrorSince,
        @Nullable Boolean ready) {}
