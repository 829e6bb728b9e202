package io.election;

import java.util.List;

/**
 * Published on every member when other members are in force here than before, and once after a start. Members are in force as soon
 * as they are in this member's log, so a change that was never committed may be taken back: then the earlier members are
 * published again. If several changes follow each other before a listener returns, only the last of those that wait is published.
 *
 * @param cluster the cluster's name
 * @param nodeId the member that publishes this
 * @param version the version of the members, as {@link ClusterMembers#version()}
 * @param voters the ids of those that vote, sorted
 * @param others the ids of the other members that the log names, sorted
 */
public record MembersChangedEvent(
        String cluster, String nodeId, long version, List<String> voters, List<String> others) {

    /** Copies the lists. */
    public MembersChangedEvent {
        voters = List.copyOf(voters);
        others = List.copyOf(others);
    }
}
