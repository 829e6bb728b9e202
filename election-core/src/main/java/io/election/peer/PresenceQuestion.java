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
 */
public record PresenceQuestion(
        @Nullable Contact contact,
        @Nullable List<String> seeks,
        @Nullable Boolean seeksAll,
        @Nullable KnownMemory memory) {

    /** Nothing said. */
    public static final PresenceQuestion NONE = new PresenceQuestion(null, null, null);

    /** Refuses what no member says. */
    public PresenceQuestion {
        if (seeks != null) {
            if (seeks.size() > Message.MOST_MEMBERS) {
                throw new IllegalArgumentException(
                        "seeks must have at most " + Message.MOST_MEMBERS + " members, but has " + seeks.size());
            }
            seeks.forEach(member -> Message.checkName("seeks", member));
            seeks = List.copyOf(seeks);
        }
    }

    /**
     * What a member says whose memory has no editions.
     *
     * @param contact where the asker is reached, or {@code null} if it does not say
     * @param seeks the members that it does not reach; {@code null} for none
     * @param seeksAll whether it wants to know where all members are reached; {@code null} for no
     */
    public PresenceQuestion(@Nullable Contact contact, @Nullable List<String> seeks, @Nullable Boolean seeksAll) {
        this(contact, seeks, seeksAll, null);
    }

    /**
     * The same, with the asker's memory.
     *
     * @param ofAsker the asker's memory and its edition, or {@code null} if it does not say
     * @return a question
     */
    public PresenceQuestion with(@Nullable KnownMemory ofAsker) {
        return ofAsker == null ? this : new PresenceQuestion(contact, seeks, seeksAll, ofAsker);
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
