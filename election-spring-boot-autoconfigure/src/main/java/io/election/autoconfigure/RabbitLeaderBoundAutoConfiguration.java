package io.election.autoconfigure;

import io.election.leaderonly.ListenerEndpoints;
import org.springframework.amqp.rabbit.listener.RabbitListenerEndpointRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/** Where a {@link io.election.leaderonly.LeaderBound} finds the listeners of {@code @RabbitListener}. */
@AutoConfiguration
@ConditionalOnClass(RabbitListenerEndpointRegistry.class)
public final class RabbitLeaderBoundAutoConfiguration {

    @Bean
    ListenerEndpoints<RabbitListenerEndpointRegistry> rabbitListenerEndpoints(
            ObjectProvider<RabbitListenerEndpointRegistry> registries) {
        return new ListenerEndpoints<>(
                "@RabbitListener",
                "Set autoStartup = \"false\" in the @RabbitListener annotation, or"
                        + " spring.rabbitmq.listener.simple.auto-startup=false (.direct. for that kind of container) for"
                        + " all of them.",
                () -> registries.stream().toList(),
                RabbitListenerEndpointRegistry::getListenerContainerIds,
                RabbitListenerEndpointRegistry::getListenerContainer);
    }
}
