package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import io.election.HandoverResult;
import io.election.LeaderOnly;
import io.election.Leadership;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.async.DeferredResult;

/** What three applications with real members, servers and clients make of requests that only the leader serves. */
class LeaderOnlyClusterTests {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    static Path directory;

    private static final List<Member> members = new ArrayList<>();

    private record Member(String id, int port, ConfigurableApplicationContext context) {

        Leadership leadership() {
            return context.getBean(Leadership.class);
        }

        HttpResponse<String> get(String path, HttpClient.Redirect redirects) throws IOException, InterruptedException {
            return HttpClient.newBuilder()
                    .followRedirects(redirects)
                    .build()
                    .send(request(path), HttpResponse.BodyHandlers.ofString());
        }

        HttpRequest request(String path) {
            return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                    .timeout(PATIENCE)
                    .build();
        }
    }

    @BeforeAll
    static void start() throws IOException {
        List<String> ids = List.of("a", "b", "c");
        List<Integer> ports = new ArrayList<>();
        List<String> listed = new ArrayList<>();
        for (String id : ids) {
            int port = FreePorts.next();
            ports.add(port);
            listed.add(id + "=http://127.0.0.1:" + port);
        }
        for (int i = 0; i < ids.size(); i++) {
            ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
                    .web(WebApplicationType.SERVLET)
                    .run(
                            "--server.port=" + ports.get(i),
                            "--server.address=127.0.0.1",
                            "--spring.jmx.enabled=false",
                            "--spring.main.banner-mode=off",
                            "--election.cluster=orders",
                            "--election.node-id=" + ids.get(i),
                            "--election.members=" + String.join(",", listed),
                            "--election.storage.directory=" + directory.resolve(ids.get(i)),
                            "--election.peer.secret=a-secret-for-tests-only",
                            "--election.election-timeout=3s",
                            "--election.lease-duration=2500ms",
                            "--election.heartbeat-interval=100ms",
                            "--election.handover.timeout=60s",
                            "--election.web.on-follower=redirect");
            members.add(new Member(ids.get(i), ports.get(i), context));
        }
    }

    @AfterAll
    static void stop() {
        members.forEach(member -> member.context().close());
        members.clear();
    }

    /** Who leads, once all have heard of it. */
    private static Member leader() {
        return await().atMost(PATIENCE)
                .until(
                        () -> members.stream()
                                .filter(leader -> leader.leadership().isLeader()
                                        && members.stream()
                                                .allMatch(member -> leader.id()
                                                        .equals(member.leadership()
                                                                .state()
                                                                .leaderId())))
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    @Test
    void aFollowersClientIsSentToTheLeaderWhichServesIt() throws Exception {
        Member leader = leader();
        for (Member member : members) {
            HttpResponse<String> answer = member.get("/orders/1%202?state=open%26late", HttpClient.Redirect.NEVER);
            if (member != leader) {
                assertThat(answer.statusCode()).isEqualTo(307);
                assertThat(answer.headers().firstValue("Location"))
                        .hasValue("http://127.0.0.1:" + leader.port() + "/orders/1%202?state=open%26late");
                answer = member.get("/orders/1%202?state=open%26late", HttpClient.Redirect.ALWAYS);
            }
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(leader.id() + " has 1 2, open&late");
        }
    }

    @Test
    void aHandoverAwaitsAnAsynchronousRequest() throws Exception {
        Member leader = leader();
        Member next = members.get((members.indexOf(leader) + 1) % members.size());
        Orders orders = leader.context().getBean(Orders.class);
        CompletableFuture<HttpResponse<String>> answer =
                HttpClient.newHttpClient().sendAsync(leader.request("/long"), HttpResponse.BodyHandlers.ofString());
        DeferredResult<String> pending = orders.taken();

        CompletableFuture<HandoverResult> handover =
                leader.leadership().handOver(next.id()).toCompletableFuture();
        await().atMost(PATIENCE).until(() -> !leader.leadership().isLeader());
        assertThat(next.leadership().isLeader())
                .as("the request is still in flight")
                .isFalse();
        assertThat(handover).isNotDone();
        pending.setResult("done");

        assertThat(answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).body()).isEqualTo("done");
        assertThat(handover.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).outcome())
                .isEqualTo(HandoverResult.Outcome.HANDED_OVER);
        assertThat(leader()).isEqualTo(next);
    }

    @EnableAutoConfiguration
    static class Application {

        @Bean
        Orders orders(@Value("${election.node-id}") String member) {
            return new Orders(member);
        }

        @Bean
        SecurityFilterChain everybodyMay(HttpSecurity http) {
            return http.authorizeHttpRequests(all -> all.anyRequest().permitAll())
                    .build();
        }
    }

    @LeaderOnly
    @RestController
    static class Orders {

        private final String member;
        private final BlockingQueue<DeferredResult<String>> taken = new LinkedBlockingQueue<>();

        Orders(String member) {
            this.member = member;
        }

        @GetMapping("/orders/{id}")
        String order(@PathVariable String id, @RequestParam String state) {
            return member + " has " + id + ", " + state;
        }

        @GetMapping("/long")
        DeferredResult<String> takesLong() {
            DeferredResult<String> result = new DeferredResult<>(PATIENCE.toMillis());
            taken.add(result);
            return result;
        }

        DeferredResult<String> taken() throws InterruptedException {
            DeferredResult<String> result = taken.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(result).isNotNull();
            return result;
        }
    }
}
