package io.election.node;

import io.election.core.ClockReading;
import io.election.core.DurableState;
import io.election.core.HardState;
import io.election.core.Journal;

/**
 * Where the terms of a member begin that is alone in its list. Copies of an application that were started without a list of
 * members each found a cluster of one, often in the same second; if each began with term 1, all would have the same fencing
 * token, and no resource could tell them apart. So their terms begin anywhere below 2^19, which is half of the terms that a
 * token has room for in each second.
 *
 * <p>The number grows with the millisecond, so that a second founding within one second has a higher token too, except for
 * one that began in the second before; what is below the millisecond is drawn, as the journal's incarnation was.
 */
final class LoneFounder {

    private static final int DRAWN = 1 << 9;

    private LoneFounder() {}

    /**
     * The state to begin with. A term that nobody was told of needs no write: the first vote is in a higher one.
     *
     * @param journal the member's durable memory
     * @param now when it was locked
     * @return what the journal holds, or the state before the founding
     */
    static DurableState before(Journal journal, ClockReading now) {
        DurableState state = journal.state();
        if (!state.equals(DurableState.NEW)) {
            return state;
        }
        long millisecond = Math.floorMod(now.wallMillis(), 1000L);
        long term = millisecond * DRAWN + Math.floorMod(journal.incarnation().hashCode(), DRAWN);
        return new DurableState(
                new HardState(term, null, state.hardState().promise()), state.snapshot(), state.entries());
    }
}
