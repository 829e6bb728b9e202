package io.election.core;

/**
 * A member as every member's configuration must list it alike: the founding compares exactly this.
 *
 * @param id the member's stable id
 * @param kind what it may do
 */
public record ListedMember(String id, MemberKind kind) {

    public ListedMember {
        Message.checkName("id", id);
    }
}
