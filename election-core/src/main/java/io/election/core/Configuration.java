package io.election.core;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who belongs to the cluster, who votes, who may lead, whose vote counts, and in which order members stand. Every such
 * question is answered here. The answers come from the membership in force, which is the newest in the log, committed
 * or not (thesis, section 4.1). Before the founding, they come from the list in this member's configuration.
 */
final class Configuration {

    private final ElectionSettings settings;
    private final ElectionLog log;
    private final Outbox outbox;
    private final String incarnation;
    /** This member as its list has it. */
    private final Member own;

    /**
     * The members whose list differed when they last showed it. Contains this member itself if its list differs from
     * that of the cluster.
     */
    private final Set<String> otherLists = new TreeSet<>();

    /** The member list that was last published, or {@code null} if none was yet. */
    private Effect.@Nullable MembersChanged said;

    // The voters of one membership, computed once.
    private @Nullable Set<String> voters;
    private @Nullable Membership votersOf;

    /**
     * Creates the configuration.
     *
     * @throws MemberListDiffersException if the cluster was founded with another list of members
     */
    Configuration(ElectionSettings settings, String incarnation, ElectionLog log, Outbox outbox) {
        this.settings = settings;
        this.own = settings.self();
        this.incarnation = incarnation;
        this.log = log;
        this.outbox = outbox;
        Membership membership = log.membership();
        if (membership != null && !membership.listed().equals(settings.listed())) {
            throw new MemberListDiffersException(membership.listed(), settings.listed());
        }
    }

    // ------------------------------------------------------------------------------------------------ this member

    String self() {
        return settings.nodeId();
    }

    MemberKind ownKind() {
        return own.kind();
    }

    /** The incarnation of this member's durable memory. */
    String incarnation() {
        return incarnation;
    }

    boolean isSelf(@Nullable String id) {
        return settings.nodeId().equals(id);
    }

    /** Whether this member's own vote counts, as far as its own log shows (safety rule 7). */
    boolean isSettled() {
        EnrolledMember self = enrolled(self());
        return self != null
                && self.incarnation().equals(incarnation)
                && (self.isFounder() || self.namedAt() <= log.commitIndex());
    }

    boolean isSoleVoter() {
        return voters().equals(Set.of(self()));
    }

    // ------------------------------------------------------------------------------------------------ members

    /** The members of the membership in force, or of the configuration while there is none. */
    List<ListedMember> listed() {
        Membership membership = log.membership();
        return membership == null ? settings.listed() : membership.listed();
    }

    /** Publishes the member list, unless it has been published already. */
    void sayMembers() {
        Membership membership = log.membership();
        if (said == null || !Objects.equals(said.membership(), membership)) {
            said = new Effect.MembersChanged(listed(), membership);
            outbox.addFirst(said);
        }
    }

    /** The voters among them. */
    Set<String> voters() {
        Membership membership = log.membership();
        if (voters == null || membership != votersOf) {
            votersOf = membership;
            voters = listed().stream()
                    .filter(m -> m.kind().votes())
                    .map(ListedMember::id)
                    .collect(Collectors.toUnmodifiableSet());
        }
        return voters;
    }

    /** How many voters make a quorum, this member included. */
    int quorum() {
        return Quorum.of(voters().size());
    }

    boolean mayLead(String id) {
        if (log.membership() == null) {
            return settings.member(id).map(m -> m.kind() == MemberKind.DATA).orElse(false);
        }
        EnrolledMember named = enrolled(id);
        return named != null && named.kind() == MemberKind.DATA;
    }

    /** A member as the log names it, or {@code null}. */
    @Nullable EnrolledMember enrolled(String id) {
        Membership membership = log.membership();
        return membership == null ? null : membership.find(id);
    }

    /**
     * Whether a member's vote and acknowledgement count. It must be a voter, speak in the incarnation that the log
     * names, and know that the log names it (safety rule 7).
     *
     * @param speaking the incarnation that spoke, or {@code null} if none has
     * @param settled whether it said that it knows the entry that names it to be committed
     */
    boolean counts(String id, @Nullable String speaking, boolean settled) {
        EnrolledMember named = enrolled(id);
        return named != null
                && named.kind().votes()
                && named.incarnation().equals(speaking)
                && (named.isFounder() || settled);
    }

    // ------------------------------------------------------------------------------------------------ the cluster

    /** The founded cluster's id, or {@code null} before the founding. */
    @Nullable String clusterId() {
        Membership membership = log.membership();
        return membership == null ? null : membership.clusterId();
    }

    boolean isForeign(Header header) {
        String own = clusterId();
        return own != null && header.clusterId() != null && !own.equals(header.clusterId());
    }

    /** Whether a message names a cluster id that does not contradict the one that this member knows. */
    boolean isOfThisCluster(Header header) {
        return header.clusterId() != null && !isForeign(header);
    }

    /** Builds the first membership, from the incarnations whose votes founded the cluster. */
    Membership founding(Map<String, String> incarnations, String clusterId, long wallMillis) {
        List<EnrolledMember> enrolled = settings.members().stream()
                .map(m -> new EnrolledMember(m.id(), m.kind(), incarnations.getOrDefault(m.id(), ""), 1))
                .toList();
        return new Membership(
                clusterId,
                // A wall clock that is far off must not keep a cluster from being founded.
                Math.max(1, Math.min(wallMillis / 1000, Membership.GENERATION_LIMIT - 1)),
                enrolled);
    }

    // ------------------------------------------------------------------------------------------------ the list

    /** Compares a membership that is new in the log with this member's own list. */
    void notice(@Nullable Membership membership) {
        if (membership != null && !membership.listed().equals(settings.listed())) {
            reportListDiffers(self());
        }
    }

    void reportListDiffers(String member) {
        if (otherLists.add(member)) {
            outbox.observe(new Observation.ListDiffers(member));
        }
    }

    /**
     * Compares the list with which a candidate would found the cluster with this member's own list. The two may agree
     * by now.
     */
    void noticeFounding(String candidate, @Nullable List<ListedMember> founding) {
        if (settings.listed().equals(founding)) {
            otherLists.remove(candidate);
        }
    }

    /** A member that was asked to found the cluster agrees to this member's list. */
    void listAgrees(String member) {
        otherLists.remove(member);
    }

    /**
     * Whether this member's list is known to differ. Once the cluster is founded, its list is the right one. A peer
     * with another list is then that peer's fault.
     */
    boolean listDiffers() {
        Membership membership = log.membership();
        return membership == null ? !otherLists.isEmpty() : !membership.listed().equals(settings.listed());
    }

    // ------------------------------------------------------------------------------------------------ ranks

    int priority(String id) {
        return settings.member(id).map(Member::priority).orElse(0);
    }

    /** Whether another member has a head start at the founding and this member has none. */
    boolean leavesAHeadStart() {
        return log.isEmpty()
                && settings.members().stream().anyMatch(Member::initialLeader)
                && !settings.self().initialLeader();
    }

    /**
     * How many members stand before the given one: by priority, then by id. At the founding, initial leaders come
     * first.
     *
     * @param silent the leader that has just fallen silent, which is left out of the ranking, or {@code null}
     */
    int rank(String id, @Nullable String silent) {
        Comparator<Member> order = Comparator.comparingInt(Member::priority).reversed();
        if (log.isEmpty()) {
            order = Comparator.comparing((Member m) -> !m.initialLeader()).thenComparing(order);
        }
        List<String> ranked = settings.members().stream()
                .filter(m -> m.kind() == MemberKind.DATA)
                .filter(m -> !m.id().equals(silent) || isSelf(m.id()))
                .sorted(order.thenComparing(Member::id))
                .map(Member::id)
                .toList();
        return Math.max(0, ranked.indexOf(id));
    }

    // ------------------------------------------------------------------------------------------------ presence

    /**
     * All members as a member that does not lead sees them. It knows of itself, of its leader, and which voters answer its
     * pings.
     */
    List<MemberPresence> presence(KnownLeader leader, RoundTrips roundTrips, long nowNanos) {
        return settings.members().stream()
                .map(m -> {
                    boolean led = m.id().equals(leader.id());
                    MemberPresence.VotingState state = !m.kind().votes()
                            ? MemberPresence.VotingState.NON_VOTER
                            : !isSelf(m.id()) || log.isEmpty()
                                    ? MemberPresence.VotingState.UNKNOWN
                                    : isSettled()
                                            ? MemberPresence.VotingState.VOTER
                                            : MemberPresence.VotingState.CATCHING_UP;
                    // Messages from a leader do not show that it would answer this member.
                    Boolean reachable = isSelf(m.id()) ? Boolean.TRUE : roundTrips.answers(m.id(), nowNanos);
                    return new MemberPresence(
                            m.id(),
                            m.kind(),
                            state,
                            reachable,
                            later(led ? leader.lastContactNanos() : null, roundTrips.lastAnswerNanos(m.id())),
                            roundTrips.shown(m.id()),
                            null);
                })
                .toList();
    }

    private static @Nullable Long later(@Nullable Long one, @Nullable Long other) {
        return one == null || (other != null && other - one > 0) ? other : one;
    }
}
