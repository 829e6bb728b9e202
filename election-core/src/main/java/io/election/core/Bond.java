package io.election.core;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The leader to which a member is bound, and for how long (safety rules 5 and 6). A member is bound to one leader: the
 * one of the highest term from which it accepted a message. A new bond replaces the previous one. The promises
 * themselves are remembered until they end, because the next start must impose the longest of them.
 */
final class Bond {

    private static final int MOST_PROMISES = 64;

    private @Nullable String leader;
    private long term;
    private long untilNanos;

    /** The end of the latest promise of each length, in nanoseconds. Promises that have ended are dropped. */
    private final TreeMap<Long, Long> promises = new TreeMap<>();

    /** The bond that a start imposes. Before the restart, the member may have promised something to any leader. */
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
            // No sound leader asks for so many different lengths. The longest promise is taken to hold at least until
            // the next longest ends, and replaces it.
            Map.Entry<Long, Long> longest = promises.pollLastEntry();
            Map.Entry<Long, Long> next = promises.pollLastEntry();
            promises.put(longest.getKey(), StepTime.later(longest.getValue(), next.getValue()));
        }
    }

    /** The longest promise that has not ended. It must be on disk. */
    Duration longestPromise() {
        Map.Entry<Long, Long> longest = promises.lastEntry();
        return longest == null ? Duration.ZERO : Duration.ofNanos(longest.getKey());
    }

    @Nullable String leader() {
        return leader;
    }

    /** Whether this member is bound to a leader of this term other than the one named. */
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
