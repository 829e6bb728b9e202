package io.election.core;

/**
 * One step from a membership to the next. It gives or takes one vote at most, because only then every quorum of the one shares
 * a member with every quorum of the other (thesis, section 4.1).
 */
public sealed interface MemberChange {

    /**
     * The member that it is about.
     *
     * @return its id
     */
    String member();

    /**
     * A learner gets a vote.
     *
     * @param member the learner
     */
    record Promote(String member) implements MemberChange {

        public Promote {
            Message.checkName("member", member);
        }
    }

    /**
     * A voter loses its vote and stays a member.
     *
     * @param member the voter
     * @param comesBack whether it gets its vote back by itself once it has caught up
     */
    record Demote(String member, boolean comesBack) implements MemberChange {

        public Demote {
            Message.checkName("member", member);
        }

        /**
         * A voter loses its vote until somebody promotes it again.
         *
         * @param member the voter
         */
        public Demote(String member) {
            this(member, false);
        }
    }

    /**
     * A member leaves the cluster. What it holds does not matter any more.
     *
     * @param member the member
     */
    record Remove(String member) implements MemberChange {

        public Remove {
            Message.checkName("member", member);
        }
    }

    /** What is done to a member, as messages name it. */
    enum Action {
        /** {@link Promote}. */
        PROMOTE,
        /** {@link Demote}. */
        DEMOTE,
        /** {@link Remove}. */
        REMOVE;

        /**
         * This, done to a member.
         *
         * @param member the member
         * @return the change
         */
        public MemberChange of(String member) {
            return switch (this) {
                case PROMOTE -> new Promote(member);
                case DEMOTE -> new Demote(member);
                case REMOVE -> new Remove(member);
            };
        }
    }

    /**
     * What is done to the member.
     *
     * @return the action, which with the member makes the change again
     */
    default Action action() {
        return this instanceof Promote ? Action.PROMOTE : this instanceof Demote ? Action.DEMOTE : Action.REMOVE;
    }

    /** How a change ended. */
    enum Outcome {
        /** It is committed. */
        DONE,
        /** There was nothing to change. */
        UNCHANGED,
        /** It was asked for on another membership than the one in force. */
        STALE,
        /** Another change, or a handover, is under way. */
        BUSY,
        /** No leader was found that could make it. */
        NOT_LEADER,
        /** The leader does not take its own vote: it hands over first, so that its successor makes the change. */
        LEADS_ITSELF,
        /** It would leave no voter to spare, and was not forced. */
        NEEDS_FORCE,
        /** It is not possible now, or never. */
        REFUSED,
        /** The leadership ended first, or the leader's answer was lost. It may be committed or not. */
        UNKNOWN
    }

    /**
     * How a change ended.
     *
     * @param outcome how
     * @param version the membership in force here then, by {@link Membership#version()}; 0 before the founding
     * @param detail one clause of explanation
     */
    record Result(Outcome outcome, long version, String detail) {}
}
