package io.election.cluster;

import io.election.autoconfigure.ElectionMetricsAutoConfiguration;
import io.election.node.NodeObserver;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.context.annotation.Bean;

/** A bare member that exports its meters as Prometheus reads them, and whose election can be held up. */
@SpringBootConfiguration
@BareElection
@ImportAutoConfiguration({MetricsAutoConfiguration.class, ElectionMetricsAutoConfiguration.class})
class MonitoredMember extends MemberApplication {

    @Bean
    PrometheusMeterRegistry prometheus() {
        return new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    }

    @Bean
    Brake brake() {
        return new Brake();
    }

    /** Blocks the step in which a leader is told of an acknowledgement, which nothing may do. */
    static final class Brake implements NodeObserver {

        private final AtomicLong pauseMillis = new AtomicLong();
        private volatile CountDownLatch released = new CountDownLatch(0);

        /** The election stands still from the next acknowledgement on. */
        void pull() {
            released = new CountDownLatch(1);
        }

        /** The election stands still for so long at the next acknowledgement. */
        void pause(Duration length) {
            pauseMillis.set(length.toMillis());
        }

        void release() {
            released.countDown();
        }

        @Override
        public void heartbeatAcknowledged(String peer, Duration roundTrip) {
            try {
                // The pause is the fault itself.
                Thread.sleep(pauseMillis.getAndSet(0));
                released.await(60, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
