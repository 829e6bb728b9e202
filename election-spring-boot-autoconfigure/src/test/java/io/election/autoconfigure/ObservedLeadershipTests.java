package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.election.LeaderOnly;
import io.election.Leadership;
import io.election.NotLeaderException;
import io.election.actuate.ElectionInfoContributor;
import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class ObservedLeadershipTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    ElectionAutoConfiguration.class,
                    ElectionInfoAutoConfiguration.class,
                    LeaderOnlyAutoConfiguration.class))
            .withUserConfiguration(Application.class)
            .withPropertyValues("election.cluster=orders");

    @Test
    void workOfALeaderIsObservedFromItsBeginningToItsEnd() {
        runner.withPropertyValues("election.enabled=false", "election.when-disabled=leader")
                .run(context -> {
                    Recorded recorded = context.getBean(Recorded.class);
                    Orders orders = context.getBean(Orders.class);
                    assertThat(orders.inside())
                            .as("the observation of the work on its thread")
                            .isEqualTo("election.work");
                    assertThat(recorded.stopped).singleElement().satisfies(one -> {
                        assertThat(one.getName()).isEqualTo("election.work");
                        assertThat(value(one, "election.outcome")).isEqualTo("held");
                        assertThat(value(one, "election.cluster")).isEqualTo("orders");
                        assertThat(value(one, "election.term")).isEqualTo("0");
                    });
                    assertThat(context.getBean(ObservationRegistry.class).getCurrentObservation())
                            .isNull();
                });
    }

    @Test
    void callsUnderTheLeadershipAreObservedAndKnowTheirWork() {
        runner.withPropertyValues("election.standalone=true").run(context -> {
            Leadership leadership = context.getBean(Leadership.class);
            context.publishEvent(new org.springframework.boot.context.event.ApplicationReadyEvent(
                    new org.springframework.boot.SpringApplication(),
                    new String[0],
                    context.getSourceApplicationContext(),
                    null));
            assertThat(leadership.await(java.time.Duration.ofSeconds(60))).isTrue();
            Recorded recorded = context.getBean(Recorded.class);
            long term = leadership.callWhileLeading(token -> {
                assertThat(leadership.currentWork()).isNotNull();
                assertThat(leadership.fencingToken()).isEqualTo(token);
                return leadership.term();
            });
            assertThat(leadership.currentWork()).isNull();
            assertThat(recorded.stopped)
                    .singleElement()
                    .satisfies(one -> assertThat(value(one, "election.term")).isEqualTo(String.valueOf(term)));
        });
    }

    @Test
    void workThatIsRefusedIsNotObserved() {
        runner.withPropertyValues("election.enabled=false", "election.when-disabled=follower")
                .run(context -> {
                    assertThatExceptionOfType(NotLeaderException.class)
                            .isThrownBy(context.getBean(Orders.class)::inside);
                    assertThat(context.getBean(Recorded.class).stopped).isEmpty();
                });
    }

    @Test
    void infoSaysWhoLeadsWhereItIsWanted() {
        runner.withPropertyValues("election.enabled=false", "election.when-disabled=leader")
                .run(context -> assertThat(context).doesNotHaveBean(ElectionInfoContributor.class));
        runner.withPropertyValues(
                        "election.enabled=false",
                        "election.when-disabled=leader",
                        "election.node-id=a",
                        "management.info.election.enabled=true")
                .run(context -> {
                    Info.Builder info = new Info.Builder();
                    context.getBean(ElectionInfoContributor.class).contribute(info);
                    assertThat(info.build().getDetails())
                            .containsEntry(
                                    "election",
                                    Map.of(
                                            "cluster",
                                            "orders",
                                            "nodeId",
                                            "a",
                                            "leader",
                                            true,
                                            "leaderId",
                                            "a",
                                            "term",
                                            0L));
                });
    }

    private static String value(Observation.Context observed, String key) {
        KeyValue found = observed.getLowCardinalityKeyValue(key) != null
                ? observed.getLowCardinalityKeyValue(key)
                : observed.getHighCardinalityKeyValue(key);
        return found.getValue();
    }

    static class Orders {

        private final ObservationRegistry registry;

        Orders(ObservationRegistry registry) {
            this.registry = registry;
        }

        @LeaderOnly
        String inside() {
            return registry.getCurrentObservation().getContext().getName();
        }
    }

    static class Recorded implements ObservationHandler<Observation.Context> {

        private final List<Observation.Context> stopped = new CopyOnWriteArrayList<>();

        @Override
        public void onStop(Observation.Context context) {
            stopped.add(context);
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return true;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Application {

        @Bean
        Recorded recorded() {
            return new Recorded();
        }

        @Bean
        ObservationRegistry observations(Recorded recorded) {
            ObservationRegistry registry = ObservationRegistry.create();
            registry.observationConfig().observationHandler(recorded);
            return registry;
        }

        @Bean
        Orders orders(ObservationRegistry registry) {
            return new Orders(registry);
        }
    }
}
