package io.election.core;

/**
 * A member as the log names it.
 *
 * @param id the member's stable id
 * @param kind what it may do
 * @param incarnation the incarnation of its durable memory that counts; empty for an observer, which never counts
 * @param namedAt the index of the entry that named this incarnation; 1 is the founding
 */
public record EnrolledMember(String id, MemberKind kind, String incarnation, long namedAt) {

    public EnrolledMember {
        Message.checkName("id", id);
        if (kind.votes() || !incarnation.isEmpty()) {
            Message.checkName("incarnation", incarnation);
        }
        Message.checkIndex("namedAt", namedAt);
        if (namedAt < 1) {
            throw new IllegalArgumentException("namedAt must be positive, but is " + namedAt);
        }
    }

    /**
     * Whether this incarnation took part in the founding, and so counts from the beginning.
     *
     * @return {@code true} if the founding named it
     */
    public boolean isFounder() {
        return namedAt == 1;
    }
}
