package io.election;

/** Who writes a value of the {@link ReplicatedStore}. */
public enum Writers {
    /**
     * The leader, with the token of its leadership. A write by a former leader that comes to be applied after a later leadership has
     * begun is refused.
     */
    LEADER,
    /**
     * Any member, without a token. Concurrent writers use {@link ReplicatedValue#compareAndSet}. A value that exists and was last
     * written by a leader refuses such writes.
     */
    ANY_MEMBER
}
