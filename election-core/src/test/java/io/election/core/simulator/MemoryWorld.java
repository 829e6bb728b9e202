package io.election.core.simulator;

import io.election.core.ElectionSettings;
import java.util.random.RandomGenerator;

/** What the members of a run with a state machine share: how it is drawn, what is judged, and what its clients saw. */
final class MemoryWorld {

    private final VirtualCluster cluster;
    private final MemoryPlan plan;
    private final Rule17Memory rule;
    private final StoreHistory history;
    private final long[] slowUntilNanos;
    private final long[] slowNanos;
    private boolean calm;

    MemoryWorld(VirtualCluster cluster, MemoryPlan plan) {
        this.cluster = cluster;
        this.plan = plan;
        this.rule = new Rule17Memory(cluster);
        this.history = new StoreHistory(cluster);
        this.slowUntilNanos = new long[cluster.members().size()];
        this.slowNanos = new long[cluster.members().size()];
    }

    MemoryPlan plan() {
        return plan;
    }

    Rule17Memory rule() {
        return rule;
    }

    StoreHistory history() {
        return history;
    }

    /** The faults have stopped: nothing is slow or lost any more. */
    void calm() {
        calm = true;
    }

    /** Whatever is applied before then takes up to so long. */
    void slow(VirtualMember member, long untilNanos, long nanos) {
        slowUntilNanos[member.index()] = untilNanos;
        slowNanos[member.index()] = nanos;
    }

    long applyNanos(VirtualMember member, RandomGenerator random) {
        boolean slow = !calm && cluster.nowNanos() < slowUntilNanos[member.index()];
        return random.nextLong((slow ? slowNanos[member.index()] : plan.applyNanos) + 1);
    }

    long imageNanos(RandomGenerator random) {
        return random.nextLong(plan.imageNanos + 1);
    }

    long pieceNanos(RandomGenerator random) {
        return plan.pieceNanos / 2 + random.nextLong(plan.pieceNanos / 2 + 1);
    }

    int pieces(RandomGenerator random) {
        return 1 + random.nextInt(plan.pieces);
    }

    boolean losesPiece(RandomGenerator random) {
        return !calm && random.nextDouble() < plan.pieceLoss;
    }

    /** After how long a client gives up. */
    long giveUpNanos() {
        return plan.giveUpNanos;
    }

    /** Whether a member's settings are those of a version that does not read all. */
    boolean isOld(ElectionSettings settings) {
        return plan.old.equals(settings.replication());
    }
}
