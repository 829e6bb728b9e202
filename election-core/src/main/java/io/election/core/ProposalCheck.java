package io.election.core;

import org.jspecify.annotations.Nullable;

/**
 * Judges what an application wants to write, on the leader, before it is appended. Whatever it refuses is in no log. It may look at the
 * state of this member's replica, which other members need not have yet. It is asked in a step, and must not wait for anything.
 */
@FunctionalInterface
public interface ProposalCheck {

    /** Refuses nothing. */
    ProposalCheck NONE = (entry, underWay) -> null;

    /**
     * Why an entry is not appended.
     *
     * @param reason the kind of the reason
     * @param detail a clause or sentence for people
     */
    record Refused(ProposalOutcome.Reason reason, String detail) {}

    /**
     * Judges one entry.
     *
     * @param entry the content of the entry
     * @param underWay about how many bytes of entries were appended and are not applied here
     * @return why it is not appended, or {@code null} if it may be
     */
    @Nullable Refused check(Payload.Application entry, long underWay);
}
