package io.election.machine;

import io.election.core.LogPosition;

/** What the replica answers to an entry, for whoever waits for it on this member. */
public sealed interface Applied {

    /**
     * Where the entry is.
     *
     * @return its position
     */
    LogPosition position();

    /**
     * The answer to a command.
     *
     * @param position where the entry is
     * @param id the command
     * @param outcome what became of it
     */
    record CommandAnswer(LogPosition position, CommandId id, Outcome outcome) implements Applied {}

    /**
     * The answer to the opening of a session.
     *
     * @param position where the entry is
     * @param opening what was asked for
     * @param session the session that the member has now, or 0 if it has none
     * @param isOpen whether that is a session of the life that asked
     */
    record SessionAnswer(LogPosition position, SessionOpening opening, long session, boolean isOpen)
            implements Applied {}
}
