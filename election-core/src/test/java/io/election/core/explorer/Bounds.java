package io.election.core.explorer;

/**
 * What an exploration is limited to. Of each kind of event that is counted here, a run has at most so many.
 *
 * @param depth the length of the longest schedule
 * @param term the highest term; a state beyond it is judged, but not followed
 * @param underWay the highest number of messages that are under way; a step that would send more is not taken
 * @param deviations how often the order deviates from the one in which every write and every message is as quick as can
 *     be and messages arrive in the order in which they were sent; {@link #ANY_ORDER} for every order
 * @param crashes how often a process dies
 * @param newMemories how often a member starts with a new directory
 * @param duplicates how often a message arrives once more
 * @param failures how often a sender learns that it will get no answer; messages that are lost in silence do not count
 * @param lateTimers how often a timer fires although an earlier one of another member has not
 * @param losses how often everything that is under way is lost at once; a single message that never arrives does not
 *     count
 * @param calls how often a caller asks the leader to hand over, to step down or to close
 * @param proposals how often a caller asks the leader to append an entry
 * @param cuts how often a member is cut off for good: whatever is under way to or from it is lost, and whatever is sent
 *     from then on; at most one member is
 * @param changes how often a caller asks the leader to promote, to demote or to remove another member
 */
record Bounds(
        int depth,
        int term,
        int underWay,
        int deviations,
        int crashes,
        int newMemories,
        int duplicates,
        int failures,
        int lateTimers,
        int losses,
        int calls,
        int proposals,
        int cuts,
        int changes) {

    /** Every order is explored. */
    static final int ANY_ORDER = -1;

    /** Every order, and no fault but messages that are late or never arrive. */
    static Bounds of(int depth, int term, int underWay) {
        return new Bounds(depth, term, underWay, ANY_ORDER, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    boolean isAnyOrder() {
        return deviations == ANY_ORDER;
    }

    Bounds depth(int n) {
        return new Bounds(
                n,
                term,
                underWay,
                deviations,
                crashes,
                newMemories,
                duplicates,
                failures,
                lateTimers,
                losses,
                calls,
                proposals,
                cuts,
                changes);
    }

    Bounds term(int n) {
        return new Bounds(
                depth,
                n,
                underWay,
                deviations,
                crashes,
                newMemories,
                duplicates,
                failures,
                lateTimers,
                losses,
                calls,
                proposals,
                cuts,
                changes);
    }

    Bounds underWay(int n) {
        return new Bounds(
                depth,
                term,
                n,
                deviations,
                crashes,
                newMemories,
                duplicates,
                failures,
                lateTimers,
                losses,
                calls,
                proposals,
                cuts,
                changes);
    }

    Bounds deviations(int n) {
        return new Bounds(
                depth,
                term,
                underWay,
                n,
                crashes,
                newMemories,
                duplicates,
                failures,
                lateTimers,
                losses,
                calls,
                proposals,
                cuts,
                changes);
    }

    Bounds crashes(int n) {
        return new Bounds(
                depth,
                term,
                underWay,
                deviations,
                n,
                newMemories,
                duplicates,
                failures,
                lateTimers,
                losses,
                calls,
                proposals,
                cuts,
                changes);
    }

    Bounds newMemories(int n) {
        return new Bounds(
                depth,
                term,
                underWay,
                deviations,
                crashes,
                n,
                duplicates,
                failures,
                lateTimers,
                losses,
                calls,
                proposals,
                cuts,
                changes);
    }

    Bounds duplicates(int n) {
        return new Bounds(
                depth,
                term,
                underWay,
                deviations,
                crashes,
                newMemories,
                n,
                failures,
                lateTimers,
                losses,
                calls,
                proposals,
                cuts,
                changes);
    }

    Bounds failures(int n) {
        return new Bounds(
                depth,
                term,
                underWay,
                deviations,
                crashes,
                newMemories,
                duplicates,
                n,
                lateTimers,
                losses,
                calls,
                proposals,
                cuts,
                changes);
    }

    Bounds lateTimers(int n) {
        return new Bounds(
                depth,
                term,
                underWay,
                deviations,
                crashes,
                newMemories,
                duplicates,
                failures,
                n,
                losses,
                calls,
                proposals,
                cuts,
                changes);
    }

    Bounds losses(int n) {
        return new Bounds(
                depth,
                term,
                underWay,
                deviations,
                crashes,
                newMemories,
                duplicates,
                failures,
                lateTimers,
                n,
                calls,
                proposals,
                cuts,
                changes);
    }

    Bounds calls(int n) {
        return new Bounds(
                depth,
                term,
                underWay,
                deviations,
                crashes,
                newMemories,
                duplicates,
                failures,
                lateTimers,
                losses,
                n,
                proposals,
                cuts,
                changes);
    }

    Bounds proposals(int n) {
        return new Bounds(
                depth,
                term,
                underWay,
                deviations,
                crashes,
                newMemories,
                duplicates,
                failures,
                lateTimers,
                losses,
                calls,
                n,
                cuts,
                changes);
    }

    Bounds cuts(int n) {
        return new Bounds(
                depth,
                term,
                underWay,
                deviations,
                crashes,
                newMemories,
                duplicates,
                failures,
                lateTimers,
                losses,
                calls,
                proposals,
                n,
                changes);
    }

    Bounds changes(int n) {
        return new Bounds(
                depth,
                term,
                underWay,
                deviations,
                crashes,
                newMemories,
                duplicates,
                failures,
                lateTimers,
                losses,
                calls,
                proposals,
                cuts,
                n);
    }

    /** What is left of these bounds after an action. */
    Bounds after(Action action) {
        if (action.deviates()) {
            return deviations(deviations - 1);
        }
        return switch (action.kind()) {
            case CRASH -> crashes(crashes - 1);
            case START_ON_A_NEW_DIRECTORY -> newMemories(newMemories - 1);
            case DELIVER_AND_KEEP -> duplicates(duplicates - 1);
            case FAIL -> failures(failures - 1);
            case TIMER_BEFORE_ANOTHER -> lateTimers(lateTimers - 1);
            case TIMER_AFTER_LOSS -> losses(losses - 1);
            case HAND_OVER, STEP_DOWN, CLOSE -> calls(calls - 1);
            case CUT_OFF -> cuts(cuts - 1);
            case PROPOSE -> proposals(proposals - 1);
            case PROMOTE, DEMOTE, REMOVE -> changes(changes - 1);
            default -> this;
        };
    }
}
