package io.election.core;

import org.jspecify.annotations.Nullable;

/**
 * The part that every message between members carries.
 *
 * <p>The transport checks what can be checked without the log. The cluster, sender and receiver must be those for which
 * the message was authenticated. The receiver must be this member. The sender must be another member on the list. The
 * protocol version must be one that this member speaks, and the group must be the only one there is. A response must
 * repeat the values of the request. The core checks the rest: cluster id, incarnations, and whether the sender may send
 * this message at all.
 *
 * @param protocol the version of the wire protocol
 * @param cluster the cluster's name
 * @param group the election that the message belongs to, among several between the same members, or {@code null} for
 *     the only one. There is only one today, so the transport refuses any other group
 * @param clusterId the founded cluster's id, or {@code null} from a member that holds no entry yet
 * @param from the sender
 * @param fromIncarnation the incarnation of the sender's durable memory
 * @param settled whether the sender's own incarnation counts: it is named by the founding, or by an entry that the
 *     sender knows to be committed
 * @param to the receiver
 * @param toIncarnation in a request, the receiver's incarnation according to the sender's log, or {@code null} if the
 *     log names none; in a response, the requester's incarnation, so that an answer to an earlier incarnation never
 *     counts
 * @param requestId unique among the sender's requests; a response repeats it
 * @param fromNamedAt the index of the entry that last named the sender as a voter, according to its own log, or {@code null} if
 *     that was the founding, or none did. The receiver's log need not hold that entry yet
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
        long requestId,
        @Nullable Long fromNamedAt) {

    /** The protocol version of this implementation. */
    public static final int PROTOCOL = 1;

    /** Refuses values that no member sends. */
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
            throw new IllegalArgumentException("settled must be false if there is no clusterId");
        }
        if (requestId < 0) {
            throw new IllegalArgumentException("requestId must not be negative, but is " + requestId);
        }
        if (fromNamedAt != null) {
            Message.checkIndex("fromNamedAt", fromNamedAt);
            if (fromNamedAt < 2 || clusterId == null) {
                throw new IllegalArgumentException("fromNamedAt must be after the founding, but is " + fromNamedAt);
            }
        }
    }

    /**
     * Creates the header of a message of a member that no entry has promoted.
     *
     * @param protocol the version of the wire protocol
     * @param cluster the cluster's name
     * @param group the election that the message belongs to, or {@code null} for the only one
     * @param clusterId the founded cluster's id, or {@code null}
     * @param from the sender
     * @param fromIncarnation the incarnation of the sender's durable memory
     * @param settled whether the sender's own incarnation counts
     * @param to the receiver
     * @param toIncarnation the incarnation of the receiver or of the requester, or {@code null}
     * @param requestId unique among the sender's requests; a response repeats it
     */
    public Header(
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
        this(protocol, cluster, group, clusterId, from, fromIncarnation, settled, to, toIncarnation, requestId, null);
    }

    /**
     * Creates the header of a message of the only election.
     *
     * @param protocol the version of the wire protocol
     * @param cluster the cluster's name
     * @param clusterId the founded cluster's id, or {@code null}
     * @param from the sender
     * @param fromIncarnation the incarnation of the sender's durable memory
     * @param settled whether the sender's own incarnation counts
     * @param to the receiver
     * @param toIncarnation the incarnation of the receiver or of the requester, or {@code null}
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
