package io.election.sample.cluster;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is read here of a member's answer at {@code /actuator/election}.
 *
 * @param nodeId the member
 * @param role {@code LEADER}, {@code FOLLOWER}, {@code PRE_CANDIDATE} or {@code CANDIDATE}
 * @param leader whether it led at the instant of the answer, its lease checked
 * @param term its term
 * @param leaderId the leader it knows, or {@code null}
 * @param lastLeaderContact when it last heard from a leader, or {@code null}
 * @param leaseRemaining how long its lease still holds, or {@code null}
 * @param fencingToken its token, or {@code null} unless it leads
 * @param quorum how many vote, decide, and can be reached
 * @param members the members, and the learners that it knows
 * @param commitIndex up to where it knows the log to be committed
 * @param memory its replicated memory, or {@code null} if it has none
 * @param history its latest events, the newest last
 * @param certificateExpires when its own certificate between members expires, or {@code null} without mutual TLS
 */
record MemberStatus(
        String nodeId,
        String role,
        boolean leader,
        long term,
        @Nullable String leaderId,
        @Nullable Instant lastLeaderContact,
        @Nullable Duration leaseRemaining,
        @Nullable Long fencingToken,
        Quorum quorum,
        List<Member> members,
        long commitIndex,
        @Nullable Memory memory,
        List<Event> history,
        @Nullable Instant certificateExpires) {

    /** Whether its own vote counts. */
    boolean votes() {
        return members.stream()
                .anyMatch(m -> m.id().equals(nodeId) && m.votingState().equals("voter"));
    }

    /** Up to where it has applied the log; 0 if it has no replicated memory. */
    long appliedIndex() {
        return memory == null ? 0 : memory.appliedIndex();
    }

    /** A member, whether its vote counts, and what is wrong with it, or {@code null}. */
    record Member(String id, String votingState, @Nullable String lastError) {

        /** Whether the leader counts on its vote now, or later without anybody's doing. */
        boolean isVoter() {
            return !votingState.equals("learner") && !votingState.equals("non-voter") && !votingState.equals("removed");
        }
    }

    /** How far the log was applied, and what an image of the state stands for. */
    record Memory(long appliedIndex, Snapshot snapshot) {}

    /** The latest image of the state: its last entry, 0 if there is none. */
    record Snapshot(long index) {}

    /** How many members vote, how many decide, and how many the leader reaches. */
    record Quorum(int voters, int needed, @Nullable Integer reachable) {}

    /** One event in a member's history. */
    record Event(
            Instant at, long term, String what, @Nullable String reason) {}
}
