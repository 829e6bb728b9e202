package io.election.core;

import io.election.core.DurableRecord.HardStateChanged;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What one step of the election leads to: effects in their order, one write at most among them, and the next wake-up. It
 * numbers the writes and knows which of them are durable, so that what depends on one can name it (safety rule 1).
 */
final class Outbox {

    /** An instant that is never waited for: the farthest wake-up. */
    static final long FAR_NANOS = Duration.ofHours(1).toNanos();

    private List<Effect> effects = new ArrayList<>();
    private final List<DurableRecord> records = new ArrayList<>();
    private int persistAt = -1;
    private long now;
    private long wakeAt;

    private long nextWrite = 1;
    private long durableWrite;
    private long hardStateWrite;
    private long logWrite;
    private boolean storageFailed;

    void begin(long nowNanos) {
        now = nowNanos;
        wakeAt = nowNanos + FAR_NANOS;
    }

    Output finish() {
        if (persistAt >= 0) {
            effects.set(persistAt, new Effect.Persist(nextWrite - 1, records));
            records.clear();
            persistAt = -1;
        }
        Output output = new Output(effects, wakeAt);
        effects = new ArrayList<>();
        return output;
    }

    void add(Effect effect) {
        effects.add(effect);
    }

    /** Adds what has to be known before anything else of this step is carried out. */
    void addFirst(Effect effect) {
        effects.add(0, effect);
        if (persistAt >= 0) {
            persistAt++;
        }
    }

    void observe(Observation observation) {
        effects.add(new Effect.Observed(observation));
    }

    /** Comes again at an instant, if not before; at the next one if that is past. */
    void wake(long at) {
        if (at - wakeAt < 0) {
            wakeAt = at - now <= 0 ? now + 1 : at;
        }
    }

    /** Adds a record to this step's write, which stands where its first record was made. */
    void record(DurableRecord change) {
        if (persistAt < 0) {
            persistAt = effects.size();
            // Holds the place until the step is complete.
            effects.add(new Effect.Persist(nextWrite++, List.of()));
        }
        records.add(change);
        if (change instanceof HardStateChanged) {
            hardStateWrite = nextWrite - 1;
        } else {
            logWrite = nextWrite - 1;
        }
    }

    void durable(long write) {
        durableWrite = Math.max(durableWrite, write);
    }

    /** The disk failed: no write is durable from here on. */
    void failStorage() {
        storageFailed = true;
    }

    boolean storageFailed() {
        return storageFailed;
    }

    /** The latest write that is durable; all before it are. */
    long durableWrite() {
        return durableWrite;
    }

    /** The latest write with a change of term, vote or promise. */
    long hardStateWrite() {
        return hardStateWrite;
    }

    /** The latest write with a change of the log. */
    long logWrite() {
        return logWrite;
    }

    /** Whether a change of term, vote or promise is still on its way to the disk. */
    boolean hasPendingHardState() {
        return durableWrite < hardStateWrite;
    }

    /** Whether a change of the log is still on its way to the disk. */
    boolean hasPendingLog() {
        return durableWrite < logWrite;
    }

    /** A write to wait for: 0 if it is durable already. */
    long unlessDurable(long write) {
        return write <= durableWrite ? 0 : write;
    }
}
