package io.election.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A member as another member sees it, usually the leader.
 *
 * @param id the member
 * @param kind what it may do
 * @param votingState whether its vote counts now
 * @param reachable whether it answered within an election timeout, or {@code null} if the observing member cannot know
 * @param lastContactNanos the monotonic instant of its last answer, or {@code null}
 * @param roundTrip the round-trip time of the last heartbeat that it answered the leader, or of the latest answers to another
 *     member, or {@code null}
 * @param matchIndex up to which index its log is known to match the leader's, or {@code null}
 * @param keptUpSinceNanos the monotonic instant since which a learner has kept up with the leader that watches it, or
 *     {@code null} if it has not, or nobody watches
 */
public record MemberPresence(
        String id,
        MemberKind kind,
        VotingState votingState,
        @Nullable Boolean reachable,
        @Nullable Long lastContactNanos,
        @Nullable Duration roundTrip,
        @Nullable Long matchIndex,
        @Nullable Long keptUpSinceNanos) {

    /**
     * A member of which nobody watches how it keeps up.
     *
     * @param id the member
     * @param kind what it may do
     * @param votingState whether its vote counts now
     * @param reachable whether it answered within an election timeout, or {@code null}
     * @param lastContactNanos the monotonic instant of its last answer, or {@code null}
     * @param roundTrip the round-trip time of its last answer, or {@code null}
     * @param matchIndex up to which index its log is known to match the leader's, or {@code null}
     */
    public MemberPresence(
            String id,
            MemberKind kind,
            VotingState votingState,
            @Nullable Boolean reachable,
            @Nullable Long lastContactNanos,
            @Nullable Duration roundTrip,
            @Nullable Long matchIndex) {
        this(id, kind, votingState, reachable, lastContactNanos, roundTrip, matchIndex, null);
    }

    MemberPresence keptUpSince(@Nullable Long nanos) {
        return new MemberPresence(id, kind, votingState, reachable, lastContactNanos, roundTrip, matchIndex, nanos);
    }

    /** Whether a member's vote counts. */
    public enum VotingState {
        /** Its vote counts. */
        VOTER,
        /** A voter whose memory is new. Its vote counts once the log has let it in. */
        CATCHING_UP,
        /** It receives the log, and has no vote yet, or no longer. */
        LEARNER,
        /** An observer. */
        NON_VOTER,
        /** It belonged to the cluster, and was removed from it. A member shows it of itself only. */
        REMOVED,
        /** Not known on the observing member: the cluster is not founded, or only the leader knows. */
        UNKNOWN
    }
}
