package io.election.actuate;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.election.node.MembersState;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * Who belongs to the cluster, and of each whether it is healthy, and why not: {@link MembersState} for an operator.
 *
 * @param version the version of the members in force here, which a change names as its precondition; 0 before the founding
 * @param committed whether that version is known to be committed here
 * @param voters how many vote
 * @param votersWanted how many are to vote; learners beyond that are spares
 * @param failureTolerance how many healthy voters may fail before there is no quorum, on the leader
 * @param healthy whether nothing is known to be wrong with any of them
 * @param difference in what this member's own list differs from the members in force
 * @param members the members, and the learners that have announced themselves here
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record MembersDescriptor(
        long version,
        boolean committed,
        int voters,
        int votersWanted,
        @Nullable Integer failureTolerance,
        boolean healthy,
        @Nullable String difference,
        List<Member> members)
        implements OperationResponseBody {

    static MembersDescriptor of(MembersState state) {
        return new MembersDescriptor(
                state.version(),
                state.committed(),
                state.voters(),
                state.votersWanted(),
                state.failureTolerance(),
                state.healthy(),
                state.difference(),
                state.members().stream().map(Member::of).toList());
    }

    /**
     * One member.
     *
     * @param id its id
     * @param kind {@code data}, {@code witness} or {@code observer}
     * @param standing {@code voter}, {@code learner}, {@code spare}, {@code observer}, {@code dead} or {@code removed}
     * @param leader whether it is the leader that is known here
     * @param healthy whether nothing is known to be wrong with it
     * @param reason what is wrong with it
     * @param matchIndex how far its log is known to be the leader's
     * @param gap how many committed entries it lacks, on the leader
     * @param stableSince since when a learner has kept up, on the leader
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Member(
            String id,
            String kind,
            String standing,
            boolean leader,
            boolean healthy,
            @Nullable String reason,
            @Nullable Long matchIndex,
            @Nullable Long gap,
            @Nullable String stableSince) {

        static Member of(MembersState.Member member) {
            return new Member(
                    member.id(),
                    member.kind(),
                    member.standing(),
                    member.leader(),
                    member.healthy(),
                    member.reason(),
                    member.matchIndex(),
                    member.gap(),
                    member.stableSince() == null ? null : member.stableSince().toString());
        }
    }
}
