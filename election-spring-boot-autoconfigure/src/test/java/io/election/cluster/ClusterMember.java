package io.election.cluster;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** A service as a user writes one: what it was told, and a request that can be made to hang. */
@SpringBootConfiguration
@EnableAutoConfiguration
@RestController
class ClusterMember {

    final List<Object> events = new CopyOnWriteArrayList<>();
    final CountDownLatch released = new CountDownLatch(1);
    final CountDownLatch listenerReleased = new CountDownLatch(1);
    volatile boolean blockElectedListener;

    @Bean
    SecurityFilterChain openToAll(HttpSecurity http) throws Exception {
        return http.authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                .csrf(csrf -> csrf.disable())
                .build();
    }

    @EventListener
    void on(LeaderElectedEvent event) throws InterruptedException {
        events.add(event);
        if (blockElectedListener) {
            listenerReleased.await(60, TimeUnit.SECONDS);
        }
    }

    @EventListener
    void on(StepDownEvent event) {
        events.add(event);
    }

    @EventListener
    void on(LeaderChangedEvent event) {
        events.add(event);
    }

    @GetMapping("/hang")
    String hang() throws InterruptedException {
        released.await(60, TimeUnit.SECONDS);
        return "released";
    }

    @GetMapping("/hello")
    String hello() {
        return "hello";
    }
}
