package io.election.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.node.NodeObserver;
import io.election.node.NodeStatus;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ElectionAlertMetricsTests {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private NodeStatus status = Statuses.leader(Statuses.member("a", true));
    private final ElectionAlertMetrics metrics =
            new ElectionAlertMetrics("orders", "a", () -> status, Duration.ofMillis(750));

    private double gauge(String name) {
        return registry.get(name)
                .tag("election.cluster", "orders")
                .tag("election.node", "a")
                .gauge()
                .value();
    }

    @Test
    void aLeaderShowsItsQuorumAndItsLease() {
        metrics.bindTo(registry);
        assertThat(gauge("election.quorum.needed")).isEqualTo(2);
        assertThat(gauge("election.quorum.reachable")).isEqualTo(2);
        assertThat(gauge("election.lease.expired")).isZero();
        assertThat(gauge("election.lists.differ")).isZero();
        assertThat(registry.get("election.lease.duration").timeGauge().value(TimeUnit.MILLISECONDS))
                .isEqualTo(750);
        assertThat(registry.get("election.leaderless").timeGauge().value(TimeUnit.SECONDS))
                .isZero();
    }

    @Test
    void whatOnlyALeaderKnowsIsNoNumberElsewhere() {
        status = Statuses.leaderlessSince(Instant.now().minusSeconds(40));
        metrics.bindTo(registry);
        assertThat(gauge("election.quorum.reachable")).isNaN();
        assertThat(gauge("election.failure.tolerance")).isNaN();
        TimeGauge leaderless = registry.get("election.leaderless").timeGauge();
        assertThat(leaderless.value(TimeUnit.SECONDS)).isGreaterThanOrEqualTo(40);
    }

    @Test
    void faultsThatAlertsAreForAreShown() {
        metrics.bindTo(registry);
        status = Statuses.withLeaseGone();
        assertThat(gauge("election.lease.expired")).isEqualTo(1);
        status = Statuses.withOtherList();
        assertThat(gauge("election.lists.differ")).isEqualTo(1);
    }

    @Test
    void handoversFailuresAndEventsExistFromTheStartAndAreCounted() {
        metrics.bindTo(registry);
        NodeObserver.HANDOVERS.forEach(outcome -> assertThat(registry.get("election.handover")
                        .tag("outcome", outcome)
                        .timer()
                        .count())
                .isZero());
        NodeObserver.PEER_FAILURES.forEach(metrics::peerFailed);
        NodeObserver.EVENTS.forEach(metrics::eventDelivered);
        metrics.handedOver("handed-over", Duration.ofMillis(12));
        assertThat(registry.get("election.handover")
                        .tag("outcome", "handed-over")
                        .timer()
                        .totalTime(TimeUnit.MILLISECONDS))
                .isEqualTo(12);
        assertThat(registry.get("election.peers.errors").counters())
                .hasSameSizeAs(NodeObserver.PEER_FAILURES)
                .allSatisfy(counter -> assertThat(counter.count()).isEqualTo(1));
        assertThat(registry.get("election.events").counters())
                .hasSameSizeAs(NodeObserver.EVENTS)
                .allSatisfy(counter -> assertThat(counter.count()).isEqualTo(1));
    }

    @Test
    void aRehearsalCountsWhereNobodyReads() {
        metrics.bindTo(registry);
        metrics.rehearsed().peerFailed("tls");
        assertThat(registry.get("election.peers.errors")
                        .tag("kind", "tls")
                        .counter()
                        .count())
                .isZero();
    }
}
