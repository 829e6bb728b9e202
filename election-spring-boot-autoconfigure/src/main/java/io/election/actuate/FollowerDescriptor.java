package io.election.actuate;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.election.node.FollowerStatus;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * Whether this member follows a leader closely enough, in brief.
 *
 * @param follower whether it follows a leader, and lacks no more than {@code maxLag}
 * @param reason why it does not, one sentence
 * @param term its term
 * @param leaderId the leader it knows
 * @param leaderUrl where clients reach that leader
 * @param lastLeaderContact when it last heard from a leader
 * @param lag how many entries it lacks, or has not applied, of those that the leader has said to be committed
 * @param maxLag how many it may lack
 * @param leaderCommitIndex how far the leader has said the log to be committed
 * @param commitIndex how far this member knows the log to be committed, of what it holds
 * @param appliedIndex up to where it has applied the log to the replicated memory; {@code null} without one
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record FollowerDescriptor(
        boolean follower,
        @Nullable String reason,
        long term,
        @Nullable String leaderId,
        @Nullable String leaderUrl,
        @Nullable Instant lastLeaderContact,
        @Nullable Long lag,
        long maxLag,
        @Nullable Long leaderCommitIndex,
        long commitIndex,
        @Nullable Long appliedIndex)
        implements OperationResponseBody {

    static FollowerDescriptor of(FollowerStatus status, boolean leads, long maxLag) {
        String reason = reason(status, leads, maxLag);
        return new FollowerDescriptor(
                reason == null,
                reason,
                status.term(),
                status.leaderId(),
                status.leaderUrl(),
                status.lastLeaderContact(),
                status.lag(),
                maxLag,
                status.leaderCommitIndex(),
                status.commitIndex(),
                status.appliedIndex());
    }

    /** What keeps it from being used as a follower, or {@code null}. */
    private static @Nullable String reason(FollowerStatus status, boolean leads, long maxLag) {
        if (leads) {
            return "This member leads.";
        }
        if (status.failure() != null) {
            return "This member takes no part: " + status.failure() + ".";
        }
        if (!status.follows()) {
            return status.leaderId() == null
                    ? "This member knows no leader."
                    : "This member has not heard from a leader within a lease.";
        }
        if (status.votingState().equals("removed")) {
            return "This member was removed from the cluster.";
        }
        if (!status.holdsState()) {
            return "This member is a witness, and has nothing of the replicated memory.";
        }
        Long lag = status.lag();
        if (lag == null) {
            return "The leader has not told this member yet how far the log is committed.";
        }
        return lag > maxLag ? "This member is " + lag + " entries behind its leader, and may be " + maxLag + "." : null;
    }
}
