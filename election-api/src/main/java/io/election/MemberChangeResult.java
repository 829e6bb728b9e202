package io.election;

/**
 * How a change of the members ended.
 *
 * @param outcome the result
 * @param version the version of the members in force then, at the leader where it answered; 0 if that is not known
 * @param detail an explanation for people, one or more sentences
 */
public record MemberChangeResult(Outcome outcome, long version, String detail) {

    /** The ways in which a change can end. */
    public enum Outcome {
        /** It is committed. */
        DONE,
        /** There was nothing to change. */
        UNCHANGED,
        /** It was asked for on another version than the one in force. Nothing was changed. */
        STALE,
        /** Another change, or a handover, is under way. Nothing was changed. */
        BUSY,
        /** No leader was found that could make it. Nothing was changed. */
        NO_LEADER,
        /** It is about the leader itself, whose leadership could not be handed over. Nothing was changed. */
        LEADS_ITSELF,
        /** It would leave no voter to spare. Nothing was changed. It is made if it is forced. */
        NEEDS_FORCE,
        /** It is not possible now, or never. Nothing was changed. */
        REFUSED,
        /** The answer was lost, or the leadership ended first: it was made, or will be, or not. Ask again on the same version. */
        UNKNOWN
    }

    /**
     * Whether the members are now as they were to be.
     *
     * @return {@code true} for {@link Outcome#DONE} and {@link Outcome#UNCHANGED}
     */
    public boolean succeeded() {
        return outcome == Outcome.DONE || outcome == Outcome.UNCHANGED;
    }
}
