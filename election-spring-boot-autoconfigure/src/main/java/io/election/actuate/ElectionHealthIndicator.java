package io.election.actuate;

import io.election.node.MemoryStatus;
import io.election.node.NodeStatus;
import io.election.node.WhyNobodyLeads;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

/**
 * Down for faults of this member that a look at it can fix; a lost quorum is none, or every instance would be restarted.
 * Out of service while the member's memory is new and its vote does not count yet: whoever stops one member after the
 * other must wait for it. Out of service for good once the member was removed from its cluster.
 */
public class ElectionHealthIndicator extends AbstractHealthIndicator {

    private static final String CATCHING_UP = "catching-up";
    private static final String REMOVED = "removed";

    private final Supplier<NodeStatus> status;
    private final Duration leaderlessGrace;
    private final Status noLeaderStatus;
    private final InstantSource clock;

    /**
     * Creates the indicator.
     *
     * @param status what to judge
     * @param leaderlessGrace how long no leader may be known before the status says so
     * @param noLeaderStatus the status then
     * @param clock the wall clock that the status's times come from
     */
    public ElectionHealthIndicator(
            Supplier<NodeStatus> status, Duration leaderlessGrace, Status noLeaderStatus, InstantSource clock) {
        super("The state of the election could not be read");
        this.status = status;
        this.leaderlessGrace = leaderlessGrace;
        this.noLeaderStatus = noLeaderStatus;
        this.clock = clock;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        NodeStatus now = status.get();
        String fault = fault(now);
        if (fault != null) {
            builder.down().withDetail("fault", fault);
        } else if (now.votingState().equals(CATCHING_UP) || now.votingState().equals(REMOVED)) {
            builder.outOfService();
        } else if (leaderlessForTooLong(now)) {
            boolean chosen = now.paused() != null && !noLeaderStatus.equals(Status.DOWN);
            builder.status(chosen ? Status.OUT_OF_SERVICE : noLeaderStatus);
        } else {
            builder.up();
        }
        NodeStatus.Paused paused = now.paused();
        if (fault == null && now.quorumLost() != null) {
            builder.withDetail("fault", now.quorumLost());
        } else if (fault == null && paused != null && leaderlessForTooLong(now)) {
            builder.withDetail(
                    "fault",
                    "Nobody leads, and the leadership is paused until " + paused.until() + ": only '" + paused.holder()
                            + "' stands for election by itself. Start it, or resume");
        }
        details(builder, now);
    }

    private static @Nullable String fault(NodeStatus now) {
        if (now.storageFailure() != null) {
            return "The journal failed: " + now.storageFailure();
        }
        if (now.failure() != null) {
            return "This member takes no part until its process is restarted: " + now.failure();
        }
        // Once the log names the members, what a list says besides is no fault.
        if (now.listDifference() != null && now.clusterId() == null) {
            return now.listDifference();
        }
        if (now.rival() != null) {
            return now.rival();
        }
        MemoryStatus memory = now.memory();
        if (memory != null && memory.failure() != null) {
            return "This member applies nothing to its replicated memory until it is started again: "
                    + memory.failure();
        }
        if (now.leaseExpiredWhileLeading()) {
            return "This member has the leader's role, but its lease has expired";
        }
        return null;
    }

    private boolean leaderlessForTooLong(NodeStatus now) {
        Instant since = now.leaderlessSince();
        return since != null && Duration.between(since, clock.instant()).compareTo(leaderlessGrace) > 0;
    }

    private static void details(Health.Builder builder, NodeStatus now) {
        builder.withDetail("cluster", now.cluster())
                .withDetail("nodeId", now.nodeId())
                .withDetail("standalone", now.standalone())
                .withDetail("role", now.role().name())
                .withDetail("votingState", now.votingState())
                .withDetail("leader", now.leader())
                .withDetail("term", now.term());
        detail(builder, "leaderId", now.leaderId());
        detail(builder, "leaderlessSince", now.leaderlessSince());
        detail(builder, "membersDiffer", now.membership().difference());
        detail(builder, "memoryDiffers", now.memoryDiffers());
        MemoryStatus memory = now.memory();
        if (memory != null) {
            builder.withDetail("memoryLag", memory.lag());
        }
        NodeStatus.Paused paused = now.paused();
        if (paused != null) {
            builder.withDetail(
                    "paused",
                    "until " + paused.until() + ", held by '" + paused.holder() + "', paused by '" + paused.by() + "'"
                            + (paused.reason() == null ? "" : ": " + paused.reason()));
        }
        detail(builder, "notReady", now.notReady());
        detail(builder, "foundingWaits", now.foundingWaits());
        detail(builder, "certificate", now.certificateWarning());
        WhyNobodyLeads why = now.whyNobodyLeads();
        if (why != null) {
            Map<String, String> reasons = new TreeMap<>();
            why.members().forEach(member -> reasons.put(member.id(), member.why()));
            builder.withDetail("whyNobodyLeads", why.summary()).withDetail("membersWithoutLeader", reasons);
        }
        builder.withDetail("voters", now.quorum().voters())
                .withDetail("needed", now.quorum().needed());
        detail(builder, "reachable", now.quorum().reachable());
        detail(builder, "slowNetwork", now.quorum().tooSlow());
        Map<String, String> peers = new TreeMap<>();
        for (NodeStatus.Member member : now.members()) {
            if (member.lastError() != null) {
                peers.put(member.id(), member.lastError());
            }
        }
        if (!peers.isEmpty()) {
            builder.withDetail("peers", peers);
        }
    }

    private static void detail(Health.Builder builder, String name, @Nullable Object value) {
        if (value != null) {
            builder.withDetail(name, value instanceof Instant ? value.toString() : value);
        }
    }
}
