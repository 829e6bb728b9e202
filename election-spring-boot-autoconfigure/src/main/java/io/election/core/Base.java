package io.election.core;

import org.jspecify.annotations.Nullable;

/**
 * What stands for all committed entries that were folded away: the log's snapshot (thesis, section 5).
 *
 * @param last the last entry folded into it; {@link LogPosition#NONE} for an empty log's base
 * @param membership the membership in force there, or {@code null} before the founding
 * @param opening the newest opening entry in it that named an application position, or {@code null}
 */
public record Base(
        LogPosition last,
        @Nullable Membership membership,
        @Nullable OpenedPosition opening) {

    public Base {
        Message.checkPosition("last", last, Message.TERM_LIMIT - 1);
        if (membership != null) {
            membership.checkNamedUpTo(last.index());
        }
        if (opening != null && opening.term() > last.term()) {
            throw new IllegalArgumentException(
                    "opening must be of a term up to " + last.term() + ", but is of " + opening.term());
        }
    }

    /** The base of a log that has never had an entry. */
    public static final Base EMPTY = new Base(LogPosition.NONE, null, null);

    /**
     * The application position that the leader of a term began with.
     *
     * @param term the term that it opened
     * @param position the leader's application position then
     */
    public record OpenedPosition(long term, LogPosition position) {

        public OpenedPosition {
            Message.checkOwnTerm(term);
        }
    }
}
