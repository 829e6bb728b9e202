package io.election.core;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The wall clocks of those who found a cluster, as one of them compares them. An answer was given between the sending of its
 * request and its arrival, so each clock is known up to the round trip. Clocks that differ for certain by more than is allowed
 * keep the cluster from being founded: the founding takes the time of the one that is ahead, and a clock that is right would
 * then have to pass that time before the next founding.
 */
final class FoundersClocks {

    private final long mostMillis;
    /** How far each clock is ahead of this member's, at least and at most. */
    private final List<Ahead> others = new ArrayList<>();

    private long latestWallMillis;
    private long tokensUpTo;

    private record Ahead(long atLeast, long atMost) {}

    FoundersClocks(long mostMillis) {
        this.mostMillis = mostMillis;
    }

    /**
     * How far the clocks would differ with this one, in milliseconds, at least.
     *
     * @param sent when the request was sent, by this member's wall clock
     * @param received when the answer arrived
     */
    long difference(FounderClock clock, long sent, long received) {
        Ahead with = ahead(clock, sent, received);
        long foremost = Math.max(0, with.atLeast());
        long last = Math.min(0, with.atMost());
        for (Ahead other : others) {
            foremost = Math.max(foremost, other.atLeast());
            last = Math.min(last, other.atMost());
        }
        return foremost - last;
    }

    private static Ahead ahead(FounderClock clock, long sent, long received) {
        return new Ahead(clock.wallMillis() - Math.max(sent, received), clock.wallMillis() - Math.min(sent, received));
    }

    /** Whether a difference keeps the cluster from being founded. */
    boolean isTooLarge(long difference) {
        return difference > mostMillis;
    }

    /** A founder gave its vote. */
    void add(FounderClock clock, long sent, long received) {
        others.add(ahead(clock, sent, received));
        addWithoutComparing(clock);
    }

    private void addWithoutComparing(FounderClock clock) {
        latestWallMillis = Math.max(latestWallMillis, clock.wallMillis());
        tokensUpTo = Math.max(tokensUpTo, clock.tokensUpTo());
    }

    /**
     * The generation and the id of the cluster that is founded now.
     *
     * @param own this member's own clock
     * @param random from which the id is drawn
     */
    Founding found(FounderClock own, RandomGenerator random) {
        addWithoutComparing(own);
        String clusterId = Founding.drawId(latestWallMillis, random);
        long generation = latestWallMillis / 1000 + 1;
        if (Membership.firstToken(generation, clusterId) <= tokensUpTo) {
            generation = (tokensUpTo >> Membership.TERM_BITS) + 1;
        }
        // A wall clock that is far off must not keep a lone member from founding its cluster.
        return new Founding(clusterId, Math.max(1, Math.min(generation, Membership.GENERATION_LIMIT - 1)));
    }

    /**
     * What tells one founding from another.
     *
     * @param clusterId the cluster id
     * @param generation the generation
     */
    record Founding(String clusterId, long generation) {

        private static final int DRAWN = 1 << 9;

        /**
         * Draws a cluster id that says when, within its second, the cluster is founded: tokens begin there. It grows with the
         * millisecond, and what is below the millisecond is drawn. So two foundings within one second have tokens of their own.
         */
        static String drawId(long wallMillis, RandomGenerator random) {
            long offset = Math.floorMod(wallMillis, 1000L) * DRAWN + Math.floorMod(random.nextLong(), DRAWN);
            return String.format("%05x-%016x", offset, random.nextLong());
        }
    }
}
