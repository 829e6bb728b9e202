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
    record Promote(String member) implements MemberChange {}

    /**
     * A voter loses its vote and stays a member.
     *
     * @param member the voter
     * @param comesBack whether it gets its vote back by itself once it has caught up
     */
    record Demote(String member, boolean comesBack) implements MemberChange {

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
    record Remove(String member) implements MemberChange {}

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
        /** This member does not lead. */
        NOT_LEADER,
        /** The leader does not take its own vote: it hands over first, and its successor makes the change. */
        LEADS_ITSELF,
        /** It would leave no voter to spare, and was not forced. */
        NEEDS_FORCE,
        /** It is not possible now, or never. */
        REFUSED,
        /** The leadership ended first. It may be committed or not. */
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
