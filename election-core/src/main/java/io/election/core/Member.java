package io.election.core;

/**
 * A member as this member's configuration describes it.
 *
 * @param id the member's stable id
 * @param kind what it may do
 * @param priority who stands first when there is no leader: higher before lower, then by id
 * @param initialLeader whether it has a head start at the founding
 */
public record Member(String id, MemberKind kind, int priority, boolean initialLeader) {

    /**
     * The part on which all members must agree.
     *
     * @return id and kind
     */
    public ListedMember listed() {
        return new ListedMember(id, kind);
    }
}
