package io.election.node;

import io.election.core.Input;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The inputs that wait for the loop. Any thread adds; the loop takes. */
final class Inbox {

    /** Beyond so many, peers' messages are lost, as messages may be. What is this member's own always gets in. */
    static final int MOST_WITH_MESSAGES = 4096;

    private final BlockingQueue<Input> queue = new LinkedBlockingQueue<>();

    /** Adds what is this member's own. */
    void add(Input input) {
        queue.add(input);
    }

    /** Whether a message of a peer would be lost now. */
    boolean isFull() {
        return queue.size() >= MOST_WITH_MESSAGES;
    }

    /** Adds what came of a message to a peer, unless too much waits already. */
    void addMessage(Input message) {
        if (!isFull()) {
            queue.add(message);
        }
    }

    /** The next input, for which it waits at most so long; {@code null} if none came. */
    @Nullable Input next(long waitNanos) {
        if (waitNanos <= 0) {
            return queue.poll();
        }
        try {
            return queue.poll(waitNanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            // Nobody has business interrupting this thread; the time is looked at again.
            return null;
        }
    }
}
