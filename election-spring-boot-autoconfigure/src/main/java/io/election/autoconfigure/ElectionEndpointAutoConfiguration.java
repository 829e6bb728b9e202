package io.election.autoconfigure;

import io.election.actuate.ElectionEndpoint;
import io.election.actuate.ElectionEndpointWebExtension;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.expose.EndpointExposure;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The endpoint {@code election}, if an actuator exposes it. */
@AutoConfiguration(after = ElectionAutoConfiguration.class)
@ConditionalOnClass({Endpoint.class, ConditionalOnAvailableEndpoint.class})
@ConditionalOnAvailableEndpoint(ElectionEndpoint.class)
@ConditionalOnBean(ElectionRuntime.class)
public final class ElectionEndpointAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    ElectionEndpoint electionEndpoint(ElectionRuntime runtime, ElectionProperties properties) {
        return new ElectionEndpoint(
                runtime.leadership(),
                runtime.members(),
                runtime.operations(),
                properties.handover().timeout());
    }

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnBean(ElectionEndpoint.class)
    @ConditionalOnAvailableEndpoint(exposure = EndpointExposure.WEB)
    ElectionEndpointWebExtension electionEndpointWebExtension(ElectionEndpoint endpoint) {
        return new ElectionEndpointWebExtension(endpoint);
    }
}
