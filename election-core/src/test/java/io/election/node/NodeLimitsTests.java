package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.EffectQueue;
import io.election.core.simulator.NodeLimits;
import org.junit.jupiter.api.Test;

/** The simulated members have the node's limits. */
class NodeLimitsTests {

    @Test
    void theSimulatorKnowsTheLimitsOfTheLoop() {
        assertThat(NodeLimits.OF_THE_NODE)
                .isEqualTo(new NodeLimits(Inbox.MOST_WITH_MESSAGES, Exchanges.MOST, EffectQueue.MAX_HELD));
    }
}
