package io.election.node;

import io.election.core.Effect;
import java.util.ArrayDeque;

/**
 * What people are to be told of a step. Log, history and meters can wait until everything that other members and the listeners wait
 * for is on its way. Used by who has the loop.
 */
final class Untold {

    private final Chronicle chronicle;
    private final ArrayDeque<Effect> effects = new ArrayDeque<>(64);
    private long toldTerm;

    /**
     * Begins with nothing.
     *
     * @param chronicle tells it
     * @param term the term that nobody need be told of
     */
    Untold(Chronicle chronicle, long term) {
        this.chronicle = chronicle;
        this.toldTerm = term;
    }

    /** Keeps an effect; one for which there is no memory is left out, and ends no election. */
    void add(Effect effect) {
        try {
            effects.add(effect);
        } catch (Error unsaid) {
            chronicle.leftOut(unsaid);
        }
    }

    /** Tells all of it, the term first. */
    void tell(long term) {
        if (term != toldTerm) {
            toldTerm = term;
            chronicle.termChanged(term);
        }
        for (Effect effect = effects.poll(); effect != null; effect = effects.poll()) {
            chronicle.tell(effect);
        }
    }
}
