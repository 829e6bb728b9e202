package io.election.peer;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the thread that a part of the JDK starts for itself and shows to nobody: a thread belongs to the group of the one that
 * makes it, so what is started in a group of its own is found there. An OutOfMemoryError ends such a thread, and the JDK
 * replaces none.
 */
final class StartedThreads extends ThreadGroup {

    private static final Logger log = LoggerFactory.getLogger(StartedThreads.class);
    private static final long PAUSE_NANOS = 100_000_000L;

    private final boolean runsAgain;
    private volatile boolean closed;

    /**
     * Creates a group.
     *
     * @param runsAgain whether a thread that ends by an exception begins anew: right for one whose loop keeps nothing on its
     *     stack
     */
    StartedThreads(String name, boolean runsAgain) {
        super(name);
        this.runsAgain = runsAgain;
    }

    /** Runs something that starts a thread, on a daemon thread of this group, and waits for it. */
    void run(Runnable start) {
        Throwable[] failure = new Throwable[1];
        Thread starter = new Thread(
                this,
                () -> {
                    try {
                        start.run();
                    } catch (RuntimeException | Error ex) {
                        failure[0] = ex;
                    }
                },
                getName() + "-start");
        // What it starts is a daemon if it is one.
        starter.setDaemon(true);
        starter.start();
        boolean interrupted = false;
        while (starter.isAlive()) {
            try {
                starter.join();
            } catch (InterruptedException ex) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failure[0] instanceof Error error) {
            throw error;
        }
        if (failure[0] instanceof RuntimeException unchecked) {
            throw unchecked;
        }
    }

    /** The thread that was started and lives, or {@code null}. */
    @Nullable Thread started() {
        Thread[] found = new Thread[8];
        int count = enumerate(found, false);
        return count == 0 ? null : found[0];
    }

    /** From here on a thread that ends has ended. */
    void close() {
        closed = true;
    }

    /** Called on the thread that ends; its stack is empty, and what it was to run can be run again. */
    @Override
    public void uncaughtException(Thread thread, Throwable failure) {
        if (!runsAgain) {
            super.uncaughtException(thread, failure);
            return;
        }
        Throwable latest = failure;
        while (!closed) {
            say(thread, latest);
            LockSupport.parkNanos(PAUSE_NANOS);
            try {
                thread.run();
                return;
            } catch (Throwable again) {
                // Most likely there is still no memory.
                latest = again;
            }
        }
    }

    private static void say(Thread thread, Throwable failure) {
        try {
            log.error("The thread {} ended by an exception, and begins anew.", thread.getName(), failure);
        } catch (OutOfMemoryError noMemory) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }
}
