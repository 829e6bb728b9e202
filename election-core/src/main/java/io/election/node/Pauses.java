package io.election.node;

import io.election.core.ClockReading;
import io.election.core.ElectionSettings;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Notices that the process stood still, and that the wall clock jumped. Used by who has the loop. */
final class Pauses {

    private final NodeClock clock;
    private final Chronicle chronicle;
    private final long heartbeatNanos;
    private final long graveNanos;
    private @Nullable ClockReading before;

    Pauses(ElectionSettings settings, NodeClock clock, Chronicle chronicle) {
        this.clock = clock;
        this.chronicle = chronicle;
        this.heartbeatNanos = settings.heartbeatInterval().toNanos();
        this.graveNanos = settings.leaseDuration().toNanos() / 2;
    }

    /** Tells of a pause since then, if it was longer than a heartbeat; whether it was. */
    boolean noticeStall(long sinceNanos, String what) {
        long length = clock.monotonicNanos() - sinceNanos;
        if (length <= heartbeatNanos) {
            return false;
        }
        chronicle.stalled(Duration.ofNanos(length), what, length > graveNanos);
        return true;
    }

    /** Tells of a jump since the reading before. More than half a lease is neither drift nor the rounding of a clock. */
    void noticeJump(ClockReading now) {
        ClockReading earlier = before;
        before = now;
        if (earlier != null) {
            long aheadNanos = TimeUnit.MILLISECONDS.toNanos(now.wallMillis() - earlier.wallMillis())
                    - (now.monotonicNanos() - earlier.monotonicNanos());
            if (Math.abs(aheadNanos) > graveNanos) {
                chronicle.clockJumped(Duration.ofNanos(aheadNanos));
            }
        }
    }
}
