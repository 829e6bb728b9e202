package io.election.core;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * To whom a member is bound, and for how long (safety rules 5 and 6). It is bound to one leader, that of the highest term
 * from which it accepted a message; a new bond replaces the one before. The promises themselves are remembered until they
 * end, because the longest of them is what the next start has to impose.
 */
final class Bond {

    private static final int MOST_PROMISES = 64;

    private @Nullable String leader;
    private long term;
    private long untilNanos;

    /** The end of the latest promise of each length, in nanoseconds; ended ones are dropped. */
    private final TreeMap<Long, Long> promises = new TreeMap<>();

    /** The bond that a start imposes, to whomever the life before may have promised something. */
    Bond(long lockedAtNanos, long promiseNanos) {
        promises.put(promiseNanos, lockedAtNanos + promiseNanos);
        untilNanos = lockedAtNanos + promiseNanos;
    }

    void renew(String toLeader, long inTerm, long nowNanos, long promiseNanos) {
        leader = toLeader;
        term = inTerm;
        untilNanos = nowNanos + promiseNanos;
        promises.values().removeIf(end -> end - nowNanos <= 0);
        promises.put(promiseNanos, untilNanos);
        if (promises.size() > MOST_PROMISES) {
            // No sound leader asks for so many lengths. The longest is taken to hold for as long as the next one does.
            Map.Entry<Long, Long> longest = promises.pollLastEntry();
            Map.Entry<Long, Long> next = promises.pollLastEntry();
            promises.put(longest.getKey(), StepTime.later(longest.getValue(), next.getValue()));
        }
    }

    /** The longest promise that has not ended, which must be on disk. */
    Duration longestPromise() {
        Map.Entry<Long, Long> longest = promises.lastEntry();
        return longest == null ? Duration.ZERO : Duration.ofNanos(longest.getKey());
    }

    @Nullable String leader() {
        return leader;
    }

    /** Whether it is bound to a leader of this term other than the one named. */
    boolean isToAnother(String candidate, long inTerm) {
        return leader != null && term == inTerm && !leader.equals(candidate);
    }

    long untilNanos() {
        return untilNanos;
    }

    boolean holds(long nowNanos) {
        return untilNanos - nowNanos > 0;
    }
}
