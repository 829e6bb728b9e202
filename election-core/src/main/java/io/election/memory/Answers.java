package io.election.memory;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that tell callers what became of their writes and reads, and run what these do then. Usually it is one, which stays awake
 * while there is something to tell. What a caller does may block, and may even wait for an answer that comes after its own. So when
 * nothing was told since the last tick, another thread goes on with the rest.
 */
final class Answers implements Executor, Ticker.Ticked {

    private static final int MOST_THREADS = 1024;
    private static final long IDLE_SECONDS = 5;

    private final ThreadPoolExecutor threads;

    /** How many were told at the last tick. */
    private long told;

    /**
     * Begins without a thread.
     *
     * @param name how the threads are called
     */
    Answers(String name) {
        threads = new ThreadPoolExecutor(
                1,
                MOST_THREADS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> {
                    Thread thread = new Thread(task, name);
                    thread.setDaemon(true);
                    return thread;
                },
                // After the stop. Whoever still waits is not left without an answer.
                (task, stopped) -> task.run());
        threads.allowCoreThreadTimeOut(true);
    }

    @Override
    public void execute(Runnable answer) {
        threads.execute(answer);
    }

    @Override
    public void tick(long nowNanos) {
        long toldNow = threads.getCompletedTaskCount();
        int size = threads.getCorePoolSize();
        if (threads.getQueue().isEmpty()) {
            if (size > 1) {
                threads.setCorePoolSize(1);
            }
        } else if (toldNow == told && size < MOST_THREADS) {
            threads.setCorePoolSize(size + 1);
        }
        told = toldNow;
    }

    /** Tells what is left, and ends the threads. */
    void stop() {
        threads.shutdown();
    }
}
