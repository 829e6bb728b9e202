package io.election.actuate;

import io.election.node.MemoryStatus;
import io.election.node.NodeObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The meters of the replicated memory, with the tags of {@link ElectionMetrics}. Counters exist from the start, in every registry that
 * this is bound to.
 */
public class MemoryMetrics implements MeterBinder, NodeObserver {

    private final Tags tags;
    private final boolean store;
    private final Supplier<@Nullable MemoryStatus> status;
    private final List<Map<String, Counter>> writes = new CopyOnWriteArrayList<>();

    /**
     * Creates the meters, bound to no registry yet.
     *
     * @param cluster the cluster's name
     * @param nodeId this member
     * @param store whether the memory is a store, whose values are counted
     * @param status asked when a registry is read, not before; {@code null} before the member has started
     */
    public MemoryMetrics(String cluster, String nodeId, boolean store, Supplier<@Nullable MemoryStatus> status) {
        this.tags = Tags.of("election.cluster", cluster, "election.node", nodeId);
        this.store = store;
        this.status = status;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        writes.add(WRITE_OUTCOMES.stream()
                .collect(Collectors.toUnmodifiableMap(Function.identity(), outcome -> counter(registry, outcome))));
        gauge(
                registry,
                "election.memory.lag",
                "How many committed entries this member has not applied",
                MemoryStatus::lag);
        gauge(
                registry,
                "election.memory.applied",
                "The index of the last entry that this member has applied",
                MemoryStatus::appliedIndex);
        gauge(
                registry,
                "election.memory.writes.under.way",
                "How many writes of this process wait for their answers",
                MemoryStatus::writesUnderWay);
        gauge(
                registry,
                "election.memory.failed",
                "Whether this member applies nothing any more",
                memory -> memory.failure() == null ? 0 : 1);
        if (store) {
            gauge(registry, "election.store.values", "How many values the store holds", memory -> {
                MemoryStatus.Values values = memory.values();
                return values == null ? 0 : values.count();
            });
            gauge(registry, "election.store.size", "How many bytes the store holds", memory -> {
                MemoryStatus.Values values = memory.values();
                return values == null ? 0 : values.bytes();
            });
        }
    }

    private Counter counter(MeterRegistry registry, String outcome) {
        return Counter.builder("election.memory.writes")
                .description("Writes of this process to the replicated memory, by how they ended")
                .tags(tags.and("outcome", outcome))
                .register(registry);
    }

    private void gauge(MeterRegistry registry, String name, String description, ToDoubleFunction<MemoryStatus> value) {
        Gauge.builder(name, status, asked -> {
                    MemoryStatus memory = asked.get();
                    return memory == null ? Double.NaN : value.applyAsDouble(memory);
                })
                .strongReference(true)
                .description(description)
                .tags(tags)
                .register(registry);
    }

    @Override
    public void writeEnded(String outcome) {
        for (Map<String, Counter> counters : writes) {
            Counter counter = counters.get(outcome);
            if (counter != null) {
                counter.increment();
            }
        }
    }
}
