package io.election.documented;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.election.FencingToken;
import io.election.LeaderOnly;
import io.election.LeaderWork;
import io.election.Leadership;
import io.election.fencing.FencingTokenExchangeFilter;
import io.election.fencing.FencingTokenInterceptor;
import io.election.fencing.JdbcFence;
import io.election.fencing.StaleFencingTokenException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Work that was begun under one token and writes when the same member has led and written under the next: the fence refuses it.
 * The member stands alone, so its earlier work is told that nobody else has led, and gets its own token.
 */
class FencedWorkTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static ConfigurableApplicationContext application;
    private static Leadership leadership;
    private static JdbcFence fence;
    private static Jobs jobs;

    private final String account = UUID.randomUUID().toString();

    @BeforeAll
    static void start() {
        application = new SpringApplicationBuilder(Application.class)
                .run(
                        "--spring.application.name=earlier-term",
                        "--spring.main.banner-mode=off",
                        "--server.port=0",
                        "--server.address=127.0.0.1",
                        "--spring.datasource.url=jdbc:h2:mem:earlier-term;LOCK_TIMEOUT=60000",
                        "--election.election-timeout=200ms",
                        "--election.lease-duration=150ms",
                        "--election.heartbeat-interval=50ms",
                        "--election.handover.timeout=1s",
                        "--election.fencing.jdbc.initialize-schema=always",
                        "--election.fencing.http.memory=jdbc",
                        "--election.fencing.http.guards[0].path=/accounts/{id}",
                        "--election.fencing.http.guards[0].resource=account-{id}");
        leadership = application.getBean(Leadership.class);
        fence = application.getBean(JdbcFence.class);
        jobs = application.getBean(Jobs.class);
        await().atMost(PATIENCE).until(leadership::isLeader);
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    private static void loseAndWinAgain() {
        long term = leadership.term();
        leadership.stepDown();
        await().atMost(PATIENCE).until(() -> leadership.isLeader() && leadership.term() > term);
    }

    /** Another run of the job, under the next token. */
    private static void onAnotherThread(Runnable next) {
        AtomicReference<Throwable> failed = new AtomicReference<>();
        Thread thread = new Thread(next);
        thread.setUncaughtExceptionHandler((dead, failure) -> failed.set(failure));
        thread.start();
        try {
            thread.join(PATIENCE.toMillis());
        } catch (InterruptedException ex) {
            throw new IllegalStateException(ex);
        }
        assertThat(thread.isAlive()).isFalse();
        assertThat(failed.get()).isNull();
    }

    private static long stored(String resource) {
        return application
                .getBean(JdbcTemplate.class)
                .queryForObject("SELECT token FROM election_fence WHERE resource = ?", Long.class, resource);
    }

    private static String url() {
        return "http://127.0.0.1:" + application.getEnvironment().getRequiredProperty("local.server.port");
    }

    private static void guard(String resource) {
        new TransactionTemplate(application.getBean(PlatformTransactionManager.class))
                .executeWithoutResult(status -> fence.guard(resource, leadership.fencingToken()));
    }

    // ------------------------------------------------------------------------------------------------ the database

    @Test
    void doesNotPassTheFenceThatTheNextTermHasPassed() {
        String resource = "ledger-" + account;
        AtomicReference<FencingToken> first = new AtomicReference<>();
        AtomicReference<FencingToken> second = new AtomicReference<>();
        assertThatExceptionOfType(StaleFencingTokenException.class)
                .isThrownBy(() -> jobs.run(() -> {
                    first.set(leadership.fencingToken());
                    guard(resource);
                    loseAndWinAgain();
                    onAnotherThread(() -> jobs.run(() -> {
                        second.set(leadership.fencingToken());
                        guard(resource);
                    }));
                    guard(resource);
                }))
                .satisfies(stale -> assertThat(stale.getPresented()).isEqualTo(first.get()))
                .satisfies(stale -> assertThat(stale.getCurrent()).isEqualTo(second.get()));
        assertThat(second.get()).isGreaterThan(first.get());
        assertThat(stored(resource)).isEqualTo(second.get().value());
    }

    // ------------------------------------------------------------------------------------------------ between services

    @Test
    void aBlockingClientSendsTheTokenOfTheWorkThatCallsIt() {
        RestClient client = RestClient.builder()
                .baseUrl(url())
                .requestInterceptor(application.getBean(FencingTokenInterceptor.class))
                .build();
        Runnable call =
                () -> client.post().uri("/accounts/" + account).retrieve().toBodilessEntity();
        assertThatExceptionOfType(StaleFencingTokenException.class)
                .isThrownBy(() -> jobs.run(() -> {
                    call.run();
                    loseAndWinAgain();
                    onAnotherThread(() -> jobs.run(call));
                    call.run();
                }));
        assertThat(stored("account-" + account))
                .isEqualTo(leadership.fencingToken().value());
    }

    /** Sends nothing: what would be sent is recorded, and between the first try and the next the member leads anew. */
    private static WebClient.Builder losingClient(List<String> sent) {
        return WebClient.builder()
                .exchangeFunction(request -> Mono.fromCallable(() -> {
                    sent.add(String.valueOf(request.headers().getFirst(FencingTokenInterceptor.HEADER)));
                    if (sent.size() == 1) {
                        loseAndWinAgain();
                        return ClientResponse.create(HttpStatus.SERVICE_UNAVAILABLE)
                                .build();
                    }
                    return ClientResponse.create(HttpStatus.OK).build();
                }));
    }

    private static final Retry RETRY = Retry.fixedDelay(3, Duration.ofMillis(10));

    @Test
    void aReactiveClientTriesAgainWithTheTokenOfTheWorkThatMadeTheRequest() {
        List<String> sent = new CopyOnWriteArrayList<>();
        FencingTokenExchangeFilter filter = application.getBean(FencingTokenExchangeFilter.class);
        WebClient client = losingClient(sent).apply(filter::addTo).build();
        String first = leadership.fencingToken().toString();
        jobs.run(() -> client.post()
                .uri("/")
                .retrieve()
                .toBodilessEntity()
                .retryWhen(RETRY)
                .block());
        assertThat(sent).containsExactly(first, first);
        client.post().uri("/").retrieve().toBodilessEntity().block();
        assertThat(sent.get(2))
                .as("outside work")
                .isEqualTo(leadership.fencingToken().toString());
    }

    @Test
    void aReactiveChainCarriesTheWorkInItsContext() {
        List<String> sent = new CopyOnWriteArrayList<>();
        FencingTokenExchangeFilter filter = application.getBean(FencingTokenExchangeFilter.class);
        WebClient client = losingClient(sent).filter(filter).build();
        String first = leadership.fencingToken().toString();
        LeaderWork work = leadership.beginWork();
        Mono.delay(Duration.ofMillis(1))
                .flatMap(tick -> client.post().uri("/").retrieve().toBodilessEntity())
                .retryWhen(RETRY)
                .contextWrite(context -> context.put(LeaderWork.class, work))
                .block();
        work.end();
        assertThat(sent).containsExactly(first, first);
    }

    static class Jobs {

        @LeaderOnly
        void run(Runnable job) {
            job.run();
        }
    }

    @RestController
    static class Accounts {

        @PostMapping("/accounts/{account}")
        void post() {}
    }

    @EnableAutoConfiguration(
            excludeName = "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration")
    @Import({Jobs.class, Accounts.class})
    static class Application {}
}
