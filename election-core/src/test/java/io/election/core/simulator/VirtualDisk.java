package io.election.core.simulator;

import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.Effect;
import io.election.core.StateImages;
import io.election.journal.MemoryJournal;
import io.election.journal.SimulatedJournal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The durable memory of one incarnation of a member. Writes reach it in their order; one is under way at a time, and may
 * take those with it that had come by the time it began. What is not durable when the process dies is lost, but for a
 * random beginning of the write under way.
 *
 * <p>It is either a model, which keeps states and may leave half of an append behind, or a real journal on files in memory,
 * whose every byte is there, and which may leave none or all of it.
 */
final class VirtualDisk {

    private final String incarnation;
    private final @Nullable SimulatedJournal journal;
    private final StateImages modelled = new MemoryJournal().images();
    private final ArrayDeque<Effect.Persist> waiting = new ArrayDeque<>();
    private final List<Effect.Persist> underWay = new ArrayList<>();
    private DurableState state = DurableState.NEW;
    /** What a real journal may hold instead, after a write that was cut short. */
    private DurableState orElse = DurableState.NEW;

    private long lastQueued;
    private boolean failed;
    private boolean damaged;
    private boolean torn;

    VirtualDisk(String incarnation) {
        this(incarnation, null);
    }

    VirtualDisk(String incarnation, @Nullable SimulatedJournal journal) {
        this.incarnation = incarnation;
        this.journal = journal;
    }

    String incarnation() {
        return incarnation;
    }

    /** What a start would recover at this instant; of a real journal whose last write was cut short, at least. */
    DurableState state() {
        return state;
    }

    boolean failed() {
        return failed;
    }

    /** Whether somebody has damaged what was on disk: no process starts on it any more. */
    boolean isDamaged() {
        return damaged;
    }

    /** Whether the life before left a write behind that was cut short. */
    boolean wasTorn() {
        return torn;
    }

    /** The images of states beside this memory. */
    VirtualImages images() {
        return new VirtualImages(journal == null ? modelled : journal.images());
    }

    long timesCreated() {
        return journal == null ? 0 : journal.timesCreated();
    }

    /** Whether all that was ever queued is durable. */
    boolean isQuiet() {
        return waiting.isEmpty() && underWay.isEmpty();
    }

    /**
     * A process opens it.
     *
     * @return whether it is sound
     */
    boolean open() {
        if (journal == null) {
            return !damaged;
        }
        DurableState recovered = journal.open();
        if (recovered == null) {
            if (!damaged) {
                throw new Violation("a journal that nobody damaged is read", incarnation);
            }
            return false;
        }
        if (!recovered.equals(state) && !recovered.equals(orElse)) {
            throw new Violation(
                    "a journal recovers all that was durable, and an append as a whole or not at all",
                    incarnation + (damaged ? ", damaged," : "") + " recovers " + recovered + ", not " + state);
        }
        if (!incarnation.equals(journal.incarnation())) {
            throw new Violation("a memory keeps its name", incarnation + " is " + journal.incarnation());
        }
        torn = journal.wasTorn();
        // A bit that said nothing any more, such as one of the last seal's, is no damage.
        damaged = false;
        state = recovered;
        orElse = recovered;
        return true;
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
        List<DurableRecord> records = records();
        if (journal != null) {
            journal.append(records);
        }
        state = after(records, records.size());
        orElse = state;
        long last = underWay.get(underWay.size() - 1).write();
        underWay.clear();
        return last;
    }

    /** The write under way fails, and leaves any beginning of itself. Nothing is written after it in this life. */
    void fail(RandomGenerator random) {
        List<DurableRecord> records = records();
        if (journal != null && !records.isEmpty()) {
            journal.failToAppend(records);
            orElse = after(records, records.size());
        } else {
            state = after(records, random.nextInt(records.size() + 1));
        }
        forgetWhatIsNotDurable();
        failed = true;
    }

    /** The process is gone: so is what was not durable. The next process finds a disk that works. */
    void crash(RandomGenerator random) {
        List<DurableRecord> records = records();
        if (journal != null) {
            journal.die(records, random);
            orElse = records.isEmpty() ? orElse : after(records, records.size());
        } else {
            torn = !records.isEmpty();
            state = torn ? after(records, random.nextInt(records.size() + 1)) : state;
        }
        forgetWhatIsNotDurable();
        failed = false;
        lastQueued = 0;
    }

    private void forgetWhatIsNotDurable() {
        underWay.clear();
        waiting.clear();
    }

    /** A bit of it turns, while no process runs. */
    void corrupt(RandomGenerator random) {
        damaged = true;
        if (journal != null) {
            journal.turnABit(random);
        }
    }

    /** A part of it is cut off, while no process runs. */
    void truncate(RandomGenerator random) {
        damaged = true;
        if (journal != null) {
            journal.cut(random);
        }
    }

    private List<DurableRecord> records() {
        if (underWay.size() == 1) {
            return underWay.get(0).records();
        }
        List<DurableRecord> all = new ArrayList<>();
        underWay.forEach(write -> all.addAll(write.records()));
        return all;
    }

    private DurableState after(List<DurableRecord> records, int count) {
        DurableState next = state;
        for (int i = 0; i < count; i++) {
            next = next.with(records.get(i));
        }
        return next;
    }
}
