package io.election.core;

import org.jspecify.annotations.Nullable;

/**
 * A member as the log names it.
 *
 * @param id the member's stable id
 * @param kind what it may do
 * @param incarnation the incarnation of its durable memory that counts; empty for an observer, which never counts
 * @param namedAt the index of the entry that named this incarnation; 1 is the founding
 * @param standing how it came to its place, or {@code null} for a member of the founding, with its first memory or with one
 *     that was let in later
 * @param contact where it can be reached, as it said itself when the log named it, or {@code null}
 */
public record EnrolledMember(
        String id,
        MemberKind kind,
        String incarnation,
        long namedAt,
        @Nullable Standing standing,
        @Nullable Contact contact) {

    /** How a member came to its place, if not by the founding. */
    public enum Standing {
        /** It was a learner, and an entry gave it its vote. */
        PROMOTED,
        /** It belongs to the cluster and has no vote, though its kind could have one. */
        WITHOUT_VOTE,
        /** The leader took its vote because it lagged behind, and gives it back once it has caught up. */
        LAGGING
    }

    public EnrolledMember {
        Message.checkName("id", id);
        if (kind.votes() || !incarnation.isEmpty()) {
            Message.checkName("incarnation", incarnation);
        }
        Message.checkIndex("namedAt", namedAt);
        if (namedAt < 1) {
            throw new IllegalArgumentException("namedAt must be positive, but is " + namedAt);
        }
        if (standing != null && !kind.votes()) {
            throw new IllegalArgumentException("standing must be absent for an observer, but is " + standing);
        }
        if (standing == Standing.PROMOTED && namedAt == 1) {
            throw new IllegalArgumentException("namedAt must be after the founding for a promoted member, but is 1");
        }
    }

    /**
     * A member of the founding, with the memory that an entry names.
     *
     * @param id the member's stable id
     * @param kind what it may do
     * @param incarnation the incarnation of its durable memory that counts; empty for an observer
     * @param namedAt the index of the entry that named this incarnation
     */
    public EnrolledMember(String id, MemberKind kind, String incarnation, long namedAt) {
        this(id, kind, incarnation, namedAt, null, null);
    }

    /**
     * Whether it counts in the quorum.
     *
     * @return {@code true} for a data member or witness that has a vote
     */
    public boolean votes() {
        return kind.votes() && (standing == null || standing == Standing.PROMOTED);
    }

    /**
     * Whether it may lead.
     *
     * @return {@code true} for a data member that has a vote
     */
    public boolean mayLead() {
        return kind == MemberKind.DATA && votes();
    }

    /**
     * Whether this incarnation took part in the founding.
     *
     * @return {@code true} if the founding named it
     */
    public boolean isFounder() {
        return namedAt == 1;
    }

    /**
     * Whether this incarnation took the place of an earlier one, which counted and has lost its memory. Then it counts only once
     * it knows the entry that names it to be committed (safety rule 7). A founder has forgotten nothing, and neither has a
     * learner that was promoted: what it may have forgotten was never counted.
     *
     * @return {@code true} if it has to wait for that
     */
    public boolean waitsForCommit() {
        return namedAt > 1 && standing == null;
    }

    /** Its vote counts from the entry at this index on: from the founding on, if it need not wait. */
    long countsFrom() {
        return waitsForCommit() ? namedAt : 1;
    }
}
