package io.election.core.explorer;

import org.jspecify.annotations.Nullable;

/**
 * One thing that can happen next.
 *
 * @param kind what happens
 * @param member the index of the member to which it happens
 * @param message the message that is meant, or {@code null}
 * @param detail how many writes, where writes are meant; the index of the member that a change is about
 * @param deviates whether it counts as a deviation from the order in which everything is as quick as can be
 */
record Action(Kind kind, int member, @Nullable Sent message, int detail, boolean deviates) {

    enum Kind {
        /** A message arrives. */
        DELIVER,
        /** A message is held up. It may arrive at any later time, or never. */
        HOLD_UP,
        /** A message arrives, and will arrive again. */
        DELIVER_AND_KEEP,
        /** The sender of a request learns that it will get no answer. */
        FAIL,
        /** The member is cut off for good. */
        CUT_OFF,
        /** Time passes until the next timer of all is due, and that timer fires. */
        TIMER,
        /** The same, and all messages that are under way are lost before. */
        TIMER_AFTER_LOSS,
        /** The same, although an earlier timer of another member has not fired: that member's process is held up. */
        TIMER_BEFORE_ANOTHER,
        /** The first writes that are not finished are finished. */
        WRITE,
        /** The process dies. The first unfinished writes survive. */
        CRASH,
        START,
        /** A process starts with a new directory. */
        START_ON_A_NEW_DIRECTORY,
        HAND_OVER,
        STEP_DOWN,
        CLOSE,
        /** All work under the leadership that ended is done. */
        WORK_DONE,
        /** A caller asks the leader to append an entry. */
        PROPOSE,
        /** A caller asks the leader to give another member its vote. */
        PROMOTE,
        /** A caller asks the leader to take another member's vote. */
        DEMOTE,
        /** A caller asks the leader to remove another member. */
        REMOVE;

        /** Whether only the order of events is meant, and no fault and no call that is counted by itself. */
        boolean isOrder() {
            return switch (this) {
                case DELIVER, HOLD_UP, TIMER, WRITE, WORK_DONE -> true;
                default -> false;
            };
        }

        /** Whether time may pass before it. */
        boolean isTimer() {
            return this == TIMER || this == TIMER_AFTER_LOSS || this == TIMER_BEFORE_ANOTHER;
        }
    }

    Action(Kind kind, int member) {
        this(kind, member, null, 0, false);
    }

    Action deviating() {
        return new Action(kind, member, message, detail, true);
    }
}
