package io.election.node;

import io.election.core.AutopilotSettings;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How well a member follows its leader, at one instant.
 *
 * @param follows whether it knows a leader that is another member, and has heard from it within a lease
 * @param term its term
 * @param leaderId the leader it knows, or {@code null}
 * @param leaderUrl where clients reach that leader, or {@code null}
 * @param lastLeaderContact when it last heard from a leader, or {@code null}
 * @param leaderCommitIndex how far that leader has said the log to be committed; {@code null} unless it has told this member so
 * @param commitIndex how far this member knows the log to be committed: not beyond what it holds
 * @param appliedIndex up to where it has applied the log to the replicated memory, or {@code null} if it has none
 * @param votingState {@code voter}, {@code catching-up}, {@code learner}, {@code non-voter}, {@code removed} or {@code unknown}
 * @param holdsState whether it can have what the leader has: {@code false} for a witness in a cluster with a replicated memory
 * @param failure why it takes no part, or applies nothing any more, or {@code null}
 */
public record FollowerStatus(
        boolean follows,
        long term,
        @Nullable String leaderId,
        @Nullable String leaderUrl,
        @Nullable Instant lastLeaderContact,
        @Nullable Long leaderCommitIndex,
        long commitIndex,
        @Nullable Long appliedIndex,
        String votingState,
        boolean holdsState,
        @Nullable String failure) {

    /** A follower that lacks no more than so many entries has caught up: as many as a learner may lack that is promoted. */
    public static final long MOST_BEHIND = AutopilotSettings.MOST_BEHIND;

    /**
     * How far this member is behind its leader's last word.
     *
     * @return how many entries it lacks, or has not applied, of those that the leader has said to be committed; {@code null} unless
     *     the leader has told it so
     */
    public @Nullable Long lag() {
        Long told = leaderCommitIndex;
        if (told == null) {
            return null;
        }
        Long applied = appliedIndex;
        return Math.max(0, told - (applied == null ? commitIndex : Math.min(commitIndex, applied)));
    }
}
