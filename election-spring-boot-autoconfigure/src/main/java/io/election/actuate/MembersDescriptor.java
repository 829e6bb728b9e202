package io.election.actuate;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.election.node.MembersState;
import io.election.node.NodeStatus;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * Who belongs to the cluster, and of each whether it is there, whether it is healthy, and why not: {@link MembersState} for an operator.
 *
 * @param version the version of the members in force here, which a change names as its precondition; 0 before the founding
 * @param committed whether that version is known to be committed here
 * @param voters how many vote
 * @param votersWanted how many are to vote; learners beyond that are spares
 * @param failureTolerance how many healthy voters may fail before there is no quorum, on the leader
 * @param healthy whether nothing is known to be wrong with any of them
 * @param difference in what this member's own list differs from the members in force
 * @param members the members, and the learners that have announced themselves here
 * @param links how the members reach each other, as far as that is known here; a link that is not here is not known
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
        List<Member> members,
        List<Link> links)
        implements OperationResponseBody {

    static MembersDescriptor of(NodeStatus status) {
        MembersState state = status.membership();
        Map<String, NodeStatus.Member> known =
                status.members().stream().collect(Collectors.toMap(NodeStatus.Member::id, Function.identity()));
        return new MembersDescriptor(
                state.version(),
                state.committed(),
                state.voters(),
                state.votersWanted(),
                state.failureTolerance(),
                state.healthy(),
                state.difference(),
                state.members().stream()
                        .map(member -> Member.of(member, known.get(member.id()), status.nodeId()))
                        .toList(),
                state.links().stream().map(Link::of).toList());
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }

    /**
     * How one member reaches another one.
     *
     * @param from the member that calls
     * @param to the member that answers, or does not
     * @param reached whether it answers
     * @param roundTrip of its last answer
     * @param lastContact when {@code from} last heard from it
     * @param reason why it is not reached
     * @param told when {@code from} said so; {@code null} where that is the member that answers
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Link(
            String from,
            String to,
            boolean reached,
            @Nullable String roundTrip,
            @Nullable String lastContact,
            @Nullable String reason,
            @Nullable String told) {

        private static Link of(MembersState.Link link) {
            return new Link(
                    link.from(),
                    link.to(),
                    link.reached(),
                    text(link.roundTrip()),
                    text(link.lastContact()),
                    link.reason(),
                    text(link.told()));
        }
    }

    /**
     * One member.
     *
     * @param id its id
     * @param kind {@code data}, {@code witness} or {@code observer}
     * @param standing {@code voter}, {@code learner}, {@code spare}, {@code observer}, {@code dead} or {@code removed}
     * @param leader whether it is the leader that is known here
     * @param presence {@code self} for the member that answers; of another one {@code reached}, {@code not-reached}, or
     *     {@code unknown} where this member does not know
     * @param lastContact when it was last heard from
     * @param roundTrip of its last answer
     * @param ready whether its application is ready, so that it may stand; {@code null} where that is not known
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
            String presence,
            @Nullable String lastContact,
            @Nullable String roundTrip,
            @Nullable Boolean ready,
            boolean healthy,
            @Nullable String reason,
            @Nullable Long matchIndex,
            @Nullable Long gap,
            @Nullable String stableSince) {

        private static Member of(MembersState.Member member, NodeStatus.@Nullable Member known, String self) {
            return new Member(
                    member.id(),
                    member.kind(),
                    member.standing(),
                    member.leader(),
                    member.id().equals(self) ? "self" : presence(known == null ? null : known.reachable()),
                    known == null ? null : text(known.lastContact()),
                    known == null ? null : text(known.roundTrip()),
                    known == null ? null : known.ready(),
                    member.healthy(),
                    member.reason(),
                    member.matchIndex(),
                    member.gap(),
                    text(member.stableSince()));
        }

        private static String presence(@Nullable Boolean reachable) {
            return reachable == null ? "unknown" : reachable ? "reached" : "not-reached";
        }
    }
}
