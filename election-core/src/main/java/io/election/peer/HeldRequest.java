package io.election.peer;

import io.election.core.Response;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A request whose thread waits for the reply. The first thing that happens to it counts: a reply, an {@link #end}, or that its time is
 * up. Often the reply is there before anybody waits.
 */
final class HeldRequest extends AtomicReference<@Nullable Object> implements Consumer<Response> {

    private static final long serialVersionUID = 1L;

    private static final Object ENDED = "ended";
    private static final Object OUT_OF_TIME = "out of time";

    private transient volatile @Nullable Thread waiting;

    /** Takes the reply, on any thread. */
    @Override
    public void accept(Response reply) {
        settle(reply);
    }

    /** No reply will come. */
    void end() {
        settle(ENDED);
    }

    private void settle(Object outcome) {
        if (compareAndSet(null, outcome)) {
            LockSupport.unpark(waiting);
        }
    }

    /** Whether no reply came because its time was up. */
    boolean isOutOfTime() {
        return get() == OUT_OF_TIME;
    }

    /** The reply, for which it waits at most so long; {@code null} if none came. */
    @Nullable Response await(long nanos) throws InterruptedException {
        if (get() == null) {
            waiting = Thread.currentThread();
            long begunNanos = System.nanoTime();
            long left = nanos;
            while (get() == null && left > 0) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                LockSupport.parkNanos(this, Math.min(left, TimeUnit.DAYS.toNanos(1)));
                left = nanos - (System.nanoTime() - begunNanos);
            }
            settle(OUT_OF_TIME);
        }
        return get() instanceof Response reply ? reply : null;
    }
}
