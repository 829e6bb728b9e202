package io.election.sample;

import io.election.Leadership;
import io.election.LeadershipState;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Answers who leads, as seen from here, and what the job has done here. */
@RestController
class WhoLeadsController {

    private final Leadership leadership;
    private final InvoiceJob job;
    private final String nodeId;

    WhoLeadsController(Leadership leadership, InvoiceJob job, @Value("${election.node-id:}") String nodeId) {
        this.leadership = leadership;
        this.job = job;
        this.nodeId = nodeId;
    }

    @GetMapping("/")
    WhoLeads whoLeads() {
        LeadershipState state = leadership.state();
        return new WhoLeads(nodeId, state.leader(), state.leaderId(), state.leaderUrl(), state.term(), job.tally());
    }

    /**
     * Who leads, as seen from one member.
     *
     * @param nodeId the member that answers
     * @param leader whether it leads itself at this instant
     * @param leaderId the leader it knows, or {@code null}
     * @param leaderUrl where that leader is reached, or {@code null}
     * @param term the term it is in
     * @param job what its job has done since its start
     */
    record WhoLeads(
            String nodeId,
            boolean leader,
            @Nullable String leaderId,
            @Nullable String leaderUrl,
            long term,
            InvoiceJob.Tally job) {}
}
