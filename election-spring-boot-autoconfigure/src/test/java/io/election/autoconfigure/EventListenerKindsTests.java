package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.LeaderElectedEvent;
import io.election.Leadership;
import io.election.StepDownEvent;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ApplicationEventMulticaster;
import org.springframework.context.event.EventListener;
import org.springframework.context.event.SimpleApplicationEventMulticaster;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.event.TransactionPhase;
import org.springframework.transaction.event.TransactionalEventListener;

/** What holds for the kinds of listeners that Spring knows. */
class EventListenerKindsTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ApplicationContextRunner alone = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class));

    // ------------------------------------------------------------------------------------------------ transactional

    static class TransactionalListeners {

        final List<String> seen = new CopyOnWriteArrayList<>();

        @TransactionalEventListener
        void never(LeaderElectedEvent event) {
            seen.add("without fallback");
        }

        @TransactionalEventListener(fallbackExecution = true, phase = TransactionPhase.AFTER_COMMIT)
        void withFallback(LeaderElectedEvent event) {
            seen.add("with fallback");
        }

        @EventListener
        void plain(LeaderElectedEvent event) {
            seen.add("plain");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement
    static class Transactions {

        @Bean
        LeaderOnlyTests.RecordingTransactions transactionManager() {
            return new LeaderOnlyTests.RecordingTransactions();
        }
    }

    @Test
    void aTransactionalListenerIsCalledOnlyWithFallbackExecutionForEventsComeInNoTransaction() {
        alone.withUserConfiguration(Transactions.class)
                .withBean(TransactionalListeners.class)
                .run(context -> {
                    TransactionalListeners listeners = context.getBean(TransactionalListeners.class);
                    await().atMost(PATIENCE).until(() -> listeners.seen.size() == 2);
                    // Its leadership ends, so that all that would still come has come.
                    context.stop();
                    assertThat(listeners.seen).containsExactlyInAnyOrder("with fallback", "plain");
                });
    }

    // ------------------------------------------------------------------------------------------------ asynchronous

    @Configuration(proxyBeanMethods = false)
    @EnableAsync
    static class Asynchronous {

        @Bean
        Executor taskExecutor() {
            return command -> {
                Thread thread = new Thread(command, "the application's own");
                thread.setDaemon(true);
                thread.start();
            };
        }
    }

    static class AsyncListener {

        static final CountDownLatch GO_ON = new CountDownLatch(1);
        final List<String> seen = new CopyOnWriteArrayList<>();

        @Async
        @EventListener
        public void on(StepDownEvent event) throws InterruptedException {
            seen.add("began on " + Thread.currentThread().getName());
            GO_ON.await();
        }

        public List<String> seen() {
            return seen;
        }
    }

    @Test
    void anAsyncListenerIsNotWaitedFor() {
        alone.withUserConfiguration(Asynchronous.class)
                .withBean(AsyncListener.class)
                .run(context -> {
                    assertThat(context.getBean(Leadership.class).await(PATIENCE))
                            .isTrue();
                    AsyncListener listener = context.getBean(AsyncListener.class);
                    await().atMost(PATIENCE)
                            .until(() ->
                                    context.getBean(io.election.node.ElectionNode.class).status().history().stream()
                                            .anyMatch(entry -> entry.what().equals("elected")));
                    context.stop();
                    assertThat(context.getBean(io.election.node.ElectionNode.class)
                                    .isRunning())
                            .as("stopped, while the listener still runs or has not begun")
                            .isFalse();
                    AsyncListener.GO_ON.countDown();
                    assertThat(listener.seen()).allMatch("began on the application's own"::equals);
                });
    }

    // ------------------------------------------------------------------------------------------------ multicasters

    static class OrderlyListener {

        final List<Object> seen = new CopyOnWriteArrayList<>();
        final List<String> threads = new CopyOnWriteArrayList<>();

        @EventListener
        void on(LeaderElectedEvent event) {
            note(event);
        }

        @EventListener
        void on(StepDownEvent event) {
            note(event);
        }

        /** The thread first: whoever finds an event in the list may look for it at once. */
        private void note(Object event) {
            threads.add(Thread.currentThread().getName());
            seen.add(event);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ParallelMulticaster {

        @Bean
        ApplicationEventMulticaster applicationEventMulticaster() {
            SimpleApplicationEventMulticaster own = new SimpleApplicationEventMulticaster();
            own.setTaskExecutor(command -> {
                Thread thread = new Thread(command, "the application's own");
                thread.setDaemon(true);
                thread.start();
            });
            return own;
        }
    }

    @Test
    void springsMulticasterWithAnExecutorOfItsOwnIsNotUsedForElectionEvents() {
        alone.withUserConfiguration(ParallelMulticaster.class)
                .withBean(OrderlyListener.class)
                .run(context -> {
                    OrderlyListener listener = context.getBean(OrderlyListener.class);
                    await().atMost(PATIENCE).until(() -> listener.seen.size() == 1);
                    context.stop();
                    assertThat(listener.seen)
                            .extracting(Object::getClass)
                            .containsExactly(LeaderElectedEvent.class, StepDownEvent.class);
                    assertThat(listener.threads).allMatch(name -> name.endsWith("-events"));
                });
    }

    @Test
    void virtualThreadsLeaveTheEventsOnTheirPlatformThread() {
        alone.withPropertyValues("spring.threads.virtual.enabled=true")
                .withBean(OrderlyListener.class)
                .run(context -> {
                    OrderlyListener listener = context.getBean(OrderlyListener.class);
                    await().atMost(PATIENCE).until(() -> listener.seen.size() == 1);
                    assertThat(listener.threads).containsExactly("election-application-local-events");
                });
    }
}
