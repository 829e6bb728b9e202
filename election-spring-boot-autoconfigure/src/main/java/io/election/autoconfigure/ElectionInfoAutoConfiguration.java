package io.election.autoconfigure;

import io.election.actuate.ElectionInfoContributor;
import org.springframework.boot.actuate.autoconfigure.info.ConditionalOnEnabledInfoContributor;
import org.springframework.boot.actuate.autoconfigure.info.InfoContributorFallback;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Who leads, at the endpoint {@code info}: with {@code management.info.election.enabled}. */
@AutoConfiguration(after = ElectionAutoConfiguration.class)
@ConditionalOnClass({InfoContributor.class, ConditionalOnEnabledInfoContributor.class})
@ConditionalOnEnabledInfoContributor(value = "election", fallback = InfoContributorFallback.DISABLE)
@ConditionalOnBean(ElectionRuntime.class)
public final class ElectionInfoAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    ElectionInfoContributor electionInfoContributor(ElectionRuntime runtime) {
        return new ElectionInfoContributor(runtime.operations()::status);
    }
}
