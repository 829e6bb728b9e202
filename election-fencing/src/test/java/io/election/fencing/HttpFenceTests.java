package io.election.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.election.FencingToken;
import io.election.NotLeaderException;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.http.ResponseEntity;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;
import tools.jackson.databind.json.JsonMapper;

/** Leaders that call a guarded service, over real HTTP; the service remembers tokens in PostgreSQL. */
class HttpFenceTests {

    private static ConfigurableApplicationContext service;
    private static String url;

    @BeforeAll
    static void start() {
        service = new SpringApplicationBuilder(Service.class)
                .run(
                        "--server.port=0",
                        "--server.address=127.0.0.1",
                        "--spring.main.banner-mode=off",
                        "--election.fencing.jdbc.initialize-schema=always",
                        "--election.fencing.http.memory=jdbc",
                        "--election.fencing.http.guards[0].path=/accounts/{id}/**",
                        "--election.fencing.http.guards[0].resource=account-{id}",
                        "--election.fencing.http.guards[1].path=/optional",
                        "--election.fencing.http.guards[1].resource=optional",
                        "--election.fencing.http.guards[1].token-required=false",
                        "--election.fencing.http.guards[2].path=/reports",
                        "--election.fencing.http.guards[2].methods=get",
                        "--election.fencing.http.guards[2].resource=reports",
                        "--election.fencing.http.guards[3].path=/fences/{name}",
                        "--election.fencing.http.guards[3].resource={name}");
        url = "http://127.0.0.1:" + service.getEnvironment().getRequiredProperty("local.server.port");
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    private static RestClient caller(long token) {
        return RestClient.builder()
                .baseUrl(url)
                .requestFactory(new JdkClientHttpRequestFactory())
                .requestInterceptor(new FencingTokenInterceptor(() -> new FencingToken(token)))
                .build();
    }

    /** A caller and a filter are a fence together. */
    @Nested
    class AsAFence extends FenceContract {

        private final Fence memory = service.getBean(JdbcFence.class).inOwnTransaction();

        @Override
        void guard(String resource, FencingToken token) {
            // Through HTTP what a path can carry; the rest is the memory's affair.
            if (resource.matches("[A-Za-z0-9-]{1,255}")) {
                caller(token.value())
                        .post()
                        .uri("/fences/" + resource)
                        .retrieve()
                        .toBodilessEntity();
            } else {
                memory.guard(resource, token);
            }
        }

        @Override
        int rounds() {
            return 2;
        }
    }

    // -------------------------------------------------------------------------------------------------------- refusals

    private static HttpResponse<String> send(String method, String path, String... headers) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url + path)).method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> problem(HttpResponse<String> response) {
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        return new JsonMapper().readValue(response.body(), Map.class);
    }

    @Test
    void answersAStaleTokenWithAProblemDocument() throws Exception {
        String id = UUID.randomUUID().toString();
        assertThat(send("POST", "/accounts/" + id, "Fencing-Token", "10").statusCode())
                .isEqualTo(200);
        HttpResponse<String> refusal = send("POST", "/accounts/" + id + "/lines", "Fencing-Token", "9");
        assertThat(refusal.statusCode()).isEqualTo(412);
        assertThat(problem(refusal))
                .isEqualTo(Map.of(
                        "type",
                        "urn:election:stale-fencing-token",
                        "title",
                        "Stale fencing token",
                        "status",
                        412,
                        "detail",
                        "The fencing token 9 is stale: 'account-" + id + "' has seen 10, of a leader elected later.",
                        "resource",
                        "account-" + id,
                        "presented",
                        9,
                        "current",
                        10));
        assertThat(refusal.headers().firstValue("Fencing-Token")).contains("10");
        assertThat(refusal.headers().firstValue("Fencing-Resource")).contains("account-" + id);
    }

    @Test
    void answersAMissingTokenWhereItIsRequired() throws Exception {
        HttpResponse<String> refusal = send("POST", "/accounts/1");
        assertThat(refusal.statusCode()).isEqualTo(428);
        assertThat(problem(refusal).get("type")).isEqualTo("urn:election:missing-fencing-token");
        assertThat(send("POST", "/optional").statusCode()).isEqualTo(200);
    }

    @Test
    void refusesAStaleTokenAlsoWhereNoneIsRequired() throws Exception {
        assertThat(send("POST", "/optional", "Fencing-Token", "10").statusCode())
                .isEqualTo(200);
        assertThat(send("POST", "/optional", "Fencing-Token", "9").statusCode()).isEqualTo(412);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"x", "-1", "0", "007", "+5", "1.0", "9223372036854775808", "99999999999999999999", "1 2", ""})
    void answersWhatIsNoTokenWithABadRequest(String token) throws Exception {
        HttpResponse<String> refusal = send("POST", "/optional", "Fencing-Token", token);
        assertThat(refusal.statusCode()).isEqualTo(400);
        assertThat(problem(refusal).get("type")).isEqualTo("urn:election:bad-fencing-token");
    }

    @Test
    void answersTwoTokensWithABadRequest() throws Exception {
        assertThat(send("POST", "/accounts/1", "Fencing-Token", "1", "Fencing-Token", "2")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void answersAPathThatMakesNoResourceWithABadRequest() throws Exception {
        HttpResponse<String> refusal = send("POST", "/accounts/a%20b", "Fencing-Token", "1");
        assertThat(refusal.statusCode()).isEqualTo(400);
        assertThat(problem(refusal).get("type")).isEqualTo("urn:election:bad-resource");
    }

    @ParameterizedTest
    @CsvSource({"GET, /accounts/1, 200", "POST, /elsewhere, 200", "GET, /reports, 428", "POST, /reports, 405"})
    void guardsTheMethodsAndPathsOfItsRulesOnly(String method, String path, int status) throws Exception {
        assertThat(send(method, path).statusCode()).isEqualTo(status);
    }

    // ----------------------------------------------------------------------------------------------------------
    // callers

    @Test
    void theCallerIsToldAsByAnyOtherFence() {
        String id = UUID.randomUUID().toString();
        caller(10).post().uri("/accounts/" + id).retrieve().toBodilessEntity();
        assertThatExceptionOfType(StaleFencingTokenException.class)
                .isThrownBy(
                        () -> caller(9).post().uri("/accounts/" + id).retrieve().toBodilessEntity())
                .satisfies(stale -> {
                    assertThat(stale.getResource()).isEqualTo("account-" + id);
                    assertThat(stale.getPresented()).isEqualTo(new FencingToken(9));
                    assertThat(stale.getCurrent()).isEqualTo(new FencingToken(10));
                });
    }

    @Test
    void aReactiveCallerIsToldTheSame() {
        String id = UUID.randomUUID().toString();
        WebClient client = WebClient.builder()
                .baseUrl(url)
                .filter(new FencingTokenExchangeFilter(() -> new FencingToken(9)))
                .build();
        client.post().uri("/accounts/" + id).retrieve().toBodilessEntity().block();
        caller(10).post().uri("/accounts/" + id).retrieve().toBodilessEntity();
        assertThatExceptionOfType(StaleFencingTokenException.class)
                .isThrownBy(() -> client.post()
                        .uri("/accounts/" + id)
                        .retrieve()
                        .toBodilessEntity()
                        .block())
                .withMessageContaining("has seen 10");
        client.post()
                .uri("/accounts/" + id)
                .header(FencingTokenInterceptor.HEADER, "11")
                .retrieve()
                .toBodilessEntity()
                .block();
    }

    @Test
    void aTokenThatTheRequestHasAlreadyIsKept() {
        String id = UUID.randomUUID().toString();
        caller(10)
                .post()
                .uri("/accounts/" + id)
                .header(FencingTokenInterceptor.HEADER, "7")
                .retrieve()
                .toBodilessEntity();
        caller(8).post().uri("/accounts/" + id).retrieve().toBodilessEntity();
    }

    @Test
    void whoDoesNotLeadSendsNothing() {
        RestClient follower = RestClient.builder()
                .baseUrl(url)
                .requestInterceptor(new FencingTokenInterceptor(() -> {
                    throw new NotLeaderException("node-2", "node-1");
                }))
                .build();
        assertThatExceptionOfType(NotLeaderException.class)
                .isThrownBy(() -> follower.post().uri("/accounts/1").retrieve().toBodilessEntity());
    }

    @Test
    void anotherPreconditionThatFailedIsLeftAlone() {
        assertThatExceptionOfType(HttpClientErrorException.class)
                .isThrownBy(() -> caller(9).post().uri("/etag").retrieve().toBodilessEntity())
                .satisfies(ex -> assertThat(ex.getStatusCode().value()).isEqualTo(412));
    }

    // -------------------------------------------------------------------------------------------------------- in
    // flight

    /** A request that passed the filter and was then paused is stopped by the guard in its own transaction. */
    @Test
    void aRequestThatWasPausedBehindTheFilterCannotWrite() throws Exception {
        Service.Held held = service.getBean(Service.Held.class);
        String id = UUID.randomUUID().toString();
        CompletableFuture<HttpResponse<String>> paused = CompletableFuture.supplyAsync(() -> {
            try {
                return send("POST", "/accounts/" + id + "/held", "Fencing-Token", "9");
            } catch (Exception ex) {
                throw new IllegalStateException(ex);
            }
        });
        assertThat(held.inside.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(send("POST", "/accounts/" + id + "/written", "Fencing-Token", "10")
                        .statusCode())
                .isEqualTo(200);
        held.goOn.countDown();
        HttpResponse<String> late = paused.get(60, TimeUnit.SECONDS);
        assertThat(late.statusCode()).isEqualTo(412);
        assertThat(problem(late)).containsEntry("presented", 9).containsEntry("current", 10);
        assertThat(service.getBean(JdbcTemplate.class)
                        .queryForList("SELECT token FROM written WHERE id = ?", Long.class, id))
                .isEqualTo(List.of(10L));
    }

    @EnableAutoConfiguration
    @RestController
    static class Service {

        record Held(CountDownLatch inside, CountDownLatch goOn) {}

        private final TransactionTemplate transaction;
        private final JdbcTemplate jdbc;
        private final JdbcFence fence;
        private final Held held;

        Service(PlatformTransactionManager manager, JdbcTemplate jdbc, JdbcFence fence, Held held) {
            this.held = held;
            this.transaction = new TransactionTemplate(manager);
            this.jdbc = jdbc;
            this.fence = fence;
            jdbc.execute("CREATE TABLE IF NOT EXISTS written (id VARCHAR(255), token BIGINT)");
        }

        /** Other tests go on using it when this service ends. */
        @Bean(destroyMethod = "")
        static DataSource dataSource() {
            return Databases.postgres();
        }

        @Bean
        static Held held() {
            return new Held(new CountDownLatch(1), new CountDownLatch(1));
        }

        @PostMapping({"/fences/{name}", "/accounts/{id}", "/accounts/{id}/lines", "/optional", "/elsewhere"})
        void post() {}

        @GetMapping({"/accounts/{id}", "/reports"})
        Set<String> get() {
            return Set.of();
        }

        @PostMapping("/etag")
        ResponseEntity<Void> etag() {
            return ResponseEntity.status(412).build();
        }

        @PostMapping("/accounts/{id}/written")
        void written(@PathVariable String id, HttpServletRequest request) {
            FencingToken token = FencingTokenFilter.token(request);
            transaction.executeWithoutResult(status -> {
                fence.guard("account-" + id, token);
                jdbc.update("INSERT INTO written VALUES (?, ?)", id, token.value());
            });
        }

        @PostMapping("/accounts/{id}/held")
        void held(@PathVariable String id, HttpServletRequest request) throws InterruptedException {
            held.inside.countDown();
            held.goOn.await();
            written(id, request);
        }
    }
}
