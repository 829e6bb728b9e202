package io.election;

/** What a member is doing in its current term (Raft, section 5.1; the pre-candidate: thesis, section 9.6). */
public enum Role {
    /** Follows the leader it knows, or waits for one. Witnesses and observers are always followers. */
    FOLLOWER,
    /** Asks in a pre-vote whether it could be elected. Has not raised its term. */
    PRE_CANDIDATE,
    /** Stands for election in a term of its own. */
    CANDIDATE,
    /** Won the election of its term. This does not mean that its lease holds: see {@link Leadership#isLeader()}. */
    LEADER
}
