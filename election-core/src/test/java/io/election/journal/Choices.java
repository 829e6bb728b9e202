package io.election.journal;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Decisions among a few possibilities each: drawn at random, or all their combinations one after the other. */
final class Choices {

    private final @Nullable RandomGenerator random;
    private int[] chosen = new int[0];
    private int[] possible = new int[0];
    private int taken;

    private final boolean last;

    private Choices(@Nullable RandomGenerator random, boolean last) {
        this.random = random;
        this.last = last;
    }

    /** The first combination; {@link #advance()} leads to the others. */
    static Choices all() {
        return new Choices(null, false);
    }

    /** The last of all combinations. */
    static Choices last() {
        return new Choices(null, true);
    }

    static Choices drawnBy(RandomGenerator random) {
        return new Choices(random, false);
    }

    /** One of so many possibilities, from 0. */
    int among(int count) {
        if (last) {
            return count - 1;
        }
        if (random != null) {
            return random.nextInt(count);
        }
        if (taken == chosen.length) {
            chosen = Arrays.copyOf(chosen, taken + 1);
            possible = Arrays.copyOf(possible, taken + 1);
        }
        possible[taken] = count;
        return chosen[taken++];
    }

    /** How many combinations there are, if the decisions do not depend on each other; after the first one was taken. */
    double combinations() {
        double product = 1;
        for (int count : possible) {
            product *= count;
        }
        return product;
    }

    /** Goes on to the next combination; false after the last one. */
    boolean advance() {
        int count = taken;
        taken = 0;
        for (int i = count - 1; i >= 0; i--) {
            if (chosen[i] + 1 < possible[i]) {
                chosen[i]++;
                chosen = Arrays.copyOf(chosen, i + 1);
                possible = Arrays.copyOf(possible, i + 1);
                return true;
            }
        }
        return false;
    }
}
