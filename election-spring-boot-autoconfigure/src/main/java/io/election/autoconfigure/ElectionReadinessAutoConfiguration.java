package io.election.autoconfigure;

import io.election.actuate.ElectionReadinessIndicator;
import java.time.InstantSource;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;

/** The health contributor {@code electionReadiness}, if a health group of the application includes it. */
@AutoConfiguration(after = ElectionAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@Conditional(OnReadinessGroupCondition.class)
@ConditionalOnBean(ElectionRuntime.class)
public final class ElectionReadinessAutoConfiguration {

    /** The name under which a health group includes it. */
    static final String CONTRIBUTOR = "electionReadiness";

    /** A leader that is there has been heard from after so many election timeouts. */
    private static final int TIMEOUTS = 2;

    @Bean
    @ConditionalOnMissingBean(name = "electionReadinessHealthIndicator")
    ElectionReadinessIndicator electionReadinessHealthIndicator(
            ElectionRuntime runtime, ElectionProperties properties) {
        return new ElectionReadinessIndicator(
                runtime.operations()::status,
                runtime.operations()::following,
                properties.electionTimeout().multipliedBy(TIMEOUTS),
                InstantSource.system());
    }
}
