package io.election.test;

import io.election.Leadership;
import io.election.autoconfigure.ElectionAutoConfiguration;
import io.election.autoconfigure.LeaderOnlyAutoConfiguration;
import io.election.leaderonly.LeaderBound;
import io.election.test.OrdersApplication.OrderConsumer;
import io.election.test.OrdersApplication.Recorder;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A service that starts quickly: no web, no actuator. */
@Configuration(proxyBeanMethods = false)
@ImportAutoConfiguration({ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class})
class SmallService {

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

    @Bean
    Pauseable pauseable() {
        return new Pauseable();
    }

    /** What a context that is paused does stop. */
    static class Pauseable extends RecordingLifecycle implements SmartLifecycle {}
}
