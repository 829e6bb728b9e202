package io.election.core;

/**
 * A member as the configuration of every member must list it. The founding compares exactly these values.
 *
 * @param id the member's stable id
 * @param kind what it may do
 */
public record ListedMember(String id, MemberKind kind) {

    public ListedMember {
        Message.checkName("id", id);
    }
}
