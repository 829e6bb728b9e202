package io.election.core;

import org.jspecify.annotations.Nullable;

/**
 * What every message between members carries.
 *
 * @param protocol the version of the wire protocol
 * @param cluster the cluster's name
 * @param clusterId the founded cluster's id, or {@code null} from a member that holds no entry yet
 * @param from the sender
 * @param fromIncarnation the sender's durable memory
 * @param settled whether the sender's own incarnation counts: the founding, or an entry that it knows to be committed,
 *     names it
 * @param to the receiver
 * @param toIncarnation in a request, the receiver's incarnation by the sender's log, or {@code null} if it names none; in
 *     a response, the asker's incarnation, so that an answer to an earlier life never counts
 * @param requestId unique among the sender's requests; a response repeats it
 */
public record Header(
        int protocol,
        String cluster,
        @Nullable String clusterId,
        String from,
        String fromIncarnation,
        boolean settled,
        String to,
        @Nullable String toIncarnation,
        long requestId) {

    /** The version spoken here. */
    public static final int PROTOCOL = 1;
}
