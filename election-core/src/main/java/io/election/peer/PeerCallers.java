package io.election.peer;

import io.election.core.LackOfMemory;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The callers of one peer: threads, each with a connection of its own, that each wait for one answer at a time. Each lane has up to
 * {@value #MOST} of them, most lanes {@value #MOST_LIGHT}, so that what is sent in one never waits for what is sent in another. They
 * appear when needed, go when idle, and serve all lanes; the one that was busy last is used first. One that is not needed
 * beside another goes soon. So an idle member keeps one thread and one connection for each peer, and those stay warm.
 */
final class PeerCallers {

    /** Requests under way at a time in the lanes of what may wait for a disk, or for the members' consent. */
    static final int MOST = PeerClient.OUTSTANDING;

    /**
     * Heartbeats, or pings, under way at a time. On a slow network that is a round trip's worth of heartbeats: with fewer, the
     * acknowledgements would come more seldom than the lease needs them.
     */
    static final int MOST_LIGHT = 2 * MOST;

    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** For how long one stays that is not the only one. */
    private static final long BESIDES_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final ThreadFactory threads;
    private final Connecting connecting;
    private final Map<MessageKind.Lane, Integer> busy = new EnumMap<>(MessageKind.Lane.class);
    private final ArrayDeque<Caller> idle = new ArrayDeque<>();
    private final Set<Caller> all = new HashSet<>();
    /** A heartbeat beyond the most: of heartbeats only the newest matters. */
    private @Nullable Sending waiting;

    private boolean closed;

    /**
     * Begins without threads.
     *
     * @param threads makes them
     * @param connecting opens their connections
     */
    PeerCallers(ThreadFactory threads, Connecting connecting) {
        this.threads = threads;
        this.connecting = connecting;
        for (MessageKind.Lane lane : MessageKind.Lane.values()) {
            busy.put(lane, 0);
        }
    }

    /**
     * Lets a caller send a request. A heartbeat that finds all of them busy waits for one, until a newer heartbeat takes its
     * place; everything else is better told so at once.
     *
     * @throws RejectedExecutionException if all are busy, or this is closed
     */
    void submit(Sending sending) {
        Sending replaced = null;
        synchronized (this) {
            if (closed) {
                throw new RejectedExecutionException();
            }
            if (busyIn(sending.lane()) < most(sending.lane())) {
                hand(sending);
            } else if (sending.lane() == MessageKind.Lane.HEARTBEAT) {
                replaced = waiting;
                waiting = sending;
            } else {
                throw new RejectedExecutionException();
            }
        }
        if (replaced != null) {
            replaced.replaced();
        }
    }

    static int most(MessageKind.Lane lane) {
        return lane == MessageKind.Lane.DISK || lane == MessageKind.Lane.CHANGE ? MOST : MOST_LIGHT;
    }

    private int busyIn(MessageKind.Lane lane) {
        return Objects.requireNonNull(busy.get(lane));
    }

    private void hand(Sending sending) {
        Caller free = idle.pollLast();
        if (free != null) {
            free.hand(sending);
        } else {
            new Caller(sending).start();
        }
        busy.merge(sending.lane(), 1, Integer::sum);
    }

    /** Takes no request any more: each thread ends, with its connection, after the exchange that is under way on it. */
    void retire() {
        Sending unsent;
        synchronized (this) {
            closed = true;
            unsent = waiting;
            waiting = null;
            all.forEach(Caller::retire);
        }
        if (unsent != null) {
            unsent.close();
        }
    }

    /** Ends the threads and their connections; what is under way fails. */
    synchronized void close() {
        closed = true;
        waiting = null;
        all.forEach(Caller::close);
    }

    /** A thread with its connection. */
    private final class Caller implements Runnable {

        private final Thread thread;
        private final PeerConnection connection = new PeerConnection(connecting);
        private volatile @Nullable Sending next;
        private volatile boolean ends;
        private volatile boolean retires;

        Caller(Sending first) {
            next = first;
            thread = threads.newThread(this);
        }

        void start() {
            all.add(this);
            try {
                thread.start();
            } catch (Error ex) {
                all.remove(this);
                throw ex;
            }
        }

        void hand(Sending sending) {
            next = sending;
            LockSupport.unpark(thread);
        }

        void retire() {
            retires = true;
            LockSupport.unpark(thread);
        }

        void close() {
            ends = true;
            connection.close();
            LockSupport.unpark(thread);
        }

        @Override
        public void run() {
            Sending sending = next;
            try {
                while (sending != null) {
                    next = null;
                    Runnable delivery = sending.run(connection);
                    sending = await(sending, delivery);
                }
            } catch (Error ex) {
                // The next request gets another thread.
                if (LackOfMemory.in(ex) == null) {
                    throw ex;
                }
            } finally {
                connection.close();
                gone(sending);
            }
        }

        /** Delivers the outcome once this caller can be used again, because the next request often follows from it. */
        private @Nullable Sending await(Sending done, Runnable delivery) {
            Sending waited;
            synchronized (PeerCallers.this) {
                waited = done.lane() == MessageKind.Lane.HEARTBEAT && !ends ? waiting : null;
                if (waited == null) {
                    free(done.lane());
                    idle.addLast(this);
                } else {
                    waiting = null;
                }
            }
            delivery.run();
            if (waited != null) {
                return waited;
            }
            long begunNanos = System.nanoTime();
            while (next == null && !ends && !retires) {
                long idleNanos = System.nanoTime() - begunNanos;
                if (idleNanos >= BESIDES_NANOS && leavesIdle(idleNanos >= IDLE_NANOS)) {
                    return null;
                }
                long left = (idleNanos < BESIDES_NANOS ? BESIDES_NANOS : IDLE_NANOS) - idleNanos;
                LockSupport.parkNanos(this, Math.max(1, left));
                Thread.interrupted();
            }
            return ends ? null : next;
        }

        /** Whether it goes: because it was idle for long, or is one of several. */
        private boolean leavesIdle(boolean idleForLong) {
            synchronized (PeerCallers.this) {
                return (idleForLong || all.size() > 1) && idle.remove(this) && all.remove(this);
            }
        }

        /** With the request that an error ended it in, or {@code null}. */
        private void gone(@Nullable Sending unfinished) {
            synchronized (PeerCallers.this) {
                idle.remove(this);
                all.remove(this);
                if (unfinished != null) {
                    free(unfinished.lane());
                }
            }
        }

        private void free(MessageKind.Lane lane) {
            busy.merge(lane, -1, Integer::sum);
        }
    }
}
