package io.election.core;

/**
 * A member as this member's configuration describes it.
 *
 * @param id the member's stable id
 * @param kind what it may do
 * @param priority the order in which members stand when there is no leader: higher before lower, then by id
 * @param initialLeader whether it has a head start at the founding
 */
public record Member(String id, MemberKind kind, int priority, boolean initialLeader) {

    /**
     * The part of this description on which all members must agree.
     *
     * @return id and kind
     */
    public ListedMember listed() {
        return new ListedMember(id, kind);
    }
}
