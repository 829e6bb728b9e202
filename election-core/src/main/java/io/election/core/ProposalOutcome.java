package io.election.core;

import org.jspecify.annotations.Nullable;

/**
 * What became of a proposal. It does not say that entries are committed, let alone applied: that is known where they are
 * applied.
 *
 * @param kind what became of it
 * @param accepted how many of the proposed entries were appended, from the first on; the others were not, and never will be by
 *     this proposal
 * @param first where the first of them is in the leader's log; {@link LogPosition#NONE} if none was appended or nobody knows
 * @param reason why not all were appended, or {@code null}
 * @param detail one clause of explanation, without a full stop; may be empty
 */
public record ProposalOutcome(
        Kind kind, int accepted, LogPosition first, @Nullable Reason reason, String detail) {

    /** What is known. */
    public enum Kind {
        /** The leader appended the first {@link ProposalOutcome#accepted()} of them, and none of the others. */
        APPENDED,
        /** None was appended. */
        REFUSED,
        /** The leader did not answer, so any of them may have been appended. */
        UNKNOWN
    }

    /** Why a leader appends less than it was asked to. */
    public enum Reason {
        /** No leader is known, or the asked member does not lead, or hands over. It may be asked again. */
        NO_LEADER,
        /** Too much is not committed, or not applied. It may be asked again. */
        BUSY,
        /** No second data member was heard from that could hold a copy. It may be asked again. */
        TOO_FEW_COPIES,
        /** A member does not read this type of entry. */
        NOT_READ,
        /** An entry is larger than any that is taken. */
        TOO_LARGE,
        /** The state machine has as much as it may hold. */
        FULL,
        /** The log of this cluster feeds no state machine, or this member takes part in none. */
        NO_MACHINE
    }

    /** A proposal of which all was appended. */
    static ProposalOutcome appended(LogPosition first, int count) {
        return new ProposalOutcome(Kind.APPENDED, count, first, null, "");
    }

    /** A proposal of which only the first entries were appended. */
    static ProposalOutcome partly(LogPosition first, int count, Reason reason, String detail) {
        return new ProposalOutcome(Kind.APPENDED, count, first, reason, detail);
    }

    static ProposalOutcome refused(Reason reason, String detail) {
        return new ProposalOutcome(Kind.REFUSED, 0, LogPosition.NONE, reason, detail);
    }

    static ProposalOutcome unknown(String detail) {
        return new ProposalOutcome(Kind.UNKNOWN, 0, LogPosition.NONE, null, detail);
    }
}
