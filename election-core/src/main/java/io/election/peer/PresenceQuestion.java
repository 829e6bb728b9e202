package io.election.peer;

import io.election.core.Contact;
import io.election.core.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a member says when it asks another one whether it is there. A member of an older version says nothing, and skips it.
 *
 * @param contact where the asker is reached, or {@code null} if it does not say
 * @param seeks the members that it does not reach; {@code null} for none
 * @param seeksAll whether it wants to know where all members are reached, because it knows of no cluster yet; {@code null} for no
 * @param memory the asker's memory and its edition, or {@code null} if it does not say
 * @param links how it reaches the other members, those left out of which it does not know; {@code null} if it does not say, as
 *     earlier versions do not
 */
public record PresenceQuestion(
        @Nullable Contact contact,
        @Nullable List<String> seeks,
        @Nullable Boolean seeksAll,
        @Nullable KnownMemory memory,
        @Nullable List<KnownLink> links) {

    /** Nothing said. */
    public static final PresenceQuestion NONE = new PresenceQuestion(null, null, null);

    /** Refuses what no member says. */
    public PresenceQuestion {
        if (seeks != null) {
            seeks.forEach(member -> Message.checkName("seeks", member));
            seeks = few("seeks", seeks);
        }
        links = links == null ? null : few("links", links);
    }

    private static <E> List<E> few(String field, List<E> said) {
        if (said.size() > Message.MOST_MEMBERS) {
            throw new IllegalArgumentException(
                    field + " must have at most " + Message.MOST_MEMBERS + " members, but has " + said.size());
        }
        return List.copyOf(said);
    }

    /**
     * What a member says whose memory has no editions, and that says nothing of its links.
     *
     * @param contact where the asker is reached, or {@code null} if it does not say
     * @param seeks the members that it does not reach; {@code null} for none
     * @param seeksAll whether it wants to know where all members are reached; {@code null} for no
     */
    public PresenceQuestion(@Nullable Contact contact, @Nullable List<String> seeks, @Nullable Boolean seeksAll) {
        this(contact, seeks, seeksAll, null, null);
    }

    /**
     * The same, with the asker's memory.
     *
     * @param ofAsker the asker's memory and its edition, or {@code null} if it does not say
     * @return a question
     */
    public PresenceQuestion with(@Nullable KnownMemory ofAsker) {
        return ofAsker == null ? this : new PresenceQuestion(contact, seeks, seeksAll, ofAsker, links);
    }

    /**
     * The same, with how the asker reaches the other members.
     *
     * @param ofAsker its links; none for nothing to say
     * @return a question
     */
    public PresenceQuestion with(List<KnownLink> ofAsker) {
        return ofAsker.isEmpty() ? this : new PresenceQuestion(contact, seeks, seeksAll, memory, ofAsker);
    }

    /**
     * Whether the asker wants to know where a member is reached.
     *
     * @param member its id
     * @return {@code true} if it seeks this member, or all
     */
    public boolean isSought(String member) {
        return Boolean.TRUE.equals(seeksAll) || (seeks != null && seeks.contains(member));
    }

    /**
     * Whether the asker wants to know where any member is reached.
     *
     * @return {@code true} if it seeks some member, or all
     */
    public boolean isAnySought() {
        return Boolean.TRUE.equals(seeksAll) || (seeks != null && !seeks.isEmpty());
    }
}
