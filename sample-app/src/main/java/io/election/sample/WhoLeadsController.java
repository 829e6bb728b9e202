package io.election.sample;

import io.election.Leadership;
import io.election.LeadershipState;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Answers who leads, as seen from here, and what was written here. */
@RestController
class WhoLeadsController {

    private final Leadership leadership;
    private final Ledger ledger;
    private final String nodeId;

    WhoLeadsController(Leadership leadership, Ledger ledger, @Value("${election.node-id:}") String nodeId) {
        this.leadership = leadership;
        this.ledger = ledger;
        this.nodeId = nodeId;
    }

    @GetMapping("/")
    WhoLeads whoLeads() {
        LeadershipState state = leadership.state();
        return new WhoLeads(
                nodeId,
                state.leader(),
                state.leaderId(),
                state.leaderUrl(),
                state.term(),
                ledger.written(),
                ledger.latest());
    }

    /**
     * Who leads, as seen from one member.
     *
     * @param nodeId the member that answers
     * @param leader whether it leads itself at this instant
     * @param leaderId the leader it knows, or {@code null}
     * @param leaderUrl where that leader is reached, or {@code null}
     * @param term the term it is in
     * @param linesWritten how many lines of the ledger it has written since its start
     * @param latestLines the last of them, the newest last
     */
    record WhoLeads(
            String nodeId,
            boolean leader,
            @Nullable String leaderId,
            @Nullable String leaderUrl,
            long term,
            long linesWritten,
            List<String> latestLines) {}
}
