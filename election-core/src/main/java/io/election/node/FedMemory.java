package io.election.node;

import io.election.core.Effect;
import io.election.memory.MemoryRun;
import org.jspecify.annotations.Nullable;

/** The memory that the effects of a run feed, if the member has one. */
final class FedMemory {

    private volatile @Nullable MemoryRun run;

    void feed(MemoryRun memory) {
        run = memory;
    }

    @Nullable MemoryRun run() {
        return run;
    }

    /** Carries an effect out, if it is for a memory; whether it was. Without a memory, what would be applied is not. */
    boolean carryOut(Effect effect) {
        MemoryRun fed = run;
        if (fed == null) {
            return effect instanceof Effect.Apply || effect instanceof Effect.SnapshotInstalled;
        }
        return fed.carryOut(effect);
    }

    void leaderChanged() {
        MemoryRun fed = run;
        if (fed != null) {
            fed.leaderChanged();
        }
    }
}
