package io.election;

import org.jspecify.annotations.Nullable;

/** Thrown when leader-only code is called on a member that does not lead at that instant. */
public final class NotLeaderException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    private final @Nullable String leaderId;

    /**
     * Creates the exception for the member that refused, with the leader if one is known.
     *
     * @param nodeId this member
     * @param leaderId the leader, or {@code null} while none is known
     */
    public NotLeaderException(String nodeId, @Nullable String leaderId) {
        super("Member '" + nodeId + "' does not lead now; " + whoLeads(nodeId, leaderId));
        this.leaderId = leaderId;
    }

    private static String whoLeads(String nodeId, @Nullable String leaderId) {
        if (leaderId == null) {
            return "no leader is known.";
        }
        return leaderId.equals(nodeId)
                ? "its own lease is not confirmed, or has expired."
                : "the leader is '" + leaderId + "'.";
    }

    /**
     * The leader, if one is known.
     *
     * @return its id, or {@code null}
     */
    public @Nullable String getLeaderId() {
        return leaderId;
    }
}
