package io.election.test;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.LeaderOnly;
import io.election.Leadership;
import io.election.StepDownEvent;
import io.election.leaderonly.LeaderBound;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** The service under test, as a user writes one. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableScheduling
class OrdersApplication {

    public static void main(String[] args) {
        SpringApplication.run(OrdersApplication.class, args);
    }

    @Bean
    InvoiceJob invoiceJob(Leadership leadership) {
        return new InvoiceJob(leadership);
    }

    @Bean
    Recorder recorder(Leadership leadership) {
        return new Recorder(leadership);
    }

    @Bean
    OrderConsumer orderConsumer() {
        return new OrderConsumer();
    }

    @Bean
    LeaderBound onTheLeader(OrderConsumer consumer) {
        return new LeaderBound(consumer);
    }

    /** Writes with its token. */
    static class InvoiceJob {

        private final Leadership leadership;
        private final List<Long> issued = new CopyOnWriteArrayList<>();

        InvoiceJob(Leadership leadership) {
            this.leadership = leadership;
        }

        @Scheduled(initialDelay = 1, fixedRate = 1, timeUnit = TimeUnit.DAYS)
        @LeaderOnly
        void issueInvoices() {
            issued.add(leadership.fencingToken().value());
        }

        /** What its work does meanwhile is the test's. */
        @LeaderOnly
        void issueInvoicesWhile(Runnable meanwhile) {
            meanwhile.run();
            issued.add(0L);
        }

        List<Long> issued() {
            return issued;
        }
    }

    /** All events, what could be read while they were told, and on which thread. */
    static class Recorder {

        private final Leadership leadership;
        private final List<Object> events = new CopyOnWriteArrayList<>();
        private final List<Boolean> leaderMeanwhile = new CopyOnWriteArrayList<>();
        private final List<Thread> threads = new CopyOnWriteArrayList<>();
        private volatile Consumer<Object> onEvent = event -> {};

        Recorder(Leadership leadership) {
            this.leadership = leadership;
        }

        @EventListener({LeaderElectedEvent.class, StepDownEvent.class, LeaderChangedEvent.class})
        void on(Object event) {
            onEvent.accept(event);
            if (!(event instanceof LeaderChangedEvent)) {
                leaderMeanwhile.add(leadership.isLeader());
            }
            threads.add(Thread.currentThread());
            // Last, so that whoever sees the event knows that this is done.
            events.add(event);
        }

        void onEvent(Consumer<Object> what) {
            onEvent = what;
        }

        void clear() {
            onEvent = event -> {};
            events.clear();
            leaderMeanwhile.clear();
            threads.clear();
        }

        List<Object> events() {
            return new ArrayList<>(events);
        }

        List<Boolean> leaderMeanwhile() {
            return leaderMeanwhile;
        }

        List<Thread> threads() {
            return threads;
        }

        /** Elections and step-downs, such as {@code +1} and {@code -1 LEASE_LOST}, and who is known, such as {@code =node-2}. */
        List<String> told() {
            return events.stream()
                    .map(event -> event instanceof LeaderElectedEvent elected
                            ? "+" + elected.term()
                            : event instanceof StepDownEvent steppedDown
                                    ? "-" + steppedDown.term() + " " + steppedDown.reason()
                                    : "=" + ((LeaderChangedEvent) event).leaderId())
                    .toList();
        }
    }

    /** Runs on the leader only. */
    static class OrderConsumer extends RecordingLifecycle {}

    /** A bean, for it is a component within a configuration. */
    @RestController
    static class OrderController {

        private final Leadership leadership;

        OrderController(Leadership leadership) {
            this.leadership = leadership;
        }

        @PostMapping("/orders")
        @LeaderOnly
        String place() {
            return "placed under " + leadership.fencingToken();
        }
    }
}
