package io.election.autoconfigure;

import io.election.actuate.ElectionMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.context.annotation.Bean;

/** The meters, where there is a registry for them; Boot binds them to it. */
@AutoConfiguration(
        after = {
            ElectionAutoConfiguration.class,
            MetricsAutoConfiguration.class,
            CompositeMeterRegistryAutoConfiguration.class
        })
@ConditionalOnClass({MeterRegistry.class, MetricsAutoConfiguration.class})
@ConditionalOnBean({ElectionRuntime.class, MeterRegistry.class})
public final class ElectionMetricsAutoConfiguration {

    /** The runtime counts with it, so it must not need the runtime before a registry is read. */
    @Bean
    @ConditionalOnMissingBean
    ElectionMetrics electionMetrics(Mode mode, ObjectProvider<ElectionRuntime> runtime) {
        return new ElectionMetrics(
                mode.cluster(),
                mode.nodeId(),
                () -> runtime.getObject().leadership(),
                () -> runtime.getObject().operations().status());
    }
}
