package io.election.node;

import io.election.FencingToken;
import io.election.core.Lease;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One leadership as every thread of the application reads it. A reader that finds the lease run out ends it with that very
 * answer: a later acknowledgement can no longer revive it (safety rule 8).
 */
final class LeaseCell {

    private final long term;
    private final FencingToken token;
    private final NodeClock clock;
    private final Runnable onLapse;

    /** The lease, or {@code null} once it lapsed or was given up. */
    private final AtomicReference<@Nullable Lease> lease;

    LeaseCell(long term, FencingToken token, Lease lease, NodeClock clock, Runnable onLapse) {
        this.term = term;
        this.token = token;
        this.clock = clock;
        this.onLapse = onLapse;
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
                onLapse.run();
                return false;
            }
        }
    }

    /** Extends the lease, unless it was found run out or given up: then {@code false}. Only the loop extends. */
    boolean extend(Lease longer) {
        Lease current = lease.get();
        return current != null && lease.compareAndSet(current, longer);
    }

    /** Gives the lease up: from here on every reader gets {@code false}. */
    void end() {
        lease.set(null);
    }

    /** When the lease ends, or {@code null} if it has ended; for display. */
    @Nullable Lease lease() {
        return lease.get();
    }
}
