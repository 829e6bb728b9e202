package io.election.node;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks after the other threads of a member, and after its transport, on a daemon platform thread of its own that neither a disk, a listener nor a log
 * holds up. Waiting needs no memory, and whatever a look throws is tried again with the next one: so this thread does not die.
 */
final class Watchdog {

    private final Thread thread;
    private final long everyNanos;
    private final Runnable look;
    private volatile boolean running = true;

    /**
     * Creates the watchdog.
     *
     * @param everyNanos the time between two looks
     * @param look looks at everything once; may fail for lack of memory, and is then called again
     */
    Watchdog(String name, long everyNanos, Runnable look) {
        this.everyNanos = everyNanos;
        this.look = look;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Has it look at once. Needs no memory. */
    void wake() {
        LockSupport.unpark(thread);
    }

    /** Ends it after one more look, for which it waits at most so long. */
    void stop(Duration atMost) throws InterruptedException {
        running = false;
        wake();
        thread.join(Math.max(1, atMost.toMillis()));
    }

    private void run() {
        boolean last = false;
        while (!last) {
            last = !running;
            try {
                look.run();
            } catch (Throwable again) {
                // Most likely an OutOfMemoryError: what could not be done now is done by a later look.
                Thread.interrupted();
            }
            if (!last) {
                LockSupport.parkNanos(this, everyNanos);
            }
        }
    }
}
