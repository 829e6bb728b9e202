package io.election.core.simulator;

import io.election.core.EffectQueue;

/**
 * How much may wait in a member's process, as the node limits it. What is beyond a limit is lost, as messages may be.
 *
 * @param inputs with so many inputs waiting for the loop, peers' messages are lost; what is the member's own always gets in
 * @param exchanges the calls of peers that wait for an answer; the oldest is forgotten first
 * @param held the messages that wait for a write
 */
public record NodeLimits(int inputs, int exchanges, int held) {

    /** The limits that the node has. */
    public static final NodeLimits OF_THE_NODE = new NodeLimits(4096, 1024, EffectQueue.MAX_HELD);

    /** So low that bursts of messages reach them all the time. */
    static final NodeLimits LOW = new NodeLimits(24, 12, 12);
}
