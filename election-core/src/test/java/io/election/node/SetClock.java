package io.election.node;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Both clocks show what the test sets. */
final class SetClock implements NodeClock {

    private final AtomicLong nanos = new AtomicLong(Duration.ofHours(1).toNanos());

    void advance(Duration time) {
        nanos.addAndGet(time.toNanos());
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
