package io.election.core.explorer;

import java.util.random.RandomGenerator;

/**
 * What one process draws instead of random numbers. The first request of a process gets an id that no other process of
 * the member uses. A random wait is always half of the longest one. Founded clusters have an id of their own.
 *
 * @param member the index of the member
 * @param life how many processes of it there were, with this one
 */
record FixedDraws(int member, int life) implements RandomGenerator {

    private static final long FIRST_REQUEST_BOUND = 1L << 50;

    @Override
    public long nextLong() {
        return member * 1000L + life;
    }

    @Override
    public long nextLong(long bound) {
        return bound == FIRST_REQUEST_BOUND ? life * 1_000_000L + 1 : bound / 2;
    }
}
