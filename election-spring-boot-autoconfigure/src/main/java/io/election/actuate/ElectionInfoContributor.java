package io.election.actuate;

import io.election.node.NodeStatus;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;

/** Who leads, beside the rest of what an application says of itself at the endpoint {@code info}. */
public class ElectionInfoContributor implements InfoContributor {

    private final Supplier<NodeStatus> status;

    /**
     * Creates the contributor.
     *
     * @param status asked for each answer
     */
    public ElectionInfoContributor(Supplier<NodeStatus> status) {
        this.status = status;
    }

    @Override
    public void contribute(Info.Builder builder) {
        NodeStatus now = status.get();
        Map<String, Object> election = new LinkedHashMap<>();
        election.put("cluster", now.cluster());
        election.put("nodeId", now.nodeId());
        election.put("leader", now.leader());
        if (now.leaderId() != null) {
            election.put("leaderId", now.leaderId());
        }
        election.put("term", now.term());
        if (now.clusterId() != null) {
            election.put("clusterId", now.clusterId());
        }
        builder.withDetail("election", election);
    }
}
