package io.election;

/**
 * The identity of one write, the same in every attempt to make it. A write is applied once, however often it is sent under its id.
 *
 * @param session the session of the member's process in which it was made, positive
 * @param number its number in the session, from 1
 */
public record WriteId(long session, long number) {

    public WriteId {
        if (session < 1 || number < 1) {
            throw new IllegalArgumentException(
                    "session and number must be positive, but are " + session + " and " + number);
        }
    }

    @Override
    public String toString() {
        return session + "-" + number;
    }
}
