package io.election.autoconfigure;

import io.election.leaderonly.ListenerEndpoints;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;

/** Where a {@link io.election.leaderonly.LeaderBound} finds the listeners of {@code @KafkaListener}. */
@AutoConfiguration
@ConditionalOnClass(KafkaListenerEndpointRegistry.class)
public final class KafkaLeaderBoundAutoConfiguration {

    @Bean
    ListenerEndpoints<KafkaListenerEndpointRegistry> kafkaListenerEndpoints(
            ObjectProvider<KafkaListenerEndpointRegistry> registries) {
        return new ListenerEndpoints<>(
                "@KafkaListener",
                "Set autoStartup = \"false\" in the @KafkaListener annotation, or spring.kafka.listener.auto-startup=false"
                        + " for all of them.",
                () -> registries.stream().toList(),
                KafkaListenerEndpointRegistry::getListenerContainerIds,
                KafkaListenerEndpointRegistry::getListenerContainer);
    }
}
