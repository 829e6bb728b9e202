package io.election.peer;

import io.election.core.Message;
import org.jspecify.annotations.Nullable;

/**
 * How far a member has seen a memory.
 *
 * @param incarnation the life of that memory
 * @param edition the highest {@linkplain MemberState#edition() edition} of it that was seen
 * @param shared whether two processes were seen that run with copies of it; {@code null} for no
 */
public record KnownMemory(
        String incarnation, long edition, @Nullable Boolean shared) {

    /** Refuses what no member says. */
    public KnownMemory {
        Message.checkName("incarnation", incarnation);
        if (edition < 1) {
            throw new IllegalArgumentException("edition must be positive, but is " + edition);
        }
    }

    /**
     * A memory that one process has.
     *
     * @param incarnation the life of that memory
     * @param edition the highest edition of it that was seen
     */
    public KnownMemory(String incarnation, long edition) {
        this(incarnation, edition, null);
    }
}
