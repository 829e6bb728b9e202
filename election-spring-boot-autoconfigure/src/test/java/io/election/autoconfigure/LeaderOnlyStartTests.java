package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.LeaderOnly;
import io.election.Leadership;
import io.election.MembersChangedEvent;
import io.election.NotLeaderException;
import io.election.StepDownEvent;
import io.election.leaderonly.InvalidLeaderOnlyException;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.event.ApplicationStartedEvent;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.Lifecycle;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.context.event.GenericApplicationListener;
import org.springframework.context.support.ConversionServiceFactoryBean;
import org.springframework.core.ResolvableType;
import org.springframework.core.convert.ConversionService;
import org.springframework.core.convert.TypeDescriptor;
import org.springframework.core.convert.converter.GenericConverter;
import org.springframework.transaction.event.TransactionalEventListener;

/** Nobody leads while the application starts: what runs then, and is for the leader only, stops the start with advice. */
class LeaderOnlyStartTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class))
            .withPropertyValues("election.enabled=false", "election.when-disabled=follower");

    static class Runner implements ApplicationRunner {
        @LeaderOnly
        @Override
        public void run(ApplicationArguments arguments) {}
    }

    @LeaderOnly
    static class MarkedRunner implements CommandLineRunner {
        @Override
        public void run(String... arguments) {}
    }

    static class SkippedRunner implements CommandLineRunner {
        @LeaderOnly(skip = true)
        @Override
        public void run(String... arguments) {}
    }

    static class AfterSingletons implements SmartInitializingSingleton {
        @LeaderOnly
        @Override
        public void afterSingletonsInstantiated() {}
    }

    static class OnReady {
        @LeaderOnly
        @EventListener
        void on(ApplicationReadyEvent event) {}
    }

    static class OnReadyByClasses {
        @LeaderOnly(skip = true)
        @EventListener({ApplicationStartedEvent.class, ApplicationReadyEvent.class})
        void on() {}
    }

    @LeaderOnly
    static class MarkedOnRefreshed {
        @EventListener
        void on(ContextRefreshedEvent event) {}
    }

    static class OnReadiness {
        @LeaderOnly
        @EventListener
        void on(AvailabilityChangeEvent<ReadinessState> event) {}
    }

    static class OnWebServer {
        @LeaderOnly
        @EventListener
        void on(WebServerInitializedEvent event) {}
    }

    static class OnEverything {
        @LeaderOnly
        @EventListener
        void on(ApplicationEvent event) {}
    }

    static class TransactionalOnRefreshed {
        @LeaderOnly
        @TransactionalEventListener(fallbackExecution = true)
        void on(ContextRefreshedEvent event) {}
    }

    @LeaderOnly
    static class MarkedListener implements ApplicationListener<ApplicationReadyEvent> {
        @Override
        public void onApplicationEvent(ApplicationReadyEvent event) {}
    }

    static class Listener implements ApplicationListener<ContextRefreshedEvent> {
        @LeaderOnly
        @Override
        public void onApplicationEvent(ContextRefreshedEvent event) {}
    }

    @LeaderOnly
    static class MarkedLifecycle implements SmartLifecycle {
        @Override
        public void start() {}

        @Override
        public void stop() {}

        @Override
        public boolean isRunning() {
            return false;
        }
    }

    static class MarkedStop implements Lifecycle {
        @Override
        public void start() {}

        @LeaderOnly
        @Override
        public void stop() {}

        @Override
        public boolean isRunning() {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                Runner.class,
                MarkedRunner.class,
                SkippedRunner.class,
                AfterSingletons.class,
                OnReady.class,
                OnReadyByClasses.class,
                MarkedOnRefreshed.class,
                OnReadiness.class,
                OnWebServer.class,
                OnEverything.class,
                TransactionalOnRefreshed.class,
                MarkedListener.class,
                Listener.class,
                MarkedLifecycle.class,
                MarkedStop.class
            })
    void stopsTheStartWithAdvice(Class<?> type) {
        runner.withBean("orders", type)
                .run(context -> assertThat(invalid(context.getStartupFailure()).getMessage())
                        .contains("'orders'")
                        .contains("LeaderElectedEvent")
                        .contains("LeaderBound"));
    }

    @LeaderOnly
    static class MarkedOnStepDown implements ApplicationListener<PayloadApplicationEvent<StepDownEvent>> {
        @Override
        public void onApplicationEvent(PayloadApplicationEvent<StepDownEvent> event) {}
    }

    static class OnStepDownByClasses {
        @LeaderOnly
        @EventListener(StepDownEvent.class)
        void on() {}
    }

    @ParameterizedTest
    @ValueSource(classes = {MarkedOnStepDown.class, OnStepDownByClasses.class})
    void stopsTheStartForListenersOfTheEnd(Class<?> type) {
        runner.withBean("orders", type)
                .run(context -> assertThat(invalid(context.getStartupFailure()).getMessage())
                        .contains("'orders'")
                        .contains("listens to StepDownEvent"));
    }

    static class OnLeaderChanged {
        @LeaderOnly
        @EventListener
        void on(LeaderChangedEvent event) {}
    }

    static class OnMembersChanged {
        @LeaderOnly
        @EventListener
        void on(MembersChangedEvent event) {}
    }

    @LeaderOnly
    static class MarkedOnLeaderChanged implements ApplicationListener<PayloadApplicationEvent<LeaderChangedEvent>> {
        @Override
        public void onApplicationEvent(PayloadApplicationEvent<LeaderChangedEvent> event) {}
    }

    @ParameterizedTest
    @ValueSource(classes = {OnLeaderChanged.class, MarkedOnLeaderChanged.class, OnMembersChanged.class})
    void stopsTheStartForListenersThatEveryMemberCalls(Class<?> type) {
        String event = type == OnMembersChanged.class ? "MembersChangedEvent" : "LeaderChangedEvent";
        runner.withBean("orders", type)
                .run(context -> assertThat(invalid(context.getStartupFailure()).getMessage())
                        .contains("'orders'", "listens to " + event)
                        .contains("LeaderElectedEvent", "skip = true"));
    }

    static class SkipsOnLeaderChanged {

        private final AtomicInteger calls = new AtomicInteger();

        @LeaderOnly(skip = true)
        @EventListener
        void on(LeaderChangedEvent event) {
            calls.incrementAndGet();
        }

        AtomicInteger calls() {
            return calls;
        }
    }

    @Test
    void aListenerOfChangesThatFollowersSkipIsNoFault() {
        runner.withBean(SkipsOnLeaderChanged.class)
                .withPropertyValues("election.enabled=false", "election.when-disabled=follower")
                .run(context -> {
                    context.publishEvent(new LeaderChangedEvent("orders", "a", 7, "b"));
                    assertThat(context.getBean(SkipsOnLeaderChanged.class).calls())
                            .hasValue(0);
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
        runner.withBean("orders", Runner.class)
                .run(context -> assertThat(invalid(context.getStartupFailure()))
                        .hasMessage("Method " + Runner.class.getName()
                                + ".run of bean 'orders' is for the leader only, but belongs to ApplicationRunner, which"
                                + " every member runs while it starts: nobody leads then. A refusal would stop the"
                                + " start of every member, and with skip the method would never run. Start such work in a listener"
                                + " of LeaderElectedEvent and end it in one of StepDownEvent, or let a LeaderBound start and"
                                + " stop a component that does it."));
    }

    // ------------------------------------------------------------------------------------------------ what is accepted

    record OrderPlaced(String id) {}

    @LeaderOnly
    static class HandlesCarriedOrders {
        @EventListener
        void on(PayloadApplicationEvent<OrderPlaced> event) {}
    }

    @Test
    void aListenerOfAnEventThatCarriesAnApplicationsOwnIsNoFault() {
        runner.withBean(HandlesCarriedOrders.class)
                .run(context -> assertThat(context).hasNotFailed());
    }

    @LeaderOnly
    static class Ordinary implements ApplicationListener<PayloadApplicationEvent<OrderPlaced>> {

        private final AtomicInteger calls = new AtomicInteger();

        @EventListener
        void elected(LeaderElectedEvent event) {}

        @EventListener
        void placed(OrderPlaced event) {
            calls.incrementAndGet();
        }

        @EventListener(condition = "false")
        void someOf(ApplicationEvent event) {}

        @Override
        public void onApplicationEvent(PayloadApplicationEvent<OrderPlaced> event) {
            calls.incrementAndGet();
        }
    }

    @LeaderOnly
    static class SaysItself implements GenericApplicationListener {

        @Override
        public boolean supportsEventType(ResolvableType type) {
            return type.resolve() == PayloadApplicationEvent.class;
        }

        @Override
        public void onApplicationEvent(ApplicationEvent event) {}
    }

    @Test
    void listenersOfOrdinaryEventsAreNoFaultAndAreGuarded() {
        runner.withBean(Ordinary.class)
                .run(context -> assertThatThrownBy(() -> context.publishEvent(new OrderPlaced("1")))
                        .isInstanceOf(NotLeaderException.class));
        runner.withBean(SaysItself.class)
                .run(context -> assertThatThrownBy(() -> context.publishEvent(new OrderPlaced("1")))
                        .isInstanceOf(NotLeaderException.class));
    }

    // ------------------------------------------------------------------------------------------------ called by others

    @Configuration(proxyBeanMethods = false)
    @Import(OrdinaryService.class)
    @ImportAutoConfiguration({ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class})
    static class CallsAtTheStart {

        @Bean
        CommandLineRunner callsAtTheStart(OrdinaryService service) {
            return arguments -> service.work();
        }
    }

    static class OrdinaryService {
        @LeaderOnly
        void work() {}
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class})
    static class WorksAtTheStart {

        @Bean
        CommandLineRunner worksAtTheStart(Leadership leadership) {
            return arguments -> leadership.runWhileLeading(token -> {});
        }
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void aStartThatWorksAsTheLeaderIsExplainedByTheApplicationsOwnMethod(CapturedOutput output) {
        SpringApplicationBuilder application = new SpringApplicationBuilder(WorksAtTheStart.class)
                .web(WebApplicationType.NONE)
                .properties("election.enabled=false", "election.when-disabled=follower");
        assertThatThrownBy(application::run).isInstanceOf(NotLeaderException.class);
        assertThat(output)
                .contains("While the application started, " + WorksAtTheStart.class.getName())
                .contains("which is false during the start");
    }

    @LeaderOnly
    static class ConvertsOnTheLeader implements GenericConverter {
        @Override
        public Set<ConvertiblePair> getConvertibleTypes() {
            return Set.of();
        }

        @Override
        public Object convert(@Nullable Object source, TypeDescriptor from, TypeDescriptor to) {
            return "";
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(ConvertsOnTheLeader.class)
    @ImportAutoConfiguration({ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class})
    static class AsksEarly {

        @Bean
        FactoryBean<ConversionService> converters(GenericConverter converter) {
            ConversionServiceFactoryBean factory = new ConversionServiceFactoryBean();
            factory.setConverters(Set.of(converter));
            return factory;
        }
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void aStartInWhichSpringCallsWhatIsForTheLeaderIsExplained(CapturedOutput output) {
        SpringApplicationBuilder application = new SpringApplicationBuilder(AsksEarly.class)
                .web(WebApplicationType.NONE)
                .properties("election.enabled=false", "election.when-disabled=follower");
        assertThatThrownBy(application::run).hasRootCauseInstanceOf(NotLeaderException.class);
        assertThat(output)
                .contains("While the application started, Spring called " + ConvertsOnTheLeader.class.getName()
                        + ".getConvertibleTypes, which only the leader may run");
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void aStartThatCallsWhatIsForTheLeaderIsExplained(CapturedOutput output) {
        SpringApplicationBuilder application = new SpringApplicationBuilder(CallsAtTheStart.class)
                .web(WebApplicationType.NONE)
                .properties("election.enabled=false", "election.when-disabled=follower");
        assertThatThrownBy(application::run).isInstanceOf(NotLeaderException.class);
        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("While the application started, " + CallsAtTheStart.class.getName())
                .contains("does not lead now")
                .contains("LeaderElectedEvent")
                .contains("LeaderBound");
    }
}
