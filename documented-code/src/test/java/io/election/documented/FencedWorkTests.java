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
 * Work that writes under its token when the resource has seen a later one: the fence refuses it. And a request that is tried again
 * while its work is being finished after the end of the leadership: it is sent with the token of that work.
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
        application = started();
        leadership = application.getBean(Leadership.class);
        fence = application.getBean(JdbcFence.class);
        jobs = application.getBean(Jobs.class);
        await().atMost(PATIENCE).until(leadership::isLeader);
    }

    /** A member that stands alone. What it began goes on for 20 s after it has stepped down. */
    private static ConfigurableApplicationContext started() {
        return new SpringApplicationBuilder(Application.class)
                .run(
                        "--spring.application.name=earlier-term",
                        "--server.port=0",
                        "--server.address=127.0.0.1",
                        "--spring.datasource.url=jdbc:h2:mem:" + UUID.randomUUID() + ";LOCK_TIMEOUT=60000",
                        "--election.election-timeout=30s",
                        "--election.lease-duration=20s",
                        "--election.heartbeat-interval=5s",
                        "--election.fencing.jdbc.initialize-schema=always",
                        "--election.fencing.http.memory=jdbc",
                        "--election.fencing.http.guards[0].path=/accounts/{id}",
                        "--election.fencing.http.guards[0].resource=account-{id}");
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    /** A later leader has written to a resource. */
    private static FencingToken seesALaterToken(String resource) {
        FencingToken later = new FencingToken(leadership.fencingToken().value() + 1);
        AtomicReference<Throwable> failed = new AtomicReference<>();
        Thread thread = new Thread(() -> new TransactionTemplate(application.getBean(PlatformTransactionManager.class))
                .executeWithoutResult(status -> fence.guard(resource, later)));
        thread.setUncaughtExceptionHandler((dead, failure) -> failed.set(failure));
        thread.start();
        try {
            thread.join(PATIENCE.toMillis());
        } catch (InterruptedException ex) {
            throw new IllegalStateException(ex);
        }
        assertThat(thread.isAlive()).isFalse();
        assertThat(failed.get()).isNull();
        return later;
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
    void doesNotPassTheFenceThatALaterTermHasPassed() {
        String resource = "ledger-" + account;
        AtomicReference<FencingToken> own = new AtomicReference<>();
        AtomicReference<FencingToken> later = new AtomicReference<>();
        assertThatExceptionOfType(StaleFencingTokenException.class)
                .isThrownBy(() -> jobs.run(() -> {
                    own.set(leadership.fencingToken());
                    guard(resource);
                    later.set(seesALaterToken(resource));
                    guard(resource);
                }))
                .satisfies(stale -> assertThat(stale.getPresented()).isEqualTo(own.get()))
                .satisfies(stale -> assertThat(stale.getCurrent()).isEqualTo(later.get()));
        assertThat(stored(resource)).isEqualTo(later.get().value());
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
        AtomicReference<FencingToken> later = new AtomicReference<>();
        assertThatExceptionOfType(StaleFencingTokenException.class)
                .isThrownBy(() -> jobs.run(() -> {
                    call.run();
                    later.set(seesALaterToken("account-" + account));
                    call.run();
                }));
        assertThat(stored("account-" + account)).isEqualTo(later.get().value());
    }

    /** Sends nothing: what would be sent is recorded, and between the first try and the next the member steps down. */
    private static WebClient.Builder losingClient(Leadership led, List<String> sent) {
        return WebClient.builder()
                .exchangeFunction(request -> Mono.fromCallable(() -> {
                    sent.add(String.valueOf(request.headers().getFirst(FencingTokenInterceptor.HEADER)));
                    if (sent.size() == 1) {
                        led.stepDown();
                        await().atMost(PATIENCE).until(() -> !led.isLeader());
                        return ClientResponse.create(HttpStatus.SERVICE_UNAVAILABLE)
                                .build();
                    }
                    return ClientResponse.create(HttpStatus.OK).build();
                }));
    }

    private static final Retry RETRY = Retry.fixedDelay(3, Duration.ofMillis(10));

    @Test
    void aReactiveClientTriesAgainWithTheTokenOfTheWorkThatMadeTheRequest() {
        try (ConfigurableApplicationContext losing = started()) {
            List<String> sent = new CopyOnWriteArrayList<>();
            Leadership led = losing.getBean(Leadership.class);
            await().atMost(PATIENCE).until(led::isLeader);
            FencingTokenExchangeFilter filter = losing.getBean(FencingTokenExchangeFilter.class);
            WebClient client = losingClient(led, sent).apply(filter::addTo).build();
            String token = led.fencingToken().toString();
            losing.getBean(Jobs.class)
                    .run(() -> client.post()
                            .uri("/")
                            .retrieve()
                            .toBodilessEntity()
                            .retryWhen(RETRY)
                            .block());
            assertThat(sent).containsExactly(token, token);
        }
    }

    @Test
    void aReactiveChainCarriesTheWorkInItsContext() {
        try (ConfigurableApplicationContext losing = started()) {
            List<String> sent = new CopyOnWriteArrayList<>();
            Leadership led = losing.getBean(Leadership.class);
            await().atMost(PATIENCE).until(led::isLeader);
            FencingTokenExchangeFilter filter = losing.getBean(FencingTokenExchangeFilter.class);
            WebClient client = losingClient(led, sent).filter(filter).build();
            String token = led.fencingToken().toString();
            LeaderWork work = led.beginWork();
            Mono.delay(Duration.ofMillis(1))
                    .flatMap(tick -> client.post().uri("/").retrieve().toBodilessEntity())
                    .retryWhen(RETRY)
                    .contextWrite(context -> context.put(LeaderWork.class, work))
                    .block();
            work.end();
            assertThat(sent).containsExactly(token, token);
        }
    }

    @Test
    void aReactiveClientOutsideWorkSendsTheTokenOfTheLeadership() {
        List<String> sent = new CopyOnWriteArrayList<>();
        FencingTokenExchangeFilter filter = application.getBean(FencingTokenExchangeFilter.class);
        WebClient client = WebClient.builder()
                .exchangeFunction(request -> Mono.fromCallable(() -> {
                    sent.add(String.valueOf(request.headers().getFirst(FencingTokenInterceptor.HEADER)));
                    return ClientResponse.create(HttpStatus.OK).build();
                }))
                .apply(filter::addTo)
                .build();
        client.post().uri("/").retrieve().toBodilessEntity().block();
        assertThat(sent).containsExactly(leadership.fencingToken().toString());
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
