package io.election.node;

import io.election.core.Input;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The inputs that wait for a step, in the order in which they came. Any thread adds; who has the loop takes: see {@link Stepping}. */
final class Inbox {

    /** Beyond so many, peers' messages are lost, as messages may be. What is this member's own always gets in. */
    static final int MOST_WITH_MESSAGES = 4096;

    private final Queue<Input> queue = new ConcurrentLinkedQueue<>();

    /** A queue that counts by itself walks through all that waits. */
    private final AtomicInteger size = new AtomicInteger();

    /** Adds what is this member's own. */
    void add(Input input) {
        queue.add(input);
        size.incrementAndGet();
    }

    /** Whether a message of a peer would be lost now. */
    boolean isFull() {
        return size.get() >= MOST_WITH_MESSAGES;
    }

    /** Adds what came of a message to a peer, unless too much waits already. */
    void addMessage(Input message) {
        if (!isFull()) {
            add(message);
        }
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }

    /** The next input, or {@code null}. */
    @Nullable Input next() {
        Input input = queue.poll();
        if (input != null) {
            size.decrementAndGet();
        }
        return input;
    }
}
