package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.LeaderElectedEvent;
import io.election.Leadership;
import io.election.StepDownEvent;
import io.election.leaderonly.InvalidLeaderOnlyException;
import io.election.leaderonly.LeaderBound;
import io.election.node.NodeObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.Lifecycle;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ApplicationEventMulticaster;
import org.springframework.context.event.EventListener;
import org.springframework.context.event.SimpleApplicationEventMulticaster;

/** Components that run on the leader only. */
@ExtendWith(OutputCaptureExtension.class)
class LeaderBoundTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final AutoConfigurations ALL = AutoConfigurations.of(
            ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class, LifecycleAutoConfiguration.class);

    private final ApplicationContextRunner alone = new ApplicationContextRunner().withConfiguration(ALL);

    private final ApplicationContextRunner switched = alone.withUserConfiguration(Switched.class);

    @Configuration(proxyBeanMethods = false)
    static class Switched {

        @Bean
        SwitchedLeadership leadership(ApplicationEventPublisher events) {
            return new SwitchedLeadership(events);
        }
    }

    /** What happened, in its order, in one application. */
    static class Diary {

        final List<String> entries = new CopyOnWriteArrayList<>();

        @EventListener
        void on(LeaderElectedEvent event) {
            entries.add("elected");
        }

        @EventListener
        void on(StepDownEvent event) {
            entries.add("stepped down");
        }
    }

    static class Component implements Lifecycle {

        final String name;
        final Diary diary;
        final AtomicInteger failures = new AtomicInteger();
        volatile boolean running;

        Component(String name, Diary diary) {
            this.name = name;
            this.diary = diary;
        }

        @Override
        public void start() {
            if (failures.getAndDecrement() > 0) {
                throw new IllegalStateException("not yet");
            }
            running = true;
            diary.entries.add(name + " started");
        }

        @Override
        public void stop() {
            running = false;
            diary.entries.add(name + " stopped");
        }

        @Override
        public boolean isRunning() {
            return running;
        }
    }

    static class SmartComponent extends Component implements SmartLifecycle {

        volatile boolean autoStartup;
        volatile @Nullable CountDownLatch stopsAt;

        SmartComponent(String name, Diary diary) {
            super(name, diary);
        }

        @Override
        public boolean isAutoStartup() {
            return autoStartup;
        }

        @Override
        public void stop(Runnable callback) {
            CountDownLatch latch = stopsAt;
            Thread thread = new Thread(() -> {
                try {
                    if (latch != null) {
                        latch.await();
                    }
                } catch (InterruptedException e) {
                    return;
                }
                stop();
                callback.run();
            });
            thread.start();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Consumers {

        @Bean
        Diary diary() {
            return new Diary();
        }

        @Bean
        LeaderBound bound(Diary diary) {
            return new LeaderBound(new Component("plain", diary), new SmartComponent("smart", diary));
        }
    }

    @Test
    void runsThemFromTheElectionToTheEndInOrder() {
        switched.withUserConfiguration(Consumers.class).run(context -> {
            SwitchedLeadership leadership = context.getBean(SwitchedLeadership.class);
            Diary diary = context.getBean(Diary.class);
            leadership.gain();
            assertThat(diary.entries).containsExactlyInAnyOrder("elected", "plain started", "smart started");
            leadership.lose();
            assertThat(diary.entries.subList(3, 6))
                    .containsSubsequence("smart stopped", "plain stopped")
                    .contains("stepped down");
            leadership.gain();
            assertThat(diary.entries.subList(6, 9)).containsSubsequence("plain started", "smart started");
        });
    }

    @Test
    void startsAfterTheListenersAndStopsBeforeThemAndIsStoppedByTheClose() {
        List<Diary> diaries = new CopyOnWriteArrayList<>();
        alone.withUserConfiguration(Consumers.class).run(context -> {
            Diary diary = context.getBean(Diary.class);
            diaries.add(diary);
            await().atMost(PATIENCE).until(() -> diary.entries.size() == 3);
        });
        assertThat(diaries.get(0).entries)
                .containsExactly(
                        "elected", "plain started", "smart started", "smart stopped", "plain stopped", "stepped down");
    }

    @Test
    void aContextThatIsStartedAgainStartsNoneOnAFollower() {
        switched.withUserConfiguration(Beans.class).run(context -> {
            Diary diary = context.getBean(Diary.class);
            for (int i = 0; i < 2; i++) {
                context.start();
                context.stop();
                context.getSourceApplicationContext().restart();
                context.getSourceApplicationContext().pause();
            }
            context.start();
            assertThat(diary.entries).isEmpty();
            SwitchedLeadership leadership = context.getBean(SwitchedLeadership.class);
            leadership.gain();
            assertThat(diary.entries).contains("one started", "other started");
            leadership.lose();
            diary.entries.clear();
            context.getSourceApplicationContext().restart();
            context.start();
            assertThat(diary.entries).isEmpty();
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class Beans {

        @Bean
        Diary diary() {
            return new Diary();
        }

        @Bean
        Component one(Diary diary) {
            return new Component("one", diary);
        }

        @Bean
        SmartComponent other(Diary diary) {
            return new SmartComponent("other", diary);
        }

        @Bean
        LeaderBound bound(List<Component> components) {
            return new LeaderBound(components);
        }
    }

    @Test
    void aMemberThatIsStoppedAndStartedAgainRunsThemAgainOnceItLeads() {
        alone.withUserConfiguration(Beans.class).run(context -> {
            Component one = context.getBean("one", Component.class);
            await().atMost(PATIENCE).until(one::isRunning);
            context.stop();
            assertThat(one.isRunning()).isFalse();
            context.start();
            await().atMost(PATIENCE).until(one::isRunning);
        });
    }

    @Test
    void whatStartsByItselfStopsTheStart() {
        switched.withUserConfiguration(Consumers.class)
                .withBean("second", LeaderBound.class, () -> {
                    SmartComponent automatic = new SmartComponent("automatic", new Diary());
                    automatic.autoStartup = true;
                    return new LeaderBound(automatic);
                })
                .run(context -> assertThat(context.getStartupFailure())
                        .isInstanceOf(InvalidLeaderOnlyException.class)
                        .hasMessageContaining("'second'")
                        .hasMessageContaining("isAutoStartup() is true")
                        .hasMessageContaining("setAutoStartup(false)"));
    }

    @Test
    void whatRunsAlreadyStopsTheStart() {
        switched.withBean("second", LeaderBound.class, () -> {
                    Component running = new Component("running", new Diary());
                    running.running = true;
                    return new LeaderBound(running);
                })
                .run(context -> assertThat(context.getStartupFailure())
                        .isInstanceOf(InvalidLeaderOnlyException.class)
                        .hasMessageContaining("is already running"));
    }

    @Test
    void whatSomethingElseStartedOnAFollowerIsStoppedAndReported(CapturedOutput output) {
        switched.withUserConfiguration(Beans.class).run(context -> {
            Component one = context.getBean("one", Component.class);
            one.start();
            context.start();
            assertThat(one.isRunning()).isFalse();
            assertThat(output).contains("was started although this member does not lead");
        });
    }

    @Test
    void aSlowStopIsReportedAndAwaited(CapturedOutput output) throws Exception {
        switched.withUserConfiguration(Beans.class)
                .withPropertyValues("election.election-timeout=200ms", "election.handover.timeout=60s")
                .run(context -> {
                    SwitchedLeadership leadership = context.getBean(SwitchedLeadership.class);
                    SmartComponent slow = context.getBean("other", SmartComponent.class);
                    CountDownLatch goOn = new CountDownLatch(1);
                    slow.stopsAt = goOn;
                    leadership.gain();
                    Thread losing = new Thread(leadership::lose);
                    losing.start();
                    await().atMost(PATIENCE)
                            .until(() -> output.getOut().contains("has been stopping for more than 200 ms"));
                    assertThat(losing.isAlive()).as("it is awaited").isTrue();
                    goOn.countDown();
                    losing.join();
                    assertThat(output).contains("SmartComponent (bound, number 2) took ");
                    assertThat(slow.isRunning()).isFalse();
                });
    }

    @Test
    void aStopIsAwaitedForNoLongerThanAHandover(CapturedOutput output) {
        switched.withUserConfiguration(Beans.class)
                .withPropertyValues("election.handover.timeout=100ms")
                .run(context -> {
                    SwitchedLeadership leadership = context.getBean(SwitchedLeadership.class);
                    SmartComponent slow = context.getBean("other", SmartComponent.class);
                    CountDownLatch goOn = new CountDownLatch(1);
                    slow.stopsAt = goOn;
                    leadership.gain();
                    leadership.lose();
                    assertThat(context.getBean("one", Component.class).isRunning())
                            .as("the others are stopped all the same")
                            .isFalse();
                    assertThat(output).contains("has not stopped within 100 ms");
                    goOn.countDown();
                });
    }

    @Test
    void aStartThatFailsIsReportedAndTriedAgainWhileTheOthersRun(CapturedOutput output) {
        AtomicInteger counted = new AtomicInteger();
        switched.withUserConfiguration(Beans.class)
                .withBean(NodeObserver.class, () -> new NodeObserver() {
                    @Override
                    public void listenerFailed() {
                        counted.incrementAndGet();
                    }
                })
                .run(context -> {
                    Component one = context.getBean("one", Component.class);
                    one.failures.set(1);
                    context.getBean(SwitchedLeadership.class).gain();
                    assertThat(context.getBean("other", Component.class).isRunning())
                            .isTrue();
                    assertThat(counted).hasValue(1);
                    assertThat(output).contains("Component (bound, number 1) could not be started");
                    await().atMost(PATIENCE).until(one::isRunning);
                });
    }

    @Test
    void aStartThatFailedIsNotTriedAgainOnAFollower() {
        switched.withUserConfiguration(Beans.class).run(context -> {
            Component one = context.getBean("one", Component.class);
            one.failures.set(1);
            SwitchedLeadership leadership = context.getBean(SwitchedLeadership.class);
            leadership.gain();
            leadership.lose();
            // Longer than the first pause.
            await().during(Duration.ofMillis(1500)).atMost(PATIENCE).until(() -> !one.isRunning());
        });
    }

    // ------------------------------------------------------------------------------------------------ what is found
    // later

    @Test
    void aSupplierIsAskedOnceWhenAllBeansAreThere() {
        AtomicInteger asked = new AtomicInteger();
        switched.withBean(Diary.class)
                .withBean(
                        "late",
                        LeaderBound.class,
                        () -> LeaderBound.of("late one", () -> {
                            asked.incrementAndGet();
                            return Late.component;
                        }))
                .withBean(Late.class)
                .run(context -> {
                    assertThat(asked).hasValue(1);
                    context.getBean(SwitchedLeadership.class).gain();
                    assertThat(context.getBean(Diary.class).entries).contains("late started");
                    assertThat(asked).hasValue(1);
                });
    }

    /** Registers its component when all beans have been made, as listeners' containers are. */
    static class Late implements SmartInitializingSingleton {

        static volatile @Nullable Component component;

        private final Diary diary;

        Late(Diary diary) {
            component = null;
            this.diary = diary;
        }

        @Override
        public void afterSingletonsInstantiated() {
            component = new Component("late", diary);
        }
    }

    @Test
    void aSuppliedBeanIsLeftAloneByTheContext() {
        switched.withUserConfiguration(SuppliedBean.class).run(context -> {
            context.start();
            context.stop();
            context.start();
            assertThat(context.getBean(Diary.class).entries).isEmpty();
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class SuppliedBean {

        @Bean
        Diary diary() {
            return new Diary();
        }

        @Bean
        Component one(Diary diary) {
            return new Component("one", diary);
        }

        @Bean
        LeaderBound bound(ObjectProvider<Component> component) {
            return LeaderBound.of(component::getObject);
        }
    }

    @Test
    void aSuppliedComponentThatStartsByItselfStopsTheStartBeforeItHasStarted() {
        SmartComponent automatic = new SmartComponent("automatic", new Diary());
        automatic.autoStartup = true;
        switched.withBean("automatic", SmartComponent.class, () -> automatic)
                .withBean("second", LeaderBound.class, () -> LeaderBound.of(() -> automatic))
                .run(context -> {
                    assertThat(context.getStartupFailure())
                            .isInstanceOf(InvalidLeaderOnlyException.class)
                            .hasMessageContaining("'second'")
                            .hasMessageContaining("isAutoStartup() is true");
                    assertThat(automatic.diary.entries).isEmpty();
                });
    }

    @Test
    void nothingInPlaceOfAComponentStopsTheStartAndNamesTheOtherForms() {
        Component nothing = null;
        switched.withBean("second", LeaderBound.class, () -> new LeaderBound(new Component("a", new Diary()), nothing))
                .run(context -> {
                    assertThat(context.getStartupFailure())
                            .rootCause()
                            .isInstanceOf(InvalidLeaderOnlyException.class)
                            .hasMessageContaining("was given null as its component number 2")
                            .hasMessageContaining("LeaderBound.listener(\"orders\")")
                            .hasMessageContaining("LeaderBound.of(() -> registry.getListenerContainer(\"orders\"))");
                    assertThat(new InvalidLeaderOnlyFailureAnalyzer()
                                    .analyze(context.getStartupFailure())
                                    .getDescription())
                            .endsWith("This was found while bean 'second' was being created.");
                });
        switched.withBean("second", LeaderBound.class, () -> LeaderBound.of(() -> nothing))
                .run(context -> assertThat(context.getStartupFailure())
                        .isInstanceOf(InvalidLeaderOnlyException.class)
                        .hasMessageContaining("'second' returned null"));
    }

    @Test
    void aSupplierThatFailsStopsTheStartAndNamesItsLeaderBound() {
        switched.withBean(
                        "second",
                        LeaderBound.class,
                        () -> LeaderBound.of(() -> {
                            throw new IllegalStateException("not there");
                        }))
                .run(context -> assertThat(context.getStartupFailure())
                        .hasMessageContaining("The supplier of the LeaderBound 'second' failed")
                        .hasRootCauseMessage("not there"));
    }

    @Test
    void aListenerWhereThereAreNoneStopsTheStart() {
        switched.withBean("second", LeaderBound.class, () -> LeaderBound.listener("orders"))
                .run(context -> assertThat(context.getStartupFailure())
                        .isInstanceOf(InvalidLeaderOnlyException.class)
                        .hasMessageContaining("no listener has that id. Known are no listeners at all"));
    }

    @Test
    void whatIsTiedTwiceStopsTheStart() {
        Component twice = new Component("twice", new Diary());
        switched.withBean("first", LeaderBound.class, () -> new LeaderBound(twice))
                .withBean("second", LeaderBound.class, () -> LeaderBound.of(() -> twice))
                .run(context -> assertThat(context.getStartupFailure())
                        .isInstanceOf(InvalidLeaderOnlyException.class)
                        .hasMessageContaining("tied to the leadership twice")
                        .hasMessageContaining("'second'")
                        .hasMessageContaining("Component (first)"));
    }

    /** So that a component can be a lambda. */
    interface Startable extends Lifecycle {

        @Override
        void start();

        @Override
        default void stop() {}

        @Override
        default boolean isRunning() {
            return false;
        }
    }

    @Test
    void aComponentWithoutANameOfItsOwnIsNamedInTheLogByWhereItIsWritten(CapturedOutput output) {
        Startable lambda = () -> {
            throw new IllegalStateException("first");
        };
        Startable anonymous = new Startable() {
            @Override
            public void start() {
                throw new IllegalStateException("second");
            }
        };
        Startable proxy = (Startable) new ProxyFactory(Startable.class, (MethodInterceptor) call -> {
                    if (call.getMethod().getName().equals("isRunning")) {
                        return false;
                    }
                    throw new IllegalStateException("third");
                })
                .getProxy();
        switched.withBean("nameless", LeaderBound.class, () -> new LeaderBound(lambda, anonymous, proxy))
                .withBean(
                        "named",
                        LeaderBound.class,
                        () -> LeaderBound.of("the consumer", () -> (Startable) () -> {
                            throw new IllegalStateException("fourth");
                        }))
                .run(context -> {
                    context.getBean(SwitchedLeadership.class).gain();
                    context.getBean(SwitchedLeadership.class).lose();
                });
        assertThat(output)
                .contains("a lambda in LeaderBoundTests (nameless, number 1) could not be started")
                .containsPattern(" LeaderBoundTests\\$\\d+ \\(nameless, number 2\\) could not be started")
                .containsPattern(" \\S*Proxy\\S* \\(nameless, number 3\\) could not be started")
                .contains("the consumer (named) could not be started");
    }

    // ------------------------------------------------------------------------------------------------ other
    // multicasters

    @Configuration(proxyBeanMethods = false)
    static class AsynchronousEvents {

        @Bean
        ApplicationEventMulticaster applicationEventMulticaster() {
            return new SimpleApplicationEventMulticaster() {
                @Override
                public void multicastEvent(
                        ApplicationEvent event, org.springframework.core.@Nullable ResolvableType type) {
                    if (!(event instanceof PayloadApplicationEvent<?>)) {
                        super.multicastEvent(event, type);
                    }
                    // An application's own way with events: these it delivers never.
                }
            };
        }
    }

    @Test
    void needsNoEventOfTheContextWhereTheMulticasterIsTheApplicationsOwn() {
        alone.withUserConfiguration(Beans.class, AsynchronousEvents.class).run(context -> {
            Component one = context.getBean("one", Component.class);
            await().atMost(PATIENCE).until(one::isRunning);
            assertThat(context.getBean(Diary.class).entries).doesNotContain("elected");
            context.stop();
            assertThat(one.isRunning()).isFalse();
            assertThat(context.getBean(Leadership.class).isLeader()).isFalse();
        });
    }
}
