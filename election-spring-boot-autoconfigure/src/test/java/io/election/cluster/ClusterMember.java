package io.election.cluster;

import java.util.concurrent.TimeUnit;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** A web service as a user writes one, with a request that can be made to hang. */
@SpringBootConfiguration
@EnableAutoConfiguration
@RestController
class ClusterMember extends MemberApplication {

    /** Without it Boot's own rules hold: a password for everything. */
    @Bean
    @ConditionalOnBooleanProperty(name = "member.open", matchIfMissing = true)
    SecurityFilterChain openToAll(HttpSecurity http) throws Exception {
        return http.authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                .csrf(csrf -> csrf.disable())
                .build();
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
