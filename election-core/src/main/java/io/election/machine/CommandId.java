package io.election.machine;

import io.election.core.Message;

/**
 * Which write of which session a command is. Attempts of one write have the same id.
 *
 * @param session the session: the index of the entry that opened it
 * @param number the write's number in it, from 1
 */
public record CommandId(long session, long number) {

    public CommandId {
        if (session < 1 || number < 1 || session >= Message.INDEX_LIMIT || number >= Message.INDEX_LIMIT) {
            throw new IllegalArgumentException(
                    "session and number must be positive and below 2^52, but are " + session + " and " + number);
        }
    }
}
