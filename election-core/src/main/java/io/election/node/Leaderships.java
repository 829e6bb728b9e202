package io.election.node;

import io.election.core.Effect;
import io.election.core.Input;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The leadership of this member, and those before it whose listeners and work are not done yet: one {@link LeaseCell} each. The
 * loop applies the core's effects; ending needs no memory.
 */
final class Leaderships {

    private final NodeClock clock;
    private final Chronicle chronicle;
    private final Consumer<Input> toLoop;
    private final Map<Long, LeaseCell> byTerm = new ConcurrentHashMap<>();
    private volatile @Nullable LeaseCell current;

    /**
     * Begins without any.
     *
     * @param toLoop takes what a lease has to tell the core, on any thread
     */
    Leaderships(NodeClock clock, Chronicle chronicle, Consumer<Input> toLoop) {
        this.clock = clock;
        this.chronicle = chronicle;
        this.toLoop = toLoop;
    }

    /** The leadership that readers are to see, or {@code null}. */
    @Nullable LeaseCell current() {
        return current;
    }

    /** Changes the leases as an effect says; others change nothing here. */
    void apply(Effect effect) {
        if (effect instanceof Effect.DrainLease drain) {
            drain(drain);
        } else if (effect instanceof Effect.LeadershipEnded) {
            end();
        } else if (effect instanceof Effect.LeadershipGained gain) {
            LeaseCell gained = new LeaseCell(
                    gain.term(),
                    gain.token(),
                    gain.lease(),
                    clock,
                    () -> toLoop.accept(new Input.LeaseLapsed(gain.term())),
                    () -> workDone(gain.term()));
            byTerm.put(gain.term(), gained);
            current = gained;
        } else if (effect instanceof Effect.LeaseExtended extended) {
            extend(extended);
        }
    }

    private void extend(Effect.LeaseExtended extended) {
        LeaseCell cell = current;
        if (cell != null && !cell.extend(extended.lease())) {
            // A reader that found the lease run out was faster: then it stays so. The core hears of it also where
            // the reader had no memory to say so.
            toLoop.accept(new Input.LeaseLapsed(cell.term()));
        }
    }

    private void drain(Effect.DrainLease drain) {
        LeaseCell of = byTerm.get(drain.term());
        if (of != null) {
            of.drain(drain.lease());
            if (drain.lease() == null && of.inFlight() > 0) {
                chronicle.workOutOfTime(drain.term(), of.inFlight());
            }
        }
    }

    /** Ends the current leadership, if there is one. Needs no memory. */
    void end() {
        LeaseCell ended = current;
        if (ended != null) {
            ended.end();
            current = null;
        }
    }

    /** Nothing that was begun under any leadership may rely on it any longer. */
    void drainAll() {
        byTerm.values().forEach(ended -> ended.drain(null));
    }

    /** The listeners of a leadership that ended are done. */
    void listenersDone(long term) {
        LeaseCell ended = byTerm.get(term);
        if (ended != null) {
            ended.listenersDone();
        }
    }

    /** No listener will end the leaderships of which none was told. */
    void releaseUntold(long endedTerm, LongPredicate wasTold) {
        byTerm.forEach((term, led) -> {
            if (term == -endedTerm || !wasTold.test(term)) {
                led.listenersDone();
            }
        });
    }

    private void workDone(long term) {
        byTerm.remove(term);
        toLoop.accept(new Input.LeadershipWorkDone(term));
    }

    /** Waits for the listeners and the work of all leaderships that have ended; whether they were done in time. */
    boolean awaitWork(long deadlineNanos) throws InterruptedException {
        for (LeaseCell ended : byTerm.values()) {
            if (!ended.awaitDrained(Math.max(0, deadlineNanos - System.nanoTime()))) {
                return false;
            }
        }
        return true;
    }
}
