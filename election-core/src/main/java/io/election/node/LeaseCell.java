package io.election.node;

import io.election.FencingToken;
import io.election.LeaderWork;
import io.election.Leadership;
import io.election.core.LackOfMemory;
import io.election.core.Lease;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One leadership as every thread of the application reads it, and the work in flight under it. A reader that finds the lease
 * run out ends it with that very answer: a later acknowledgement can no longer revive it (safety rule 8).
 */
final class LeaseCell {

    private final long term;
    private final FencingToken token;
    private final NodeClock clock;
    private final Runnable onLapse;
    private final Runnable onDrained;

    /** The lease, or {@code null} once it lapsed or was given up. */
    private final AtomicReference<@Nullable Lease> lease;

    /** Until when work that was begun before the lease was given up still holds; {@code null} where it does not. */
    private final AtomicReference<@Nullable Lease> drain = new AtomicReference<>();

    /** The work in flight, and one more until the listeners of the end are done. */
    private final AtomicInteger inFlight = new AtomicInteger(1);

    private final AtomicBoolean listenersDone = new AtomicBoolean();
    private final CountDownLatch drained = new CountDownLatch(1);

    /**
     * Begins a leadership.
     *
     * @param onLapse called by the reader that finds the lease run out
     * @param onDrained called at least once when the leadership has ended and all its listeners and all work under it are done
     */
    LeaseCell(long term, FencingToken token, Lease lease, NodeClock clock, Runnable onLapse, Runnable onDrained) {
        this.term = term;
        this.token = token;
        this.clock = clock;
        this.onLapse = onLapse;
        this.onDrained = onDrained;
        this.lease = new AtomicReference<>(lease);
    }

    long term() {
        return term;
    }

    FencingToken token() {
        return token;
    }

    /**
     * Whether the lease holds now. Takes no lock, allocates nothing, and goes round again only if the lease was extended
     * between two of its own instructions.
     */
    boolean holds() {
        while (true) {
            Lease current = lease.get();
            if (current == null) {
                return false;
            }
            if (current.holds(clock.monotonicNanos(), clock.wallMillis())) {
                // Given up while the clocks were read: another member may lead already.
                return lease.get() != null;
            }
            if (lease.compareAndSet(current, null)) {
                tellOfLapse();
                return false;
            }
        }
    }

    private void tellOfLapse() {
        try {
            onLapse.run();
        } catch (Error failure) {
            // For lack of memory the answer stays right: the loop finds the lease run out by itself, at the latest when
            // it
            // would extend it.
            if (LackOfMemory.in(failure) == null) {
                throw failure;
            }
        }
    }

    /** Extends the lease, unless it was found run out or given up: then {@code false}. Only the loop extends. */
    boolean extend(Lease longer) {
        Lease current = lease.get();
        return current != null && lease.compareAndSet(current, longer);
    }

    /** What work that was begun before may rely on from now on, once the lease is given up. Only the loop calls this. */
    void drain(@Nullable Lease until) {
        drain.set(until);
    }

    /** Gives the lease up: from here on every reader gets {@code false}. */
    void end() {
        lease.set(null);
    }

    /** When the lease ends, or {@code null} if it has ended; for display. */
    @Nullable Lease lease() {
        return lease.get();
    }

    // ------------------------------------------------------------------------------------------------ work in flight

    /** Counts a piece of work of that leadership, or refuses it with {@code null}. Wait-free except for the lease. */
    @Nullable LeaderWork begin(Leadership leadership) {
        // Counted first: an end that comes between waits for it, one that came before is seen now.
        inFlight.incrementAndGet();
        if (holds()) {
            return new Work(leadership);
        }
        release();
        return null;
    }

    /** The listeners of the leadership's end are done; may be said more than once. */
    void listenersDone() {
        if (listenersDone.compareAndSet(false, true)) {
            release();
        }
    }

    private void release() {
        if (inFlight.decrementAndGet() == 0) {
            drained.countDown();
            onDrained.run();
        }
    }

    /** Waits until the leadership has ended and all work under it is done, for at most so long. */
    boolean awaitDrained(long nanos) throws InterruptedException {
        return drained.await(nanos, TimeUnit.NANOSECONDS);
    }

    /** How many pieces of work are in flight, the listeners of the end being one; for people. */
    int inFlight() {
        return inFlight.get();
    }

    /** Whether nobody else can have led since the work began: the lease holds, or did until it was given up in good order. */
    private boolean stillHolds() {
        // In this order: the loop sets the one before it ends the other.
        if (holds()) {
            return true;
        }
        Lease current = drain.get();
        return current != null && current.holds(clock.monotonicNanos(), clock.wallMillis()) && drain.get() != null;
    }

    private final class Work implements LeaderWork {

        private final Leadership leadership;

        /** What the first end found, or {@code null} before it. */
        private final AtomicReference<@Nullable Boolean> heldAtTheEnd = new AtomicReference<>();

        Work(Leadership leadership) {
            this.leadership = leadership;
        }

        @Override
        public Leadership leadership() {
            return leadership;
        }

        @Override
        public long term() {
            return term;
        }

        @Override
        public FencingToken fencingToken() {
            return token;
        }

        /** After the end too: a part that was handed on may outlive it, and another member may lead then. */
        @Override
        public boolean stillHolds() {
            return !Boolean.FALSE.equals(heldAtTheEnd.get()) && LeaseCell.this.stillHolds();
        }

        @Override
        public boolean end() {
            Boolean known = heldAtTheEnd.get();
            if (known != null) {
                return known;
            }
            boolean found = LeaseCell.this.stillHolds();
            if (heldAtTheEnd.compareAndSet(null, found)) {
                release();
                return found;
            }
            return Boolean.TRUE.equals(heldAtTheEnd.get());
        }
    }
}
