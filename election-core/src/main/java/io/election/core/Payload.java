package io.election.core;

import org.jspecify.annotations.Nullable;

/** What a log entry says. */
public sealed interface Payload {

    /**
     * The first entry of a term, written by its leader; until it is committed nothing of earlier terms counts as
     * committed (thesis, section 6.4). The very first one is the founding.
     *
     * @param leader the leader of the term
     * @param position the position of the leader's application log, or {@code null} where it has none
     * @param founding the cluster's first membership, only in the first entry of the log
     */
    record Opening(
            String leader,
            @Nullable LogPosition position,
            @Nullable Membership founding) implements Payload {

        public Opening {
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
     * Data of the application.
     *
     * @param data not interpreted here
     */
    record Application(String data) implements Payload {

        public Application {
            if (!Message.isUnicode(data)) {
                throw new IllegalArgumentException("data must be Unicode");
            }
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
        if (this instanceof Opening opening) {
            return opening.founding();
        }
        return this instanceof MembershipChange change ? change.membership() : null;
    }

    /**
     * About how many characters it takes to hold this payload.
     *
     * @return its weight
     */
    default long weight() {
        Membership membership = membership();
        return (membership == null ? 0 : membership.weight())
                + (this instanceof Application application ? application.data().length() : 0);
    }
}
