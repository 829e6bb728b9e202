package io.election.brokers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyBoolean;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.timeout;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoInteractions;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Consumer;
import com.rabbitmq.client.Envelope;
import io.election.StepDownReason;
import io.election.leaderonly.LeaderBound;
import io.election.test.AutoConfigureTestLeadership;
import io.election.test.TestLeadership;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;
import org.mockito.InOrder;
import org.springframework.amqp.rabbit.annotation.RabbitListener;
import org.springframework.amqp.rabbit.connection.Connection;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.amqp.rabbit.listener.RabbitListenerEndpointRegistry;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.test.annotation.DirtiesContext;

/**
 * {@code @RabbitListener} on the leader only. There is no RabbitMQ for this JVM: its connection is made up here, so that what is
 * shown is how Spring's container is started and stopped, and not what a broker does with the messages.
 */
@SpringBootTest(properties = "spring.rabbitmq.dynamic=false")
@AutoConfigureTestLeadership
@DirtiesContext
class RabbitListenerTests {

    @Autowired
    ConfigurableApplicationContext context;

    @Autowired
    TestLeadership leadership;

    @Autowired
    RabbitListenerEndpointRegistry registry;

    @Autowired
    ConnectionFactory connections;

    @Autowired
    Channel channel;

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Orders.class)
    static class Application {

        @Bean
        Story.Teller teller() {
            return new Story.Teller("node-0");
        }

        @Bean
        LeaderBound orderListener() {
            return LeaderBound.listener("orders");
        }

        @Bean
        Channel channel() throws Exception {
            Channel channel = mock(Channel.class);
            given(channel.isOpen()).willReturn(true);
            given(channel.basicConsume(
                            anyString(), anyBoolean(), anyString(), anyBoolean(), anyBoolean(), any(), any()))
                    .willReturn("tag");
            return channel;
        }

        @Bean
        ConnectionFactory connectionFactory(Channel channel) {
            Connection connection = mock(Connection.class);
            given(connection.createChannel(anyBoolean())).willReturn(channel);
            given(connection.isOpen()).willReturn(true);
            ConnectionFactory factory = mock(ConnectionFactory.class);
            given(factory.createConnection()).willReturn(connection);
            return factory;
        }
    }

    static class Orders {

        private final Story.Teller orders;

        Orders(Story.Teller orders) {
            this.orders = orders;
        }

        @RabbitListener(id = "orders", queues = "orders", autoStartup = "false")
        void process(String order) {
            orders.process(order);
        }
    }

    @Test
    void theMessageInFlightIsAcknowledgedBeforeTheStepDown() throws Exception {
        Story.begin();
        context.stop();
        context.start();
        assertThat(registry.getListenerContainer("orders").isRunning()).isFalse();
        verifyNoInteractions(channel);

        leadership.grant();
        assertThat(registry.getListenerContainer("orders").isRunning()).isTrue();
        ArgumentCaptor<Consumer> consumer = ArgumentCaptor.forClass(Consumer.class);
        verify(channel, timeout(Story.PATIENCE.toMillis()))
                .basicConsume(
                        anyString(), anyBoolean(), anyString(), anyBoolean(), anyBoolean(), any(), consumer.capture());
        consumer.getValue().handleConsumeOk("tag");
        try (Story.Hold held = Story.hold("order-1")) {
            consumer.getValue()
                    .handleDelivery(
                            "tag",
                            new Envelope(1, false, "", "orders"),
                            new AMQP.BasicProperties.Builder()
                                    .contentType("text/plain")
                                    .build(),
                            "order-1".getBytes(StandardCharsets.UTF_8));
            Story.awaitLine("begins order-1");

            CompletableFuture<Void> revoked =
                    CompletableFuture.runAsync(() -> leadership.revoke(StepDownReason.HANDED_OVER));
            verify(channel, timeout(Story.PATIENCE.toMillis())).basicCancel("tag");
            assertThat(Story.lines()).doesNotContain("node-0 stepped down");
            Story.release();
            consumer.getValue().handleCancelOk("tag");
            revoked.get(Story.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        assertThat(Story.lines())
                .containsExactly(
                        "node-0 is elected", "node-0 begins order-1", "node-0 ends order-1", "node-0 stepped down");
        InOrder order = inOrder(channel);
        order.verify(channel).basicCancel("tag");
        order.verify(channel).basicAck(eq(1L), anyBoolean());
        assertThat(registry.getListenerContainer("orders").isRunning()).isFalse();
    }
}
