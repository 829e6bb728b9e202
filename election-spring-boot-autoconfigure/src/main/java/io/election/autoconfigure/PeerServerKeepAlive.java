package io.election.autoconfigure;

import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.SmartLifecycle;

/**
 * Keeps the JVM of a member alive that serves its peers on a port of its own. All of the election's threads are daemons, and so
 * are Boot's where there is no web server: without this, an application that has nothing else to do would end with its main
 * thread. {@code spring.main.keep-alive=false} switches it off.
 */
final class PeerServerKeepAlive implements SmartLifecycle, DisposableBean {

    private final boolean wanted;
    private @Nullable CountDownLatch end;

    /**
     * Creates it, idle.
     *
     * @param wanted whether it is to do anything at all
     */
    PeerServerKeepAlive(boolean wanted) {
        this.wanted = wanted;
    }

    @Override
    public synchronized void start() {
        if (!wanted || end != null) {
            return;
        }
        CountDownLatch until = new CountDownLatch(1);
        end = until;
        Thread thread = new Thread(() -> awaitUninterruptibly(until), "election-keep-alive");
        thread.setDaemon(false);
        thread.start();
    }

    private static void awaitUninterruptibly(CountDownLatch until) {
        while (true) {
            try {
                until.await();
                return;
            } catch (InterruptedException ex) {
                // Only the end of the member ends this.
                Thread.interrupted();
            }
        }
    }

    @Override
    public synchronized void stop() {
        CountDownLatch until = end;
        end = null;
        if (until != null) {
            until.countDown();
        }
    }

    /** Also called if the context fails to start, and so never stops. */
    @Override
    public void destroy() {
        stop();
    }

    @Override
    public synchronized boolean isRunning() {
        return end != null;
    }

    /** Like the member: a cached test context that is paused keeps it. */
    @Override
    public boolean isPauseable() {
        return false;
    }

    /** Starts before the member and stops after it: a handover at the close is not cut short. */
    @Override
    public int getPhase() {
        return ElectionLifecycle.PHASE - 1;
    }
}
