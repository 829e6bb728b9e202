package io.election.core;

import java.time.Duration;
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

    /**
     * The lengths of the promises that have not ended, in nanoseconds and rising, and the end of the latest of each length. A
     * sound cluster has one, or two while its timing is changed.
     */
    private final long[] lengths = new long[MOST_PROMISES + 1];

    private final long[] ends = new long[MOST_PROMISES + 1];
    private int promises;
    private Duration longest = Duration.ZERO;

    /** The bond that a start imposes. Before the restart, the member may have promised something to any leader. */
    Bond(long lockedAtNanos, long promiseNanos) {
        promise(promiseNanos, lockedAtNanos + promiseNanos);
        untilNanos = lockedAtNanos + promiseNanos;
    }

    void renew(String toLeader, long inTerm, long nowNanos, long promiseNanos) {
        leader = toLeader;
        term = inTerm;
        untilNanos = nowNanos + promiseNanos;
        dropEnded(nowNanos);
        promise(promiseNanos, untilNanos);
        if (promises > MOST_PROMISES) {
            // No sound leader asks for so many different lengths. The longest promise is taken to hold at least until
            // the next longest ends, and replaces it.
            promises--;
            lengths[promises - 1] = lengths[promises];
            ends[promises - 1] = StepTime.later(ends[promises], ends[promises - 1]);
        }
    }

    private void dropEnded(long nowNanos) {
        int kept = 0;
        for (int i = 0; i < promises; i++) {
            if (ends[i] - nowNanos > 0) {
                lengths[kept] = lengths[i];
                ends[kept++] = ends[i];
            }
        }
        promises = kept;
    }

    private void promise(long length, long end) {
        int at = promises;
        while (at > 0 && lengths[at - 1] >= length) {
            at--;
        }
        if (at == promises || lengths[at] != length) {
            System.arraycopy(lengths, at, lengths, at + 1, promises - at);
            System.arraycopy(ends, at, ends, at + 1, promises - at);
            lengths[at] = length;
            promises++;
        }
        ends[at] = end;
    }

    /** The longest promise that has not ended. It must be on disk. */
    Duration longestPromise() {
        long nanos = promises == 0 ? 0 : lengths[promises - 1];
        if (longest.toNanos() != nanos) {
            longest = Duration.ofNanos(nanos);
        }
        return longest;
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
