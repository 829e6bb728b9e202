package io.election.core.simulator;

import io.election.core.ReplicationSettings;
import io.election.machine.CommandCodec;
import io.election.machine.StoreMachine;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What a run with a state machine is drawn from. A run without one draws nothing of it. */
final class MemoryPlan {

    private static final List<String> ALL_TYPES = List.of(CommandCodec.SESSION_TYPE, StoreMachine.TYPE);
    private static final List<String> OLD_TYPES = List.of(CommandCodec.SESSION_TYPE);

    final ReplicationSettings settings;
    /** As of a version that does not read what the store writes. */
    final ReplicationSettings old;
    /** Whether some members begin in that version. */
    final boolean beginsOld;

    final long applyNanos;
    final long imageNanos;
    final long pieceNanos;
    final int pieces;
    final double pieceLoss;
    final long meanBetweenFaultsNanos;
    final long meanBetweenCallsNanos;
    final long giveUpNanos;

    private MemoryPlan(Plan plan, RandomGenerator random) {
        settings = drawSettings(random, ALL_TYPES);
        old = new ReplicationSettings(
                OLD_TYPES,
                settings.snapshotEntries(),
                settings.snapshotBytes(),
                settings.keptBytes(),
                settings.keptForTransferBytes(),
                settings.mostInFlightBytes(),
                settings.mostInFlightMessages(),
                settings.mostUnappliedBytes(),
                settings.dataCopies());
        beginsOld = random.nextInt(100) < 15;
        long timeout = plan.shortestTimeoutNanos;
        applyNanos = timeout / one(random, 10_000, 1_000, 100);
        imageNanos = timeout / one(random, 100, 10, 2);
        pieceNanos = timeout / one(random, 200, 50, 10);
        pieces = one(random, 1, 3, 8);
        pieceLoss = one(random, 0, 10, 40) / 100.0;
        meanBetweenFaultsNanos = plan.longestTimeoutNanos * one(random, 2, 5, 20);
        meanBetweenCallsNanos = timeout / one(random, 2, 8, 30);
        giveUpNanos = plan.longestTimeoutNanos * one(random, 1, 3);
    }

    private static ReplicationSettings drawSettings(RandomGenerator random, List<String> reads) {
        return new ReplicationSettings(
                reads,
                one(random, 2, 8, 25, 1000),
                one(random, 1_500, 1 << 20),
                one(random, 0, 600, 5_000),
                one(random, 600, 5_000, 50_000),
                one(random, 300, 2_000, 1 << 20),
                one(random, 1, 2, 8),
                one(random, 1_000, 10_000, 1 << 20),
                one(random, 1, 2, 2, 2));
    }

    /** Draws whether a run has a state machine, and which. A member that lies could say anything of the state: that is another test. */
    static @Nullable MemoryPlan draw(Plan plan, RandomGenerator random) {
        return random.nextInt(100) >= 40 || plan.liar >= 0 ? null : new MemoryPlan(plan, random);
    }

    private static int one(RandomGenerator random, int... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
