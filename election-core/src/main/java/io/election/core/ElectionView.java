package io.election.core;

import io.election.Role;
import io.election.StepDownReason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that an {@link Election} shows of itself at one instant.
 *
 * @param role the member's role
 * @param term the member's term
 * @param votedFor the candidate that it voted for in this term, or {@code null}
 * @param leader the leader that it knows, or {@code null}
 * @param lastLeaderContactNanos the monotonic instant of the last message from a leader, or {@code null}
 * @param initialElection whether no leader has ever been known here
 * @param last the last position of the log
 * @param commitIndex the commit index, as far as this member knows it
 * @param membership the membership in force, or {@code null} before the founding
 * @param voters how many members vote
 * @param needed how many votes an election needs; before the founding, those of all voters
 * @param reachable how many voters answered within an election timeout, this member included; {@code null} if this
 *     member does not lead
 * @param members all members, with what this member knows of them
 * @param storageFailed whether the journal failed
 * @param listDiffers whether this member's list differs from the founded one; before the founding, from the list that a
 *     peer last showed
 * @param lastEnd why this member's latest leadership ended, or {@code null}
 * @param memory what is known of the state machine that the log feeds, or {@code null} if it feeds none here
 * @param memoryDiffers which members feed a state machine while this one does not, or the other way round, as a clause; {@code null}
 *     if none is known to differ
 * @param pause the pause of the leadership that is in force here, or {@code null}
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
        @Nullable StepDownReason lastEnd,
        @Nullable MemoryView memory,
        @Nullable String memoryDiffers,
        @Nullable Pause pause) {

    public ElectionView {
        members = List.copyOf(members);
    }

    /**
     * What an election shows whose log feeds no state machine on any member.
     *
     * @param role the member's role
     * @param term the member's term
     * @param votedFor the candidate that it voted for in this term, or {@code null}
     * @param leader the leader that it knows, or {@code null}
     * @param lastLeaderContactNanos the monotonic instant of the last message from a leader, or {@code null}
     * @param initialElection whether no leader has ever been known here
     * @param last the last position of the log
     * @param commitIndex the commit index, as far as this member knows it
     * @param membership the membership in force, or {@code null} before the founding
     * @param voters how many members vote
     * @param needed how many votes an election needs
     * @param reachable how many voters answered within an election timeout, or {@code null}
     * @param members all members, with what this member knows of them
     * @param storageFailed whether the journal failed
     * @param listDiffers whether this member's list differs
     * @param lastEnd why this member's latest leadership ended, or {@code null}
     */
    public ElectionView(
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
        this(
                role,
                term,
                votedFor,
                leader,
                lastLeaderContactNanos,
                initialElection,
                last,
                commitIndex,
                membership,
                voters,
                needed,
                reachable,
                members,
                storageFailed,
                listDiffers,
                lastEnd,
                null,
                null,
                null);
    }
}
