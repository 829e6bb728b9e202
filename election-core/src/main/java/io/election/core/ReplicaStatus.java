package io.election.core;

import java.util.List;

/**
 * What a member says to its leader of its replica.
 *
 * @param applied up to which index it has applied
 * @param failed whether it applies nothing any more
 * @param reads the types of the application's entries that it reads, sorted
 */
public record ReplicaStatus(long applied, boolean failed, List<String> reads) {

    public ReplicaStatus {
        Message.checkIndex("applied", applied);
        if (reads.size() > StateImage.MOST_TYPES) {
            throw new IllegalArgumentException(
                    "reads must be up to " + StateImage.MOST_TYPES + " types, but are " + reads.size());
        }
        reads.forEach(type -> Message.checkName("reads", type));
        reads = List.copyOf(reads);
    }

    /** Whether it could lead: it has applied everything up to an index, and goes on. */
    boolean isReadyAt(long index) {
        return !failed && applied >= index;
    }
}
