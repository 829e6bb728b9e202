package io.election.core;

import io.election.Role;
import io.election.StepDownReason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that an {@link Election} shows of itself at one instant.
 *
 * @param role what it is doing
 * @param term its term
 * @param votedFor whom it voted for in it, or {@code null}
 * @param leader the leader it knows, or {@code null}
 * @param lastLeaderContactNanos the monotonic instant of the last message from a leader, or {@code null}
 * @param initialElection whether no leader has ever been known here
 * @param last the end of the log
 * @param commitIndex how far the log is known to be committed
 * @param membership the membership in force, or {@code null} before the founding
 * @param voters how many members vote
 * @param needed how many of them decide
 * @param reachable how many voters answered within an election timeout, oneself included; {@code null} where this member
 *     does not lead
 * @param members all members, as far as this one knows
 * @param storageFailed whether the journal failed
 * @param listDiffers whether this member's list differs from the founded one, or, before the founding, from what a peer
 *     said last
 * @param lastEnd why this member's latest leadership ended, or {@code null}
 */
public record ElectionView(
        Role role,
        long term,
        @Nullable String votedFor,
        @Nullable String leader,
        @Nullable Long lastLeaderContactNanos,
        boolean initialElection,
        LogPosition last,
        long commitIndex,
        @Nullable Membership membership,
        int voters,
        int needed,
        @Nullable Integer reachable,
        List<MemberPresence> members,
        boolean storageFailed,
        boolean listDiffers,
        @Nullable StepDownReason lastEnd) {

    public ElectionView {
        members = List.copyOf(members);
    }
}
