package io.election.core;

import java.util.List;

/**
 * How a member takes part where the log feeds a state machine.
 *
 * @param reads the types of the application's entries that this member's replica reads, sorted
 * @param snapshotEntries after how many applied entries an image of the state is due
 * @param snapshotBytes after how many bytes of applied entries one is due
 * @param keptBytes how many bytes of entries a member keeps in memory behind its snapshot, so that a short absence needs no image
 * @param keptForTransferBytes how many it keeps while another member fetches an image
 * @param mostInFlightBytes how many bytes of entries may be under way to one member
 * @param mostInFlightMessages how many messages with entries may be under way to one member
 * @param mostUnappliedBytes how many bytes may be appended and not applied before the leader refuses more
 * @param dataCopies on how many data voters an entry must be before its writer is told, as far as there are so many: 2, or 1
 */
public record ReplicationSettings(
        List<String> reads,
        int snapshotEntries,
        long snapshotBytes,
        long keptBytes,
        long keptForTransferBytes,
        long mostInFlightBytes,
        int mostInFlightMessages,
        long mostUnappliedBytes,
        int dataCopies) {

    public ReplicationSettings {
        reads = reads.stream().sorted().distinct().toList();
        reads.forEach(type -> Message.checkName("reads", type));
        if (reads.size() > StateImage.MOST_TYPES) {
            throw new IllegalArgumentException(
                    "reads must be up to " + StateImage.MOST_TYPES + " types, but are " + reads.size());
        }
        positive("snapshotEntries", snapshotEntries);
        positive("snapshotBytes", snapshotBytes);
        notNegative("keptBytes", keptBytes);
        notNegative("keptForTransferBytes", keptForTransferBytes);
        positive("mostInFlightBytes", mostInFlightBytes);
        positive("mostInFlightMessages", mostInFlightMessages);
        positive("mostUnappliedBytes", mostUnappliedBytes);
        if (dataCopies < 1 || dataCopies > 2) {
            throw new IllegalArgumentException("dataCopies must be 1 or 2, but is " + dataCopies);
        }
    }

    private static void positive(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be positive, but is " + value);
        }
    }

    private static void notNegative(String name, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " must not be negative, but is " + value);
        }
    }

    /**
     * What fits a few members in one data centre.
     *
     * @param reads the types of the application's entries that this member's replica reads
     * @return the settings
     */
    public static ReplicationSettings reading(List<String> reads) {
        return new ReplicationSettings(reads, 100_000, 32L << 20, 8L << 20, 128L << 20, 2L << 20, 3, 16L << 20, 2);
    }

    /**
     * The same settings for a replica that reads other types.
     *
     * @param types the types of the application's entries
     * @return the settings
     */
    public ReplicationSettings withReads(List<String> types) {
        return new ReplicationSettings(
                types,
                snapshotEntries,
                snapshotBytes,
                keptBytes,
                keptForTransferBytes,
                mostInFlightBytes,
                mostInFlightMessages,
                mostUnappliedBytes,
                dataCopies);
    }
}
