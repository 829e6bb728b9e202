package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.election.LeaderOnly;
import io.election.NotLeaderException;
import io.election.leaderonly.InvalidLeaderOnlyException;
import io.election.leaderonly.MissedTicks;
import io.election.node.NodeObserver;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ObjectFactory;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.config.Scope;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskSchedulingAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.ScheduledAnnotationBeanPostProcessor;
import org.springframework.scheduling.config.ScheduledTask;
import org.springframework.scheduling.config.ScheduledTaskHolder;
import org.springframework.scheduling.config.TaskManagementConfigUtils;

/** A follower skips what the scheduler calls, and refuses what anybody else calls, the same method too. */
class LeaderOnlyScheduledTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final AtomicInteger skips = new AtomicInteger();

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class))
            .withUserConfiguration(Switched.class)
            .withBean(NodeObserver.class, () -> new NodeObserver() {
                @Override
                public void workSkipped() {
                    skips.incrementAndGet();
                }
            });

    @Configuration(proxyBeanMethods = false)
    @EnableScheduling
    static class Switched {

        @Bean
        SwitchedLeadership leadership(ApplicationEventPublisher events) {
            return new SwitchedLeadership(events);
        }
    }

    private static Runnable schedulersCall(ApplicationContext context, String method) {
        return context.getBean(ScheduledTaskHolder.class).getScheduledTasks().stream()
                .map(ScheduledTask::getTask)
                .filter(task -> task.toString().endsWith(method))
                .findAny()
                .orElseThrow()
                .getRunnable();
    }

    // ------------------------------------------------------------------------------------------------ who calls

    static class Jobs {

        final AtomicInteger runs = new AtomicInteger();

        @Scheduled(fixedRate = 1, timeUnit = TimeUnit.DAYS)
        @LeaderOnly
        int count() {
            return runs.incrementAndGet();
        }

        @Scheduled(fixedRate = 1, timeUnit = TimeUnit.DAYS)
        @LeaderOnly
        boolean succeeded() {
            runs.incrementAndGet();
            return true;
        }

        @Scheduled(fixedRate = 1, timeUnit = TimeUnit.DAYS)
        @LeaderOnly(catchUp = "10m")
        Integer boxed() {
            return runs.incrementAndGet();
        }

        @Scheduled(fixedRate = 1, timeUnit = TimeUnit.DAYS)
        @LeaderOnly(skip = true)
        void skippedForEverybody() {
            runs.incrementAndGet();
        }

        int runs() {
            return runs.get();
        }
    }

    @Test
    void skipsOnlyWhatTheSchedulerCalls() {
        runner.withBean(Jobs.class).run(context -> {
            await().atMost(PATIENCE).until(() -> skips.get() == 4);
            Jobs jobs = context.getBean(Jobs.class);
            assertThatThrownBy(jobs::count).isInstanceOf(NotLeaderException.class);
            assertThatThrownBy(jobs::succeeded).isInstanceOf(NotLeaderException.class);
            assertThatThrownBy(jobs::boxed).isInstanceOf(NotLeaderException.class);
            assertThat(skips).as("only the scheduler's are skipped").hasValue(4);
            jobs.skippedForEverybody();
            assertThat(skips).hasValue(5);
            schedulersCall(context, "Jobs.count").run();
            assertThat(skips).hasValue(6);
            assertThat(jobs.runs()).isZero();
            context.getBean(SwitchedLeadership.class).gain();
            assertThat(jobs.count()).isPositive();
        });
    }

    @Test
    void skipsWhatTheSchedulerCallsOnVirtualThreadsOrThreadsOfItsOwn() {
        for (String virtual : List.of("true", "false")) {
            skips.set(0);
            runner.withConfiguration(AutoConfigurations.of(
                            TaskExecutionAutoConfiguration.class, TaskSchedulingAutoConfiguration.class))
                    .withPropertyValues("spring.threads.virtual.enabled=" + virtual)
                    .withBean(Jobs.class)
                    .run(context -> {
                        await().atMost(PATIENCE).until(() -> skips.get() == 4);
                        assertThatThrownBy(context.getBean(Jobs.class)::count).isInstanceOf(NotLeaderException.class);
                    });
        }
    }

    static class Nested {

        private final Jobs jobs;
        final List<Object> seen = new CopyOnWriteArrayList<>();

        Nested(Jobs jobs) {
            this.jobs = jobs;
        }

        @Scheduled(initialDelay = 1, fixedRate = 1, timeUnit = TimeUnit.DAYS)
        void callsAJob() {
            try {
                seen.add(jobs.count());
            } catch (NotLeaderException refused) {
                seen.add("refused");
            }
        }
    }

    @Test
    void refusesWhatAnotherScheduledMethodCalls() {
        runner.withBean(Jobs.class).withBean(Nested.class).run(context -> {
            await().atMost(PATIENCE).until(() -> skips.get() == 4);
            schedulersCall(context, "Nested.callsAJob").run();
            assertThat(context.getBean(Nested.class).seen).containsExactly("refused");
        });
    }

    static class CallsItself {

        final AtomicReference<@Nullable CallsItself> self = new AtomicReference<>();
        final AtomicInteger runs = new AtomicInteger();

        /** A second tick at once would be taken for the same. */
        @Scheduled(initialDelay = 1, fixedRate = 1, timeUnit = TimeUnit.DAYS)
        @LeaderOnly(catchUp = "10m")
        void again() {
            CallsItself proxy = self.get();
            if (runs.incrementAndGet() == 1 && proxy != null) {
                proxy.again();
            }
        }

        AtomicReference<@Nullable CallsItself> self() {
            return self;
        }

        int runs() {
            return runs.get();
        }
    }

    @Test
    void aJobThatCallsItselfIsNotCalledByTheSchedulerASecondTime() {
        runner.withBean(CallsItself.class).run(context -> {
            CallsItself job = context.getBean(CallsItself.class);
            job.self().set(job);
            context.getBean(SwitchedLeadership.class).gain();
            schedulersCall(context, "CallsItself.again").run();
            assertThat(job.runs()).isEqualTo(2);
        });
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAsync
    static class Asynchronous {}

    static class AsyncJob {

        @Async
        @Scheduled(fixedRate = 1, timeUnit = TimeUnit.DAYS)
        @LeaderOnly
        Future<String> run() {
            return CompletableFuture.completedFuture("ran");
        }
    }

    @Test
    void skipsWhatTheSchedulerHandsToAnAsynchronousExecutor() {
        runner.withUserConfiguration(Asynchronous.class)
                .withConfiguration(AutoConfigurations.of(TaskExecutionAutoConfiguration.class))
                .withBean(AsyncJob.class)
                .run(context -> {
                    await().atMost(PATIENCE).until(() -> skips.get() == 1);
                    assertThatThrownBy(
                                    () -> context.getBean(AsyncJob.class).run().get(60, TimeUnit.SECONDS))
                            .hasCauseInstanceOf(NotLeaderException.class);
                    assertThat(skips).hasValue(1);
                });
    }

    interface Contract {
        @LeaderOnly
        void work();
    }

    static class ByContract implements Contract {
        @Scheduled(fixedRate = 1, timeUnit = TimeUnit.DAYS)
        @Override
        public void work() {}
    }

    @Test
    void skipsWhatTheSchedulerCallsThroughAnInterfaceProxy() {
        runner.withPropertyValues("spring.aop.proxy-target-class=false")
                .withBean(ByContract.class)
                .run(context -> {
                    await().atMost(PATIENCE).until(() -> skips.get() == 1);
                    assertThatThrownBy(context.getBean(Contract.class)::work).isInstanceOf(NotLeaderException.class);
                });
    }

    // ------------------------------------------------------------------------------------------------ own processors

    static class OwnProcessor extends ScheduledAnnotationBeanPostProcessor {}

    @Configuration(proxyBeanMethods = false)
    static class WithOwnProcessor {

        @Bean(TaskManagementConfigUtils.SCHEDULED_ANNOTATION_PROCESSOR_BEAN_NAME)
        static OwnProcessor own() {
            return new OwnProcessor();
        }
    }

    @Test
    void aProcessorWhoseCallsCannotBeToldStopsTheStart() {
        ApplicationContextRunner own = new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class))
                .withUserConfiguration(WithOwnProcessor.class);
        own.run(context -> assertThat(context).hasNotFailed());
        own.withBean("orders", ByContract.class)
                .run(context -> assertThat(context.getStartupFailure())
                        .isInstanceOf(InvalidLeaderOnlyException.class)
                        .hasMessageContaining("'orders'")
                        .hasMessageContaining(OwnProcessor.class.getName())
                        .hasMessageContaining("Let that class extend"));
    }

    // ------------------------------------------------------------------------------------------------ scopes

    /** Makes instances anew, as a refresh of a configuration does. */
    static final class Refreshable implements Scope {

        private final Map<String, Object> made = new HashMap<>();
        private final Map<String, Runnable> ends = new HashMap<>();

        synchronized void refresh() {
            ends.values().forEach(Runnable::run);
            ends.clear();
            made.clear();
        }

        @Override
        public synchronized Object get(String name, ObjectFactory<?> factory) {
            Object there = made.get(name);
            if (there == null) {
                there = factory.getObject();
                made.put(name, there);
            }
            return there;
        }

        @Override
        public synchronized @Nullable Object remove(String name) {
            return made.remove(name);
        }

        @Override
        public synchronized void registerDestructionCallback(String name, Runnable end) {
            ends.put(name, end);
        }

        @Override
        public @Nullable Object resolveContextualObject(String key) {
            return null;
        }

        @Override
        public @Nullable String getConversationId() {
            return null;
        }
    }

    static class Recorded {
        static final List<Object> BY = new CopyOnWriteArrayList<>();

        @Scheduled(fixedRate = 1, timeUnit = TimeUnit.DAYS)
        @LeaderOnly(catchUp = "10m")
        void daily() {
            BY.add(this);
        }

        /** A proxy would return itself in the place of the instance. */
        AtomicReference<Object> self() {
            return new AtomicReference<>(this);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Refreshing {

        @Bean
        @org.springframework.context.annotation.Scope(value = "refreshable", proxyMode = ScopedProxyMode.TARGET_CLASS)
        Recorded recorded() {
            return new Recorded();
        }

        /** Makes ticks up on the thread that tells of the election, so that all are done when it has. */
        @Bean
        static BeanFactoryPostProcessor atOnce() {
            return factory -> {
                DefaultListableBeanFactory beans = (DefaultListableBeanFactory) factory;
                beans.removeBeanDefinition("leaderOnlyMissedTicks");
                beans.registerBeanDefinition(
                        "leaderOnlyMissedTicks",
                        new RootBeanDefinition(
                                MissedTicks.class,
                                () -> new MissedTicks(
                                        Runnable::run,
                                        () -> beans.getBeanProvider(NodeObserver.class)
                                                .orderedStream()
                                                .toList())));
            };
        }
    }

    @Test
    void aTickThatWasMissedBeforeAndAfterARefreshIsMadeUpOnceByTheInstanceThatThereIs() {
        Refreshable scope = new Refreshable();
        Recorded.BY.clear();
        runner.withInitializer(context -> context.getBeanFactory().registerScope("refreshable", scope))
                .withUserConfiguration(Refreshing.class)
                .run(context -> {
                    Recorded job = context.getBean(Recorded.class);
                    Object first = job.self().get();
                    await().atMost(PATIENCE).until(() -> skips.get() == 1);
                    scope.refresh();
                    Object second = job.self().get();
                    assertThat(second).isNotSameAs(first);
                    await().atMost(PATIENCE).until(() -> skips.get() == 2);
                    context.getBean(SwitchedLeadership.class).gain();
                    assertThat(Recorded.BY).containsExactly(second);
                });
    }

    @Test
    void anInstanceThatWasRefreshedTicksNoLonger() {
        Refreshable scope = new Refreshable();
        runner.withInitializer(context -> context.getBeanFactory().registerScope("refreshable", scope))
                .withUserConfiguration(Refreshing.class)
                .run(context -> {
                    Recorded job = context.getBean(Recorded.class);
                    job.self();
                    scope.refresh();
                    job.self();
                    assertThat(context.getBean(ScheduledTaskHolder.class).getScheduledTasks())
                            .hasSize(1);
                });
    }

    static class Prototype {

        @Scheduled(initialDelay = 1, fixedRate = 1, timeUnit = TimeUnit.DAYS)
        @LeaderOnly(catchUp = "${jobs.catch-up:10m}")
        void daily() {}
    }

    @Test
    void theClassOfAPrototypeIsInspectedOnce() {
        AtomicInteger resolved = new AtomicInteger();
        runner.withInitializer(context -> {
                    context.getBeanFactory().addEmbeddedValueResolver(value -> {
                        if (value.contains("jobs.catch-up")) {
                            resolved.incrementAndGet();
                        }
                        return context.getEnvironment().resolveRequiredPlaceholders(value);
                    });
                    ((GenericApplicationContext) context)
                            .registerBean(
                                    Prototype.class,
                                    definition -> definition.setScope(ConfigurableBeanFactory.SCOPE_PROTOTYPE));
                })
                .run(context -> {
                    context.getBean(Prototype.class);
                    int once = resolved.get();
                    assertThat(once).isPositive();
                    for (int i = 0; i < 10; i++) {
                        context.getBean(Prototype.class);
                    }
                    assertThat(resolved).hasValue(once);
                });
    }
}
