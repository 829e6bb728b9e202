package io.election.core.simulator;

import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.Effect;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The durable memory of one incarnation of a member. Writes reach it in their order; one is under way at a time, and may
 * take those with it that had come by the time it began. What is not durable when the process dies is lost, but for a
 * random beginning of the write under way.
 */
final class VirtualDisk {

    private final String incarnation;
    private final ArrayDeque<Effect.Persist> waiting = new ArrayDeque<>();
    private final List<Effect.Persist> underWay = new ArrayList<>();
    private DurableState state = DurableState.NEW;
    private long lastQueued;
    private boolean failed;

    VirtualDisk(String incarnation) {
        this.incarnation = incarnation;
    }

    String incarnation() {
        return incarnation;
    }

    /** What a start would recover at this instant. */
    DurableState state() {
        return state;
    }

    boolean failed() {
        return failed;
    }

    /** Whether all that was ever queued is durable. */
    boolean isQuiet() {
        return waiting.isEmpty() && underWay.isEmpty();
    }

    void queue(Effect.Persist write) {
        if (write.write() != lastQueued + 1) {
            throw new Violation(
                    "writes are numbered without a gap",
                    incarnation + ": write " + write.write() + " follows write " + lastQueued);
        }
        lastQueued = write.write();
        if (!failed) {
            waiting.add(write);
        }
    }

    /**
     * Begins the next write, if none is under way and any is waiting.
     *
     * @param together whether it takes all that wait with it
     * @return whether a write began
     */
    boolean begin(boolean together) {
        if (failed || !underWay.isEmpty() || waiting.isEmpty()) {
            return false;
        }
        do {
            underWay.add(waiting.poll());
        } while (together && !waiting.isEmpty());
        return true;
    }

    /** The write under way is durable; its number, and that of all before it. */
    long complete() {
        apply(records().size());
        long last = underWay.get(underWay.size() - 1).write();
        underWay.clear();
        return last;
    }

    /** The write under way fails, and leaves any beginning of itself. Nothing is written after it in this life. */
    void fail(RandomGenerator random) {
        loseWhatIsNotDurable(random);
        failed = true;
    }

    /** The process is gone: so is what was not durable. The next process finds a disk that works. */
    void crash(RandomGenerator random) {
        loseWhatIsNotDurable(random);
        failed = false;
        lastQueued = 0;
    }

    private void loseWhatIsNotDurable(RandomGenerator random) {
        int records = records().size();
        if (records > 0) {
            apply(random.nextInt(records + 1));
        }
        underWay.clear();
        waiting.clear();
    }

    private List<DurableRecord> records() {
        if (underWay.size() == 1) {
            return underWay.get(0).records();
        }
        List<DurableRecord> all = new ArrayList<>();
        underWay.forEach(write -> all.addAll(write.records()));
        return all;
    }

    private void apply(int count) {
        List<DurableRecord> records = records();
        for (int i = 0; i < count; i++) {
            state = state.with(records.get(i));
        }
    }
}
