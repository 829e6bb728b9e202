package io.election.peer;

import io.election.core.Message;

/**
 * How far a member has seen another member's memory.
 *
 * @param incarnation the life of that memory
 * @param edition the highest {@linkplain MemberState#edition() edition} of it that the other member has shown
 */
public record KnownMemory(String incarnation, long edition) {

    /** Refuses what no member says. */
    public KnownMemory {
        Message.checkName("incarnation", incarnation);
        if (edition < 1) {
            throw new IllegalArgumentException("edition must be positive, but is " + edition);
        }
    }
}
