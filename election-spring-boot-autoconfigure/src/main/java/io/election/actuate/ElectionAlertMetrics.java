package io.election.actuate;

import io.election.node.NodeObserver;
import io.election.node.NodeStatus;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the alert rules judge beside the meters of {@link ElectionMetrics}, with the same tags: how near the cluster is to having no
 * leader, what calls to other members fail of, and how long handovers take. Counters and timers exist from the start; a gauge
 * that says nothing on this member, such as one that only a leader knows, is not a number.
 */
public class ElectionAlertMetrics implements MeterBinder, NodeObserver {

    private final Tags tags;
    private final Supplier<NodeStatus> status;
    private final @Nullable Duration leaseDuration;
    private final List<Meters> bound = new CopyOnWriteArrayList<>();

    /**
     * Creates the meters, bound to no registry yet.
     *
     * @param cluster the cluster's name
     * @param nodeId this member
     * @param status asked when a registry is read, not before
     * @param leaseDuration how long an acknowledged heartbeat lets the leader lead; {@code null} where no election is held
     */
    public ElectionAlertMetrics(
            String cluster, String nodeId, Supplier<NodeStatus> status, @Nullable Duration leaseDuration) {
        this.tags = Tags.of("election.cluster", cluster, "election.node", nodeId);
        this.status = status;
        this.leaseDuration = leaseDuration;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        bound.add(new Meters(registry));
    }

    /** In a registry that nobody reads. */
    @Override
    public NodeObserver rehearsed() {
        ElectionAlertMetrics unseen = new ElectionAlertMetrics("", "", status, leaseDuration);
        unseen.bindTo(new SimpleMeterRegistry());
        return unseen;
    }

    @Override
    public void handedOver(String outcome, Duration took) {
        each(meters -> {
            Timer handovers = meters.handovers.get(outcome);
            if (handovers != null) {
                handovers.record(took);
            }
        });
    }

    @Override
    public void peerFailed(String kind) {
        each(meters -> increment(meters.failures.get(kind)));
    }

    @Override
    public void eventDelivered(String event) {
        each(meters -> increment(meters.events.get(event)));
    }

    private static void increment(@Nullable Counter counter) {
        if (counter != null) {
            counter.increment();
        }
    }

    private void each(Consumer<Meters> count) {
        bound.forEach(count);
    }

    /** The meters in one registry. */
    private final class Meters {

        private final MeterRegistry registry;
        private final Map<String, Timer> handovers;
        private final Map<String, Counter> failures;
        private final Map<String, Counter> events;

        Meters(MeterRegistry registry) {
            this.registry = registry;
            handovers = HANDOVERS.stream()
                    .collect(Collectors.toUnmodifiableMap(
                            outcome -> outcome,
                            outcome -> Timer.builder("election.handover")
                                    .description("How long handovers took, the application's own listeners included")
                                    .tags(tags.and("outcome", outcome))
                                    .register(registry)));
            failures = counters("election.peers.errors", "Calls to other members that failed", "kind", PEER_FAILURES);
            events = counters("election.events", "Events delivered to the application's listeners", "event", EVENTS);
            gauge(
                    "election.quorum.needed",
                    "How many voters decide",
                    now -> now.quorum().needed());
            gauge(
                    "election.quorum.reachable",
                    "How many voters answer this leader, itself included",
                    now -> now.quorum().reachable());
            gauge(
                    "election.failure.tolerance",
                    "How many healthy voters may fail before there is no quorum, on the leader",
                    now -> now.membership().failureTolerance());
            gauge(
                    "election.lease.expired",
                    "Whether this member holds the leader's role although its lease has expired",
                    now -> now.leaseExpiredWhileLeading() ? 1 : 0);
            gauge(
                    "election.lists.differ",
                    "Whether this member's list of members differs from the members in force, or from another member's list",
                    now -> now.listDifference() == null ? 0 : 1);
            seconds("election.leaderless", "For how long no leader has been known here; 0 while one is", now -> {
                Instant since = now.leaderlessSince();
                return since == null ? Duration.ZERO : Duration.between(since, Instant.now());
            });
            seconds(
                    "election.quorum.round.trip",
                    "How long a quorum takes to answer this member",
                    now -> now.quorum().roundTrip());
            if (leaseDuration != null) {
                Duration lease = leaseDuration;
                seconds("election.lease.duration", "How long the lease lasts from a heartbeat on", now -> lease);
            }
        }

        private Map<String, Counter> counters(String name, String description, String tag, List<String> values) {
            return values.stream()
                    .collect(Collectors.toUnmodifiableMap(
                            value -> value,
                            value -> Counter.builder(name)
                                    .description(description)
                                    .tags(tags.and(tag, value))
                                    .register(registry)));
        }

        private void gauge(String name, String description, Function<NodeStatus, @Nullable Integer> value) {
            Gauge.builder(name, () -> value.apply(status.get()))
                    .description(description)
                    .tags(tags)
                    .register(registry);
        }

        private void seconds(String name, String description, Function<NodeStatus, @Nullable Duration> value) {
            TimeGauge.builder(
                            name,
                            () -> {
                                Duration known = value.apply(status.get());
                                return known == null ? Double.NaN : known.toNanos() / 1e9;
                            },
                            TimeUnit.SECONDS)
                    .description(description)
                    .tags(tags)
                    .register(registry);
        }
    }
}
