package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.LeaderOnly;
import io.election.LeadershipLostException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableWebApplicationContext;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.web.bind.annotation.CrossOrigin;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.async.DeferredResult;

/** Web requests that only the leader serves. */
class LeaderOnlyWebTests {

    private final WebApplicationContextRunner runner = new WebApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    DispatcherServletAutoConfiguration.class,
                    WebMvcAutoConfiguration.class,
                    ElectionAutoConfiguration.class,
                    LeaderOnlyAutoConfiguration.class,
                    LeaderOnlyWebAutoConfiguration.class))
            .withUserConfiguration(Application.class);

    @Configuration(proxyBeanMethods = false)
    static class Application {

        @Bean
        SwitchedLeadership leadership(ApplicationEventPublisher events) {
            return new SwitchedLeadership(events);
        }

        @Bean
        Orders orders(SwitchedLeadership leadership) {
            return new Orders(leadership);
        }

        @Bean
        WholeController whole() {
            return new WholeController();
        }
    }

    record Order(String name) {}

    @RestController
    static class Orders {

        final SwitchedLeadership leadership;
        final List<String> closed = new CopyOnWriteArrayList<>();
        final CompletableFuture<String> later = new CompletableFuture<>();
        final DeferredResult<String> deferred = new DeferredResult<>();

        Orders(SwitchedLeadership leadership) {
            this.leadership = leadership;
        }

        @LeaderOnly
        @CrossOrigin("https://shop.example")
        @PostMapping("/orders")
        String close(@RequestBody Order order) {
            closed.add(order.name());
            return "closed, " + leadership.inFlight.get() + " in flight";
        }

        @LeaderOnly
        @GetMapping("/loses")
        String loses() {
            leadership.lose();
            return "closed";
        }

        @LeaderOnly
        @GetMapping("/later")
        CompletableFuture<String> later() {
            return later;
        }

        @LeaderOnly
        @GetMapping("/deferred")
        DeferredResult<String> deferred() {
            return deferred;
        }

        @GetMapping("/orders")
        String list() {
            return String.join(",", closed);
        }

        List<String> closed() {
            return closed;
        }

        CompletableFuture<String> result() {
            return later;
        }

        DeferredResult<String> deferredResult() {
            return deferred;
        }
    }

    @LeaderOnly
    @RestController
    static class WholeController {

        @GetMapping("/whole")
        String whole() {
            return "whole";
        }
    }

    private void run(Consumer<AssertableWebApplicationContext> test, String... properties) {
        runner.withPropertyValues(properties).run(context -> test.accept(context));
    }

    private static MockMvcTester mvc(AssertableWebApplicationContext context) {
        return MockMvcTester.from(context);
    }

    private static SwitchedLeadership leadership(AssertableWebApplicationContext context) {
        return context.getBean(SwitchedLeadership.class);
    }

    // ------------------------------------------------------------------------------------------------ refused

    @Test
    void aFollowerRefusesWithTheLeadersNameBeforeTheArgumentsAreBound() {
        run(context -> {
            leadership(context).leaderUrl = "http://node-b:8080";
            var answer = mvc(context)
                    .post()
                    .uri("/orders?x=1")
                    .contentType(MediaType.APPLICATION_JSON)
                    .content("this is no order")
                    .exchange();
            assertThat(answer).hasStatus(503).hasContentType(MediaType.APPLICATION_PROBLEM_JSON);
            assertThat(answer).headers().hasValue("Retry-After", "1").hasValue("Cache-Control", "no-store");
            assertThat(answer)
                    .bodyJson()
                    .isStrictlyEqualTo("{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,"
                            + "\"detail\":\"Member 'a' does not lead now; the leader is 'b'.\",\"instance\":\"/orders\","
                            + "\"leaderId\":\"b\",\"leaderUrl\":\"http://node-b:8080\"}");
            assertThat(mvc(context).get().uri("/whole")).hasStatus(503);
            assertThat(mvc(context).get().uri("/orders")).as("for anybody").hasStatusOk();
        });
    }

    @Test
    void theLeaderServesAndTheRequestIsInFlightMeanwhile() {
        run(context -> {
            leadership(context).gain();
            assertThat(mvc(context)
                            .post()
                            .uri("/orders")
                            .contentType(MediaType.APPLICATION_JSON)
                            .content("{\"name\":\"o-1\"}"))
                    .hasStatusOk()
                    .bodyText()
                    .as("counted once")
                    .isEqualTo("closed, 1 in flight");
            assertThat(context.getBean(Orders.class).closed()).containsExactly("o-1");
            assertThat(mvc(context).get().uri("/whole")).hasStatusOk();
            assertThat(leadership(context).inFlight).hasValue(0);
        });
    }

    @Test
    void aLeadershipLostDuringTheHandlerIsUnavailableAndNoResult() {
        run(
                context -> {
                    leadership(context).leaderUrl = "http://node-b:8080";
                    leadership(context).gain();
                    var answer = mvc(context).get().uri("/loses").exchange();
                    assertThat(answer)
                            .as("not sent on: it was done here")
                            .hasStatus(503)
                            .hasContentType(MediaType.APPLICATION_PROBLEM_JSON)
                            .headers()
                            .hasValue("Retry-After", "1");
                    assertThat(answer)
                            .bodyJson()
                            .extractingPath("$.detail")
                            .isEqualTo(new LeadershipLostException(2).getMessage());
                    assertThat(leadership(context).inFlight).hasValue(0);
                },
                "election.web.on-follower=redirect");
    }

    // ------------------------------------------------------------------------------------------------ redirected

    @Test
    void aFollowerSendsTheClientToTheLeaderWithPathAndQueryKept() {
        run(
                context -> {
                    leadership(context).leaderUrl = "https://node-b:8443/";
                    assertThat(mvc(context).post().uri(URI.create("/orders?from=a%20b&to=%2Fc")))
                            .hasStatus(307)
                            .headers()
                            .hasValue("Location", "https://node-b:8443/orders?from=a%20b&to=%2Fc")
                            .hasValue("Cache-Control", "no-store");
                    assertThat(mvc(context).get().uri("/whole"))
                            .hasStatus(307)
                            .headers()
                            .hasValue("Location", "https://node-b:8443/whole");
                },
                "election.web.on-follower=redirect");
    }

    @Test
    void aPathInTheAppUrlStandsInPlaceOfTheContextPath() {
        run(
                context -> {
                    leadership(context).leaderUrl = "https://gateway.example/node%20b/";
                    assertThat(mvc(context).get().uri(URI.create("/whole?x=1")))
                            .hasStatus(307)
                            .headers()
                            .hasValue("Location", "https://gateway.example/node%20b/whole?x=1");
                    MockMvcTester behindAPath = MockMvcTester.from(
                            context,
                            builder -> builder.defaultRequest(
                                            org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get(
                                                            "/shop/whole")
                                                    .contextPath("/shop"))
                                    .build());
                    assertThat(behindAPath.get().uri("/shop/whole"))
                            .hasStatus(307)
                            .headers()
                            .hasValue("Location", "https://gateway.example/node%20b/whole");
                    leadership(context).leaderUrl = "https://node-b:8443";
                    assertThat(behindAPath.get().uri("/shop/whole"))
                            .as("without a path in it, the client's own is kept as it is")
                            .hasStatus(307)
                            .headers()
                            .hasValue("Location", "https://node-b:8443/shop/whole");
                },
                "election.web.on-follower=redirect");
    }

    @Test
    void withoutALeaderOrItsUrlTheClientIsRefused() {
        run(
                context -> {
                    assertThat(mvc(context).get().uri("/whole")).as("no url").hasStatus(503);
                    leadership(context).leaderId = null;
                    assertThat(mvc(context).get().uri("/whole"))
                            .hasStatus(503)
                            .satisfies(answer -> assertThat(answer).headers().containsHeader("Retry-After"))
                            .bodyText()
                            .as("members of the document are there also where nothing is known")
                            .contains("\"leaderId\":null,\"leaderUrl\":null");
                },
                "election.web.on-follower=redirect");
    }

    @Test
    void neverSendsAClientToWhereItCameTo() {
        run(
                context -> {
                    leadership(context).leaderUrl = "http://shop.example";
                    assertThat(mvc(context).get().uri("http://shop.example/whole"))
                            .as("an ingress that leads to any member")
                            .hasStatus(503);
                    assertThat(mvc(context).get().uri("/whole").header("X-Forwarded-Host", "cdn.example, Shop.Example"))
                            .hasStatus(503);
                    assertThat(mvc(context)
                                    .get()
                                    .uri("/whole")
                                    .header("Forwarded", "for=1.2.3.4;host=\"shop.example:80\";proto=http"))
                            .hasStatus(503);
                    leadership(context).leaderUrl = "http://shop.example:9000";
                    assertThat(mvc(context).get().uri("/whole").header("X-Forwarded-Host", "shop.example"))
                            .as("a proxy that does not pass the port on")
                            .hasStatus(503);
                    assertThat(mvc(context).get().uri("http://shop.example:8080/whole"))
                            .as("another port is another place")
                            .hasStatus(307);
                },
                "election.web.on-follower=redirect");
    }

    @Test
    void aPreflightRequestIsAnsweredByEveryMember() {
        run(context -> assertThat(mvc(context)
                        .options()
                        .uri("/orders")
                        .header("Origin", "https://shop.example")
                        .header("Access-Control-Request-Method", "POST"))
                .hasStatusOk()
                .headers()
                .hasValue("Access-Control-Allow-Origin", "https://shop.example"));
    }

    // ------------------------------------------------------------------------------------------------ asynchronous

    @Test
    void anAsynchronousRequestIsInFlightUntilItIsDone() {
        run(context -> {
            SwitchedLeadership leadership = leadership(context);
            leadership.gain();
            MockMvcTester mvc = mvc(context);
            var pending = mvc.get().uri("/later").asyncExchange();
            assertThat(leadership.inFlight).hasValue(1);
            context.getBean(Orders.class).result().complete("done");
            assertThat(mvc.perform(org.springframework.test.web.servlet.request.MockMvcRequestBuilders.asyncDispatch(
                            pending.getMvcResult())))
                    .hasStatusOk()
                    .hasBodyTextEqualTo("done");
            assertThat(leadership.inFlight).hasValue(0);

            var deferred = mvc.get().uri("/deferred").asyncExchange();
            assertThat(leadership.inFlight).hasValue(1);
            leadership.lose();
            context.getBean(Orders.class).deferredResult().setResult("done");
            assertThat(mvc.perform(org.springframework.test.web.servlet.request.MockMvcRequestBuilders.asyncDispatch(
                            deferred.getMvcResult())))
                    .as("let in once, and not asked again when its result is there")
                    .hasStatusOk();
            assertThat(leadership.inFlight).hasValue(0);
        });
    }
}
