package io.election.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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

    /** The promises that have not ended, the shortest first, one of each length. A sound cluster has one, or two while T is changed. */
    private final List<Promise> promises = new ArrayList<>();

    /** The latest promise of one length. */
    private static final class Promise {
        private final Duration length;
        private long untilNanos;

        Promise(Duration length, long untilNanos) {
            this.length = length;
            this.untilNanos = untilNanos;
        }
    }

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
        if (promises.size() > MOST_PROMISES) {
            // No sound leader asks for so many different lengths. The longest promise is taken to hold at least until
            // the next longest ends, and replaces it.
            Promise longest = promises.get(promises.size() - 1);
            Promise next = promises.remove(promises.size() - 2);
            longest.untilNanos = StepTime.later(longest.untilNanos, next.untilNanos);
        }
    }

    private void dropEnded(long nowNanos) {
        for (int i = promises.size() - 1; i >= 0; i--) {
            if (promises.get(i).untilNanos - nowNanos <= 0) {
                promises.remove(i);
            }
        }
    }

    private void promise(long promiseNanos, long endNanos) {
        int at = promises.size();
        while (at > 0 && promises.get(at - 1).length.toNanos() >= promiseNanos) {
            at--;
        }
        if (at < promises.size() && promises.get(at).length.toNanos() == promiseNanos) {
            promises.get(at).untilNanos = endNanos;
        } else {
            promises.add(at, new Promise(Duration.ofNanos(promiseNanos), endNanos));
        }
    }

    /** The longest promise that has not ended. It must be on disk. */
    Duration longestPromise() {
        return promises.isEmpty() ? Duration.ZERO : promises.get(promises.size() - 1).length;
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
