package io.election.core;

import io.election.FencingToken;
import io.election.core.EnrolledMember.Standing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The members of a founded cluster. The newest membership in a member's log is in force, committed or not (thesis,
 * section 4.1).
 *
 * @param clusterId the cluster id, drawn at random at the founding, so that two foundings do not share it. It begins with five
 *     hexadecimal digits and a hyphen, which say where the tokens of the cluster begin within its generation
 * @param generation the second, since 1970, after that in which the cluster was founded, by the clock of its founders that was
 *     ahead; higher if one of them knew of a higher token
 * @param members all members, sorted by id
 * @param changedAt the index of the entry that made it, or {@code null} if that is the one that last named an incarnation, as
 *     it is for the founding and for a memory that was let in
 * @param pause that the leadership is paused, or {@code null}
 */
public record Membership(
        String clusterId,
        long generation,
        List<EnrolledMember> members,
        @Nullable Long changedAt,
        @Nullable Pause pause) {

    /**
     * Generations from this one on are impossible. They are seconds, and the tokens computed from them stay exact in
     * JSON.
     */
    static final long GENERATION_LIMIT = (1L << 33) - (1L << 20);

    /** A fencing token has so many bits for the terms of a generation. */
    static final int TERM_BITS = 20;

    private static final int OFFSET_DIGITS = 5;
    private static final int DRAWN_DIGITS = 16;

    public Membership {
        Message.checkName("clusterId", clusterId);
        if (generation < 1 || generation >= GENERATION_LIMIT) {
            throw new IllegalArgumentException(
                    "generation must be positive and below " + GENERATION_LIMIT + ", but is " + generation);
        }
        if (members.size() > Message.MOST_MEMBERS
                || members.stream().noneMatch(EnrolledMember::mayLead)
                || members.stream().map(EnrolledMember::id).distinct().count() != members.size()) {
            throw new IllegalArgumentException("members must be up to " + Message.MOST_MEMBERS
                    + " with different ids, one of them a data member, but are " + members.size());
        }
        members = members.stream()
                .sorted(Comparator.comparing(EnrolledMember::id))
                .toList();
        long named = lastNamedAt(members);
        if (changedAt != null) {
            Message.checkIndex("changedAt", changedAt);
            if (changedAt < named) {
                throw new IllegalArgumentException(
                        "changedAt must be at least " + named + ", where a member was named, but is " + changedAt);
            }
            changedAt = changedAt == named ? null : changedAt;
        }
    }

    /**
     * The members of a cluster whose leadership is not paused.
     *
     * @param clusterId the cluster id
     * @param generation the second, since 1970, in which the cluster was founded
     * @param members all members
     * @param changedAt the index of the entry that made it, or {@code null}
     */
    public Membership(String clusterId, long generation, List<EnrolledMember> members, @Nullable Long changedAt) {
        this(clusterId, generation, members, changedAt, null);
    }

    /**
     * The members as the founding, or an entry that lets a new memory in, names them.
     *
     * @param clusterId the cluster id
     * @param generation the second, since 1970, in which the cluster was founded
     * @param members all members
     */
    public Membership(String clusterId, long generation, List<EnrolledMember> members) {
        this(clusterId, generation, members, null, null);
    }

    private static long lastNamedAt(List<EnrolledMember> members) {
        long last = 1;
        for (EnrolledMember member : members) {
            last = Math.max(last, member.namedAt());
        }
        return last;
    }

    /**
     * The index of the entry that made this membership. It tells one membership of a cluster from another.
     *
     * @return 1 for the founding
     */
    public long version() {
        return changedAt == null ? lastNamedAt(members) : changedAt;
    }

    /**
     * The fencing token of a term of this cluster.
     *
     * @param term the term
     * @return the token, higher than that of each earlier term, and of each cluster that was founded earlier by the clocks of
     *     its founders
     */
    public FencingToken token(long term) {
        return FencingToken.of(generation, offset(clusterId) + term);
    }

    /** The first token of a founding. */
    static long firstToken(long generation, String clusterId) {
        return (generation << TERM_BITS) + offset(clusterId) + 1;
    }

    /**
     * Where within the tokens of its generation those of a cluster begin, as its id says. An id of an early version says
     * nothing, and its tokens begin with the generation.
     */
    private static long offset(String clusterId) {
        if (clusterId.length() != OFFSET_DIGITS + 1 + DRAWN_DIGITS || clusterId.charAt(OFFSET_DIGITS) != '-') {
            return 0;
        }
        long offset = 0;
        for (int i = 0; i < OFFSET_DIGITS; i++) {
            int digit = Character.digit(clusterId.charAt(i), 16);
            if (digit < 0) {
                return 0;
            }
            offset = offset << 4 | digit;
        }
        return offset;
    }

    /**
     * The version of the members in force, where there may be none yet.
     *
     * @param inForce the members in force, or {@code null} before the founding
     * @return their {@link #version()}, or 0 before the founding
     */
    public static long versionOf(@Nullable Membership inForce) {
        return inForce == null ? 0 : inForce.version();
    }

    /** Refuses a membership that names an incarnation by an entry after the given index. */
    void checkNamedUpTo(long index) {
        for (EnrolledMember member : members) {
            if (member.namedAt() > index) {
                throw new IllegalArgumentException("namedAt must be at most " + index + " here, but is "
                        + member.namedAt() + " for '" + member.id() + "'");
            }
        }
        if (version() > index) {
            throw new IllegalArgumentException("changedAt must be at most " + index + " here, but is " + version());
        }
    }

    long weight() {
        long weight = pause == null ? 0 : pause.weight();
        for (EnrolledMember member : members) {
            Contact contact = member.contact();
            weight += 64
                    + member.id().length()
                    + member.incarnation().length()
                    + (contact == null ? 0 : contact.weight());
        }
        return weight;
    }

    /**
     * Looks a member up.
     *
     * @param id the member's id
     * @return the member, if it belongs to the cluster
     */
    public Optional<EnrolledMember> member(String id) {
        return Optional.ofNullable(find(id));
    }

    /** The same, for what is asked several times for each message. */
    @Nullable EnrolledMember find(String id) {
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i).id().equals(id)) {
                return members.get(i);
            }
        }
        return null;
    }

    /**
     * The member list as every configuration must have it.
     *
     * @return ids and kinds, sorted by id
     */
    public List<ListedMember> listed() {
        return members.stream().map(m -> new ListedMember(m.id(), m.kind())).toList();
    }

    /**
     * The same cluster with one member's memory replaced by a new one.
     *
     * @param id the member
     * @param incarnation its new incarnation
     * @param index the index of the entry that says so
     * @return the new membership
     */
    public Membership withIncarnation(String id, String incarnation, long index) {
        return new Membership(
                clusterId,
                generation,
                members.stream()
                        .map(m -> m.id().equals(id)
                                ? new EnrolledMember(id, m.kind(), incarnation, index, null, m.contact())
                                : m)
                        .toList(),
                null,
                pause);
    }

    /**
     * The same cluster with a member that has a vote from now on.
     *
     * @param learner the member, whose vote counts from this entry on
     * @param index the index of the entry that says so
     * @return the new membership
     */
    public Membership withVoter(Learner learner, long index) {
        List<EnrolledMember> all = new ArrayList<>(others(learner.id()));
        all.add(new EnrolledMember(
                learner.id(), learner.kind(), learner.incarnation(), index, Standing.PROMOTED, learner.contact()));
        return new Membership(clusterId, generation, all, index, pause);
    }

    /**
     * The same cluster, in which a member has no vote any more and still belongs to it.
     *
     * @param id the member
     * @param standing {@link Standing#WITHOUT_VOTE} or {@link Standing#LAGGING}
     * @param index the index of the entry that says so
     * @return the new membership
     */
    public Membership withoutVoteOf(String id, Standing standing, long index) {
        return new Membership(
                clusterId,
                generation,
                members.stream()
                        .map(m -> m.id().equals(id)
                                ? new EnrolledMember(id, m.kind(), m.incarnation(), m.namedAt(), standing, m.contact())
                                : m)
                        .toList(),
                index,
                pause);
    }

    /**
     * The same cluster without a member.
     *
     * @param id the member
     * @param index the index of the entry that says so
     * @return the new membership
     */
    public Membership without(String id, long index) {
        return new Membership(clusterId, generation, others(id), index, pause);
    }

    /**
     * The same members, with the leadership paused or no longer.
     *
     * @param next the pause, or {@code null} to end it
     * @param index the index of the entry that says so
     * @return the new membership
     */
    public Membership withPause(@Nullable Pause next, long index) {
        return new Membership(clusterId, generation, members, index, next);
    }

    private List<EnrolledMember> others(String id) {
        return members.stream().filter(m -> !m.id().equals(id)).toList();
    }
}
