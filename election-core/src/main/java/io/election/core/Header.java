package io.election.core;

import org.jspecify.annotations.Nullable;

/**
 * What every message between members carries.
 *
 * <p>Whoever carries a message checks what can be known without the log: that cluster, sender and receiver are the ones that
 * it was authenticated for, the receiver this member, the sender another one on the list, the protocol one that is
 * spoken, and the group the only one; of a response, that it repeats the request's. The core checks the rest: cluster id, incarnations, and whether the
 * sender may say this at all.
 *
 * @param protocol the version of the wire protocol
 * @param cluster the cluster's name
 * @param group the election that it belongs to, among several between the same members, or {@code null} for the only one.
 *     There is only one today, so whoever carries a message refuses every other
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
        @Nullable String group,
        @Nullable String clusterId,
        String from,
        String fromIncarnation,
        boolean settled,
        String to,
        @Nullable String toIncarnation,
        long requestId) {

    /** The version spoken here. */
    public static final int PROTOCOL = 1;

    /** Refuses what no member says of itself. */
    public Header {
        Message.checkName("cluster", cluster);
        Message.checkName("group", group);
        Message.checkName("clusterId", clusterId);
        Message.checkName("from", from);
        Message.checkName("fromIncarnation", fromIncarnation);
        Message.checkName("to", to);
        // An observer's incarnation is never named: the log holds an empty one.
        if (toIncarnation != null && !toIncarnation.isEmpty()) {
            Message.checkName("toIncarnation", toIncarnation);
        }
        if (from.equals(to)) {
            throw new IllegalArgumentException("nobody asks or answers itself, but from and to are '" + to + "'");
        }
        if (settled && clusterId == null) {
            throw new IllegalArgumentException("settled must be false where there is no clusterId");
        }
        if (requestId < 0) {
            throw new IllegalArgumentException("requestId must not be negative, but is " + requestId);
        }
    }

    /**
     * The header of a message of the only election.
     *
     * @param protocol the version of the wire protocol
     * @param cluster the cluster's name
     * @param clusterId the founded cluster's id, or {@code null}
     * @param from the sender
     * @param fromIncarnation the sender's durable memory
     * @param settled whether the sender's own incarnation counts
     * @param to the receiver
     * @param toIncarnation the receiver's, or the asker's, incarnation, or {@code null}
     * @param requestId unique among the sender's requests; a response repeats it
     */
    public Header(
            int protocol,
            String cluster,
            @Nullable String clusterId,
            String from,
            String fromIncarnation,
            boolean settled,
            String to,
            @Nullable String toIncarnation,
            long requestId) {
        this(protocol, cluster, null, clusterId, from, fromIncarnation, settled, to, toIncarnation, requestId);
    }
}
