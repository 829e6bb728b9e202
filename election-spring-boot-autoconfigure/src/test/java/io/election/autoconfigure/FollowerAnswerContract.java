package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.LeaderOnly;
import io.election.LeadershipLostException;
import io.election.NotLeaderException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.CrossOrigin;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** What a client gets from a real server whose handlers meet what only the leader does. The same on both web stacks. */
@ExtendWith(OutputCaptureExtension.class)
abstract class FollowerAnswerContract {

    private final HttpClient http = HttpClient.newHttpClient();
    private ConfigurableApplicationContext context;

    /** The application's web stack, with the functional endpoints {@code /functional} and {@code /functional/handled}. */
    abstract Class<?> webStack();

    abstract WebApplicationType type();

    /** A handler of all failures that is neither an annotated method nor part of an endpoint. */
    abstract Class<?> ownHandlerOfFailures();

    /** The setting of a path in front of all others. */
    abstract String contextPath();

    void start(List<Class<?>> more, String... settings) {
        List<String> arguments = new ArrayList<>(List.of(
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--spring.jmx.enabled=false",
                "--spring.main.banner-mode=off",
                "--election.enabled=false"));
        for (String setting : settings) {
            arguments.add("--" + setting);
        }
        List<Class<?>> sources = new ArrayList<>(more);
        sources.add(Application.class);
        sources.add(webStack());
        context = new SpringApplicationBuilder(sources.toArray(Class[]::new))
                .web(type())
                .run(arguments.toArray(String[]::new));
    }

    @AfterEach
    void stop() {
        if (context != null) {
            context.close();
        }
    }

    private SwitchedLeadership leadership() {
        return context.getBean(SwitchedLeadership.class);
    }

    private HttpResponse<String> send(String method, String path) throws Exception {
        int port = Integer.parseInt(context.getEnvironment().getRequiredProperty("local.server.port"));
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .header("Origin", "https://shop.example")
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws Exception {
        return send("GET", path);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/annotated", "/functional", "/later", "/carried", "/marked"})
    void aFollowerRefusesWithTheLeadersName(String path) throws Exception {
        start(List.of());
        leadership().leaderUrl = "http://node-b:8080";

        HttpResponse<String> answer = get(path + "?x=1");

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().allValues("Retry-After")).containsExactly("1");
        assertThat(answer.headers().allValues("Cache-Control")).containsExactly("no-store");
        assertThat(answer.headers().allValues("Content-Type")).containsExactly("application/problem+json");
        assertThat(answer.body())
                .isEqualTo("{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,"
                        + "\"detail\":\"Member 'a' does not lead now; the leader is 'b'.\",\"instance\":\"" + path
                        + "\",\"leaderId\":\"b\",\"leaderUrl\":\"http://node-b:8080\"}");
        assertThat(answer.headers().firstValue("X-Content-Type-Options"))
                .as("headers of security")
                .hasValue("nosniff");
        if (!path.equals("/functional")) {
            assertThat(answer.headers().firstValue("Access-Control-Allow-Origin"))
                    .as("headers of CORS")
                    .hasValue("https://shop.example");
        }
    }

    @Test
    void theLeaderServes() throws Exception {
        start(List.of());
        leadership().gain();
        assertThat(get("/annotated").body()).isEqualTo("closed");
        assertThat(get("/functional").body()).isEqualTo("closed");
    }

    @Test
    void aLeadershipLostMeanwhileIsUnavailableToo() throws Exception {
        start(List.of(), "election.web.on-follower=redirect");
        leadership().leaderUrl = "http://node-b:8080";
        leadership().gain();

        HttpResponse<String> answer = get("/loses");

        assertThat(answer.statusCode()).as("not sent on: it was done here").isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
        assertThat(answer.body()).contains(new LeadershipLostException(2).getMessage(), "\"leaderId\":\"b\"");
    }

    @Test
    void otherFailuresHaveTheErrorPageThatTheyHadBefore() throws Exception {
        start(List.of());
        HttpResponse<String> answer = get("/broken");
        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).contains("\"path\":\"/broken\"");
        assertThat(get("/nowhere").statusCode()).isEqualTo(404);
        assertThat(get("/wrapped").statusCode())
                .as("an application's own exception means what the application says")
                .isEqualTo(500);
    }

    // ------------------------------------------------------------------------------------------------ the application

    @Test
    void exceptionHandlersOfTheControllerAndTheEndpointWin() throws Exception {
        start(List.of());
        assertThat(get("/handled").body()).isEqualTo("handled by the controller");
        assertThat(get("/functional/handled").body()).isEqualTo("handled by the endpoint");
    }

    @Test
    void controllerAdviceWins() throws Exception {
        start(List.of(Advice.class));
        assertThat(get("/annotated").body()).isEqualTo("handled by the advice");
    }

    @Test
    void anotherHandlerOfFailuresWins() throws Exception {
        start(List.of(ownHandlerOfFailures()));
        assertThat(get("/annotated").body()).isEqualTo("handled by the application");
        assertThat(get("/functional").body()).isEqualTo("handled by the application");
    }

    // ------------------------------------------------------------------------------------------------ redirected

    @Test
    void aSafeRequestIsSentToTheLeaderAndAnotherIsRefusedWithOneSentence(CapturedOutput output) throws Exception {
        start(List.of(), "election.web.on-follower=redirect");
        leadership().leaderUrl = "https://node-b:8443";
        for (String path : List.of("/annotated", "/functional", "/marked")) {
            HttpResponse<String> answer = get(path + "?from=a%20b&to=%2Fc");
            assertThat(answer.statusCode()).isEqualTo(307);
            assertThat(answer.headers().allValues("Location"))
                    .containsExactly("https://node-b:8443" + path + "?from=a%20b&to=%2Fc");
            assertThat(answer.headers().allValues("Cache-Control")).containsExactly("no-store");
            assertThat(answer.body()).isEmpty();
        }
        assertThat(output).doesNotContain("was answered with 503");
        for (String path : List.of("/annotated", "/functional", "/annotated")) {
            HttpResponse<String> answer = send("POST", path);
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).contains("\"leaderUrl\":\"https://node-b:8443\"");
        }
        assertThat(output.getAll().split("was answered with 503", -1))
                .as("said once")
                .hasSize(2);
        assertThat(output).contains("POST /annotated was answered with 503: its handler had begun");
    }

    @Test
    void aPathInTheAppUrlStandsInPlaceOfTheContextPath() throws Exception {
        start(List.of(), "election.web.on-follower=redirect", contextPath() + "=/shop");
        leadership().leaderUrl = "https://gateway.example/node-b/";
        assertThat(get("/shop/annotated?x=1").headers().firstValue("Location"))
                .hasValue("https://gateway.example/node-b/annotated?x=1");
        leadership().leaderUrl = "https://node-b:8443";
        assertThat(get("/shop/annotated?x=1").headers().firstValue("Location"))
                .hasValue("https://node-b:8443/shop/annotated?x=1");
    }

    @Test
    void neverSendsAClientToWhereItCameTo() throws Exception {
        start(List.of(), "election.web.on-follower=redirect");
        leadership().leaderUrl = "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port");
        assertThat(get("/annotated").statusCode()).isEqualTo(503);
    }

    // ------------------------------------------------------------------------------------------------ the application

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
        Controller controller(Orders orders) {
            return new Controller(orders);
        }

        @Bean
        CarefulController carefulController(Orders orders) {
            return new CarefulController(orders);
        }
    }

    static class Orders {

        private final SwitchedLeadership leadership;

        Orders(SwitchedLeadership leadership) {
            this.leadership = leadership;
        }

        @LeaderOnly
        String close() {
            return "closed";
        }

        @LeaderOnly
        String lose() {
            leadership.lose();
            return "closed";
        }
    }

    static class OrderFailedException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        OrderFailedException(Throwable cause) {
            super(cause);
        }
    }

    @RestController
    @CrossOrigin("https://shop.example")
    static class Controller {

        private final Orders orders;

        Controller(Orders orders) {
            this.orders = orders;
        }

        @GetMapping("/annotated")
        String annotated() {
            return orders.close();
        }

        @PostMapping("/annotated")
        String post() {
            return orders.close();
        }

        @GetMapping("/loses")
        String loses() {
            return orders.lose();
        }

        @GetMapping("/later")
        CompletableFuture<String> later() {
            return CompletableFuture.supplyAsync(orders::close);
        }

        @GetMapping("/carried")
        String carried() {
            return CompletableFuture.supplyAsync(orders::close).join();
        }

        @LeaderOnly
        @GetMapping("/marked")
        public String marked() {
            return "closed";
        }

        @GetMapping("/broken")
        String broken() {
            throw new IllegalStateException("broken");
        }

        @GetMapping("/wrapped")
        String wrapped() {
            try {
                return orders.close();
            } catch (NotLeaderException notLeader) {
                throw new OrderFailedException(notLeader);
            }
        }
    }

    @RestController
    static class CarefulController {

        private final Orders orders;

        CarefulController(Orders orders) {
            this.orders = orders;
        }

        @GetMapping("/handled")
        String handled() {
            return orders.close();
        }

        @ExceptionHandler(NotLeaderException.class)
        ResponseEntity<String> notLeader() {
            return ResponseEntity.status(HttpStatus.CONFLICT).body("handled by the controller");
        }
    }

    @RestControllerAdvice
    static class Advice {

        @ExceptionHandler(NotLeaderException.class)
        ResponseEntity<String> notLeader() {
            return ResponseEntity.status(HttpStatus.CONFLICT).body("handled by the advice");
        }
    }
}
