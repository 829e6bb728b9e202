package io.election.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A member as the leader sees it.
 *
 * @param id the member
 * @param kind what it may do
 * @param votingState whether its vote counts now
 * @param reachable whether it answered within an election timeout, or {@code null} where this member cannot know
 * @param lastContactNanos the monotonic instant of its last answer, or {@code null}
 * @param roundTrip of its last answer, or {@code null}
 * @param matchIndex how far its log is known to be the leader's, or {@code null}
 */
public record MemberPresence(
        String id,
        MemberKind kind,
        VotingState votingState,
        @Nullable Boolean reachable,
        @Nullable Long lastContactNanos,
        @Nullable Duration roundTrip,
        @Nullable Long matchIndex) {

    /** Whether a member's vote counts. */
    public enum VotingState {
        /** It counts. */
        VOTER,
        /** A voter whose memory is new; it counts once the log has let it in. */
        CATCHING_UP,
        /** An observer. */
        NON_VOTER,
        /** Not known on this member: the cluster is not founded, or only the leader knows. */
        UNKNOWN
    }
}
