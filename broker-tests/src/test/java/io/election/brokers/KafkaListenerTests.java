package io.election.brokers;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.leaderonly.LeaderBound;
import io.election.test.AutoConfigureTestLeadership;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.MessageListenerContainer;
import org.springframework.kafka.test.EmbeddedKafkaKraftBroker;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** {@code @KafkaListener} on the leader only, with a broker in this JVM. */
@SpringBootTest
@AutoConfigureTestLeadership
@DirtiesContext
@Tag("thorough")
@Tag("odd-days")
class KafkaListenerTests extends ListenerContract {

    private static final EmbeddedKafkaKraftBroker broker = new EmbeddedKafkaKraftBroker(1, 1, "orders");

    @Autowired
    KafkaTemplate<String, String> template;

    @Autowired
    KafkaListenerEndpointRegistry registry;

    @DynamicPropertySource
    static void startBroker(DynamicPropertyRegistry properties) {
        // No pause for further members of a group, and no fifty partitions for the offsets of one topic.
        broker.brokerProperties(Map.of("group.initial.rebalance.delay.ms", "0", "offsets.topic.num.partitions", "1"));
        broker.afterPropertiesSet();
        properties.add("spring.kafka.bootstrap-servers", broker::getBrokersAsString);
        properties.add("spring.kafka.consumer.auto-offset-reset", () -> "earliest");
    }

    @AfterAll
    static void stopBroker() {
        broker.destroy();
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Orders.class)
    static class Application {

        @Bean
        Story.Teller teller(@Value("${election.node-id:node-0}") String node) {
            return new Story.Teller(node);
        }

        @Bean
        LeaderBound orderListener() {
            return LeaderBound.listener("orders");
        }

        @Bean
        LeaderBound auditListener(KafkaListenerEndpointRegistry registry) {
            return LeaderBound.of("audit", () -> registry.getListenerContainer("audit"));
        }
    }

    static class Orders {

        private final Story.Teller orders;

        Orders(Story.Teller orders) {
            this.orders = orders;
        }

        @KafkaListener(id = "orders", topics = "orders", autoStartup = "false")
        void process(String order) {
            orders.process(order);
        }

        @KafkaListener(id = "audit", topics = "orders", autoStartup = "false")
        void audit(String order) {}

        @KafkaListener(id = "everywhere", topics = "orders")
        void everywhere(String order) {}
    }

    @Test
    void aListenerThatIsNotTiedRunsOnAFollowerAndIsStoppedAndStartedWithTheContext() {
        MessageListenerContainer everywhere = registry.getListenerContainer("everywhere");
        MessageListenerContainer audit = registry.getListenerContainer("audit");
        assertThat(everywhere.isRunning()).isTrue();
        context.stop();
        assertThat(everywhere.isRunning()).isFalse();
        context.start();
        assertThat(everywhere.isRunning()).isTrue();
        assertThat(audit.isRunning()).isFalse();
        leadership.grant();
        assertThat(audit.isRunning()).isTrue();
        context.stop();
        assertThat(audit.isRunning()).isFalse();
        context.start();
    }

    @Override
    Class<?> application() {
        return Application.class;
    }

    @Override
    String[] properties() {
        return new String[] {
            "spring.kafka.bootstrap-servers=" + broker.getBrokersAsString(),
            "spring.kafka.consumer.auto-offset-reset=earliest"
        };
    }

    @Override
    void send(String order) {
        template.send("orders", order).join();
    }

    @Override
    SmartLifecycle container() {
        return registry.getListenerContainer("orders");
    }
}
