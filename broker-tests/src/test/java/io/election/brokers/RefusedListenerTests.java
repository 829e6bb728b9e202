package io.election.brokers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

import io.election.autoconfigure.ElectionAutoConfiguration;
import io.election.autoconfigure.JmsLeaderBoundAutoConfiguration;
import io.election.autoconfigure.KafkaLeaderBoundAutoConfiguration;
import io.election.autoconfigure.LeaderOnlyAutoConfiguration;
import io.election.autoconfigure.QuartzLeaderBoundAutoConfiguration;
import io.election.autoconfigure.RabbitLeaderBoundAutoConfiguration;
import io.election.leaderonly.InvalidLeaderOnlyException;
import io.election.leaderonly.LeaderBound;
import org.junit.jupiter.api.Test;
import org.springframework.amqp.rabbit.annotation.RabbitListener;
import org.springframework.amqp.rabbit.listener.RabbitListenerEndpointRegistry;
import org.springframework.boot.amqp.autoconfigure.RabbitAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.annotation.UserConfigurations;
import org.springframework.boot.jms.autoconfigure.JmsAutoConfiguration;
import org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration;
import org.springframework.boot.quartz.autoconfigure.QuartzAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.jms.annotation.JmsListener;
import org.springframework.jms.config.JmsListenerEndpointRegistry;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.scheduling.quartz.SchedulerFactoryBean;

/** What cannot be tied to the leadership stops the start, with a sentence that can be followed. */
class RefusedListenerTests {

    private final ApplicationContextRunner all = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    ElectionAutoConfiguration.class,
                    LeaderOnlyAutoConfiguration.class,
                    JmsLeaderBoundAutoConfiguration.class,
                    KafkaLeaderBoundAutoConfiguration.class,
                    RabbitLeaderBoundAutoConfiguration.class,
                    QuartzLeaderBoundAutoConfiguration.class,
                    JmsAutoConfiguration.class,
                    KafkaAutoConfiguration.class,
                    RabbitAutoConfiguration.class,
                    QuartzAutoConfiguration.class))
            // Nothing of these is to be reached: the start stops before.
            .withBean(jakarta.jms.ConnectionFactory.class, () -> mock(jakarta.jms.ConnectionFactory.class))
            .withPropertyValues(
                    "election.enabled=false",
                    "election.when-disabled=follower",
                    "spring.kafka.bootstrap-servers=127.0.0.1:1",
                    "spring.rabbitmq.port=1",
                    "spring.quartz.auto-startup=false");

    static class JmsOrders {

        @JmsListener(id = "jms-orders", destination = "orders")
        void process(String order) {}
    }

    static class KafkaOrders {

        @KafkaListener(id = "kafka-orders", topics = "orders")
        void process(String order) {}
    }

    static class RabbitOrders {

        @RabbitListener(id = "rabbit-orders", queues = "orders")
        void process(String order) {}
    }

    @Configuration(proxyBeanMethods = false)
    static class Silent {

        @Bean
        JmsOrders jmsOrders() {
            return new JmsOrders();
        }

        @Bean
        KafkaOrders kafkaOrders() {
            return new KafkaOrders();
        }

        @Bean
        RabbitOrders rabbitOrders() {
            return new RabbitOrders();
        }
    }

    private final ApplicationContextRunner silent = all.withUserConfiguration(Silent.class)
            .withPropertyValues(
                    "spring.jms.listener.auto-startup=false",
                    "spring.kafka.listener.auto-startup=false",
                    "spring.rabbitmq.listener.simple.auto-startup=false");

    private final ApplicationContextRunner loud = all.withUserConfiguration(Silent.class);

    private static void refused(AssertableApplicationContext context, String... parts) {
        assertThat(NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure()))
                .isInstanceOf(InvalidLeaderOnlyException.class)
                .hasMessageContainingAll(parts);
    }

    @Test
    void anUnknownIdNamesTheKnownOnesAndWhereTheyComeFrom() {
        silent.withBean("tied", LeaderBound.class, () -> LeaderBound.listener("orders"))
                .run(context -> refused(
                        context,
                        "The LeaderBound 'tied' ties the listener 'orders' to the leadership, but no listener has that id",
                        "@JmsListener 'jms-orders'",
                        "@KafkaListener 'kafka-orders'",
                        "@RabbitListener 'rabbit-orders'",
                        "id = \"orders\"",
                        "spring.main.lazy-initialization"));
    }

    static class JmsKafkaOrders {

        @JmsListener(id = "kafka-orders", destination = "orders")
        void process(String order) {}
    }

    @Test
    void anIdOfTwoListenersIsAmbiguous() {
        silent.withBean(JmsKafkaOrders.class)
                .withBean("tied", LeaderBound.class, () -> LeaderBound.listener("kafka-orders"))
                .run(context -> refused(
                        context,
                        "'kafka-orders'",
                        "2 listeners have that id: @JmsListener and @KafkaListener",
                        "LeaderBound.of(() -> registry.getListenerContainer(\"kafka-orders\"))"));
    }

    @Test
    void aJmsListenerThatStartsByItselfNamesTheProperty() {
        loud.withBean("tied", LeaderBound.class, () -> LeaderBound.listener("jms-orders"))
                .run(context -> refused(
                        context, "'tied'", "isAutoStartup() is true", "spring.jms.listener.auto-startup=false"));
    }

    @Test
    void aKafkaListenerThatStartsByItselfNamesTheAttribute() {
        loud.withBean("tied", LeaderBound.class, () -> LeaderBound.listener("kafka-orders"))
                .run(context -> refused(
                        context,
                        "'tied'",
                        "isAutoStartup() is true",
                        "autoStartup = \"false\" in the @KafkaListener annotation"));
    }

    @Test
    void aRabbitListenerThatStartsByItselfNamesTheAttribute() {
        loud.withBean("tied", LeaderBound.class, () -> LeaderBound.listener("rabbit-orders"))
                .run(context -> refused(
                        context,
                        "'tied'",
                        "isAutoStartup() is true",
                        "autoStartup = \"false\" in the @RabbitListener annotation",
                        "spring.rabbitmq.listener.simple.auto-startup=false"));
    }

    @Configuration(proxyBeanMethods = false)
    static class TiedScheduler {

        @Bean
        LeaderBound tied(SchedulerFactoryBean scheduler) {
            return new LeaderBound(scheduler);
        }
    }

    @Test
    void aSchedulerThatStartsByItselfNamesTheProperty() {
        all.withUserConfiguration(TiedScheduler.class)
                .withPropertyValues("spring.quartz.auto-startup=true")
                .run(context ->
                        refused(context, "'tied'", "isAutoStartup() is true", "spring.quartz.auto-startup=false"));
    }

    @Configuration(proxyBeanMethods = false)
    static class KafkaRegistry {

        @Bean
        LeaderBound tied(KafkaListenerEndpointRegistry registry) {
            return new LeaderBound(registry);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class JmsRegistry {

        @Bean
        LeaderBound tied(JmsListenerEndpointRegistry registry) {
            return LeaderBound.of(() -> registry);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class RabbitRegistry {

        @Bean
        LeaderBound tied(RabbitListenerEndpointRegistry registry) {
            return LeaderBound.of("all", () -> registry);
        }
    }

    @Test
    void aWholeRegistryIsRefusedWithTheWayToNameItsListeners() {
        silent.withConfiguration(UserConfigurations.of(KafkaRegistry.class))
                .run(context -> refused(
                        context, "'tied'", "registry of all @KafkaListener", "LeaderBound.listener(", "autoStartup"));
        silent.withConfiguration(UserConfigurations.of(JmsRegistry.class))
                .run(context -> refused(
                        context, "registry of all @JmsListener", "jms-orders", "spring.jms.listener.auto-startup"));
        silent.withConfiguration(UserConfigurations.of(RabbitRegistry.class))
                .run(context -> refused(context, "registry of all @RabbitListener", "rabbit-orders", "autoStartup"));
    }

    @Configuration(proxyBeanMethods = false)
    static class TooEarly {

        @Bean
        LeaderBound tied(KafkaListenerEndpointRegistry registry) {
            return new LeaderBound(registry.getListenerContainer("kafka-orders"));
        }
    }

    @Test
    void aContainerThatIsAskedForTooEarlyNamesTheOtherForms() {
        silent.withConfiguration(UserConfigurations.of(TooEarly.class))
                .run(context -> refused(
                        context,
                        "was given null",
                        "LeaderBound.listener(\"orders\")",
                        "LeaderBound.of(() -> registry.getListenerContainer(\"orders\"))"));
    }

    @Configuration(proxyBeanMethods = false)
    static class WrongId {

        @Bean
        LeaderBound tied(KafkaListenerEndpointRegistry registry) {
            return LeaderBound.of(() -> registry.getListenerContainer("orders"));
        }
    }

    @Test
    void aSupplierOfNothingNamesTheKnownIds() {
        silent.withConfiguration(UserConfigurations.of(WrongId.class))
                .run(context -> refused(context, "'tied'", "returned null", "@KafkaListener 'kafka-orders'"));
    }

    @Test
    void aListenerThatIsTiedTwiceIsRefused() {
        silent.withBean("one", LeaderBound.class, () -> LeaderBound.listener("kafka-orders"))
                .withBean("two", LeaderBound.class, () -> LeaderBound.listener("kafka-orders"))
                .run(context -> refused(context, "tied to the leadership twice", "'two'", "'kafka-orders' (one)"));
    }

    @Test
    void whatIsTiedCorrectlyStartsWithoutTheListeners() {
        silent.withBean("one", LeaderBound.class, () -> LeaderBound.listener("kafka-orders"))
                .withBean("two", LeaderBound.class, () -> LeaderBound.listener("jms-orders"))
                .withBean("three", LeaderBound.class, () -> LeaderBound.listener("rabbit-orders"))
                .withUserConfiguration(TiedScheduler.class)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(KafkaListenerEndpointRegistry.class)
                                    .getListenerContainer("kafka-orders")
                                    .isRunning())
                            .isFalse();
                    assertThat(context.getBean(SchedulerFactoryBean.class).isRunning())
                            .isFalse();
                });
    }
}
