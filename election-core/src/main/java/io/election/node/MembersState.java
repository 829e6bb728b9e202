package io.election.node;

import io.election.Role;
import io.election.core.AutopilotSettings;
import io.election.core.ClockReading;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.EnrolledMember;
import io.election.core.MemberPresence;
import io.election.core.Membership;
import io.election.peer.KnownLink;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who belongs to a cluster, and of each whether it is healthy, and why not. Consul's state of its Autopilot is the model. The leader
 * knows most of it. Another member knows of itself, and who answers it.
 *
 * @param version the version of the members in force here: the index of the log entry that made them; 0 before the founding
 * @param committed whether that entry is known to be committed here
 * @param voters how many vote
 * @param votersWanted how many members are to vote; learners beyond that are spares
 * @param failureTolerance how many healthy voters may fail before there is no quorum; {@code null} on a member that does not lead
 * @param healthy whether nothing is known to be wrong with any of them
 * @param difference in what this member's own list differs from the members in force, one sentence, or {@code null}
 * @param members the members, and the learners that have announced themselves here, sorted by id
 * @param links how the members reach each other, as far as that is known here: this member's own links, and those of the others as
 *     each said last; a link that is not here is not known
 */
public record MembersState(
        long version,
        boolean committed,
        int voters,
        int votersWanted,
        @Nullable Integer failureTolerance,
        boolean healthy,
        @Nullable String difference,
        List<Member> members,
        List<Link> links) {

    /** Where no election is held. */
    public static final MembersState NONE = new MembersState(0, false, 0, 0, null, true, null, List.of(), List.of());

    /** A voter that was silent for so many election timeouts is shown as dead. */
    private static final int DEAD_AFTER = 10;

    /** Copies the members and their links. */
    public MembersState {
        members = List.copyOf(members);
        links = List.copyOf(links);
    }

    /**
     * One member.
     *
     * @param id its id
     * @param kind {@code data}, {@code witness} or {@code observer}
     * @param standing {@code voter}, {@code learner}, {@code spare}, {@code observer}, {@code dead} or {@code removed}
     * @param leader whether it is the leader that is known here
     * @param healthy whether nothing is known to be wrong with it
     * @param reason what is wrong with it, one clause, or {@code null} if it is healthy
     * @param matchIndex how far its log is known to be the leader's, or {@code null}
     * @param gap how many committed entries it lacks, or {@code null} on a member that does not lead
     * @param stableSince since when a learner has kept up, or {@code null} if it has not, or nobody watches
     */
    public record Member(
            String id,
            String kind,
            String standing,
            boolean leader,
            boolean healthy,
            @Nullable String reason,
            @Nullable Long matchIndex,
            @Nullable Long gap,
            @Nullable Instant stableSince) {}

    /**
     * How one member reaches another one.
     *
     * @param from the member that calls
     * @param to the member that answers, or does not
     * @param reached whether it answers
     * @param roundTrip of its last answer, or {@code null}
     * @param lastContact when {@code from} last heard from it, or {@code null}
     * @param reason why it is not reached, one clause, or {@code null}
     * @param told when {@code from} said so; {@code null} where that is the member that shows it
     */
    public record Link(
            String from,
            String to,
            boolean reached,
            @Nullable Duration roundTrip,
            @Nullable Instant lastContact,
            @Nullable String reason,
            @Nullable Instant told) {

        static Link told(String from, KnownLink link, Instant told) {
            Duration heard = link.heard();
            return new Link(
                    from,
                    link.member(),
                    link.reached(),
                    link.roundTrip(),
                    heard == null ? null : told.minus(heard),
                    link.why(),
                    told);
        }
    }

    /** Who votes by the members in force, those that do not answer included. */
    Set<String> voting() {
        return members.stream()
                .filter(member ->
                        member.standing().equals("voter") || member.standing().equals("dead"))
                .map(Member::id)
                .collect(Collectors.toUnmodifiableSet());
    }

    static MembersState of(
            ElectionSettings settings,
            ElectionView view,
            List<NodeStatus.Member> known,
            List<Link> told,
            @Nullable String difference,
            ClockReading now) {
        Membership membership = view.membership();
        List<Member> members = new ArrayList<>();
        int healthyVoters = 0;
        for (NodeStatus.Member member : known) {
            Member shown = member(settings, view, member, now);
            members.add(shown);
            healthyVoters += shown.healthy() && shown.standing().equals("voter") ? 1 : 0;
        }
        boolean leads = view.role() == Role.LEADER;
        return new MembersState(
                Membership.versionOf(membership),
                membership != null && membership.version() <= view.commitIndex(),
                view.voters(),
                settings.autopilot().equals(AutopilotSettings.OFF)
                        ? view.voters()
                        : settings.autopilot().voters(),
                leads ? Integer.valueOf(Math.max(0, healthyVoters - view.needed())) : null,
                members.stream().allMatch(Member::healthy),
                membership == null ? null : difference,
                members,
                links(settings.nodeId(), known, told));
    }

    /** This member's own links, and those between members in force that others told of. */
    private static List<Link> links(String self, List<NodeStatus.Member> known, List<Link> told) {
        Set<String> ids = known.stream().map(NodeStatus.Member::id).collect(Collectors.toSet());
        List<Link> links = new ArrayList<>();
        for (NodeStatus.Member member : known) {
            Boolean reached = member.reachable();
            if (reached != null && !member.id().equals(self)) {
                links.add(new Link(
                        self,
                        member.id(),
                        reached,
                        reached ? member.roundTrip() : null,
                        member.lastContact(),
                        reached ? null : member.lastError(),
                        null));
            }
        }
        told.stream()
                .filter(link -> ids.contains(link.from()) && ids.contains(link.to()))
                .filter(link -> !link.from().equals(self) && !link.from().equals(link.to()))
                .forEach(links::add);
        return links;
    }

    private static Member member(
            ElectionSettings settings, ElectionView view, NodeStatus.Member member, ClockReading now) {
        boolean leads = view.role() == Role.LEADER;
        boolean self = member.id().equals(settings.nodeId());
        Long match = member.matchIndex();
        Long gap = leads && match != null ? Long.valueOf(Math.max(0, view.commitIndex() - match)) : null;
        Duration silent = self ? null : silent(member, Instant.ofEpochMilli(now.wallMillis()));
        String standing = standing(settings, view, member, silent);
        String reason = reason(view, member, self, silent, gap);
        Instant stableSince = view.members().stream()
                .filter(m -> m.id().equals(member.id()))
                .findFirst()
                .map(MemberPresence::keptUpSinceNanos)
                .map(nanos -> StatusDisplay.instant(nanos, now))
                .orElse(null);
        return new Member(
                member.id(),
                member.kind(),
                standing,
                member.id().equals(view.leader()),
                reason == null,
                reason,
                match,
                gap,
                stableSince);
    }

    /** For how long it has not answered, or {@code null} if it does, or nobody knows. */
    private static @Nullable Duration silent(NodeStatus.Member member, Instant now) {
        if (!Boolean.FALSE.equals(member.reachable())) {
            return null;
        }
        Instant since = member.lastContact() != null ? member.lastContact() : member.lastErrorSince();
        Duration silent = since == null ? Duration.ZERO : Duration.between(since, now);
        return silent.isNegative() ? Duration.ZERO : silent;
    }

    private static String standing(
            ElectionSettings settings, ElectionView view, NodeStatus.Member member, @Nullable Duration silent) {
        if (member.votingState().equals("removed")) {
            return "removed";
        }
        if (member.kind().equals("observer")) {
            return "observer";
        }
        Membership membership = view.membership();
        EnrolledMember named =
                membership == null ? null : membership.member(member.id()).orElse(null);
        if (membership == null || (named != null && named.votes())) {
            Duration after = settings.autopilot().cleanupAfter();
            Duration limit = after == null ? settings.electionTimeout().multipliedBy(DEAD_AFTER) : after;
            return silent != null && silent.compareTo(limit) > 0 ? "dead" : "voter";
        }
        boolean mayBePromoted = named == null || named.standing() == EnrolledMember.Standing.LAGGING;
        boolean promotedByItself = mayBePromoted
                && settings.autopilot().stabilisation() != null
                && view.voters() < settings.autopilot().voters();
        return promotedByItself ? "learner" : "spare";
    }

    private static @Nullable String reason(
            ElectionView view, NodeStatus.Member member, boolean self, @Nullable Duration silent, @Nullable Long gap) {
        if (self && view.storageFailed()) {
            return "its journal failed";
        }
        if (member.votingState().equals("removed")) {
            return "it was removed from the cluster";
        }
        if (silent != null) {
            return "it has not answered for "
                    + String.format(Locale.ROOT, "%.1f s", silent.toMillis() / 1000.0)
                    + (member.lastError() == null ? "" : ": " + member.lastError());
        }
        if (member.votingState().equals("catching-up")) {
            return "its memory is new, and its vote does not count yet";
        }
        if (gap != null && gap > AutopilotSettings.MOST_BEHIND) {
            return "it lacks " + gap + " entries";
        }
        return member.lastError();
    }
}
