package io.election.memory;

import io.election.core.ReplicationSettings;
import io.election.machine.StoreLimits;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a member takes part in the replicated memory.
 *
 * @param replication how the log feeds the state machine
 * @param limits what the store may hold, as this member judges when it leads; {@code null} if the application has a state machine of its
 *     own
 * @param writeTimeout for how long a write is tried before its answer is given, whatever that is then
 * @param mostUnderWay how many writes of this process may wait for an answer
 */
public record MemorySettings(
        ReplicationSettings replication, @Nullable StoreLimits limits, Duration writeTimeout, int mostUnderWay) {

    public MemorySettings {
        if (writeTimeout.isNegative() || writeTimeout.isZero()) {
            throw new IllegalArgumentException("writeTimeout must be positive, but is " + writeTimeout);
        }
        if (mostUnderWay < 1) {
            throw new IllegalArgumentException("mostUnderWay must be positive, but is " + mostUnderWay);
        }
    }
}
