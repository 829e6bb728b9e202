package io.election;

/**
 * This member leads no longer; {@link Leadership#isLeader()} has been false since before this was published. Published
 * only on the member that led, once for each {@link LeaderElectedEvent}.
 *
 * @param cluster the cluster's name
 * @param nodeId this member
 * @param term the term of the leadership that ended
 * @param reason why it ended
 */
public record StepDownEvent(String cluster, String nodeId, long term, StepDownReason reason) {}
