package io.election.journal;

import java.nio.file.Path;

/** The journal belongs to another member or to another cluster. */
public final class ForeignJournalException extends JournalException {

    private final String cluster;
    private final String nodeId;
    private final String foundCluster;
    private final String foundNodeId;

    ForeignJournalException(Path file, String cluster, String nodeId, String foundCluster, String foundNodeId) {
        super(
                file,
                "The journal " + file + " belongs to member '" + foundNodeId + "' of cluster '" + foundCluster
                        + "', but this is member '" + nodeId + "' of cluster '" + cluster
                        + "'. Correct the cluster's name or the node id, or give this member a directory of its own;"
                        + " a journal must never be copied from one member to another.",
                null);
        this.cluster = cluster;
        this.nodeId = nodeId;
        this.foundCluster = foundCluster;
        this.foundNodeId = foundNodeId;
    }

    /**
     * The cluster that this member is configured for.
     *
     * @return its name
     */
    public String cluster() {
        return cluster;
    }

    /**
     * The member that this one is configured to be.
     *
     * @return its id
     */
    public String nodeId() {
        return nodeId;
    }

    /**
     * The cluster that the journal belongs to.
     *
     * @return its name
     */
    public String foundCluster() {
        return foundCluster;
    }

    /**
     * The member that the journal belongs to.
     *
     * @return its id
     */
    public String foundNodeId() {
        return foundNodeId;
    }
}
