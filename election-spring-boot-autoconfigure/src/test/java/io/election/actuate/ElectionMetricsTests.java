package io.election.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.election.Leadership;
import io.election.Role;
import io.election.node.NodeStatus;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ElectionMetricsTests {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private NodeStatus status =
            Statuses.leader(Statuses.member("a", true), Statuses.member("b", true), Statuses.member("c", false));

    private final Leadership leadership = mock();

    private final ElectionMetrics metrics = new ElectionMetrics(
            "orders",
            "a",
            () -> leadership,
            () -> status,
            List.of("replayed", "not-a-member"),
            reason -> reason.equals("replayed") ? 3 : 0);

    @Test
    void requestsThatWereRefusedAreCountedByReason() {
        metrics.bindTo(registry);
        assertThat(registry.get("election.peers.refused")
                        .tag("reason", "replayed")
                        .functionCounter()
                        .count())
                .isEqualTo(3);
        assertThat(registry.get("election.peers.refused")
                        .tag("reason", "not-a-member")
                        .functionCounter()
                        .count())
                .isZero();
    }

    @Test
    void workThatWasSkippedIsCounted() {
        metrics.bindTo(registry);
        metrics.workSkipped();
        metrics.workSkipped();
        assertThat(registry.get("election.work.skipped").counter().count()).isEqualTo(2);
    }

    @Test
    void membersAreCountedByTheirStandingAndChangesByWhoWishedThem() {
        status = Statuses.inPlace("learner", "spare", false, null, null);
        metrics.bindTo(registry);
        assertThat(registry.get("election.voters").gauge().value()).isEqualTo(3);
        assertThat(registry.get("election.learners").gauge().value()).isEqualTo(1);
        assertThat(registry.get("election.members.unhealthy").gauge().value()).isEqualTo(1);
        metrics.memberChanged("remove", true);
        metrics.memberChanged("remove", false);
        metrics.memberChanged("remove", false);
        assertThat(changes("remove", "itself")).isEqualTo(1);
        assertThat(changes("remove", "operator")).isEqualTo(2);
        assertThat(changes("promote", "itself")).isZero();
    }

    private double changes(String action, String by) {
        return registry.get("election.members.changes")
                .tags("action", action, "by", by)
                .counter()
                .count();
    }

    @Test
    void countersExistFromTheStart() {
        metrics.bindTo(registry);
        Set<String> names = registry.getMeters().stream()
                .map(meter -> meter.getId().getName())
                .collect(Collectors.toSet());
        assertThat(names)
                .containsExactlyInAnyOrder(
                        "election.leader",
                        "election.term",
                        "election.term.changes",
                        "election.members",
                        "election.paused",
                        "election.peers.connected",
                        "election.peers.refused",
                        "election.elections",
                        "election.votes",
                        "election.lease.remaining",
                        "election.listener.failures",
                        "election.work.skipped",
                        "election.stalls",
                        "election.voters",
                        "election.learners",
                        "election.members.unhealthy",
                        "election.members.changes");
        assertThat(registry.get("election.elections")
                        .tag("outcome", "lost")
                        .counter()
                        .count())
                .isZero();
        assertThat(registry.get("election.votes")
                        .tags("phase", "vote", "decision", "refused", "reason", "log-behind")
                        .counter()
                        .count())
                .isZero();
    }

    @Test
    void allMetersNameClusterAndMember() {
        metrics.bindTo(registry);
        metrics.heartbeatAcknowledged("b", Duration.ofMillis(2));
        for (Meter meter : registry.getMeters()) {
            assertThat(meter.getId().getTag("election.cluster")).isEqualTo("orders");
            assertThat(meter.getId().getTag("election.node")).isEqualTo("a");
        }
    }

    @Test
    void countsInEveryRegistry() {
        SimpleMeterRegistry other = new SimpleMeterRegistry();
        metrics.bindTo(registry);
        metrics.bindTo(other);
        metrics.roundEnded("elected");
        metrics.voteDecided("vote", true, "none");
        metrics.termChanged();
        metrics.listenerFailed();
        metrics.stalled(Duration.ofSeconds(1));
        metrics.heartbeatAcknowledged("b", Duration.ofMillis(2));
        for (SimpleMeterRegistry each : List.of(registry, other)) {
            assertThat(each.get("election.elections")
                            .tag("outcome", "elected")
                            .counter()
                            .count())
                    .isEqualTo(1);
            assertThat(each.get("election.votes")
                            .tag("decision", "granted")
                            .tag("phase", "vote")
                            .counter()
                            .count())
                    .isEqualTo(1);
            assertThat(each.get("election.term.changes").counter().count()).isEqualTo(1);
            assertThat(each.get("election.listener.failures").counter().count()).isEqualTo(1);
            assertThat(each.get("election.stalls").counter().count()).isEqualTo(1);
            assertThat(each.get("election.heartbeat").tag("peer", "b").timer().count())
                    .isEqualTo(1);
        }
    }

    @Test
    void measuresWhatTheLeaderKnows() {
        status = Statuses.leader(
                Statuses.member("a", true),
                Statuses.member("b", true),
                Statuses.member("c", true),
                Statuses.member("d", false));
        metrics.bindTo(registry);
        assertThat(registry.get("election.term").gauge().value()).isEqualTo(7);
        assertThat(registry.get("election.members").gauge().value()).isEqualTo(4);
        assertThat(registry.get("election.peers.connected").gauge().value()).isEqualTo(2);
        assertThat(registry.get("election.paused").gauge().value()).isZero();
        status = Statuses.paused(status, new NodeStatus.Paused(Instant.EPOCH, "a", "anna", null));
        assertThat(registry.get("election.paused").gauge().value()).isEqualTo(1);
        assertThat(registry.get("election.lease.remaining").timeGauge().value(TimeUnit.MILLISECONDS))
                .isEqualTo(640);
    }

    /** A member whose lease has run out is LEADER still, for a moment, and leads no more. */
    @Test
    void whoLeadsIsJudgedByTheLeaseAndNotByTheRole() {
        metrics.bindTo(registry);
        assertThat(status.role()).isEqualTo(Role.LEADER);
        assertThat(registry.get("election.leader").gauge().value()).isZero();
        when(leadership.isLeader()).thenReturn(true);
        assertThat(registry.get("election.leader").gauge().value()).isEqualTo(1);
    }

    @Test
    void removesTheTimerOfAMemberThatHasGone() {
        metrics.bindTo(registry);
        metrics.heartbeatAcknowledged("b", Duration.ofMillis(2));
        metrics.heartbeatAcknowledged("c", Duration.ofMillis(2));
        status = Statuses.leader(Statuses.member("a", true), Statuses.member("b", true));
        assertThat(registry.get("election.members").gauge().value()).isEqualTo(2);
        assertThat(registry.find("election.heartbeat").tag("peer", "b").timer()).isNotNull();
        assertThat(registry.find("election.heartbeat").tag("peer", "c").timer()).isNull();
    }

    @Test
    void aMemberWithACertificateShowsHowLongItIsValid() {
        Instant[] expires = {Instant.now().plus(Duration.ofDays(9))};
        new ElectionMetrics("orders", "a", () -> leadership, () -> status, List.of(), reason -> 0, () -> expires[0])
                .bindTo(registry);
        TimeGauge remaining = registry.get("election.certificate.remaining").timeGauge();
        assertThat(remaining.value(TimeUnit.HOURS)).isBetween(9 * 24 - 1.0, 9 * 24.0);
        expires[0] = Instant.now().minus(Duration.ofDays(2));
        assertThat(remaining.value(TimeUnit.HOURS)).isBetween(-49.0, -48.0);
    }
}
