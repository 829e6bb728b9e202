package io.election.core;

import org.jspecify.annotations.Nullable;

/** What a log entry says. */
public sealed interface Payload {

    /** What one payload may weigh, in bytes, for a leader to take it: an entry of that size fits into a message and a record. */
    long LARGEST = 1 << 17;

    /**
     * The first entry of a term, written by its leader: the thesis's no-op, which here also names the leader. Until it is
     * committed nothing of earlier terms counts as committed (thesis, section 6.4). The very first one is the founding.
     *
     * @param leader the leader of the term
     * @param position the position of the leader's application log, or {@code null} where it has none
     * @param founding the cluster's first membership, only in the first entry of the log
     */
    record TermOpening(
            String leader,
            @Nullable LogPosition position,
            @Nullable Membership founding) implements Payload {

        public TermOpening {
            Message.checkName("leader", leader);
        }
    }

    /**
     * A change of membership, in force as soon as it is in a log.
     *
     * @param membership all members from here on
     */
    record MembershipChange(Membership membership) implements Payload {}

    /**
     * Data of the application. Neither the election nor its journal interprets them.
     *
     * @param type what the data are, for the application that reads them: a name of up to {@link Message#LONGEST_NAME}
     *     characters
     * @param data the data, of up to {@link #LARGEST} bytes together with the type where a leader is to take them
     */
    record Application(String type, Bytes data) implements Payload {

        public Application {
            Message.checkName("type", type);
        }
    }

    /** What a witness holds in place of an entry that does not concern it. */
    record Withheld() implements Payload {}

    /**
     * The membership that this payload puts in force.
     *
     * @return the membership, or {@code null} if it changes none
     */
    default @Nullable Membership membership() {
        if (this instanceof TermOpening opening) {
            return opening.founding();
        }
        return this instanceof MembershipChange change ? change.membership() : null;
    }

    /**
     * About how many bytes it takes to hold this payload.
     *
     * @return its weight
     */
    default long weight() {
        Membership membership = membership();
        return (membership == null ? 0 : membership.weight())
                + (this instanceof Application application
                        ? application.type().length() + application.data().length()
                        : 0);
    }
}
