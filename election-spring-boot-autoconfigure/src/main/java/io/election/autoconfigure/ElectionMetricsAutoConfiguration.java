package io.election.autoconfigure;

import io.election.actuate.ElectionAlertMetrics;
import io.election.actuate.ElectionMetrics;
import io.election.actuate.MemoryMetrics;
import io.election.memory.Memory;
import io.election.node.NodeSettings;
import io.election.peer.HttpPeerTransport;
import io.election.peer.PeerTransport;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.util.StringUtils;

/** The meters, if there is a registry. Boot binds them to it. */
@AutoConfiguration(
        after = {
            ElectionAutoConfiguration.class,
            MetricsAutoConfiguration.class,
            CompositeMeterRegistryAutoConfiguration.class
        })
@ConditionalOnClass({MeterRegistry.class, MetricsAutoConfiguration.class})
@ConditionalOnBean({ElectionRuntime.class, MeterRegistry.class})
public final class ElectionMetricsAutoConfiguration {

    /** {@code null} if the application has no replicated memory. */
    @Bean
    @ConditionalOnMissingBean
    @Nullable MemoryMetrics electionMemoryMetrics(
            Mode mode, ObjectProvider<Memory> memory, ObjectProvider<ElectionRuntime> runtime) {
        Memory kept = memory.getIfAvailable();
        return kept == null
                ? null
                : new MemoryMetrics(
                        mode.cluster(),
                        mode.nodeId(),
                        kept.values() != null,
                        () -> runtime.getObject().operations().status().memory());
    }

    /** As below. */
    @Bean
    @ConditionalOnMissingBean
    ElectionAlertMetrics electionAlertMetrics(Mode mode, ObjectProvider<ElectionRuntime> runtime) {
        NodeSettings node = mode instanceof Mode.Clustered clustered
                ? clustered.node()
                : mode instanceof Mode.Alone alone ? alone.node() : null;
        return new ElectionAlertMetrics(
                mode.cluster(),
                mode.nodeId(),
                () -> runtime.getObject().operations().status(),
                node == null ? null : node.election().leaseDuration());
    }

    /** The runtime depends on it, so it must not use the runtime before a registry is read. */
    @Bean
    @ConditionalOnMissingBean
    ElectionMetrics electionMetrics(
            Mode mode,
            ElectionProperties properties,
            ObjectProvider<ElectionRuntime> runtime,
            ObjectProvider<PeerTransport> transport) {
        boolean certified = mode instanceof Mode.Clustered
                && StringUtils.hasText(properties.peer().ssl().bundle());
        return new ElectionMetrics(
                mode.cluster(),
                mode.nodeId(),
                () -> runtime.getObject().leadership(),
                () -> runtime.getObject().operations().status(),
                mode instanceof Mode.Clustered ? HttpPeerTransport.REFUSALS : List.of(),
                reason -> transport.getObject().refused().getOrDefault(reason, 0L),
                certified ? () -> transport.getObject().certificateExpires() : null);
    }
}
