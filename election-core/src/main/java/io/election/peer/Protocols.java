package io.election.peer;

import io.election.core.Header;
import org.jspecify.annotations.Nullable;

/**
 * The versions of the wire protocol that a member speaks. Two members use the highest that both speak. A member says its
 * highest when it is asked whether it is there, which every member asks every other at its start and then again and again; that
 * question, and whatever is sent before the answer is known, is in the lowest. So a later member never begins with something that
 * this one does not know.
 *
 * @param lowest the oldest version that is still spoken
 * @param highest the newest one
 */
record Protocols(int lowest, int highest) {

    /** What this version of the library speaks. */
    static final Protocols OURS = new Protocols(Header.PROTOCOL, Header.PROTOCOL);

    boolean speaks(int version) {
        return version >= lowest && version <= highest;
    }

    /**
     * What to speak with another member.
     *
     * @param othersHighest the newest version that it speaks; {@code null} if it did not say so, as the first version does not
     */
    int common(@Nullable Integer othersHighest) {
        return othersHighest == null ? lowest : Math.max(lowest, Math.min(highest, othersHighest));
    }

    /** For a person. */
    String describe() {
        return lowest == highest ? lowest + " is" : lowest + " to " + highest + " are";
    }
}
