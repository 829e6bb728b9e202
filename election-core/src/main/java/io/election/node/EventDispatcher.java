package io.election.node;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.MembersChangedEvent;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import io.election.core.LackOfMemory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Delivers a member's events, in order, one at a time, on one daemon platform thread. A leadership that ended before its
 * election was delivered delivers neither; so what waits is at most one pair, the changes of leader known, of which the
 * oldest go first, the latest change of the members, one end, a mark for each caller that waits for its turn, and a task for each context that comes or goes.
 *
 * <p>The end of a leadership is delivered also where there is no memory left. Its event is made together with that of its
 * election; it is queued and taken by monitors and fields alone, which need no memory; and listeners that failed for lack
 * of memory are told again until there is some, for at most {@link #TOLD_AGAIN_FOR}.
 */
final class EventDispatcher {

    /** How long listeners of an end that failed for lack of memory are told again. */
    static final Duration TOLD_AGAIN_FOR = Duration.ofMinutes(1);

    /** How long it is tried to say that a listener failed where there is no memory to say so. */
    private static final Duration REPORTED_WITHIN = Duration.ofSeconds(10);

    /** Changes of the known leader that wait, at most. */
    private static final int MAX_CHANGES = 256;

    /** Never grows for what the loop queues: the changes, one pair and one end. */
    private static final int CAPACITY = MAX_CHANGES + 64;

    private static final long FIRST_PAUSE_NANOS = Duration.ofMillis(20).toNanos();
    private static final long LONGEST_PAUSE_NANOS = Duration.ofSeconds(1).toNanos();

    private final String name;
    private final ListenerReports reports;
    private final LeadershipListener listener;
    private final boolean interrupt;
    private final LongConsumer workDone;
    private final Runnable onFailure;
    private final ThreadFactory threads;

    // All of the following is guarded by this object's monitor.
    private final ArrayDeque<Object> queue = new ArrayDeque<>(CAPACITY);
    private Thread thread;
    private boolean started;
    private boolean ready;
    private boolean stopping;
    private boolean ended;
    private @Nullable Object running;
    private long runningSinceNanos;
    private boolean reported;

    /** The latest election, and the event with which it ends if the election of this member fails. */
    private @Nullable LeaderElectedEvent elected;

    private @Nullable StepDownEvent endIfItFails;

    /** To be delivered ahead of all that waits. */
    private @Nullable StepDownEvent urgent;

    EventDispatcher(
            String name,
            ListenerReports reports,
            LeadershipListener listener,
            boolean interrupt,
            LongConsumer workDone,
            Runnable onFailure) {
        this(name, reports, listener, interrupt, workDone, onFailure, run -> {
            Thread thread = new Thread(run, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    EventDispatcher(
            String name,
            ListenerReports reports,
            LeadershipListener listener,
            boolean interrupt,
            LongConsumer workDone,
            Runnable onFailure,
            ThreadFactory threads) {
        this.name = name;
        this.reports = reports;
        this.listener = listener;
        this.interrupt = interrupt;
        this.workDone = workDone;
        this.onFailure = onFailure;
        this.threads = threads;
        // Loaded while there is memory.
        LackOfMemory.in(null);
        this.thread = threads.newThread(this::run);
    }

    synchronized void start() {
        started = true;
        thread.start();
    }

    /** The application is ready: what waits is delivered. */
    synchronized void ready() {
        ready = true;
        notifyAll();
    }

    void elected(LeaderElectedEvent event) {
        StepDownEvent end =
                new StepDownEvent(event.cluster(), event.nodeId(), event.term(), StepDownReason.INTERNAL_ERROR);
        synchronized (this) {
            elected = event;
            endIfItFails = end;
            queue.add(event);
            notifyAll();
        }
    }

    synchronized void changed(LeaderChangedEvent event) {
        int waiting = 0;
        Object oldest = null;
        for (Object queued : queue) {
            if (queued instanceof LeaderChangedEvent) {
                oldest = oldest == null ? queued : oldest;
                waiting++;
            }
        }
        if (oldest != null && waiting >= MAX_CHANGES) {
            queue.removeFirstOccurrence(oldest);
        }
        queue.add(event);
        notifyAll();
    }

    /** Takes the place of one that waits. */
    synchronized void membersChanged(MembersChangedEvent event) {
        queue.removeIf(MembersChangedEvent.class::isInstance);
        queue.add(event);
        notifyAll();
    }

    void steppedDown(StepDownEvent event) {
        boolean neither = false;
        synchronized (this) {
            for (Iterator<Object> it = queue.iterator(); it.hasNext(); ) {
                if (it.next() instanceof LeaderElectedEvent waiting && waiting.term() == event.term()) {
                    it.remove();
                    neither = true;
                }
            }
            if (!neither) {
                queue.add(event);
            }
            endIfItFails = null;
            interruptListenerOf(event);
            notifyAll();
        }
        if (neither) {
            workDone.accept(event.term());
        }
    }

    /**
     * The election of this member has failed: the leadership that was announced last, if it has not ended, ends now. Needs no
     * memory.
     *
     * @return the term of that leadership, negative if its listeners are not called, because they never heard of its
     *     beginning; 0 if there is none
     */
    synchronized long fail() {
        StepDownEvent end = endIfItFails;
        LeaderElectedEvent begun = elected;
        endIfItFails = null;
        if (end == null || begun == null) {
            return 0;
        }
        if (queue.removeFirstOccurrence(begun)) {
            return -end.term();
        }
        urgent = end;
        interruptListenerOf(end);
        notifyAll();
        return end.term();
    }

    /** Whether the beginning of a leadership, or a later one's, has come to this. */
    synchronized boolean wasTold(long term) {
        return elected != null && elected.term() >= term;
    }

    private void interruptListenerOf(StepDownEvent end) {
        if (interrupt && running instanceof LeaderElectedEvent being && being.term() == end.term()) {
            thread.interrupt();
        }
    }

    /** Waits until all that waits now is delivered, for at most so long; a listener that asks does not wait for itself. */
    boolean awaitDelivered(long nanos) throws InterruptedException {
        CountDownLatch delivered = new CountDownLatch(1);
        synchronized (this) {
            if (Thread.currentThread() == thread) {
                return true;
            }
            queue.add(delivered);
            notifyAll();
        }
        try {
            return delivered.await(nanos, TimeUnit.NANOSECONDS);
        } finally {
            synchronized (this) {
                queue.remove(delivered);
            }
        }
    }

    /** Does something in its turn; whether it will be done. */
    boolean inOrder(Runnable task) {
        synchronized (this) {
            if (Thread.currentThread() != thread) {
                if (ended) {
                    return false;
                }
                queue.add(task);
                notifyAll();
                return true;
            }
        }
        task.run();
        return true;
    }

    /** Delivers what waits, for at most so long, and ends; whether everything was delivered. */
    boolean stop(Duration atMost) throws InterruptedException {
        Thread last;
        synchronized (this) {
            stopping = true;
            last = thread;
            notifyAll();
        }
        last.join(Math.max(1, atMost.toMillis()));
        synchronized (this) {
            if (last.isAlive()) {
                reports.leftRunning(running == null ? "an event" : running, name);
            }
            return !last.isAlive();
        }
    }

    /**
     * Puts another thread in the place of one that has died; whether it had. The end of a leadership, if that was its last
     * event, is delivered again; any other event is over.
     */
    boolean replaceDeadThread() {
        synchronized (this) {
            if (!started || ended || thread.isAlive()) {
                return false;
            }
            Thread next = threads.newThread(this::run);
            next.start();
            thread = next;
        }
        reports.threadReplaced(name);
        return true;
    }

    /** Whether a listener has run for longer than a limit, and nobody has said so. */
    synchronized boolean isBlocked(long nowNanos, long limitNanos) {
        return running != null && !reported && nowNanos - runningSinceNanos >= limitNanos;
    }

    /** Says so, once, if a listener has run for longer than a limit. */
    void reportBlocked(long nowNanos, long limitNanos) {
        Object event;
        Thread blocked;
        synchronized (this) {
            if (running == null || reported || nowNanos - runningSinceNanos < limitNanos) {
                return;
            }
            reported = true;
            event = running;
            blocked = thread;
        }
        reports.blocked(event, blocked, limitNanos / 1_000_000);
    }

    /** Delivers the event that comes next, on the caller's thread, if this one was never started; whether there was one. */
    boolean deliverNext() {
        Object event;
        synchronized (this) {
            if (queue.isEmpty()) {
                return false;
            }
            event = begin(queue.poll());
        }
        deliver(event);
        finish(event);
        return true;
    }

    // ------------------------------------------------------------------------------------------------ the thread

    private void run() {
        Object event = leftBehind();
        // What killed the thread before was most likely a lack of memory: an end is delivered again, all else is over.
        boolean delivered = !(event instanceof StepDownEvent);
        while (true) {
            try {
                if (event == null) {
                    event = next();
                    delivered = false;
                }
                if (event == null) {
                    return;
                }
                if (!delivered) {
                    deliver(event);
                    delivered = true;
                }
                finish(event);
                event = null;
            } catch (Error failure) {
                if (LackOfMemory.in(failure) == null) {
                    throw failure;
                }
                delivered |= !(event instanceof StepDownEvent);
                // Whoever waits for the end of this event is told once there is memory for it.
                pause(FIRST_PAUSE_NANOS);
            }
        }
    }

    /** What a thread that died was delivering. */
    private synchronized @Nullable Object leftBehind() {
        return running;
    }

    private synchronized @Nullable Object next() {
        while (true) {
            StepDownEvent end = urgent;
            // Nobody was told of a beginning before the application was ready.
            if (ready && end != null) {
                urgent = null;
                return begin(end);
            }
            if (ready && !queue.isEmpty()) {
                return begin(queue.poll());
            }
            if (stopping) {
                ended = true;
                return null;
            }
            try {
                wait();
            } catch (InterruptedException e) {
                // Meant for a listener that has just ended; what waits is looked at again.
                continue;
            }
        }
    }

    private Object begin(Object event) {
        running = event;
        runningSinceNanos = System.nanoTime();
        reported = false;
        return event;
    }

    private void deliver(Object event) {
        long begunNanos = System.nanoTime();
        long pauseNanos = FIRST_PAUSE_NANOS;
        while (true) {
            Throwable failure = tell(event);
            if (failure == null) {
                return;
            }
            boolean again = event instanceof StepDownEvent end
                    && mayComeOfLackOfMemory(end, failure)
                    && System.nanoTime() - begunNanos < TOLD_AGAIN_FOR.toNanos();
            if (!again) {
                report(event, failure);
                return;
            }
            // Whoever heard of the beginning must hear of the end, and memory that was full for a while is there again.
            pause(pauseNanos);
            pauseNanos = Math.min(2 * pauseNanos, LONGEST_PAUSE_NANOS);
        }
    }

    /**
     * Whether calling again may help. While the election itself fails, an error that does not name its cause is most likely a
     * lack of memory too, such as a class that could not be loaded.
     */
    private static boolean mayComeOfLackOfMemory(StepDownEvent end, Throwable failure) {
        return LackOfMemory.in(failure) != null
                || (end.reason() == StepDownReason.INTERNAL_ERROR && failure instanceof Error);
    }

    /** Calls the listeners; what they threw. An application's listener may throw anything. */
    private @Nullable Throwable tell(Object event) {
        try {
            if (event instanceof LeaderElectedEvent begun) {
                listener.onLeaderElected(begun);
            } else if (event instanceof StepDownEvent steppedDown) {
                listener.onStepDown(steppedDown);
            } else if (event instanceof LeaderChangedEvent leaderChanged) {
                listener.onLeaderChanged(leaderChanged);
            } else if (event instanceof MembersChangedEvent membersChanged) {
                listener.onMembersChanged(membersChanged);
            } else if (event instanceof CountDownLatch delivered) {
                delivered.countDown();
            } else if (event instanceof Runnable task) {
                task.run();
            }
            return null;
        } catch (Throwable failure) {
            return failure;
        }
    }

    private void report(Object event, Throwable failure) {
        boolean counted = false;
        long begunNanos = System.nanoTime();
        while (true) {
            try {
                if (!counted) {
                    counted = true;
                    onFailure.run();
                }
                reports.failed(event, failure);
                return;
            } catch (Error failedAgain) {
                if (LackOfMemory.in(failedAgain) == null) {
                    throw failedAgain;
                }
                // The events behind it must come all the same: it is tried again for a while, and then left unsaid.
                if (System.nanoTime() - begunNanos > REPORTED_WITHIN.toNanos()) {
                    return;
                }
                pause(FIRST_PAUSE_NANOS);
            }
        }
    }

    private static void pause(long nanos) {
        Thread.interrupted();
        LockSupport.parkNanos(nanos);
    }

    private void finish(Object event) {
        boolean wasReported;
        long took;
        synchronized (this) {
            running = null;
            wasReported = reported;
            took = System.nanoTime() - runningSinceNanos;
            // An interrupt was meant for the listener that has just ended.
            Thread.interrupted();
        }
        // First: a handover waits for it.
        if (event instanceof StepDownEvent steppedDown) {
            workDone.accept(steppedDown.term());
        }
        if (wasReported) {
            // No longer true when this is done again for lack of memory.
            unreport();
            reports.returned(event, took / 1_000_000);
        }
    }

    private synchronized void unreport() {
        reported = false;
    }
}
