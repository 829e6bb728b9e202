package io.election.core;

import io.election.core.DurableRecord.HardStateChanged;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The term, the vote given in it, and the promise. Each change is written with the step that makes it, and what depends on
 * it waits for that write (safety rule 1).
 *
 * <p>votedFor changes at most once a term (safety rule 2): it is cleared only where the term rises, and given only by
 * {@link #voteFor} and {@link #standIn}, whose callers have made sure that nobody else has it.
 */
final class Ballot {

    private final Outbox outbox;
    private HardState state;

    Ballot(HardState recovered, Outbox outbox) {
        this.state = recovered;
        this.outbox = outbox;
    }

    long term() {
        return state.term();
    }

    @Nullable String votedFor() {
        return state.votedFor();
    }

    /** The longest promise that may still bind this member, which its next start imposes. */
    Duration promise() {
        return state.promise();
    }

    /** Enters a higher term, in which nobody has this member's vote yet. */
    void enter(long newTerm) {
        write(new HardState(newTerm, null, state.promise()));
    }

    /** Enters a higher term as a candidate, with the own vote. */
    void standIn(long newTerm, String self) {
        write(new HardState(newTerm, self, state.promise()));
    }

    /** Gives the vote of the present term. */
    void voteFor(String candidate) {
        if (!candidate.equals(state.votedFor())) {
            write(new HardState(state.term(), candidate, state.promise()));
        }
    }

    /** safety rule 6: a longer promise is on disk before it is given, a shorter one only after the longer ones ended. */
    void keepPromise(Duration longest) {
        if (!longest.equals(state.promise())) {
            write(new HardState(state.term(), state.votedFor(), longest));
        }
    }

    private void write(HardState changed) {
        state = changed;
        outbox.record(new HardStateChanged(changed));
    }
}
