package io.election;

import org.jspecify.annotations.Nullable;

/**
 * The leader that this member knows has changed. Published on every member.
 *
 * @param cluster the cluster's name
 * @param nodeId the member that publishes this
 * @param term the term that this member is in
 * @param leaderId the leader, or {@code null} if none is known now
 */
public record LeaderChangedEvent(
        String cluster, String nodeId, long term, @Nullable String leaderId) {}
