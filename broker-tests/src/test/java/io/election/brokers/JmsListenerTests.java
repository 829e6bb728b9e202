package io.election.brokers;

import io.election.leaderonly.LeaderBound;
import io.election.test.AutoConfigureTestLeadership;
import java.nio.file.Path;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.jms.annotation.JmsListener;
import org.springframework.jms.config.JmsListenerEndpointRegistry;
import org.springframework.jms.core.JmsTemplate;
import org.springframework.test.annotation.DirtiesContext;

/** {@code @JmsListener} on the leader only, with a broker in this JVM. */
@SpringBootTest(
        properties = {
            "spring.artemis.mode=native",
            "spring.artemis.broker-url=vm://0",
            "spring.jms.listener.auto-startup=false"
        })
@AutoConfigureTestLeadership
@DirtiesContext
class JmsListenerTests extends ListenerContract {

    private static final EmbeddedActiveMQ broker = new EmbeddedActiveMQ();

    @TempDir
    static Path directory;

    @Autowired
    JmsTemplate template;

    @Autowired
    JmsListenerEndpointRegistry registry;

    @BeforeAll
    static void startBroker() throws Exception {
        broker.setConfiguration(new ConfigurationImpl()
                .setSecurityEnabled(false)
                .setPersistenceEnabled(false)
                .setJournalDirectory(directory.toString())
                .addAcceptorConfiguration("in-vm", "vm://0"));
        broker.start();
    }

    @AfterAll
    static void stopBroker() throws Exception {
        broker.stop();
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
    }

    static class Orders {

        private final Story.Teller orders;

        Orders(Story.Teller orders) {
            this.orders = orders;
        }

        @JmsListener(id = "orders", destination = "orders")
        void process(String order) {
            orders.process(order);
        }
    }

    @Override
    Class<?> application() {
        return Application.class;
    }

    @Override
    String[] properties() {
        return new String[] {
            "spring.artemis.mode=native", "spring.artemis.broker-url=vm://0", "spring.jms.listener.auto-startup=false"
        };
    }

    @Override
    void send(String order) {
        template.convertAndSend("orders", order);
    }

    @Override
    SmartLifecycle container() {
        return registry.getListenerContainer("orders");
    }
}
