package io.election.node;

import io.election.LeaderWork;
import io.election.core.LackOfMemory;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.event.Level;

/**
 * Rehearses elections and handovers once, soon after the start of a member, so that the first real one runs through code that has
 * been loaded, linked and, for the most part, compiled: see {@link RehearsedCluster}. A JVM does all that at the first use, and a
 * handover that waits for it takes many times as long as the second one.
 *
 * <p>It has a daemon thread of its own, which ends with it. Since the priority of a thread means nothing on most systems, it works in
 * slices of {@link #SLICE} with a rest of {@link #REST} between them, and waits as long as the real election has better to do.
 */
final class Rehearsal {

    /** How long it works at a time. */
    static final Duration SLICE = Duration.ofMillis(2);

    /** How long it leaves the processor to others then. */
    static final Duration REST = Duration.ofMillis(20);

    /** How often it looks whether it may go on. */
    private static final Duration LOOK_EVERY = Duration.ofMillis(200);

    /**
     * After so many changes of leaders nothing new is loaded or linked, and much of what they run through is compiled. More of
     * them bring little, and cost memory for compiled code.
     */
    static final int CHANGES = 64;

    /**
     * Whether one has begun, and not been given up. What is loaded and compiled belongs to the process, and so does this: a second member in it
     * finds everything done.
     */
    private static final AtomicBoolean BEGUN = new AtomicBoolean();

    private final AtomicBoolean begun;
    private final BooleanSupplier calm;
    private final Supplier<RehearsedCluster> clusters;
    private final Consumer<Throwable> failed;
    private final Thread thread;
    private volatile int changes;
    private volatile boolean ended;

    /**
     * Creates a rehearsal; it begins with {@link #start()}.
     *
     * @param name of its thread
     * @param calm whether the real election has nothing to do just now
     * @param chronicle of the real member: says so if the rehearsal fails, which changes nothing else for anybody
     */
    Rehearsal(String name, BooleanSupplier calm, Chronicle chronicle) {
        this(
                name,
                BEGUN,
                calm,
                () -> new RehearsedCluster(chronicle),
                failure -> chronicle.note(
                        Level.WARN,
                        "could not rehearse a handover, so the first one may take longer: {reason}.",
                        String.valueOf(failure)));
    }

    Rehearsal(
            String name,
            AtomicBoolean begun,
            BooleanSupplier calm,
            Supplier<RehearsedCluster> clusters,
            Consumer<Throwable> failed) {
        this.begun = begun;
        this.calm = calm;
        this.clusters = clusters;
        this.failed = failed;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Ends it after what it does just now. Does not wait. */
    void stop() {
        ended = true;
        LockSupport.unpark(thread);
    }

    /** How often the leadership has changed so far. */
    int changes() {
        return changes;
    }

    /** Waits for the end of its thread, for at most so long; whether it has ended. */
    boolean join(Duration atMost) throws InterruptedException {
        thread.join(Math.max(1, atMost.toMillis()));
        return !thread.isAlive();
    }

    private void run() {
        try {
            rehearse();
        } catch (RuntimeException | Error failure) {
            // A lack of memory is reported by those whom it harms.
            if (LackOfMemory.in(failure) == null) {
                failed.accept(failure);
            }
        }
    }

    private void rehearse() {
        awaitCalm();
        if (ended || !begun.compareAndSet(false, true)) {
            return;
        }
        // What an application calls first once it leads.
        LeaderWork.carry(() -> {});
        RehearsedCluster cluster = clusters.get();
        while (!ended && changes < CHANGES) {
            long begunNanos = System.nanoTime();
            while (mayGoOn() && System.nanoTime() - begunNanos < SLICE.toNanos()) {
                cluster.next();
                changes = cluster.changes();
            }
            pause(REST);
            awaitCalm();
        }
        if (changes < CHANGES) {
            // Its member has stopped. The next one in this process begins anew.
            begun.set(false);
        }
    }

    private boolean mayGoOn() {
        return !ended && changes < CHANGES && calm.getAsBoolean();
    }

    private void awaitCalm() {
        while (!ended && !calm.getAsBoolean()) {
            pause(LOOK_EVERY);
        }
    }

    private static void pause(Duration time) {
        LockSupport.parkNanos(TimeUnit.NANOSECONDS.convert(time));
    }
}
