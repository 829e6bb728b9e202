package io.election.core;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Who belongs to a founded cluster. The newest one in a member's log is in force, committed or not (thesis, section 4.1).
 *
 * @param clusterId drawn at the founding; two foundings never share it
 * @param generation the second, since 1970, of the founding
 * @param members all members, sorted by id
 */
public record Membership(String clusterId, long generation, List<EnrolledMember> members) {

    public Membership {
        members = members.stream()
                .sorted(Comparator.comparing(EnrolledMember::id))
                .toList();
    }

    /**
     * Looks a member up.
     *
     * @param id the member's id
     * @return the member, if it belongs to the cluster
     */
    public Optional<EnrolledMember> member(String id) {
        // Asked for each message: no stream.
        for (EnrolledMember member : members) {
            if (member.id().equals(id)) {
                return Optional.of(member);
            }
        }
        return Optional.empty();
    }

    /**
     * The list as configurations must have it.
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
