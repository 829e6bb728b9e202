package io.election.core;

import io.election.core.DurableRecord.HardStateChanged;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The term, the vote given in it, and the promise. Each change is written with the step that makes it. Whatever depends
 * on the change waits for that write (safety rule 1).
 *
 * <p>votedFor changes at most once in a term (safety rule 2). It is cleared only where the term rises. It is set only
 * by {@link #voteFor} and {@link #standIn}, whose callers have made sure that no other member has the vote.
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

    /** The longest promise that may still bind this member. Its next start imposes it. */
    Duration promise() {
        return state.promise();
    }

    /** Enters a higher term, in which no member has this member's vote yet. */
    void enter(long newTerm) {
        write(new HardState(newTerm, null, state.promise()));
    }

    /** Enters a higher term as a candidate, with a vote for itself. */
    void standIn(long newTerm, String self) {
        write(new HardState(newTerm, self, state.promise()));
    }

    /** Gives the vote of the current term. */
    void voteFor(String candidate) {
        if (!candidate.equals(state.votedFor())) {
            write(new HardState(state.term(), candidate, state.promise()));
        }
    }

    /**
     * Keeps the promise on disk (safety rule 6). A longer promise is on disk before it is given. A shorter one replaces
     * it only after the longer ones have ended.
     */
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
