package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.election.LeaderOnly;
import io.election.Leadership;
import io.election.LeadershipLostException;
import io.election.NotLeaderException;
import io.election.node.NodeObserver;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.AliasFor;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.config.ScheduledTask;
import org.springframework.scheduling.config.ScheduledTaskHolder;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;

/** Methods and types that are for the leader only, in an application whose leadership the test switches. */
class LeaderOnlyTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class))
            .withUserConfiguration(Switched.class);

    @Configuration(proxyBeanMethods = false)
    static class Switched {

        @Bean
        SwitchedLeadership leadership(ApplicationEventPublisher events) {
            return new SwitchedLeadership(events);
        }
    }

    // ------------------------------------------------------------------------------------------------ plain methods

    static class Orders {

        final AtomicInteger calls = new AtomicInteger();
        final AtomicInteger inFlightSeen = new AtomicInteger();
        final SwitchedLeadership leadership;

        Orders(SwitchedLeadership leadership) {
            this.leadership = leadership;
        }

        @LeaderOnly
        void doNothing() {
            calls.incrementAndGet();
        }

        @LeaderOnly(skip = true)
        void skipped() {
            calls.incrementAndGet();
        }

        @LeaderOnly
        String close() {
            inFlightSeen.set(leadership.inFlight.get());
            return "closed";
        }

        @LeaderOnly
        String loses() {
            leadership.lose();
            return "closed";
        }

        @LeaderOnly
        String losesAndFails() {
            leadership.lose();
            throw new IllegalArgumentException("on purpose");
        }

        @LeaderOnly
        CompletableFuture<String> later(CompletableFuture<String> result) {
            return result;
        }

        @LeaderOnly
        CompletionStage<String> stage(CompletableFuture<String> result) {
            return result.minimalCompletionStage();
        }

        int inFlightSeen() {
            return inFlightSeen.get();
        }

        int anybody() {
            return calls.get();
        }
    }

    @Test
    void aFollowerRefusesEvenWhatReturnsNothing() {
        runner.withBean(Orders.class).run(context -> {
            Orders orders = context.getBean(Orders.class);
            assertThatExceptionOfType(NotLeaderException.class)
                    .isThrownBy(orders::doNothing)
                    .satisfies(refused -> assertThat(refused.getLeaderId()).isEqualTo("b"));
            assertThatExceptionOfType(NotLeaderException.class).isThrownBy(orders::close);
            assertThat(orders.anybody())
                    .as("not called, and itself for anybody")
                    .isZero();
        });
    }

    @Test
    void aFollowerSkipsWhatSaysSoAndCountsThat() {
        AtomicInteger skips = new AtomicInteger();
        runner.withBean(Orders.class)
                .withBean(NodeObserver.class, () -> new NodeObserver() {
                    @Override
                    public void workSkipped() {
                        skips.incrementAndGet();
                    }
                })
                .run(context -> {
                    Orders orders = context.getBean(Orders.class);
                    orders.skipped();
                    assertThat(orders.anybody()).isZero();
                    assertThat(skips).hasValue(1);
                    context.getBean(SwitchedLeadership.class).gain();
                    orders.skipped();
                    assertThat(orders.anybody()).isEqualTo(1);
                    assertThat(skips).hasValue(1);
                });
    }

    @Test
    void theLeaderDoesTheWorkWhichIsInFlightMeanwhile() {
        runner.withBean(Orders.class).run(context -> {
            SwitchedLeadership leadership = context.getBean(SwitchedLeadership.class);
            leadership.gain();
            Orders orders = context.getBean(Orders.class);
            assertThat(orders.close()).isEqualTo("closed");
            assertThat(orders.inFlightSeen()).isEqualTo(1);
            assertThat(leadership.inFlight).hasValue(0);
        });
    }

    @Test
    void aLeadershipLostDuringTheWorkIsReportedInsteadOfTheResult() {
        runner.withBean(Orders.class).run(context -> {
            SwitchedLeadership leadership = context.getBean(SwitchedLeadership.class);
            Orders orders = context.getBean(Orders.class);
            leadership.gain();
            assertThatExceptionOfType(LeadershipLostException.class).isThrownBy(orders::loses);
            leadership.gain();
            assertThatExceptionOfType(IllegalArgumentException.class)
                    .isThrownBy(orders::losesAndFails)
                    .satisfies(failure -> assertThat(failure.getSuppressed())
                            .singleElement()
                            .isInstanceOf(LeadershipLostException.class));
            assertThat(leadership.inFlight).hasValue(0);
        });
    }

    // ------------------------------------------------------------------------------------------------ where it stands

    @Retention(RetentionPolicy.RUNTIME)
    @LeaderOnly
    @interface OnTheLeader {

        @AliasFor(annotation = LeaderOnly.class)
        boolean skip() default false;
    }

    @LeaderOnly
    static class WholeType {
        void one() {}

        @Override
        public String toString() {
            return "whole";
        }
    }

    static class Subtype extends WholeType {
        void two() {}
    }

    interface Contract {
        @LeaderOnly
        void three();
    }

    static class ByContract implements Contract {
        @Override
        public void three() {}
    }

    static class ByMeta {
        @OnTheLeader
        void four() {}

        @OnTheLeader(skip = true)
        void five() {}
    }

    @Test
    void isFoundOnTypesSubtypesInterfacesAndAnnotations() {
        runner.withBean("whole", WholeType.class)
                .withBean("sub", Subtype.class)
                .withBean(ByContract.class)
                .withBean(ByMeta.class)
                .run(context -> {
                    assertThatThrownBy(() ->
                                    context.getBean("whole", WholeType.class).one())
                            .isInstanceOf(NotLeaderException.class);
                    Subtype sub = context.getBean(Subtype.class);
                    assertThatThrownBy(sub::one).isInstanceOf(NotLeaderException.class);
                    assertThatThrownBy(sub::two).isInstanceOf(NotLeaderException.class);
                    assertThatThrownBy(() -> context.getBean(Contract.class).three())
                            .isInstanceOf(NotLeaderException.class);
                    assertThatThrownBy(() -> context.getBean(ByMeta.class).four())
                            .isInstanceOf(NotLeaderException.class);
                    context.getBean(ByMeta.class).five();
                });
    }

    @Test
    void interfaceProxiesHoldToItToo() {
        runner.withPropertyValues("spring.aop.proxy-target-class=false")
                .withBean(ByContract.class)
                .run(context -> {
                    Contract contract = context.getBean(Contract.class);
                    assertThat(contract).isNotInstanceOf(ByContract.class);
                    assertThatThrownBy(contract::three).isInstanceOf(NotLeaderException.class);
                });
    }

    // ------------------------------------------------------------------------------------------------ asynchronous
    // results

    @Test
    void anAsynchronousResultIsInFlightUntilItCompletes() {
        runner.withBean(Orders.class).run(context -> {
            SwitchedLeadership leadership = context.getBean(SwitchedLeadership.class);
            leadership.gain();
            Orders orders = context.getBean(Orders.class);
            CompletableFuture<String> work = new CompletableFuture<>();
            CompletableFuture<String> result = orders.later(work);
            assertThat(leadership.inFlight).hasValue(1);
            assertThat(result).isNotDone();
            work.complete("done");
            assertThat(result.get(60, TimeUnit.SECONDS)).isEqualTo("done");
            assertThat(leadership.inFlight).hasValue(0);
            assertThat(orders.stage(CompletableFuture.completedFuture("x"))
                            .toCompletableFuture()
                            .get())
                    .isEqualTo("x");
        });
    }

    @Test
    void anAsynchronousResultFailsIfTheLeadershipWasLostBeforeIt() {
        runner.withBean(Orders.class).run(context -> {
            SwitchedLeadership leadership = context.getBean(SwitchedLeadership.class);
            leadership.gain();
            Orders orders = context.getBean(Orders.class);
            CompletableFuture<String> work = new CompletableFuture<>();
            CompletionStage<String> result = orders.stage(work);
            leadership.lose();
            work.complete("done");
            assertThatThrownBy(() -> result.toCompletableFuture().get())
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(LeadershipLostException.class);
            leadership.gain();
            CompletableFuture<String> failing = new CompletableFuture<>();
            CompletableFuture<String> failed = orders.later(failing);
            leadership.lose();
            failing.completeExceptionally(new CompletionException(new IllegalArgumentException("on purpose")));
            assertThatThrownBy(failed::get)
                    .hasCauseInstanceOf(IllegalArgumentException.class)
                    .satisfies(thrown -> assertThat(thrown.getCause().getSuppressed())
                            .singleElement()
                            .isInstanceOf(LeadershipLostException.class));
        });
    }

    @Test
    void cancellingTheResultCancelsTheWork() {
        runner.withBean(Orders.class).run(context -> {
            SwitchedLeadership leadership = context.getBean(SwitchedLeadership.class);
            leadership.gain();
            CompletableFuture<String> work = new CompletableFuture<>();
            context.getBean(Orders.class).later(work).cancel(true);
            assertThat(work).isCancelled();
            assertThat(leadership.inFlight).hasValue(0);
        });
    }

    // ------------------------------------------------------------------------------------------------ @Async

    @Configuration(proxyBeanMethods = false)
    @EnableAsync
    static class Asynchronous {

        @Bean
        HeldExecutor taskExecutor() {
            return new HeldExecutor();
        }
    }

    /** Runs what it is given when the test says so. */
    static class HeldExecutor implements Executor {

        final List<Runnable> waiting = new CopyOnWriteArrayList<>();

        @Override
        public void execute(Runnable command) {
            waiting.add(command);
        }

        void run() {
            waiting.forEach(Runnable::run);
            waiting.clear();
        }
    }

    static class AsyncOrders {

        final AtomicInteger calls = new AtomicInteger();

        @Async
        @LeaderOnly
        CompletableFuture<String> close() {
            calls.incrementAndGet();
            return CompletableFuture.completedFuture("closed");
        }

        int calls() {
            return calls.get();
        }
    }

    @Test
    void anAsyncMethodIsCheckedOnTheThreadThatExecutesItWhenItDoes() {
        runner.withUserConfiguration(Asynchronous.class)
                .withBean(AsyncOrders.class)
                .run(context -> {
                    SwitchedLeadership leadership = context.getBean(SwitchedLeadership.class);
                    HeldExecutor executor = context.getBean(HeldExecutor.class);
                    AsyncOrders orders = context.getBean(AsyncOrders.class);
                    CompletableFuture<String> early = orders.close();
                    leadership.gain();
                    executor.run();
                    assertThat(early.get(60, TimeUnit.SECONDS))
                            .as("led when it ran")
                            .isEqualTo("closed");
                    CompletableFuture<String> late = orders.close();
                    leadership.lose();
                    executor.run();
                    assertThatThrownBy(late::get).hasCauseInstanceOf(NotLeaderException.class);
                    assertThat(orders.calls()).isEqualTo(1);
                });
    }

    // ------------------------------------------------------------------------------------------------ @Transactional

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement
    static class Transactions {

        @Bean
        RecordingTransactions transactionManager() {
            return new RecordingTransactions();
        }
    }

    static final class RecordingTransactions extends AbstractPlatformTransactionManager
            implements PlatformTransactionManager {

        private static final long serialVersionUID = 1L;

        final transient List<String> seen = new CopyOnWriteArrayList<>();

        @Override
        protected Object doGetTransaction() {
            return new Object();
        }

        @Override
        protected void doBegin(Object transaction, TransactionDefinition definition) {
            seen.add("begin");
        }

        @Override
        protected void doCommit(DefaultTransactionStatus status) {
            seen.add("commit");
        }

        @Override
        protected void doRollback(DefaultTransactionStatus status) {
            seen.add("rollback");
        }
    }

    static class TransactionalOrders {

        private final SwitchedLeadership leadership;

        TransactionalOrders(SwitchedLeadership leadership) {
            this.leadership = leadership;
        }

        @Transactional
        @LeaderOnly
        void close() {}

        @Transactional
        @LeaderOnly
        void loses() {
            leadership.lose();
        }
    }

    @Test
    void standsOutsideOfTheTransaction() {
        runner.withUserConfiguration(Transactions.class)
                .withBean(TransactionalOrders.class)
                .run(context -> {
                    SwitchedLeadership leadership = context.getBean(SwitchedLeadership.class);
                    RecordingTransactions transactions = context.getBean(RecordingTransactions.class);
                    TransactionalOrders orders = context.getBean(TransactionalOrders.class);
                    assertThatThrownBy(orders::close).isInstanceOf(NotLeaderException.class);
                    assertThat(transactions.seen).as("none was begun").isEmpty();
                    leadership.gain();
                    orders.close();
                    assertThat(transactions.seen).containsExactly("begin", "commit");
                    transactions.seen.clear();
                    assertThatThrownBy(orders::loses).isInstanceOf(LeadershipLostException.class);
                    assertThat(transactions.seen)
                            .as("the loss is reported, not undone")
                            .containsExactly("begin", "commit");
                });
    }

    // ------------------------------------------------------------------------------------------------ @Scheduled

    @Configuration(proxyBeanMethods = false)
    @EnableScheduling
    static class Scheduling {}

    static class Jobs {

        final AtomicInteger often = new AtomicInteger();
        final AtomicInteger daily = new AtomicInteger();
        final AtomicInteger dailyWithoutCatchUp = new AtomicInteger();

        @Scheduled(fixedRate = 20)
        @LeaderOnly
        int often() {
            return often.incrementAndGet();
        }

        @Scheduled(fixedRate = 1, timeUnit = TimeUnit.DAYS)
        @LeaderOnly(catchUp = "${jobs.catch-up:10m}")
        void daily() {
            daily.incrementAndGet();
        }

        @Scheduled(fixedRate = 1, timeUnit = TimeUnit.DAYS)
        @LeaderOnly
        void dailyWithoutCatchUp() {
            dailyWithoutCatchUp.incrementAndGet();
        }

        List<Integer> runs() {
            return List.of(often.get(), daily.get(), dailyWithoutCatchUp.get());
        }
    }

    private static NodeObserver counting(AtomicInteger skips) {
        return new NodeObserver() {
            @Override
            public void workSkipped() {
                skips.incrementAndGet();
            }
        };
    }

    @Test
    void scheduledJobsAreSkippedOnAFollowerAndAMissedTickIsMadeUpAtTheElection() {
        AtomicInteger skips = new AtomicInteger();
        runner.withUserConfiguration(Scheduling.class)
                .withBean(Jobs.class)
                .withBean(NodeObserver.class, () -> counting(skips))
                .run(context -> {
                    Jobs jobs = context.getBean(Jobs.class);
                    await().atMost(PATIENCE).until(() -> skips.get() >= 5);
                    assertThat(jobs.runs()).containsExactly(0, 0, 0);
                    SwitchedLeadership leadership = context.getBean(SwitchedLeadership.class);
                    leadership.gain();
                    await().atMost(PATIENCE)
                            .until(() -> jobs.runs().get(0) >= 3 && jobs.runs().get(1) == 1);
                    assertThat(jobs.runs().get(2)).isZero();
                    leadership.lose();
                    leadership.gain();
                    int often = jobs.runs().get(0);
                    await().atMost(PATIENCE).until(() -> jobs.runs().get(0) > often + 2);
                    assertThat(jobs.runs().get(1)).as("made up once").isEqualTo(1);
                });
    }

    @Test
    void aTickSkippedTooLongAgoIsNotMadeUp() {
        AtomicInteger skips = new AtomicInteger();
        runner.withUserConfiguration(Scheduling.class)
                .withPropertyValues("jobs.catch-up=1ms")
                .withBean(Jobs.class)
                .withBean(NodeObserver.class, () -> counting(skips))
                .run(context -> {
                    Jobs jobs = context.getBean(Jobs.class);
                    // Both daily jobs fell due at the start, before the frequent one did so often.
                    await().atMost(PATIENCE).until(() -> skips.get() >= 8);
                    long skipped = System.nanoTime();
                    await().atMost(PATIENCE).until(() -> System.nanoTime() - skipped > 2_000_000);
                    context.getBean(SwitchedLeadership.class).gain();
                    await().atMost(PATIENCE).until(() -> jobs.runs().get(0) >= 3);
                    assertThat(jobs.runs().get(1)).isZero();
                });
    }

    static class SlowJob {

        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        final AtomicInteger runs = new AtomicInteger();

        @Scheduled(fixedRate = 1, timeUnit = TimeUnit.DAYS)
        @LeaderOnly(catchUp = "10m")
        void run() throws InterruptedException {
            runs.incrementAndGet();
            begun.countDown();
            goOn.await();
        }

        CountDownLatch begun() {
            return begun;
        }

        void goOn() {
            goOn.countDown();
        }

        int runs() {
            return runs.get();
        }
    }

    /** What the scheduler runs when the method falls due. */
    private static Runnable schedulersCall(ApplicationContext context, String method) {
        return context.getBean(ScheduledTaskHolder.class).getScheduledTasks().stream()
                .map(ScheduledTask::getTask)
                .filter(task -> task.toString().endsWith(method))
                .findAny()
                .orElseThrow()
                .getRunnable();
    }

    @Test
    void aTickThatComesWhileOneIsMadeUpIsTheSame() {
        AtomicInteger skips = new AtomicInteger();
        runner.withUserConfiguration(Scheduling.class)
                .withBean(SlowJob.class)
                .withBean(NodeObserver.class, () -> counting(skips))
                .run(context -> {
                    SlowJob job = context.getBean(SlowJob.class);
                    await().atMost(PATIENCE).until(() -> skips.get() == 1);
                    context.getBean(SwitchedLeadership.class).gain();
                    assertThat(job.begun().await(60, TimeUnit.SECONDS)).isTrue();
                    schedulersCall(context, "SlowJob.run").run();
                    assertThat(job.runs()).isEqualTo(1);
                    job.goOn();
                });
    }

    // ------------------------------------------------------------------------------------------------ other
    // leaderships

    static class Plain {

        final AtomicInteger calls = new AtomicInteger();

        @LeaderOnly
        int call() {
            return calls.incrementAndGet();
        }
    }

    @Test
    void worksWithAMemberThatStandsAlone() {
        new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class))
                .withBean(Plain.class)
                .run(context -> {
                    assertThat(context.getBean(Leadership.class).await(PATIENCE))
                            .isTrue();
                    assertThat(context.getBean(Plain.class).call()).isEqualTo(1);
                });
    }

    @Test
    void worksWithoutATokenWhereTheElectionIsSwitchedOff() {
        new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class))
                .withPropertyValues("election.enabled=false")
                .withBean(Plain.class)
                .run(context -> {
                    Leadership leadership = context.getBean(Leadership.class);
                    await().atMost(PATIENCE).until(leadership::isLeader);
                    assertThat(context.getBean(Plain.class).call()).isEqualTo(1);
                    assertThatThrownBy(() -> leadership.runWhileLeading(token -> {
                                throw new AssertionError("there is no token to give");
                            }))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("election.enabled");
                    assertThat(leadership.confirm(PATIENCE)).isTrue();
                });
    }

    @Test
    void withoutAnyLeadershipNothingRuns() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(LeaderOnlyAutoConfiguration.class))
                .withBean(Plain.class)
                .run(context -> assertThatThrownBy(context.getBean(Plain.class)::call)
                        .isInstanceOf(NoSuchBeanDefinitionException.class)
                        .hasMessageContaining("Leadership"));
    }
}
