package io.election.core;

import io.election.core.DurableRecord.HardStateChanged;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The result of one step of the election: effects in their order, at most one write among them, and the next wake-up.
 * It numbers the writes and knows which of them are durable. So an effect that depends on a write can name it (safety
 * rule 1).
 */
final class Outbox {

    /** The farthest wake-up, in nanoseconds from now. */
    static final long FAR_NANOS = Duration.ofHours(1).toNanos();

    private final List<Effect> effects = new ArrayList<>();
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
        effects.clear();
        return output;
    }

    void add(Effect effect) {
        effects.add(effect);
    }

    /** Adds an effect that must be known before anything else of this step is carried out. */
    void addFirst(Effect effect) {
        effects.add(0, effect);
        if (persistAt >= 0) {
            persistAt++;
        }
    }

    void observe(Observation observation) {
        effects.add(new Effect.Observed(observation));
    }

    /**
     * Sets the wake-up to this instant, unless it is already set to an earlier one. If the instant is past, the wake-up
     * comes as soon as possible.
     */
    void wake(long at) {
        if (at - wakeAt < 0) {
            wakeAt = at - now <= 0 ? now + 1 : at;
        }
    }

    /** Adds a record to this step's write. The write stands at the place where its first record was added. */
    void record(DurableRecord change) {
        if (persistAt < 0) {
            persistAt = effects.size();
            // A placeholder until the step is complete.
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

    /** The disk failed: no further write becomes durable. */
    void failStorage() {
        storageFailed = true;
    }

    boolean storageFailed() {
        return storageFailed;
    }

    /** The latest write that is durable. All writes before it are durable too. */
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

    /** Whether a change of term, vote or promise is not durable yet. */
    boolean hasPendingHardState() {
        return durableWrite < hardStateWrite;
    }

    /** Whether a change of the log is not durable yet. */
    boolean hasPendingLog() {
        return durableWrite < logWrite;
    }

    /** The write to wait for, or 0 if it is durable already. */
    long unlessDurable(long write) {
        return write <= durableWrite ? 0 : write;
    }
}
