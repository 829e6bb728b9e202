package io.election.core.simulator;

import java.util.EnumSet;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Which kinds of faults a run knows, and how hard each strikes. Not every run knows every kind: some states are reached
 * only where others stay away, and a rare combination only where it has the run to itself.
 */
final class Swarm {

    private static final int[] SHARES = {10, 25, 45, 45, 80};
    private static final int[] WEIGHTS = {1, 1, 3, 3, 10};
    private static final double[] LENGTHS = {0.2, 1, 1, 2};

    /** An ambush is one of many kinds, and many wait in vain. */
    private static final int AMBUSHES = 4;

    private final int[] weights = new int[Fault.values().length];
    private final double[] lengths = new double[Fault.values().length];
    private int total;

    Swarm(RandomGenerator plan) {
        int share = SHARES[plan.nextInt(SHARES.length)];
        for (Fault fault : Fault.values()) {
            int weight = WEIGHTS[plan.nextInt(WEIGHTS.length)] * (fault == Fault.AMBUSH ? AMBUSHES : 1);
            lengths[fault.ordinal()] = LENGTHS[plan.nextInt(LENGTHS.length)];
            if (plan.nextInt(100) < share) {
                weights[fault.ordinal()] = weight;
                total += weight;
            }
        }
    }

    boolean knows(Fault fault) {
        return weights[fault.ordinal()] > 0;
    }

    boolean isEmpty() {
        return total == 0;
    }

    /** A run that cannot have this kind, or in which it would break what the rules rely on. */
    void leaveOut(Fault fault) {
        total -= weights[fault.ordinal()];
        weights[fault.ordinal()] = 0;
    }

    /** How long this kind lasts, against what is usual. */
    double length(Fault fault) {
        return lengths[fault.ordinal()];
    }

    Fault draw(RandomGenerator faults) {
        int drawn = faults.nextInt(total);
        for (Fault fault : Fault.values()) {
            drawn -= weights[fault.ordinal()];
            if (drawn < 0) {
                return fault;
            }
        }
        throw new IllegalStateException("the weights do not add up to " + total);
    }

    Set<Fault> known() {
        Set<Fault> known = EnumSet.noneOf(Fault.class);
        for (Fault fault : Fault.values()) {
            if (knows(fault)) {
                known.add(fault);
            }
        }
        return known;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        known().forEach(fault -> text.append(text.isEmpty() ? "" : ", ")
                .append(fault)
                .append(' ')
                .append(weights[fault.ordinal()]));
        return text.toString();
    }
}
