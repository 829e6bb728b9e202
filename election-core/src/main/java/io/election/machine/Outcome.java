package io.election.machine;

import io.election.core.LogPosition;

/** What became of a command. Every member computes the same. */
public sealed interface Outcome {

    /**
     * The state machine has applied it, by this entry or an earlier one.
     *
     * @param at the entry that applied it
     * @param result what the machine returned, not to be changed
     */
    record Done(LogPosition at, byte[] result) implements Outcome {}

    /**
     * It was refused, by this entry or an earlier one. It was not applied, and never will be.
     *
     * @param at the entry that was refused
     * @param reason why
     */
    record Refused(LogPosition at, Refusal reason) implements Outcome {}

    /** Its session is closed, and with it what became of its commands. It was not applied by this entry, but maybe by an earlier one. */
    record Closed() implements Outcome {}

    /** Its writer has said that it does not wait for it any more. It was not applied by this entry, but maybe by an earlier one. */
    record Forgotten() implements Outcome {}

    /** Why a command is refused. */
    enum Refusal {
        /** Its token is not that of the last term that was opened before it. */
        STALE_TOKEN,
        /** Its session keeps as many bytes of results as it may. */
        NO_ROOM,
        /** Its writer waited for too many others when it made it. */
        TOO_FAR_AHEAD
    }
}
