package io.election.node;

import io.election.core.ElectionSettings;
import java.util.Map;

/**
 * What a node needs to know besides the election's own settings.
 *
 * @param election the election's settings
 * @param standalone whether the member stands alone, without any list of members
 * @param peerUrls where peers reach each member, by id; for display
 * @param clientUrls where clients reach each member, by id; a member without one is not in it
 * @param interruptListeners whether a listener that still runs when its leadership ends is interrupted
 * @param announced whether this member tells the others where it is reached
 * @param leavesOnStop whether a member that stops has itself removed from the cluster, because it does not come back
 */
public record NodeSettings(
        ElectionSettings election,
        boolean standalone,
        Map<String, String> peerUrls,
        Map<String, String> clientUrls,
        boolean interruptListeners,
        boolean announced,
        boolean leavesOnStop) {

    public NodeSettings {
        peerUrls = Map.copyOf(peerUrls);
        clientUrls = Map.copyOf(clientUrls);
    }

    /**
     * The settings of a member that tells the others where it is reached, and comes back after a stop.
     *
     * @param election the election's settings
     * @param standalone whether the member stands alone, without any list of members
     * @param peerUrls where peers reach each member, by id
     * @param clientUrls where clients reach each member, by id; a member without one is not in it
     * @param interruptListeners whether a listener that still runs when its leadership ends is interrupted
     */
    public NodeSettings(
            ElectionSettings election,
            boolean standalone,
            Map<String, String> peerUrls,
            Map<String, String> clientUrls,
            boolean interruptListeners) {
        this(election, standalone, peerUrls, clientUrls, interruptListeners, true, false);
    }
}
