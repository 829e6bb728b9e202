package io.election.node;

import io.election.core.Response;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** The calls of peers that wait for their answer. Any thread may open one; the loop answers. */
final class Exchanges {

    /** The oldest, which the peer gave up long ago, is forgotten first. */
    static final int MOST = 1024;

    private final AtomicLong numbers = new AtomicLong();
    private final Map<Long, Consumer<Response>> waiting = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Consumer<Response>> eldest) {
            return size() > MOST;
        }
    });

    /** A peer waits; the number under which the core answers it. */
    long open(Consumer<Response> reply) {
        long number = numbers.incrementAndGet();
        waiting.put(number, reply);
        return number;
    }

    /** Answers a call, unless it was forgotten. */
    void answer(long number, Response response) {
        Consumer<Response> reply = waiting.remove(number);
        if (reply != null) {
            reply.accept(response);
        }
    }

    /** No answer will come; the peer finds out by time. */
    void forget(long number) {
        waiting.remove(number);
    }

    void forgetAll() {
        waiting.clear();
    }
}
