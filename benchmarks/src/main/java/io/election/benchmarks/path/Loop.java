package io.election.benchmarks.path;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A member's loop on a thread of its own, as the threaded candidates need it. */
final class Loop implements Runnable {

    private final LinkedBlockingQueue<Runnable> inbox = new LinkedBlockingQueue<>();
    private Runnable timer = () -> {};
    private long everyNanos = TimeUnit.SECONDS.toNanos(1);

    Loop() {
        Thread thread = new Thread(this, "loop");
        thread.setDaemon(true);
        thread.start();
    }

    void add(Runnable work) {
        inbox.add(work);
    }

    void every(Runnable work, long nanos) {
        add(() -> {
            timer = work;
            everyNanos = nanos;
        });
    }

    @Override
    public void run() {
        long due = System.nanoTime() + everyNanos;
        while (true) {
            try {
                Runnable work = inbox.poll(due - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (work != null) {
                    work.run();
                }
            } catch (InterruptedException ex) {
                return;
            }
            if (System.nanoTime() >= due) {
                due += everyNanos;
                timer.run();
            }
        }
    }
}
