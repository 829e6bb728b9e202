package io.election;

import org.jspecify.annotations.Nullable;

/**
 * Published on every member when the leader that it knows has changed.
 *
 * @param cluster the cluster's name
 * @param nodeId the member that publishes this
 * @param term the term that this member is in
 * @param leaderId the leader, or {@code null} if none is known now
 */
public record LeaderChangedEvent(
        String cluster, String nodeId, long term, @Nullable String leaderId) {}
