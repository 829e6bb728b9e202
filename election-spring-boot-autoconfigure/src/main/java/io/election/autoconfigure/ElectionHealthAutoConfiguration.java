package io.election.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import io.election.actuate.ElectionHealthIndicator;
import java.time.InstantSource;
import java.util.Locale;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.annotation.Bean;
import org.springframework.util.StringUtils;

/** The health contributor {@code election}; in neither liveness nor readiness unless the application adds it. */
@AutoConfiguration(after = ElectionAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnEnabledHealthIndicator("election")
@ConditionalOnBean(ElectionRuntime.class)
public final class ElectionHealthAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = "electionHealthIndicator")
    ElectionHealthIndicator electionHealthIndicator(ElectionRuntime runtime, ElectionProperties properties) {
        ElectionProperties.Health health = properties.health();
        if (!StringUtils.hasText(health.noLeaderStatus())) {
            throw new InvalidElectionConfigurationException(
                    "election.health.no-leader-status",
                    health.noLeaderStatus(),
                    "an empty text is no status",
                    "Set it to UNKNOWN, UP, DOWN or OUT_OF_SERVICE, or to a status of your own.");
        }
        return new ElectionHealthIndicator(
                runtime.operations()::status,
                health.leaderlessGrace(),
                new Status(
                        health.noLeaderStatus().trim().toUpperCase(Locale.ROOT).replace('-', '_')),
                InstantSource.system());
    }
}
