package io.election.node;

import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Holds up whoever comes through, from when a test closes it until the test opens it again. */
final class Gate {

    private volatile @Nullable CountDownLatch closed;
    private volatile boolean held;

    void close() {
        held = false;
        closed = new CountDownLatch(1);
    }

    /** Whether anybody has come since it was closed. */
    boolean holdsSomebody() {
        return held;
    }

    void open() {
        CountDownLatch opening = closed;
        closed = null;
        if (opening != null) {
            opening.countDown();
        }
    }

    void pass() {
        CountDownLatch waiting = closed;
        if (waiting != null) {
            held = true;
            try {
                waiting.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
