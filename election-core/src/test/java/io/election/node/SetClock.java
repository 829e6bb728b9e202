package io.election.node;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** Both clocks show what the test sets. */
final class SetClock implements NodeClock {

    private final AtomicLong nanos = new AtomicLong(Duration.ofHours(1).toNanos());

    void advance(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    /**
     * Lets time pass little by little until the condition holds, for a minute at most. A single leap could come in the
     * middle of an election, which fails then, and nobody stands again on a clock that stands still.
     */
    void passUntil(BooleanSupplier condition) {
        await().atMost(Duration.ofMinutes(1)).until(() -> {
            if (condition.getAsBoolean()) {
                return true;
            }
            advance(Duration.ofMillis(100));
            return false;
        });
    }

    @Override
    public long monotonicNanos() {
        return nanos.get();
    }

    @Override
    public long wallMillis() {
        return 1_800_000_000_000L + Duration.ofNanos(nanos.get()).toMillis();
    }
}
