package io.election.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import io.election.core.ReplicationSettings;
import io.election.machine.StoreLimits;
import io.election.memory.MemorySettings;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.util.unit.DataSize;

/** Checks the settings of the replicated memory, and puts them together. */
final class MemoryReader {

    private static final int LONGEST_NAME = 200;
    private static final int TIMEOUTS_OF_A_WRITE = 5;
    private static final int MOST_WRITES = 4096;
    private static final Duration LONGEST = Duration.ofHours(1);

    private final ElectionProperties.Store store;
    private final ElectionProperties.Memory memory;
    private final Duration electionTimeout;

    MemoryReader(ElectionProperties properties) {
        this.store = properties.store();
        this.memory = properties.memory();
        this.electionTimeout = properties.electionTimeout();
    }

    /**
     * Checks the settings of a store.
     *
     * @throws InvalidElectionConfigurationException if one is wrong
     */
    MemorySettings ofStore() {
        long largest = size("election.store.max-value-size", store.maxValueSize(), StoreLimits.LARGEST_VALUE);
        long most = size("election.store.max-size", store.maxSize(), Long.MAX_VALUE);
        if (largest > most) {
            throw invalid(
                    "election.store.max-value-size",
                    store.maxValueSize(),
                    "it is more than election.store.max-size, " + store.maxSize() + ", allows for all values together",
                    "Raise election.store.max-size, or lower election.store.max-value-size.");
        }
        int count = (int) number("election.store.max-values", store.maxValues(), Integer.MAX_VALUE);
        return read(new StoreLimits(LONGEST_NAME, (int) largest, most, count));
    }

    /**
     * Checks the settings for a state machine of the application's own.
     *
     * @throws InvalidElectionConfigurationException if one is wrong
     */
    MemorySettings ofStateMachine() {
        return read(null);
    }

    private MemorySettings read(@Nullable StoreLimits limits) {
        if (memory.dataCopies() != 1 && memory.dataCopies() != 2) {
            throw invalid(
                    "election.memory.data-copies",
                    memory.dataCopies(),
                    "a write is acknowledged once it is on the disks of 2 data members, or of 1",
                    "Remove it, or set it to 1 if a write that was acknowledged may be lost together with one disk.");
        }
        Duration timeout = memory.writeTimeout() == null
                ? electionTimeout.multipliedBy(TIMEOUTS_OF_A_WRITE)
                : memory.writeTimeout();
        if (timeout.isNegative() || timeout.isZero() || timeout.compareTo(LONGEST) > 0) {
            throw invalid(
                    "election.memory.write-timeout",
                    DurationStyle.SIMPLE.print(timeout, java.time.temporal.ChronoUnit.MILLIS),
                    "it must be longer than 0 and at most an hour",
                    "Write a duration with its unit, like election.memory.write-timeout=5s. Shorter than an election timeout,"
                            + " every change of the leader leaves writes unknown.");
        }
        ReplicationSettings replication = new ReplicationSettings(
                List.of(),
                (int) number("election.memory.snapshot-entries", memory.snapshotEntries(), Integer.MAX_VALUE),
                size("election.memory.snapshot-size", memory.snapshotSize(), Long.MAX_VALUE),
                sizeOrNone("election.memory.kept-size", memory.keptSize()),
                sizeOrNone("election.memory.kept-for-transfer-size", memory.keptForTransferSize()),
                size("election.memory.in-flight-size", memory.inFlightSize(), Long.MAX_VALUE),
                (int) number("election.memory.in-flight-messages", memory.inFlightMessages(), Integer.MAX_VALUE),
                size("election.memory.unapplied-size", memory.unappliedSize(), Long.MAX_VALUE),
                memory.dataCopies());
        return new MemorySettings(replication, limits, timeout, (int)
                number("election.memory.writes-under-way", memory.writesUnderWay(), MOST_WRITES));
    }

    private static long number(String property, long value, long most) {
        if (value < 1 || value > most) {
            throw invalid(property, value, "it must be from 1 to " + most, "Remove it to use the default.");
        }
        return value;
    }

    private static long size(String property, DataSize value, long most) {
        if (value.toBytes() < 1 || value.toBytes() > most) {
            throw invalid(
                    property,
                    value,
                    most == Long.MAX_VALUE ? "it must be more than 0" : "it must be from 1 to " + most + " bytes",
                    "Write a size with its unit, like " + property + "=64KB.");
        }
        return value.toBytes();
    }

    private static long sizeOrNone(String property, DataSize value) {
        if (value.isNegative()) {
            throw invalid(
                    property,
                    value,
                    "it must not be negative",
                    "Write a size with its unit, like " + property + "=8MB.");
        }
        return value.toBytes();
    }

    private static InvalidElectionConfigurationException invalid(
            String property, Object value, String reason, String action) {
        return new InvalidElectionConfigurationException(property, value, reason, action);
    }
}
