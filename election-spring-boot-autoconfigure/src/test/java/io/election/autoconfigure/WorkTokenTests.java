package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.asyncDispatch;

import io.election.LeaderOnly;
import io.election.LeaderWork;
import io.election.Leadership;
import io.election.LeadershipLostException;
import io.election.NotLeaderException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.TaskDecorator;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

/** Which token is found by work that Spring calls, in an application whose leadership the test switches. */
@SuppressWarnings("try") // A scope is opened to be closed.
class WorkTokenTests {

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

        @Bean
        Orders orders(SwitchedLeadership leadership) {
            return new Orders(leadership);
        }
    }

    /** What its work does meanwhile is the test's. */
    static class Orders {

        private final SwitchedLeadership leadership;
        private final AtomicInteger skipped = new AtomicInteger();
        private final List<String> seen = new CopyOnWriteArrayList<>();

        Orders(SwitchedLeadership leadership) {
            this.leadership = leadership;
        }

        @LeaderOnly
        long token() {
            return leadership.fencingToken().value();
        }

        @LeaderOnly
        <T> T call(Supplier<T> meanwhile) {
            return meanwhile.get();
        }

        @LeaderOnly(skip = true)
        void skipped() {
            skipped.incrementAndGet();
        }

        @LeaderOnly
        CompletableFuture<Void> later(Executor executor) {
            return CompletableFuture.runAsync(
                    () -> seen.add(tokenOf(leadership)), task -> executor.execute(LeaderWork.carry(task)));
        }

        List<String> seen() {
            return seen;
        }

        int skippedCalls() {
            return skipped.get();
        }
    }

    /** What work is told that asks for its token. */
    private static String tokenOf(Leadership leadership) {
        try {
            return leadership.fencingToken().toString();
        } catch (LeadershipLostException lost) {
            return "lost " + lost.getTerm();
        }
    }

    // ------------------------------------------------------------------------------------------------ @LeaderOnly

    @Test
    void aCallGetsItsOwnTokenAndNotThatOfTheNextLeadershipOfTheSameMember() {
        runner.run(context -> {
            SwitchedLeadership leadership = context.getBean(SwitchedLeadership.class);
            Orders orders = context.getBean(Orders.class);
            leadership.gain();
            long term = leadership.term();
            assertThat(orders.token()).isEqualTo(term);
            assertThatExceptionOfType(LeadershipLostException.class)
                    .isThrownBy(() -> orders.call(() -> {
                        orders.seen().add(tokenOf(leadership));
                        leadership.lose();
                        leadership.gain();
                        orders.seen().add(tokenOf(leadership));
                        return leadership.fencingToken();
                    }))
                    .satisfies(lost -> assertThat(lost.getTerm()).isEqualTo(term))
                    .satisfies(lost -> assertThat(lost).hasNoSuppressedExceptions());
            assertThat(orders.seen()).containsExactly(Long.toString(term), "lost " + term);
            assertThat(leadership.currentWork()).isNull();
            assertThat(orders.token()).isEqualTo(term + 1);
        });
    }

    @Test
    void aCallWithinACallThatHasLostItsLeadershipIsRefusedAndNotSkipped() {
        runner.run(context -> {
            SwitchedLeadership leadership = context.getBean(SwitchedLeadership.class);
            Orders orders = context.getBean(Orders.class);
            leadership.gain();
            assertThatExceptionOfType(LeadershipLostException.class)
                    .isThrownBy(() -> orders.call(() -> {
                        orders.skipped();
                        leadership.lose();
                        leadership.gain();
                        orders.skipped();
                        return "done";
                    }));
            assertThat(orders.skippedCalls()).isOne();
            assertThat(leadership.inFlight).hasValue(0);
        });
    }

    @Test
    void aStageThatCarriesItsWorkGetsNoLaterToken() {
        runner.run(context -> {
            SwitchedLeadership leadership = context.getBean(SwitchedLeadership.class);
            Orders orders = context.getBean(Orders.class);
            leadership.gain();
            long term = leadership.term();
            LeaderOnlyTests.HeldExecutor executor = new LeaderOnlyTests.HeldExecutor();
            CompletableFuture<Void> inTime = orders.later(executor);
            executor.run();
            inTime.get(60, TimeUnit.SECONDS);
            CompletableFuture<Void> late = orders.later(executor);
            leadership.lose();
            leadership.gain();
            executor.run();
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(() -> late.get(60, TimeUnit.SECONDS))
                    .withCauseInstanceOf(LeadershipLostException.class);
            assertThat(orders.seen()).containsExactly(Long.toString(term), "lost " + term);
        });
    }

    // ------------------------------------------------------------------------------------------------ @Async

    @Configuration(proxyBeanMethods = false)
    @EnableAsync
    static class Asynchronous {

        @Bean
        TaskDecorator leaderWork() {
            return LeaderWork::carry;
        }

        @Bean
        Mailer mailer(SwitchedLeadership leadership) {
            return new Mailer(leadership);
        }
    }

    /** Itself for anybody. */
    static class Mailer {

        private final SwitchedLeadership leadership;

        Mailer(SwitchedLeadership leadership) {
            this.leadership = leadership;
        }

        @Async
        CompletableFuture<String> send(CompletableFuture<?> after) {
            after.orTimeout(60, TimeUnit.SECONDS).join();
            return CompletableFuture.completedFuture(tokenOf(leadership));
        }
    }

    @Test
    void anAsynchronousCallOfWorkKeepsItsTokenWhereATaskDecoratorCarriesIt() {
        runner.withConfiguration(AutoConfigurations.of(TaskExecutionAutoConfiguration.class))
                .withUserConfiguration(Asynchronous.class)
                .run(context -> {
                    SwitchedLeadership leadership = context.getBean(SwitchedLeadership.class);
                    Orders orders = context.getBean(Orders.class);
                    Mailer mailer = context.getBean(Mailer.class);
                    leadership.gain();
                    long term = leadership.term();
                    CompletableFuture<Object> goOn = new CompletableFuture<>();
                    List<CompletableFuture<String>> sent = orders.call(() -> List.of(mailer.send(goOn)));
                    leadership.lose();
                    leadership.gain();
                    goOn.complete("now");
                    assertThat(sent.get(0).get(60, TimeUnit.SECONDS)).isEqualTo("lost " + term);
                    assertThat(mailer.send(goOn).get(60, TimeUnit.SECONDS))
                            .as("the pool's thread is free of it")
                            .isEqualTo(Long.toString(leadership.term()));
                });
    }

    // ------------------------------------------------------------------------------------------------ the web

    private final WebApplicationContextRunner web = new WebApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    DispatcherServletAutoConfiguration.class,
                    WebMvcAutoConfiguration.class,
                    TaskExecutionAutoConfiguration.class,
                    ElectionAutoConfiguration.class,
                    LeaderOnlyAutoConfiguration.class,
                    LeaderOnlyWebAutoConfiguration.class))
            .withUserConfiguration(Switched.class)
            .withBean(Invoices.class);

    @RestController
    static class Invoices {

        private final SwitchedLeadership leadership;

        Invoices(SwitchedLeadership leadership) {
            this.leadership = leadership;
        }

        private String token(boolean lost) {
            if (lost) {
                leadership.lose();
                leadership.gain();
            }
            return tokenOf(leadership);
        }

        @LeaderOnly
        @GetMapping("/now")
        String now() {
            return token(false);
        }

        @LeaderOnly
        @GetMapping("/callable")
        Callable<String> callable() {
            return () -> token(false) + ", " + token(true);
        }

        @LeaderOnly
        @GetMapping("/streamed")
        StreamingResponseBody streamed() {
            return out -> out.write((token(false) + ", " + token(true)).getBytes(StandardCharsets.UTF_8));
        }

        @GetMapping("/anybody")
        Callable<String> anybody() {
            return () -> String.valueOf(leadership.currentWork());
        }
    }

    @Test
    void aRequestAndWhatItCallsLaterGetItsOwnToken() {
        web.run(context -> {
            SwitchedLeadership leadership = context.getBean(SwitchedLeadership.class);
            MockMvcTester mvc = MockMvcTester.from(context);
            leadership.gain();
            assertThat(mvc.get().uri("/now")).hasBodyTextEqualTo(Long.toString(leadership.term()));
            assertThat(leadership.currentWork()).as("on the request's thread").isNull();

            long term = leadership.term();
            assertThat(asynchronous(mvc, "/callable")).hasBodyTextEqualTo(term + ", lost " + term);
            term = leadership.term();
            assertThat(asynchronous(mvc, "/streamed")).hasBodyTextEqualTo(term + ", lost " + term);
            assertThat(leadership.currentWork()).as("on the request's thread").isNull();
            assertThat(asynchronous(mvc, "/anybody")).hasBodyTextEqualTo("null");
            assertThat(leadership.inFlight).hasValue(0);
        });
    }

    private static MvcTestResult asynchronous(MockMvcTester mvc, String path) {
        MvcTestResult begun = mvc.get().uri(path).asyncExchange();
        begun.getMvcResult().getAsyncResult(PATIENCE.toMillis());
        return mvc.perform(asyncDispatch(begun.getMvcResult()));
    }

    // ------------------------------------------------------------------------------------------------ without a token

    @Test
    void workWithoutAnElectionHoldsToItsEndAndHasNoToken() {
        Leadership[] stopped = new Leadership[1];
        LeaderWork[] begun = new LeaderWork[1];
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ElectionAutoConfiguration.class))
                .withPropertyValues("election.enabled=false", "election.handover.timeout=1s")
                .run(context -> {
                    Leadership leadership = context.getBean(Leadership.class);
                    await().atMost(PATIENCE).until(leadership::isLeader);
                    LeaderWork work = leadership.beginWork();
                    try (LeaderWork.Scope here = work.open()) {
                        assertThat(leadership.currentWork()).isSameAs(work);
                        assertThatIllegalStateException()
                                .isThrownBy(leadership::fencingToken)
                                .withMessageContaining("election.enabled");
                        assertThatIllegalStateException()
                                .isThrownBy(() -> leadership.tryRunWhileLeading(token -> {
                                    throw new AssertionError("there is no token to give");
                                }))
                                .withMessageContaining("election.enabled");
                    }
                    assertThat(work.wrap(() -> "done").call()).isEqualTo("done");
                    stopped[0] = leadership;
                    begun[0] = work;
                });
        assertThat(stopped[0].isLeader()).isFalse();
        assertThatExceptionOfType(NotLeaderException.class).isThrownBy(stopped[0]::assertLeader);
        try (LeaderWork.Scope here = begun[0].open()) {
            stopped[0].assertLeader();
        }
        assertThat(begun[0].end()).as("nobody else could lead").isTrue();
    }
}
