package io.election.actuate;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.election.LeadershipState;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * Who leads, in brief.
 *
 * @param leader whether this member leads at this instant, its lease checked
 * @param term its term
 * @param leaderId the leader it knows
 * @param leaderUrl where clients reach that leader
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record LeaderDescriptor(
        boolean leader,
        long term,
        @Nullable String leaderId,
        @Nullable String leaderUrl) implements OperationResponseBody {

    static LeaderDescriptor of(LeadershipState state) {
        return new LeaderDescriptor(state.leader(), state.term(), state.leaderId(), state.leaderUrl());
    }
}
