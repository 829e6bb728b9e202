package io.election.memory;

import java.time.Duration;
import java.util.List;

/** The thread that lets writes and reads look at the time. */
final class Ticker {

    /** Has something to do when time has passed. */
    interface Ticked {

        /**
         * Does what is due.
         *
         * @param nowNanos the monotonic time
         */
        void tick(long nowNanos);
    }

    private final Thread thread;
    private final long everyNanos;
    private final List<Ticked> ticked;
    private final Object monitor = new Object();
    private boolean stopped;

    /**
     * Prepares it.
     *
     * @param name the thread's name
     * @param every the time between two looks
     * @param ticked whom it lets look
     */
    Ticker(String name, Duration every, List<Ticked> ticked) {
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
        this.everyNanos = every.toNanos();
        this.ticked = List.copyOf(ticked);
    }

    void start() {
        thread.start();
    }

    void stop() {
        synchronized (monitor) {
            stopped = true;
            monitor.notifyAll();
        }
    }

    private void run() {
        while (waits()) {
            long now = System.nanoTime();
            ticked.forEach(each -> each.tick(now));
        }
    }

    private boolean waits() {
        long until = System.nanoTime() + everyNanos;
        synchronized (monitor) {
            long left = everyNanos;
            while (!stopped && left > 0) {
                try {
                    monitor.wait(Math.max(1, left / 1_000_000));
                } catch (InterruptedException torn) {
                    return false;
                }
                left = until - System.nanoTime();
            }
            return !stopped;
        }
    }
}
