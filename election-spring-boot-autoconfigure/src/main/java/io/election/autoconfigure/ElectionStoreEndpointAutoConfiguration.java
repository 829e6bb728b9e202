package io.election.autoconfigure;

import io.election.ReplicatedStore;
import io.election.actuate.ElectionStoreEndpoint;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The endpoint {@code electionstore}, if the application allows access to it and an actuator exposes it. */
@AutoConfiguration(after = ElectionAutoConfiguration.class)
@ConditionalOnClass({Endpoint.class, ConditionalOnAvailableEndpoint.class})
@ConditionalOnAvailableEndpoint(ElectionStoreEndpoint.class)
@ConditionalOnBean(ElectionRuntime.class)
public final class ElectionStoreEndpointAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    ElectionStoreEndpoint electionStoreEndpoint(ObjectProvider<ReplicatedStore> store) {
        return new ElectionStoreEndpoint(store.getIfAvailable());
    }
}
