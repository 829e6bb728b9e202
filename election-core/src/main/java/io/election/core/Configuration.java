package io.election.core;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
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
    private final Newcomers newcomers;
    private final Assembly assembly;
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

    private long saidNewcomers;

    // The voters of one membership, computed once.
    private @Nullable Set<String> voters;
    private @Nullable Membership votersOf;

    /** Whether this member belonged to the cluster at some time since it started. */
    private boolean belonged;

    Configuration(
            ElectionSettings settings,
            String incarnation,
            ElectionLog log,
            Newcomers newcomers,
            Assembly assembly,
            Outbox outbox) {
        this.newcomers = newcomers;
        this.assembly = assembly;
        this.settings = settings;
        this.own = settings.self();
        this.incarnation = incarnation;
        this.log = log;
        this.outbox = outbox;
    }

    // ------------------------------------------------------------------------------------------------ this member

    String self() {
        return settings.nodeId();
    }

    /** What this member may do: as the log names it, or as its own list does while the log does not name it. */
    MemberKind ownKind() {
        EnrolledMember self = enrolled(self());
        return self == null ? own.kind() : self.kind();
    }

    /** Whether this member has a vote, as far as its own log shows. */
    boolean votes() {
        return isVoter(self());
    }

    /**
     * Whether this member was removed from the cluster: it belonged to it since it started, and an entry that is known to be
     * committed no longer names it.
     */
    boolean isRemoved() {
        Membership membership = log.membership();
        return belonged
                && membership != null
                && membership.member(self()).isEmpty()
                && membership.version() <= log.commitIndex();
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
                && self.votes()
                && self.incarnation().equals(incarnation)
                && self.countsFrom() <= Math.max(1, log.commitIndex());
    }

    /** The index of the entry that last named this member as a voter, or {@code null} if that was the founding, or none did. */
    @Nullable Long ownNamedAt() {
        EnrolledMember self = enrolled(self());
        return self != null && self.votes() && !self.isFounder() ? self.namedAt() : null;
    }

    boolean isSoleVoter() {
        return voters().equals(Set.of(self()));
    }

    /**
     * Whether the cluster was founded by this member alone and never had another voter. Then nobody was ever promised anything.
     * Where the other voters have left, the last of them may have led until a moment ago.
     */
    boolean wasAlwaysAlone() {
        Membership membership = log.membership();
        return isSoleVoter() && (membership == null || membership.version() == 1);
    }

    // ------------------------------------------------------------------------------------------------ members

    /** The members of the membership in force, or of the configuration while there is none. */
    List<ListedMember> listed() {
        Membership membership = log.membership();
        return membership == null ? candidates() : membership.listed();
    }

    /** The members as the log names them; none before the founding. */
    List<EnrolledMember> members() {
        Membership membership = log.membership();
        return membership == null ? List.of() : membership.members();
    }

    /** Whether a member is to get its vote back once it has caught up. Asked in each step of a leader, so without a stream. */
    boolean hasLagging() {
        List<EnrolledMember> members = members();
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i).standing() == EnrolledMember.Standing.LAGGING) {
                return true;
            }
        }
        return false;
    }

    /** Publishes the member list, unless it has been published already. */
    void sayMembers() {
        Membership membership = log.membership();
        if (said == null || saidNewcomers != newcomers.changes() || !Objects.equals(said.membership(), membership)) {
            saidNewcomers = newcomers.changes();
            belonged |= membership != null && membership.member(self()).isPresent();
            said = new Effect.MembersChanged(known(), membership);
            outbox.addFirst(said);
        }
    }

    /** Everybody to whom this member talks: the members in force, and the learners that have announced themselves. */
    List<ListedMember> known() {
        List<ListedMember> listed = listed();
        List<ListedMember> all = new ArrayList<>(listed);
        for (Learner learner : newcomers.all()) {
            if (listed.stream().noneMatch(m -> m.id().equals(learner.id())) && !isSelf(learner.id())) {
                all.add(new ListedMember(learner.id(), learner.kind()));
            }
        }
        all.sort(Comparator.comparing(ListedMember::id));
        return all;
    }

    /** How many voters in force are data members. */
    int dataVoters() {
        int data = 0;
        for (EnrolledMember member : members()) {
            if (member.votes() && member.kind() == MemberKind.DATA) {
                data++;
            }
        }
        return data;
    }

    /** The voters among them. */
    Set<String> voters() {
        Membership membership = log.membership();
        if (membership == null && assembly.isUsed()) {
            return Set.copyOf(assembly.founders());
        }
        if (voters == null || membership != votersOf) {
            votersOf = membership;
            voters = membership == null
                    ? settings.listed().stream()
                            .filter(m -> m.kind().votes())
                            .map(ListedMember::id)
                            .collect(Collectors.toUnmodifiableSet())
                    : membership.members().stream()
                            .filter(EnrolledMember::votes)
                            .map(EnrolledMember::id)
                            .collect(Collectors.toUnmodifiableSet());
        }
        return voters;
    }

    /**
     * Those with whom this member would found a cluster: its list, or those who were found.
     */
    private List<ListedMember> candidates() {
        return assembly.isUsed()
                ? assembly.found().stream()
                        .sorted()
                        .map(id -> new ListedMember(
                                id, isSelf(id) ? settings.self().kind() : MemberKind.DATA))
                        .toList()
                : settings.listed();
    }

    /** The founders that a founding vote names: the list, or those on whom all agree who were found. */
    List<ListedMember> founders(Set<String> voters) {
        return assembly.isUsed()
                ? voters.stream()
                        .sorted()
                        .map(id -> new ListedMember(id, MemberKind.DATA))
                        .toList()
                : settings.listed();
    }

    /** The founding that this member has renounced and would be free of, or {@code null}. */
    @Nullable Renunciation renouncedFounding() {
        return log.isEmpty() ? assembly.renounces() : null;
    }

    boolean isVoter(String id) {
        return voters().contains(id);
    }

    /** How many voters make a quorum, this member included. */
    int quorum() {
        // Before a founding that discovery prepares there may be none.
        return voters().isEmpty() ? 1 : Quorum.of(voters().size());
    }

    boolean mayLead(String id) {
        if (log.membership() == null) {
            return assembly.isUsed()
                    ? assembly.founders().contains(id)
                    : settings.member(id).map(m -> m.kind() == MemberKind.DATA).orElse(false);
        }
        EnrolledMember named = enrolled(id);
        return named != null && named.mayLead();
    }

    /**
     * Whether the sender of a message may lead, as far as this member knows. The log of a member that lags behind need not name
     * it yet, so an entry that is newer than the membership in force here may have named it (thesis, section 4.2.1).
     *
     * @param header the sender's header, which says where its own log names it
     */
    boolean mayLead(Header header) {
        if (mayLead(header.from())) {
            return true;
        }
        EnrolledMember named = enrolled(header.from());
        if (named != null && named.kind() != MemberKind.DATA) {
            return false;
        }
        Membership membership = log.membership();
        if (membership == null) {
            // A member without a log follows whoever leads the cluster that it wants to join.
            return settings.member(header.from())
                    .map(m -> m.kind() == MemberKind.DATA)
                    .orElse(true);
        }
        if (membership.version() > Math.max(1, log.commitIndex())) {
            // The entry that took its vote may be cut off again, and then it may have been elected without it.
            return true;
        }
        Long fromNamedAt = header.fromNamedAt();
        return fromNamedAt != null && fromNamedAt > membership.version();
    }

    /** Whether a member is known to belong to the cluster no longer. */
    boolean isRemoved(String id) {
        Membership membership = log.membership();
        return membership != null && membership.member(id).isEmpty() && membership.version() <= log.commitIndex();
    }

    /** A member as the log names it, or {@code null}. */
    @Nullable EnrolledMember enrolled(String id) {
        Membership membership = log.membership();
        return membership == null ? null : membership.find(id);
    }

    /**
     * Whether a member's vote and acknowledgement count. It must be a voter, and speak in the incarnation that the log
     * names. If that one took the place of an earlier one, it must know that the log names it (safety rule 7).
     *
     * @param speaking the incarnation that spoke, or {@code null} if none has
     * @param settled whether it said that it knows the entry that names it to be committed
     */
    boolean counts(String id, @Nullable String speaking, boolean settled) {
        EnrolledMember named = enrolled(id);
        return named != null
                && named.votes()
                && named.incarnation().equals(speaking)
                && (!named.waitsForCommit() || settled);
    }

    // ------------------------------------------------------------------------------------------------ the cluster

    /** The founded cluster's id, or {@code null} before the founding. */
    @Nullable String clusterId() {
        Membership membership = log.membership();
        return membership == null ? null : membership.clusterId();
    }

    /** The generation of the founded cluster, or {@code null} before the founding. */
    @Nullable Long generation() {
        Membership membership = log.membership();
        return membership == null ? null : membership.generation();
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
    Membership founding(Map<String, String> incarnations, FoundersClocks.Founding founding) {
        List<EnrolledMember> enrolled = founders(incarnations.keySet()).stream()
                .map(m -> new EnrolledMember(m.id(), m.kind(), incarnations.getOrDefault(m.id(), ""), 1))
                .toList();
        return new Membership(founding.clusterId(), founding.generation(), enrolled);
    }

    // ------------------------------------------------------------------------------------------------ the list

    /** Compares a membership that is new in the log with this member's own list. */
    void notice(@Nullable Membership membership) {
        if (membership != null && !assembly.isUsed() && !membership.listed().equals(settings.listed())) {
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
        if (assembly.isUsed()) {
            return false;
        }
        return membership == null ? !otherLists.isEmpty() : !membership.listed().equals(settings.listed());
    }

    // ------------------------------------------------------------------------------------------------ ranks

    /** How willing a member is to lead: by this member's list, or as it said itself when the log named it. */
    int priority(String id) {
        Optional<Member> listed = settings.member(id);
        if (listed.isPresent()) {
            return listed.get().priority();
        }
        EnrolledMember named = enrolled(id);
        Contact contact = named == null ? null : named.contact();
        return contact == null ? 0 : contact.priority();
    }

    /** The index of the entry that named the member's memory, or 0 if the log does not name it. */
    long namedAt(String id) {
        EnrolledMember named = enrolled(id);
        return named == null ? 0 : named.namedAt();
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
        Comparator<String> order = Comparator.comparingInt(this::priority).reversed();
        if (log.isEmpty()) {
            order = Comparator.comparing((String m) -> !isInitialLeader(m)).thenComparing(order);
        }
        List<String> ranked = listed().stream()
                .map(ListedMember::id)
                .filter(this::mayLead)
                .filter(m -> !m.equals(silent) || isSelf(m))
                .sorted(order.thenComparing(Comparator.naturalOrder()))
                .toList();
        return Math.max(0, ranked.indexOf(id));
    }

    private boolean isInitialLeader(String id) {
        return settings.member(id).map(Member::initialLeader).orElse(false);
    }

    // ------------------------------------------------------------------------------------------------ presence

    /**
     * All members as a member that does not lead sees them. It knows of itself, of its leader, and which voters answer its
     * pings.
     */
    List<MemberPresence> presence(KnownLeader leader, RoundTrips roundTrips, long nowNanos) {
        List<ListedMember> shown = new ArrayList<>(known());
        if (shown.stream().noneMatch(m -> isSelf(m.id()))) {
            shown.add(own.listed());
            shown.sort(Comparator.comparing(ListedMember::id));
        }
        return shown.stream()
                .map(m -> {
                    boolean led = m.id().equals(leader.id());
                    // Messages from a leader do not show that it would answer this member.
                    Boolean reachable = isSelf(m.id()) ? Boolean.TRUE : roundTrips.answers(m.id(), nowNanos);
                    return new MemberPresence(
                            m.id(),
                            m.kind(),
                            votingState(m),
                            reachable,
                            later(led ? leader.lastContactNanos() : null, roundTrips.lastAnswerNanos(m.id())),
                            roundTrips.shown(m.id()),
                            null);
                })
                .toList();
    }

    private MemberPresence.VotingState votingState(ListedMember member) {
        if (isSelf(member.id()) && isRemoved()) {
            return MemberPresence.VotingState.REMOVED;
        }
        if (!member.kind().votes()) {
            return MemberPresence.VotingState.NON_VOTER;
        }
        if (!log.isEmpty() && !isVoter(member.id())) {
            return MemberPresence.VotingState.LEARNER;
        }
        if (!isSelf(member.id()) || log.isEmpty()) {
            return MemberPresence.VotingState.UNKNOWN;
        }
        return isSettled() ? MemberPresence.VotingState.VOTER : MemberPresence.VotingState.CATCHING_UP;
    }

    private static @Nullable Long later(@Nullable Long one, @Nullable Long other) {
        return one == null || (other != null && other - one > 0) ? other : one;
    }
}
