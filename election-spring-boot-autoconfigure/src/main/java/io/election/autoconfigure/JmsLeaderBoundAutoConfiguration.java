package io.election.autoconfigure;

import io.election.leaderonly.ListenerEndpoints;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.jms.config.JmsListenerEndpointRegistry;

/** Where a {@link io.election.leaderonly.LeaderBound} finds the listeners of {@code @JmsListener}. */
@AutoConfiguration
@ConditionalOnClass(JmsListenerEndpointRegistry.class)
public final class JmsLeaderBoundAutoConfiguration {

    @Bean
    ListenerEndpoints<JmsListenerEndpointRegistry> jmsListenerEndpoints(
            ObjectProvider<JmsListenerEndpointRegistry> registries) {
        return new ListenerEndpoints<>(
                "@JmsListener",
                "Set spring.jms.listener.auto-startup=false, which holds for all @JmsListener methods, or name in this one's"
                        + " containerFactory a JmsListenerContainerFactory of its own with setAutoStartup(false):"
                        + " the annotation has no such attribute.",
                () -> registries.stream().toList(),
                JmsListenerEndpointRegistry::getListenerContainerIds,
                JmsListenerEndpointRegistry::getListenerContainer);
    }
}
