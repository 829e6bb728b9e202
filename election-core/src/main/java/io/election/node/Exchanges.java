package io.election.node;

import io.election.core.Response;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The calls of peers that wait for their answer. Any thread may open one; a step answers. One is forgotten when so many others
 * have been opened after it: the peer gave it up long ago.
 */
final class Exchanges {

    /** The most that wait at a time. */
    static final int MOST = 1024;

    // Guarded by this object's monitor. The place of a call is its number modulo the size.
    private final @Nullable Waiting[] waiting = new Waiting[MOST];
    private long latest;

    /** A call, and who takes its answer. */
    private record Waiting(long number, Consumer<Response> reply) {}

    /** A peer waits; the number under which the core answers it. */
    synchronized long open(Consumer<Response> reply) {
        long number = ++latest;
        waiting[place(number)] = new Waiting(number, reply);
        return number;
    }

    private static int place(long number) {
        return (int) (number % MOST);
    }

    /** Answers a call, unless it was forgotten. */
    void answer(long number, Response response) {
        Consumer<Response> reply = take(number);
        if (reply != null) {
            reply.accept(response);
        }
    }

    private synchronized @Nullable Consumer<Response> take(long number) {
        Waiting found = waiting[place(number)];
        if (found == null || found.number() != number) {
            return null;
        }
        waiting[place(number)] = null;
        return found.reply();
    }

    /** No answer will come; the peer finds out by time. */
    void forget(long number) {
        take(number);
    }

    synchronized void forgetAll() {
        Arrays.fill(waiting, null);
    }
}
