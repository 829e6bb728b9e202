package io.election.node;

import io.election.core.ElectionSettings;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
 * @param finding how the other members are found, or {@code null} if they are listed
 */
public record NodeSettings(
        ElectionSettings election,
        boolean standalone,
        Map<String, String> peerUrls,
        Map<String, String> clientUrls,
        boolean interruptListeners,
        boolean announced,
        boolean leavesOnStop,
        @Nullable Finding finding) {

    public NodeSettings {
        peerUrls = Map.copyOf(peerUrls);
        clientUrls = Map.copyOf(clientUrls);
    }

    /**
     * The settings of a member that is listed.
     *
     * @param election the election's settings
     * @param standalone whether the member stands alone, without any list of members
     * @param peerUrls where peers reach each member, by id
     * @param clientUrls where clients reach each member, by id; a member without one is not in it
     * @param interruptListeners whether a listener that still runs when its leadership ends is interrupted
     * @param announced whether this member tells the others where it is reached
     * @param leavesOnStop whether a member that stops has itself removed from the cluster
     */
    public NodeSettings(
            ElectionSettings election,
            boolean standalone,
            Map<String, String> peerUrls,
            Map<String, String> clientUrls,
            boolean interruptListeners,
            boolean announced,
            boolean leavesOnStop) {
        this(election, standalone, peerUrls, clientUrls, interruptListeners, announced, leavesOnStop, null);
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
