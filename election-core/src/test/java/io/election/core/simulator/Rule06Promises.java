package io.election.core.simulator;

import io.election.core.HardState;
import io.election.core.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Safety rule 6: a promise is on disk before it is given, and the one on disk falls only when every longer one has ended. */
final class Rule06Promises {

    /**
     * By member, by length: when the latest promise of that length that left its present memory ends, by the member's continuous
     * clock.
     */
    private final List<TreeMap<Long, Long>> given = new ArrayList<>();

    Rule06Promises(int members) {
        for (int i = 0; i < members; i++) {
            given.add(new TreeMap<>());
        }
    }

    private TreeMap<Long, Long> givenBy(MemberRecord w) {
        return given.get(w.member.index());
    }

    void wiped(MemberRecord w) {
        givenBy(w).clear();
    }

    /** A promise leaves its member. */
    void promises(MemberRecord w, Rule05BoundMeansBound.Bond bond, Response response) {
        HardState onDisk = w.member.disk().state().hardState();
        boolean runs = w.continuous() < bond.untilContinuous();
        if (w.member.kind().votes() && runs && onDisk.promise().toNanos() < bond.promiseNanos()) {
            throw new Violation(
                    "a promise is durable before it is given",
                    w + " promises " + bond.promiseNanos() / 1e6 + " ms and has " + onDisk + ", but sends "
                            + Trace.describe(response));
        }
        givenBy(w).merge(bond.promiseNanos(), bond.untilContinuous(), Math::max);
    }

    /** The disk has changed, or a process starts on it. */
    void durable(MemberRecord w, HardState hardState) {
        TreeMap<Long, Long> promises = givenBy(w);
        if (promises.isEmpty()) {
            return;
        }
        long onDisk = hardState.promise().toNanos();
        long now = w.continuous();
        promises.values().removeIf(until -> until <= now);
        if (w.member.kind().votes() && !promises.isEmpty() && promises.lastKey() > onDisk) {
            throw new Violation(
                    "the promise on disk falls only when every longer one has ended",
                    w + " has " + onDisk / 1e6 + " ms on disk, but promised " + promises.lastKey() / 1e6
                            + " ms until in " + (promises.lastEntry().getValue() - now) / 1e6 + " ms");
        }
    }
}
