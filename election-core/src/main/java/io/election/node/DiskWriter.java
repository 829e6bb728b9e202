package io.election.node;

import io.election.core.DurableRecord;
import io.election.core.Effect;
import io.election.core.Journal;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Carries writes to the journal, in order, on a thread of its own, so that the loop never waits for a disk. Writes that
 * queue up while one is under way go to the disk together. The queue holds what one election can have under way: the core
 * stands in no new term while its vote is being written, and leaves no more than a bounded number of entries uncommitted.
 *
 * <p>A place that no longer takes writes, such as a file system that was remounted read-only, is noticed when nothing has
 * been written for {@link #PROBE_AFTER}: a leader may have nothing to write for days.
 */
final class DiskWriter {

    /** Takes what became of the writes. Called on the disk's thread. */
    interface Outcome {

        /** This write and all before it are durable. */
        void persisted(long write, Duration took);

        /** A write may not be durable, and none will be from here on. An Error is not a fault of the disk. */
        void failed(Throwable cause);
    }

    /**
     * What writes may weigh that go to the disk together, in bytes: far below the sixteen mebibytes that a journal takes at a
     * time, because a name may take four times its weight.
     */
    private static final long MAX_GATHERED_WEIGHT = 1 << 21;

    /** How long nothing is written before the journal's place is tried. */
    static final Duration PROBE_AFTER = Duration.ofSeconds(10);

    private final Journal journal;
    private final Duration probeAfter;
    private final Outcome outcome;
    private final BlockingQueue<Effect.Persist> queue = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile boolean stopping;
    private volatile boolean ended;

    /** Ends the thread once everything before it is written. */
    private static final Effect.Persist STOP = new Effect.Persist(-1, List.of());

    DiskWriter(String name, Journal journal, Outcome outcome) {
        this(name, journal, PROBE_AFTER, outcome);
    }

    DiskWriter(String name, Journal journal, Duration probeAfter, Outcome outcome) {
        this.journal = journal;
        this.probeAfter = probeAfter;
        this.outcome = outcome;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    void write(Effect.Persist persist) {
        queue.add(persist);
    }

    /** Stops after what is queued, waiting for it at most so long; whether it has stopped. */
    boolean stop(Duration atMost) throws InterruptedException {
        stopping = true;
        queue.add(STOP);
        thread.join(Math.max(1, atMost.toMillis()));
        return !thread.isAlive();
    }

    /** Whether its thread has ended without reporting it. */
    boolean hasDied() {
        return !thread.isAlive() && !ended;
    }

    /** Writes what is queued, on the caller's thread, if this one was never started; whether there was anything. */
    boolean writeQueued() {
        Effect.Persist first = queue.poll();
        if (first == null) {
            return false;
        }
        List<Effect.Persist> batch = new ArrayList<>();
        batch.add(first);
        gather(batch);
        write(batch);
        return true;
    }

    private void run() {
        try {
            serve();
        } catch (Throwable impossible) {
            // Outside of the journal: what is queued is never written, so nothing may wait for it.
            outcome.failed(impossible);
        }
        ended = true;
    }

    private void serve() {
        List<Effect.Persist> batch = new ArrayList<>();
        while (true) {
            batch.clear();
            Effect.Persist first = next();
            if (first == null) {
                return;
            }
            batch.add(first);
            gather(batch);
            boolean last = batch.remove(STOP);
            if (!batch.isEmpty() && !(write(batch) && putInOrder())) {
                return;
            }
            if (last) {
                return;
            }
        }
    }

    /** Adds what has queued up, as far as a journal takes it together. */
    private void gather(List<Effect.Persist> batch) {
        long weight = weight(batch.get(0));
        Effect.Persist waiting = queue.peek();
        while (waiting != null) {
            weight += weight(waiting);
            if (weight > MAX_GATHERED_WEIGHT) {
                return;
            }
            // Only this thread takes from the queue.
            batch.add(queue.remove());
            waiting = queue.peek();
        }
    }

    private static long weight(Effect.Persist persist) {
        return persist.records().stream().mapToLong(DurableRecord::weight).sum();
    }

    private Effect.@Nullable Persist next() {
        while (true) {
            try {
                Effect.Persist first = queue.poll(probeAfter.toNanos(), TimeUnit.NANOSECONDS);
                if (first != null) {
                    return first;
                }
                if (!probe()) {
                    return null;
                }
            } catch (InterruptedException e) {
                // Nobody interrupts this thread but a container that is being torn down; what is queued is written.
                if (stopping && queue.isEmpty()) {
                    return null;
                }
            }
        }
    }

    /** After the acknowledgement, so that no vote waits for a file that is written anew; and not while another waits. */
    private boolean putInOrder() {
        if (!queue.isEmpty()) {
            return true;
        }
        try {
            journal.compact();
            return true;
        } catch (IOException | RuntimeException | Error broken) {
            // safety rule 13: what was acknowledged is safe, but nothing more may be.
            outcome.failed(broken);
            return false;
        }
    }

    private boolean probe() {
        try {
            journal.probe();
            return true;
        } catch (IOException | RuntimeException gone) {
            // safety rule 13: a place that takes no writes is a failed disk, whoever finds it out.
            outcome.failed(gone);
            return false;
        }
    }

    private boolean write(List<Effect.Persist> batch) {
        List<DurableRecord> records = new ArrayList<>();
        batch.forEach(persist -> records.addAll(persist.records()));
        long begun = System.nanoTime();
        try {
            journal.append(records);
        } catch (IOException | RuntimeException | Error e) {
            // safety rule 13: never retried on the same file, never ignored.
            outcome.failed(e);
            return false;
        }
        outcome.persisted(batch.get(batch.size() - 1).write(), Duration.ofNanos(System.nanoTime() - begun));
        return true;
    }
}
