package io.election.autoconfigure;

import io.election.node.NodeSettings;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the settings make of this application. Decided at run time, not by conditions, which AOT would freeze at build time. */
sealed interface Mode {

    /** The cluster's name. */
    String cluster();

    /** This member. */
    String nodeId();

    /** What each start logs as a warning, one sentence or more each. */
    List<String> warnings();

    /** What each start logs for information, one sentence or more each. */
    default List<String> notices() {
        return List.of();
    }

    /**
     * No election is held.
     *
     * @param leads whether the application leads nevertheless
     */
    record Disabled(String cluster, String nodeId, boolean leads, List<String> warnings) implements Mode {}

    /**
     * No members are listed.
     *
     * @param node the settings of a cluster of one
     * @param directory where its journal lies, or {@code null} where it is kept in memory
     * @param repeated what is logged again while it runs, one sentence or more each
     */
    record Alone(
            NodeSettings node,
            @Nullable Path directory,
            List<String> warnings,
            List<String> notices,
            List<String> repeated)
            implements Mode {

        @Override
        public String cluster() {
            return node.election().cluster();
        }

        @Override
        public String nodeId() {
            return node.election().nodeId();
        }
    }

    /**
     * One of the members that are listed, or that find each other.
     *
     * @param node its settings
     * @param urls where each member is reached; of members that find each other only this one, with the host {@code localhost}
     *     unless it is known by what it is found
     * @param directory where its journal lies, or {@code null} where each start begins a new memory
     */
    record Clustered(
            NodeSettings node,
            Map<String, URI> urls,
            @Nullable Path directory,
            List<String> warnings) implements Mode {

        @Override
        public String cluster() {
            return node.election().cluster();
        }

        @Override
        public String nodeId() {
            return node.election().nodeId();
        }

        /** Whether members find each other, so that nobody knows how many there are. */
        boolean areFound() {
            return node.finding() != null;
        }
    }
}
