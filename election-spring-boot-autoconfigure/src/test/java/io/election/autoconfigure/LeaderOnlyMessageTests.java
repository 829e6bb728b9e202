package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.awspring.cloud.sqs.annotation.SqsListener;
import io.awspring.cloud.sqs.listener.MessageListener;
import io.election.LeaderOnly;
import io.election.leaderonly.InvalidLeaderOnlyException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.dynamic.loading.ClassLoadingStrategy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.amqp.rabbit.annotation.RabbitHandler;
import org.springframework.amqp.rabbit.annotation.RabbitListener;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.integration.annotation.Aggregator;
import org.springframework.integration.annotation.Filter;
import org.springframework.integration.annotation.InboundChannelAdapter;
import org.springframework.integration.annotation.Poller;
import org.springframework.integration.annotation.Router;
import org.springframework.integration.annotation.ServiceActivator;
import org.springframework.integration.annotation.Splitter;
import org.springframework.integration.annotation.Transformer;
import org.springframework.jms.annotation.JmsListener;
import org.springframework.kafka.annotation.KafkaHandler;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.handler.annotation.MessageMapping;
import org.springframework.messaging.rsocket.annotation.ConnectMapping;
import org.springframework.messaging.simp.annotation.SubscribeMapping;
import org.springframework.pulsar.annotation.PulsarListener;

/**
 * A follower that refuses a message loses it, or sends it to the dead letters; one that skips it acknowledges it. So
 * {@link LeaderOnly} on what takes messages stops the start, and says how to consume on the leader only.
 */
class LeaderOnlyMessageTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class));

    static class Jms {
        @LeaderOnly
        @JmsListener(id = "orders", destination = "orders")
        void take(String order) {}
    }

    @LeaderOnly
    static class MarkedKafka {
        @KafkaListener(id = "orders", topics = "orders")
        void take(String order) {}
    }

    @KafkaListener(id = "orders", topics = "orders")
    static class KafkaHandlers {
        @LeaderOnly(skip = true)
        @KafkaHandler
        void take(String order) {}
    }

    static class Rabbit {
        @LeaderOnly(skip = true)
        @RabbitListener(id = "orders", queues = "orders")
        void take(String order) {}
    }

    @LeaderOnly
    @RabbitListener(id = "orders", queues = "orders")
    static class MarkedRabbitHandlers {
        @RabbitHandler
        void take(String order) {}
    }

    static class InheritsRabbit extends Rabbit {}

    static class Pulsar {
        @LeaderOnly
        @PulsarListener(id = "orders", topics = "orders")
        void take(String order) {}
    }

    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @KafkaListener(id = "orders", topics = "orders")
    @interface OfOrders {}

    static class ByMeta {
        @LeaderOnly
        @OfOrders
        void take(String order) {}
    }

    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @MessageMapping
    @interface UnknownListener {}

    static class OfAnotherBroker {
        @LeaderOnly
        @UnknownListener
        void take(String order) {}
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                MarkedKafka.class,
                KafkaHandlers.class,
                Rabbit.class,
                MarkedRabbitHandlers.class,
                InheritsRabbit.class,
                ByMeta.class
            })
    void refusesListenersOfBrokers(Class<?> type) {
        assertStops(type, "set autoStartup = \"false\" on the listener and name its id in a LeaderBound");
    }

    static class Sqs {
        @LeaderOnly
        @SqsListener(id = "orders", queueNames = "orders")
        void take(String order) {}
    }

    @Test
    void refusesListenersThatAreSwitchedOffOrFoundInAnotherWay() {
        assertStops(Jms.class, "spring.jms.listener.auto-startup=false");
        for (Class<?> type : List.of(Sqs.class, Pulsar.class, OfAnotherBroker.class)) {
            assertStops(type, "give a LeaderBound the container that its registry has for its id");
        }
    }

    static class Activator {
        @LeaderOnly
        @ServiceActivator(inputChannel = "orders")
        void take(String order) {}
    }

    static class Transforms {
        @LeaderOnly
        @Transformer(inputChannel = "orders")
        String take(String order) {
            return order;
        }
    }

    static class Splits {
        @LeaderOnly
        @Splitter(inputChannel = "orders")
        String take(String order) {
            return order;
        }
    }

    static class Filters {
        @LeaderOnly
        @Filter(inputChannel = "orders")
        boolean take(String order) {
            return true;
        }
    }

    static class Routes {
        @LeaderOnly
        @Router(inputChannel = "orders")
        String take(String order) {
            return order;
        }
    }

    static class Aggregates {
        @LeaderOnly
        @Aggregator(inputChannel = "orders")
        String take(String order) {
            return order;
        }
    }

    static class Polls {
        @LeaderOnly
        @InboundChannelAdapter(channel = "orders", poller = @Poller(fixedDelay = "1000"))
        String take() {
            return "x";
        }
    }

    @LeaderOnly
    static class Handles implements MessageHandler {
        @Override
        public void handleMessage(Message<?> message) {}
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                Activator.class,
                Transforms.class,
                Splits.class,
                Filters.class,
                Routes.class,
                Aggregates.class,
                Polls.class,
                Handles.class
            })
    void refusesEndpointsOfSpringIntegration(Class<?> type) {
        assertStops(type, "give a LeaderBound the bean that @EndpointId names");
    }

    static class Stomp {
        @LeaderOnly
        @MessageMapping("orders")
        void take(String order) {}
    }

    static class StompSubscribe {
        @LeaderOnly
        @SubscribeMapping("orders")
        void take(String order) {}
    }

    static class RSocketConnect {
        @LeaderOnly
        @ConnectMapping("orders")
        void take(String order) {}
    }

    @ParameterizedTest
    @ValueSource(classes = {Stomp.class, StompSubscribe.class, RSocketConnect.class})
    void refusesHandlersOfConnections(Class<?> type) {
        assertStops(type, "call Leadership.callWhileLeading in it");
    }

    @LeaderOnly
    static class GivenToAContainer implements MessageListener<String> {
        @Override
        public void onMessage(Message<String> order) {}
    }

    @Test
    void refusesWhatAContainerIsGivenAsItsListener() {
        assertStops(GivenToAContainer.class, "name the container in a LeaderBound");
    }

    // ------------------------------------------------------------------------------------------------ functions

    @LeaderOnly
    static class Takes implements Consumer<String> {
        @Override
        public void accept(String order) {}
    }

    static class Turns implements Function<String, String> {
        @LeaderOnly
        @Override
        public String apply(String order) {
            return order;
        }
    }

    @LeaderOnly
    static class Gives implements Supplier<String> {
        @Override
        public String get() {
            return "x";
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {Takes.class, Turns.class, Gives.class})
    void refusesFunctionsWhereSpringCloudStreamBindsThem(Class<?> type) {
        ClassLoader withCloudStream = new ByteBuddy()
                .makeInterface()
                .name("org.springframework.cloud.stream.function.StreamBridge")
                .make()
                .load(getClass().getClassLoader(), ClassLoadingStrategy.Default.WRAPPER)
                .getLoaded()
                .getClassLoader();
        runner.withBean("orders", type).run(context -> assertThat(context).hasNotFailed());
        runner.withClassLoader(withCloudStream)
                .withBean("orders", type)
                .run(context -> assertThat(invalid(context.getStartupFailure()).getAction())
                        .contains("consumer.auto-startup=false")
                        .contains("LeaderBound"));
    }

    private void assertStops(Class<?> type, String advice) {
        runner.withBean("orders", type).run(context -> {
            InvalidLeaderOnlyException failure = invalid(context.getStartupFailure());
            assertThat(failure.getDescription()).contains("'orders'").contains("takes messages");
            assertThat(failure.getAction()).contains(advice).contains("see docs/leader-only.md");
        });
    }

    private static InvalidLeaderOnlyException invalid(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidLeaderOnlyException found) {
                return found;
            }
        }
        throw new AssertionError("the start was not stopped as expected", failure);
    }

    @Test
    void saysWhatIsWrongAndWhatToDo() {
        runner.withBean("orders", Rabbit.class)
                .run(context -> assertThat(invalid(context.getStartupFailure()))
                        .hasMessage("Method " + Rabbit.class.getName()
                                + ".take of bean 'orders' is for the leader only, but takes messages by @RabbitListener: a"
                                + " follower would lose the messages that it refuses, and acknowledge those that it skips."
                                + " Instead of @LeaderOnly, set autoStartup = \"false\" on the listener and name its id in a"
                                + " LeaderBound; see docs/leader-only.md."));
    }
}
