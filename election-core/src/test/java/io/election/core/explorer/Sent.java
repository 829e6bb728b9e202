package io.election.core.explorer;

import io.election.core.Message;
import io.election.core.Request;

/**
 * A message that is under way.
 *
 * @param message the message
 * @param from the index of the sender
 * @param to the index of the receiver
 * @param tokens its content
 */
record Sent(Message message, int from, int to, Tokens tokens) {

    /** The member that asked: the sender of a request, the receiver of a response. */
    int asker() {
        return message instanceof Request ? from : to;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Sent that && tokens.equals(that.tokens);
    }

    @Override
    public int hashCode() {
        return tokens.hashCode();
    }

    @Override
    public String toString() {
        return message.getClass().getSimpleName() + (message instanceof Request ? "?" : "!") + " #"
                + message.header().requestId() + " " + message.header().from() + "→"
                + message.header().to();
    }
}
