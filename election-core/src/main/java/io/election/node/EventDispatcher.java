package io.election.node;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers a member's events, in order, one at a time, on one daemon platform thread. A leadership that ended before its
 * election was delivered delivers neither; so what waits is at most one pair, the changes of leader known, of which the
 * oldest go first, one end, a mark for each caller that waits for its turn, and a task for each context that comes or goes.
 */
final class EventDispatcher {

    private static final Logger logger = LoggerFactory.getLogger(ElectionNode.class);

    /** Changes of the known leader that wait, at most. */
    private static final int MAX_CHANGES = 256;

    private final String name;
    private final LeadershipListener listener;
    private final boolean interrupt;
    private final LongConsumer workDone;
    private final Runnable onFailure;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Object> queue = new ArrayDeque<>();
    private final Thread thread;
    private boolean ready;
    private boolean stopping;
    private boolean ended;
    private @Nullable Object running;
    private long runningSinceNanos;
    private boolean reported;

    EventDispatcher(
            String name, LeadershipListener listener, boolean interrupt, LongConsumer workDone, Runnable onFailure) {
        this.name = name;
        this.listener = listener;
        this.interrupt = interrupt;
        this.workDone = workDone;
        this.onFailure = onFailure;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** The application is ready: what waits is delivered. */
    void ready() {
        locked(() -> ready = true);
    }

    void elected(LeaderElectedEvent event) {
        locked(() -> queue.add(event));
    }

    void changed(LeaderChangedEvent event) {
        locked(() -> {
            long waiting =
                    queue.stream().filter(LeaderChangedEvent.class::isInstance).count();
            if (waiting >= MAX_CHANGES) {
                queue.removeFirstOccurrence(queue.stream()
                        .filter(LeaderChangedEvent.class::isInstance)
                        .findFirst()
                        .orElseThrow());
            }
            queue.add(event);
        });
    }

    void steppedDown(StepDownEvent event) {
        boolean neither = false;
        lock.lock();
        try {
            for (Iterator<Object> it = queue.iterator(); it.hasNext(); ) {
                if (it.next() instanceof LeaderElectedEvent elected && elected.term() == event.term()) {
                    it.remove();
                    neither = true;
                }
            }
            if (!neither) {
                queue.add(event);
            }
            if (interrupt && running instanceof LeaderElectedEvent elected && elected.term() == event.term()) {
                thread.interrupt();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (neither) {
            workDone.accept(event.term());
        }
    }

    /** Waits until all that waits now is delivered, for at most so long; a listener that asks does not wait for itself. */
    boolean awaitDelivered(long nanos) throws InterruptedException {
        if (Thread.currentThread() == thread) {
            return true;
        }
        CountDownLatch delivered = new CountDownLatch(1);
        locked(() -> queue.add(delivered));
        try {
            return delivered.await(nanos, TimeUnit.NANOSECONDS);
        } finally {
            locked(() -> queue.remove(delivered));
        }
    }

    /** Does something in its turn; whether it will be done. */
    boolean inOrder(Runnable task) {
        if (Thread.currentThread() == thread) {
            task.run();
            return true;
        }
        lock.lock();
        try {
            if (ended) {
                return false;
            }
            queue.add(task);
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Delivers what waits, for at most so long, and ends; whether everything was delivered. */
    boolean stop(Duration atMost) throws InterruptedException {
        locked(() -> stopping = true);
        thread.join(Math.max(1, atMost.toMillis()));
        if (thread.isAlive()) {
            logger.warn("The listener of {} still runs; its thread {} is left to it.", running, name);
            return false;
        }
        return true;
    }

    /** Says so, once, if a listener has run for longer than a limit. */
    void reportBlocked(long nowNanos, long limitNanos) {
        Object event;
        lock.lock();
        try {
            if (running == null || reported || nowNanos - runningSinceNanos < limitNanos) {
                return;
            }
            reported = true;
            event = running;
        } finally {
            lock.unlock();
        }
        logger.warn(
                "A listener of {} has been running for more than {} ms, and delays the events behind it. The election goes"
                        + " on. It stands at: {}",
                event,
                limitNanos / 1_000_000,
                whereItStands());
    }

    /** The innermost frame that is the application's, as far as one is; the thread goes on meanwhile. */
    private String whereItStands() {
        StackTraceElement[] frames = thread.getStackTrace();
        for (StackTraceElement frame : frames) {
            if (!frame.getClassName().startsWith("java.")
                    && !frame.getClassName().startsWith("jdk.")) {
                return frame.toString();
            }
        }
        return frames.length == 0 ? "its end" : frames[0].toString();
    }

    private void locked(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        for (Object event = next(); event != null; event = next()) {
            deliver(event);
            finish(event);
        }
    }

    private @Nullable Object next() {
        lock.lock();
        try {
            while (!ready || queue.isEmpty()) {
                if (stopping) {
                    ended = true;
                    return null;
                }
                changed.awaitUninterruptibly();
            }
            running = queue.poll();
            runningSinceNanos = System.nanoTime();
            reported = false;
            return running;
        } finally {
            lock.unlock();
        }
    }

    private void deliver(Object event) {
        try {
            if (event instanceof LeaderElectedEvent elected) {
                listener.onLeaderElected(elected);
            } else if (event instanceof StepDownEvent steppedDown) {
                listener.onStepDown(steppedDown);
            } else if (event instanceof LeaderChangedEvent leaderChanged) {
                listener.onLeaderChanged(leaderChanged);
            } else if (event instanceof CountDownLatch delivered) {
                delivered.countDown();
            } else if (event instanceof Runnable task) {
                task.run();
            }
        } catch (Throwable failure) {
            // An application's listener may throw anything; the events behind it are delivered all the same.
            onFailure.run();
            logger.error("A listener of {} failed.", event, failure);
        }
    }

    private void finish(Object event) {
        boolean wasReported;
        long took;
        lock.lock();
        try {
            running = null;
            wasReported = reported;
            took = System.nanoTime() - runningSinceNanos;
            // An interrupt was meant for the listener that has just ended.
            Thread.interrupted();
        } finally {
            lock.unlock();
        }
        if (wasReported) {
            logger.warn("The listener of {} ended after {} ms.", event, took / 1_000_000);
        }
        if (event instanceof StepDownEvent steppedDown) {
            workDone.accept(steppedDown.term());
        }
    }
}
