package io.election.core;

import org.jspecify.annotations.Nullable;

/**
 * A member as it announced itself. It receives the log and does not count (thesis, section 4.2.1).
 *
 * @param id its id
 * @param kind what it may do once it is promoted
 * @param incarnation the incarnation of its memory
 * @param contact where it can be reached, or {@code null} if it did not say
 */
public record Learner(
        String id,
        MemberKind kind,
        String incarnation,
        @Nullable Contact contact) {

    public Learner {
        Message.checkName("id", id);
        Message.checkName("incarnation", incarnation);
    }
}
