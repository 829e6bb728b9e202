package io.election.core;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The members of a founded cluster. The newest membership in a member's log is in force, committed or not (thesis,
 * section 4.1).
 *
 * @param clusterId the cluster id, drawn at random at the founding, so that two foundings do not share it
 * @param generation the second, since 1970, in which the cluster was founded
 * @param members all members, sorted by id
 */
public record Membership(String clusterId, long generation, List<EnrolledMember> members) {

    /**
     * Generations from this one on are impossible. They are seconds, and the tokens computed from them stay exact in
     * JSON.
     */
    static final long GENERATION_LIMIT = (1L << 33) - (1L << 20);

    public Membership {
        Message.checkName("clusterId", clusterId);
        if (generation < 1 || generation >= GENERATION_LIMIT) {
            throw new IllegalArgumentException(
                    "generation must be positive and below " + GENERATION_LIMIT + ", but is " + generation);
        }
        if (members.size() > Message.MOST_MEMBERS
                || members.stream().noneMatch(m -> m.kind() == MemberKind.DATA)
                || members.stream().map(EnrolledMember::id).distinct().count() != members.size()) {
            throw new IllegalArgumentException("members must be up to " + Message.MOST_MEMBERS
                    + " with different ids, one of them a data member, but are " + members.size());
        }
        members = members.stream()
                .sorted(Comparator.comparing(EnrolledMember::id))
                .toList();
    }

    /** Refuses a membership that names an incarnation by an entry after the given index. */
    void checkNamedUpTo(long index) {
        for (EnrolledMember member : members) {
            if (member.namedAt() > index) {
                throw new IllegalArgumentException("namedAt must be at most " + index + " here, but is "
                        + member.namedAt() + " for '" + member.id() + "'");
            }
        }
    }

    long weight() {
        long weight = 0;
        for (EnrolledMember member : members) {
            weight += 64 + member.id().length() + member.incarnation().length();
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
                        .map(m -> m.id().equals(id) ? new EnrolledMember(id, m.kind(), incarnation, index) : m)
                        .toList());
    }
}
