package io.election.core;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One step from a membership to the next. It gives or takes one vote at most, because only then every quorum of the one shares
 * a member with every quorum of the other (thesis, section 4.1). Pausing the leadership, and resuming it, leaves all votes as they
 * are.
 */
public sealed interface MemberChange {

    /**
     * The member that it is about; of a pause or its end, the member at which it is wished.
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

    /**
     * The leadership stays where it is (safety rule 18).
     *
     * @param member the member at which it is wished
     * @param terms until when, who wishes it, and why
     */
    record PauseLeadership(String member, PauseTerms terms) implements MemberChange {

        public PauseLeadership {
            Message.checkName("member", member);
            if (terms.untilMillis() == null) {
                throw new IllegalArgumentException("untilMillis must be there with a pause");
            }
        }

        long untilMillis() {
            return Objects.requireNonNull(terms.untilMillis(), "checked when it was made");
        }
    }

    /**
     * The leadership is paused no longer.
     *
     * @param member the member at which it is wished
     * @param terms who wishes it, and why
     */
    record ResumeLeadership(String member, PauseTerms terms) implements MemberChange {

        public ResumeLeadership {
            Message.checkName("member", member);
            if (terms.untilMillis() != null) {
                throw new IllegalArgumentException("untilMillis must be absent with the end of a pause");
            }
        }
    }

    /** What is done to a member, as messages name it. */
    enum Action {
        /** {@link Promote}. */
        PROMOTE,
        /** {@link Demote}. */
        DEMOTE,
        /** {@link Remove}. */
        REMOVE,
        /** {@link PauseLeadership}. */
        PAUSE,
        /** {@link ResumeLeadership}. */
        RESUME;

        /**
         * Whether it is about the leadership, and not about a member.
         *
         * @return {@code true} for a pause and its end
         */
        public boolean isOfLeadership() {
            return this == PAUSE || this == RESUME;
        }

        /**
         * This, done to a member.
         *
         * @param member the member
         * @return the change
         */
        public MemberChange of(String member) {
            return of(member, null);
        }

        /**
         * This, done to a member or wished at it.
         *
         * @param member the member
         * @param terms what is said with a pause or its end; {@code null} with everything else
         * @return the change
         * @throws IllegalArgumentException if terms are missing, or are there where none belong
         */
        public MemberChange of(String member, @Nullable PauseTerms terms) {
            if (isOfLeadership() == (terms == null)) {
                throw new IllegalArgumentException("terms belong to a pause and its end, and to nothing else");
            }
            return switch (this) {
                case PROMOTE -> new Promote(member);
                case DEMOTE -> new Demote(member);
                case REMOVE -> new Remove(member);
                case PAUSE -> new PauseLeadership(member, Objects.requireNonNull(terms));
                case RESUME -> new ResumeLeadership(member, Objects.requireNonNull(terms));
            };
        }
    }

    /**
     * What is done to the member.
     *
     * @return the action, which with the member makes the change again
     */
    default Action action() {
        if (this instanceof PauseLeadership) {
            return Action.PAUSE;
        }
        if (this instanceof ResumeLeadership) {
            return Action.RESUME;
        }
        return this instanceof Promote ? Action.PROMOTE : this instanceof Demote ? Action.DEMOTE : Action.REMOVE;
    }

    /**
     * What is said with a pause or its end.
     *
     * @return the terms, or {@code null} of any other change
     */
    default @Nullable PauseTerms pauseTerms() {
        if (this instanceof PauseLeadership pause) {
            return pause.terms();
        }
        return this instanceof ResumeLeadership resume ? resume.terms() : null;
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
