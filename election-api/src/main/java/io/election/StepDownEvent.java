package io.election;

/**
 * Published when this member no longer leads. {@link Leadership#isLeader()} was already false by then. Published only
 * on the member that led, once for each {@link LeaderElectedEvent}.
 *
 * @param cluster the cluster's name
 * @param nodeId this member
 * @param term the term of the leadership that ended
 * @param reason why it ended
 */
public record StepDownEvent(String cluster, String nodeId, long term, StepDownReason reason) {}
