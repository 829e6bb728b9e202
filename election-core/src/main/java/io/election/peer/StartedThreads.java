package io.election.peer;

import io.election.core.LackOfMemory;
import io.election.core.LogKeys;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the thread that a part of the JDK starts for itself and shows to nobody: a thread belongs to the group of the one that
 * makes it, so what is started in a group of its own is found there. An OutOfMemoryError ends such a thread, and the JDK
 * does not replace it.
 */
final class StartedThreads extends ThreadGroup {

    private static final Logger log = LoggerFactory.getLogger(StartedThreads.class);
    private static final String SENTENCE = "The thread {} ended with an exception, and starts again.";
    private static final long PAUSE_NANOS = 100_000_000L;

    private final PeerThreads names;
    private final boolean runsAgain;
    private volatile boolean closed;

    /**
     * Creates a group.
     *
     * @param names whose threads they are
     * @param purpose what they are for
     * @param runsAgain whether a thread that ends with an exception starts again: right for one whose loop keeps nothing on its
     *     stack
     */
    StartedThreads(PeerThreads names, String purpose, boolean runsAgain) {
        super(names.name(purpose));
        this.names = names;
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

    /** There may be no memory for a sentence; then it is left out. */
    private void say(Thread thread, Throwable failure) {
        try {
            log.atError()
                    .addKeyValue(LogKeys.CLUSTER, names.cluster())
                    .addKeyValue(LogKeys.NODE, names.nodeId())
                    .addKeyValue(LogKeys.THREAD, thread.getName())
                    .setCause(failure)
                    .log(SENTENCE, thread.getName());
        } catch (Error unsaid) {
            if (LackOfMemory.in(unsaid) == null) {
                throw unsaid;
            }
            sayLess(thread, failure);
        }
    }

    /** Without key-value pairs, which take memory too. */
    private static void sayLess(Thread thread, Throwable failure) {
        try {
            log.error(SENTENCE, thread.getName(), failure);
        } catch (Error unsaid) {
            if (LackOfMemory.in(unsaid) == null) {
                throw unsaid;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }
}
