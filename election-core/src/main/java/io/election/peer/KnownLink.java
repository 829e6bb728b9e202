package io.election.peer;

import io.election.core.Message;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a member reaches another one, as it says itself. It is for people: no vote, lease or promise depends on it.
 *
 * @param member the other one
 * @param reached whether it answers
 * @param roundTrip of its last answer; {@code null} where it is not reached, or that is not known
 * @param heard how long ago it was last heard from, by an answer or by a request of its own; {@code null} for never
 * @param why why it is not reached, one clause, or {@code null}; cut where it is long
 */
public record KnownLink(
        String member,
        boolean reached,
        @Nullable Duration roundTrip,
        @Nullable Duration heard,
        @Nullable String why) {

    /** As many links are told of at most: a picture of more would show nothing. */
    public static final int MOST_TOLD = 100;

    /** Refuses what no member says. */
    public KnownLink {
        Message.checkName("member", member);
        checkLength("roundTrip", roundTrip);
        checkLength("heard", heard);
        why = why == null ? null : PeerEndpoint.printable(why);
    }

    private static void checkLength(String field, @Nullable Duration length) {
        if (length != null && length.isNegative()) {
            throw new IllegalArgumentException(field + " must not be negative, but is " + length);
        }
    }
}
