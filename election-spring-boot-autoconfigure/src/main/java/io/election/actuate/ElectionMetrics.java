package io.election.actuate;

import io.election.Leadership;
import io.election.node.NodeObserver;
import io.election.node.NodeStatus;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The election's meters. All carry the tags {@code election.cluster} and {@code election.node}: a bare {@code cluster} or
 * {@code node} would collide with the labels that Prometheus gives its targets. Counters exist from the start, in every
 * registry that this is bound to; a timer of a member that has gone is removed when the members are next counted.
 */
public class ElectionMetrics implements MeterBinder, NodeObserver {

    private static final String GRANTED = "granted";
    private static final String REFUSED = "refused";

    private final Tags tags;
    private final Supplier<Leadership> leadership;
    private final Supplier<NodeStatus> status;
    private final List<String> refusals;
    private final ToDoubleFunction<String> refused;
    private final @Nullable Supplier<@Nullable Instant> certificateExpires;
    private final List<Meters> bound = new CopyOnWriteArrayList<>();

    /**
     * Creates the meters, bound to no registry yet.
     *
     * @param cluster the cluster's name
     * @param nodeId this member
     * @param leadership asked when a registry is read, not before
     * @param status asked when a registry is read, not before
     * @param refusals all reasons for which a request of a peer may be refused
     * @param refused how many were, since the start, for a reason; asked when a registry is read, not before
     */
    public ElectionMetrics(
            String cluster,
            String nodeId,
            Supplier<Leadership> leadership,
            Supplier<NodeStatus> status,
            List<String> refusals,
            ToDoubleFunction<String> refused) {
        this(cluster, nodeId, leadership, status, refusals, refused, null);
    }

    /**
     * Creates the meters, bound to no registry yet.
     *
     * @param cluster the cluster's name
     * @param nodeId this member
     * @param leadership asked when a registry is read, not before
     * @param status asked when a registry is read, not before
     * @param refusals all reasons for which a request of a peer may be refused
     * @param refused how many were, since the start, for a reason; asked when a registry is read, not before
     * @param certificateExpires when the member's own certificate expires, asked when a registry is read; {@code null} for a
     *     member without one, which then has no meter for it
     */
    public ElectionMetrics(
            String cluster,
            String nodeId,
            Supplier<Leadership> leadership,
            Supplier<NodeStatus> status,
            List<String> refusals,
            ToDoubleFunction<String> refused,
            @Nullable Supplier<@Nullable Instant> certificateExpires) {
        this.certificateExpires = certificateExpires;
        this.tags = Tags.of("election.cluster", cluster, "election.node", nodeId);
        this.leadership = leadership;
        this.status = status;
        this.refusals = List.copyOf(refusals);
        this.refused = refused;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        bound.add(new Meters(registry));
    }

    /** In a registry that nobody reads. */
    @Override
    public NodeObserver rehearsed() {
        ElectionMetrics unseen = new ElectionMetrics("", "", leadership, status, List.of(), refused);
        unseen.bindTo(new SimpleMeterRegistry());
        return unseen;
    }

    @Override
    public void roundEnded(String outcome) {
        each(meters -> meters.election(outcome).increment());
    }

    @Override
    public void voteDecided(String phase, boolean granted, String reason) {
        each(meters -> meters.vote(phase, granted, reason).increment());
    }

    @Override
    public void heartbeatAcknowledged(String peer, Duration roundTrip) {
        each(meters -> meters.heartbeat(peer).record(roundTrip));
    }

    @Override
    public void membersChanged(Set<String> members) {
        each(meters -> meters.retain(members));
    }

    @Override
    public void memberChanged(String action, boolean byItself) {
        each(meters -> meters.memberChange(action, byItself).increment());
    }

    @Override
    public void termChanged() {
        each(meters -> meters.termChanges.increment());
    }

    @Override
    public void listenerFailed() {
        each(meters -> meters.listenerFailures.increment());
    }

    @Override
    public void workSkipped() {
        each(meters -> meters.workSkipped.increment());
    }

    @Override
    public void stalled(Duration length) {
        each(meters -> meters.stalls.increment());
    }

    private void each(Consumer<Meters> count) {
        bound.forEach(count);
    }

    /** The meters in one registry. */
    private final class Meters {

        private final MeterRegistry registry;
        private final Counter termChanges;
        private final Counter listenerFailures;
        private final Counter workSkipped;
        private final Counter stalls;
        private final Map<String, Counter> elections = new ConcurrentHashMap<>();
        private final Map<List<String>, Counter> votes = new ConcurrentHashMap<>();
        private final Map<List<String>, Counter> memberChanges = new ConcurrentHashMap<>();
        private final Map<String, Timer> heartbeats = new ConcurrentHashMap<>();

        Meters(MeterRegistry registry) {
            this.registry = registry;
            termChanges = counter("election.term.changes", "How often the term has risen", Tags.empty());
            listenerFailures =
                    counter("election.listener.failures", "How often a listener of an event threw", Tags.empty());
            workSkipped = counter(
                    "election.work.skipped",
                    "How often a call was skipped because this member does not lead",
                    Tags.empty());
            stalls = counter(
                    "election.stalls",
                    "How often the loop or the JVM was paused for longer than a heartbeat interval",
                    Tags.empty());
            OUTCOMES.forEach(this::election);
            for (String phase : List.of("pre-vote", "vote")) {
                vote(phase, true, "none");
                REFUSALS.forEach(reason -> vote(phase, false, reason));
            }
            for (String action : ACTIONS) {
                memberChange(action, true);
                memberChange(action, false);
            }
            for (String reason : refusals) {
                FunctionCounter.builder("election.peers.refused", reason, refused)
                        .description("Requests of peers, or of strangers at the peers' path, that were refused")
                        .tags(tags.and("reason", reason))
                        .register(registry);
            }
            gauges();
        }

        private void gauges() {
            Gauge.builder("election.leader", () -> leadership.get().isLeader() ? 1 : 0)
                    .description("Whether this member leads at this instant, its lease checked")
                    .tags(tags)
                    .register(registry);
            Gauge.builder("election.term", () -> status.get().term())
                    .description("The term that this member is in")
                    .tags(tags)
                    .register(registry);
            Gauge.builder("election.members", this::countMembers)
                    .description("How many members there are")
                    .tags(tags)
                    .register(registry);
            Gauge.builder("election.voters", () -> status.get().membership().voters())
                    .description("How many members vote")
                    .tags(tags)
                    .register(registry);
            Gauge.builder("election.learners", ElectionMetrics.this::learners)
                    .description("How many members get the log and have no vote, observers left out")
                    .tags(tags)
                    .register(registry);
            Gauge.builder("election.members.unhealthy", ElectionMetrics.this::unhealthy)
                    .description("How many members something is wrong with, as far as this one knows")
                    .tags(tags)
                    .register(registry);
            Gauge.builder("election.paused", () -> status.get().paused() == null ? 0 : 1)
                    .description("Whether the leadership is paused, as far as this member knows")
                    .tags(tags)
                    .register(registry);
            Gauge.builder("election.peers.connected", ElectionMetrics.this::connected)
                    .description("How many other members answer this one")
                    .tags(tags)
                    .register(registry);
            TimeGauge.builder("election.lease.remaining", ElectionMetrics.this::leaseMillis, TimeUnit.MILLISECONDS)
                    .description("How long the lease of this leader still holds; 0 elsewhere")
                    .tags(tags)
                    .register(registry);
            Supplier<@Nullable Instant> expires = certificateExpires;
            if (expires != null) {
                TimeGauge.builder("election.certificate.remaining", () -> seconds(expires), TimeUnit.SECONDS)
                        .description(
                                "How long this member's own certificate is still valid; negative once it has expired")
                        .tags(tags)
                        .register(registry);
            }
        }

        private Counter counter(String name, String description, Tags own) {
            return Counter.builder(name)
                    .description(description)
                    .tags(tags.and(own))
                    .register(registry);
        }

        Counter election(String outcome) {
            return elections.computeIfAbsent(
                    outcome,
                    o -> counter("election.elections", "Rounds of elections of this member", Tags.of("outcome", o)));
        }

        Counter vote(String phase, boolean granted, String reason) {
            return votes.computeIfAbsent(
                    List.of(phase, granted ? GRANTED : REFUSED, reason),
                    key -> counter(
                            "election.votes",
                            "Pre-votes and votes that other members asked this one for",
                            Tags.of("phase", key.get(0), "decision", key.get(1), "reason", key.get(2))));
        }

        Counter memberChange(String action, boolean byItself) {
            return memberChanges.computeIfAbsent(
                    List.of(action, byItself ? "itself" : "operator"),
                    key -> counter(
                            "election.members.changes",
                            "Changes of the members that this leader has committed",
                            Tags.of("action", key.get(0), "by", key.get(1))));
        }

        Timer heartbeat(String peer) {
            return heartbeats.computeIfAbsent(
                    peer,
                    p -> Timer.builder("election.heartbeat")
                            .description("Round trips of this leader's heartbeats")
                            .tags(tags.and("peer", p))
                            .register(registry));
        }

        private int countMembers() {
            Set<String> present =
                    status.get().members().stream().map(NodeStatus.Member::id).collect(Collectors.toSet());
            // An acknowledgement that was on its way when its member was removed makes the timer once more.
            retain(present);
            return present.size();
        }

        /** Removes the timers of members that are gone. */
        void retain(Set<String> members) {
            Map<String, Timer> gone = new LinkedHashMap<>(heartbeats);
            gone.keySet().removeAll(members);
            gone.forEach((peer, timer) -> {
                heartbeats.remove(peer);
                registry.remove(timer);
            });
        }
    }

    private static double seconds(Supplier<@Nullable Instant> end) {
        Instant expires = end.get();
        return expires == null
                ? Double.NaN
                : Duration.between(Instant.now(), expires).toMillis() / 1e3;
    }

    private double learners() {
        return status.get().membership().members().stream()
                .filter(m -> m.standing().equals("learner") || m.standing().equals("spare"))
                .count();
    }

    private double unhealthy() {
        return status.get().membership().members().stream()
                .filter(m -> !m.healthy())
                .count();
    }

    private double connected() {
        NodeStatus now = status.get();
        return now.members().stream()
                .filter(m -> !m.id().equals(now.nodeId()) && Boolean.TRUE.equals(m.reachable()))
                .count();
    }

    private double leaseMillis() {
        NodeStatus now = status.get();
        Duration remaining = now.leaseRemaining();
        if (remaining != null) {
            return remaining.toNanos() / 1e6;
        }
        // The lease of a sole voter has no end.
        return now.leader() ? Double.POSITIVE_INFINITY : 0;
    }
}
