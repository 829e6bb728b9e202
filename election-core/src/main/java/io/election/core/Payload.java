package io.election.core;

import org.jspecify.annotations.Nullable;

/** The content of a log entry. */
public sealed interface Payload {

    /**
     * The most that a payload may weigh, in bytes, to be accepted by a leader. An entry of that size fits into a
     * message and into a record.
     */
    long LARGEST = 1 << 17;

    /**
     * The term opening: the first entry of a term, written by its leader. It is the thesis's no-op, and here it also
     * names the leader. Until it is committed, nothing of earlier terms counts as committed (thesis, section 6.4). The
     * very first one is the founding.
     *
     * @param leader the leader of the term
     * @param position the position of the leader's application log, or {@code null} if it has none
     * @param founding the cluster's first membership; present only in the first entry of the log
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
     * A change of membership. On each member it is in force as soon as it is in the log.
     *
     * @param membership all members from this entry on
     */
    record MembershipChange(Membership membership) implements Payload {}

    /**
     * Data of the application. Neither the election nor its journal interprets it.
     *
     * @param type the type of the data, for the application that reads it: a name of up to {@link Message#LONGEST_NAME}
     *     characters
     * @param data the data; to be accepted by a leader, data and type together must have at most {@link #LARGEST} bytes
     */
    record Application(String type, Bytes data) implements Payload {

        public Application {
            Message.checkName("type", type);
        }
    }

    /** What a witness holds instead of the content of an entry that is not for it. */
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
     * @return the weight in bytes
     */
    default long weight() {
        Membership membership = membership();
        return (membership == null ? 0 : membership.weight())
                + (this instanceof Application application
                        ? application.type().length() + application.data().length()
                        : 0);
    }
}
