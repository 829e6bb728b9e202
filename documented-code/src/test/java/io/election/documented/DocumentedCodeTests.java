package io.election.documented;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.election.EarlierTokens;
import io.election.FencingToken;
import io.election.LeaderElectedEvent;
import io.election.LeaderOnly;
import io.election.LeaderWork;
import io.election.Leadership;
import io.election.StepDownEvent;
import io.election.WorkResult;
import io.election.fencing.FencingTokenExchangeFilter;
import io.election.fencing.FencingTokenFilter;
import io.election.fencing.FencingTokenInterceptor;
import io.election.fencing.JdbcFence;
import io.election.fencing.RedisFence;
import io.election.leaderonly.LeaderBound;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.core.task.TaskDecorator;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;
import redis.embedded.RedisServer;
import redis.embedded.core.PortProvider;

/** The code that the README and the pages on leader-only work and fencing show compiles, and does what they say. */
class DocumentedCodeTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    static Path directory;

    private static ConfigurableApplicationContext application;
    private static Leadership leadership;

    @BeforeAll
    static void start() {
        application = new SpringApplicationBuilder(Application.class)
                .run(
                        "--spring.application.name=documented",
                        "--spring.main.banner-mode=off",
                        "--server.port=0",
                        "--server.address=127.0.0.1",
                        "--election.storage.directory=" + directory,
                        "--election.fencing.jdbc.initialize-schema=always",
                        "--election.fencing.http.memory=jdbc",
                        "--election.fencing.http.guards[0].path=/accounts/{id}/**",
                        "--election.fencing.http.guards[0].resource=account-{id}");
        leadership = application.getBean(Leadership.class);
        await().atMost(PATIENCE).until(leadership::isLeader);
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    // ------------------------------------------------------------------------------------------------ what is shown

    /** Comments and white space aside, paragraph by paragraph. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({"README.md, ### Testing your service", "docs/leader-only.md,", "docs/fencing.md,"})
    void isWhatIsCompiledHere(String page, String until) {
        ShownCode.of(page, until)
                .isCompiledIn(
                        "documented-code/src/test/java/io/election/documented/DocumentedCodeTests.java",
                        "documented-code/src/test/java/io/election/documented/DocumentedMemoryTests.java",
                        // A fence of one's own is held to the contract of all fences.
                        "election-fencing/src/test/java/io/election/fencing/FencedDocumentTests.java",
                        // What needs a broker or Quartz is compiled and run where those are.
                        "broker-tests/src/test/java/io/election/brokers/KafkaListenerTests.java",
                        "broker-tests/src/test/java/io/election/brokers/JmsListenerTests.java",
                        "broker-tests/src/test/java/io/election/brokers/QuartzTests.java");
    }

    // ------------------------------------------------------------------------------------------------ what it does

    static class Ledger {

        final Queue<FencingToken> appended = new ConcurrentLinkedQueue<>();

        void append(FencingToken token, String line) {
            appended.add(token);
        }
    }

    static class ScheduledInvoices {

        private final Leadership leadership;
        private final Ledger ledger;

        ScheduledInvoices(Leadership leadership, Ledger ledger) {
            this.leadership = leadership;
            this.ledger = ledger;
        }

        @Scheduled(fixedRate = 1000)
        @LeaderOnly
        void issueInvoices() {
            ledger.append(leadership.fencingToken(), "...");
        }

        @EventListener
        void elected(LeaderElectedEvent event) {}

        @EventListener
        void steppedDown(StepDownEvent event) {}

        @Scheduled(cron = "0 0 2 * * *")
        @LeaderOnly(catchUp = "2m")
        void nightly() {}
    }

    @Test
    void aScheduledJobAppendsWithTheTokenOfItsTerm() {
        Ledger ledger = application.getBean(Ledger.class);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(ledger.appended).contains(leadership.fencingToken()));
    }

    static class GuardedInvoices {

        private final Leadership leadership;
        private final JdbcFence fence;

        GuardedInvoices(Leadership leadership, JdbcFence fence) {
            this.leadership = leadership;
            this.fence = fence;
        }

        @Transactional
        void issueInvoices() {
            FencingToken token = leadership.fencingToken();
            fence.guard("invoices", token);
        }
    }

    @Test
    void aGuardRaisesTheRow() {
        application.getBean(GuardedInvoices.class).issueInvoices();
        assertThat(stored("invoices")).isEqualTo(leadership.fencingToken().value());
    }

    private static long stored(String resource) {
        return application
                .getBean(JdbcTemplate.class)
                .queryForObject("SELECT token FROM election_fence WHERE resource = ?", Long.class, resource);
    }

    @Test
    void theFenceInRedisWritesWithItsToken() {
        RedisFence fence = application.getBean(RedisFence.class);
        FencingToken token = leadership.fencingToken();
        fence.guard("orders", token);
        fence.set("orders", token, "{orders}:last", "17");
        fence.delete("orders", token, "{orders}:last");
        fence.acquire("orders", token, "node-1", Duration.ofSeconds(5));
        StringRedisTemplate redis = application.getBean(StringRedisTemplate.class);
        assertThat(redis.hasKey("{orders}:last")).isFalse();
        assertThat(redis.opsForValue().get("election:fence:{orders}")).isEqualTo(token.toString());
    }

    RestClient ledger(RestClient.Builder builder, FencingTokenInterceptor fencing) {
        return builder.requestInterceptor(fencing).build();
    }

    @RestController
    static class Accounts {

        private final Accounting accounting;

        Accounts(Accounting accounting) {
            this.accounting = accounting;
        }

        @PostMapping("/accounts/{account}")
        void post(@PathVariable String account, HttpServletRequest request) {
            accounting.book(account, request);
        }
    }

    static class Accounting {

        private final JdbcFence fence;

        Accounting(JdbcFence fence) {
            this.fence = fence;
        }

        @Transactional
        void book(String account, HttpServletRequest request) {
            fence.guard("account-" + account, FencingTokenFilter.token(request));
        }
    }

    @Test
    void aCallOfAnotherServiceCarriesTheToken() {
        RestClient ledger = ledger(
                RestClient.builder()
                        .baseUrl("http://127.0.0.1:"
                                + application.getEnvironment().getRequiredProperty("local.server.port")),
                application.getBean(FencingTokenInterceptor.class));
        ledger.post().uri("/accounts/2").retrieve().toBodilessEntity();
        assertThat(stored("account-2")).isEqualTo(leadership.fencingToken().value());
        FencingToken token = new FencingToken(leadership.fencingToken().value() + 7);
        ledger.post()
                .uri("/accounts/1")
                .header(FencingTokenInterceptor.HEADER, token.toString())
                .retrieve()
                .toBodilessEntity();
        assertThat(stored("account-1")).isEqualTo(token.value());
    }

    static class Orders {

        final Queue<FencingToken> closed = new ConcurrentLinkedQueue<>();

        int closeExpired(FencingToken token) {
            closed.add(token);
            return closed.size();
        }
    }

    @Test
    void workHasTheTokenOfItsTerm() {
        Orders orders = new Orders();
        leadership.runWhileLeading(token -> orders.closeExpired(token));
        int closed = leadership.callWhileLeading(token -> orders.closeExpired(token));
        assertThat(closed).isEqualTo(2);
        assertThat(orders.closed).containsOnly(leadership.fencingToken());
    }

    // ------------------------------------------------------------------------------------ work, and what becomes of it

    static class ExpiredOrders extends Orders {

        final Queue<Integer> reported = new ConcurrentLinkedQueue<>();

        void report(@Nullable Integer count) {
            reported.add(Objects.requireNonNull(count));
        }

        CompletableFuture<String> load() {
            return CompletableFuture.supplyAsync(() -> "...");
        }
    }

    static class Archive {

        final Queue<FencingToken> written = new ConcurrentLinkedQueue<>();

        void write(FencingToken token, String text) {
            written.add(token);
        }
    }

    static class Archiving {

        private final Leadership leadership;
        private final ExpiredOrders orders = new ExpiredOrders();
        private final Archive archive;

        Archiving(Leadership leadership, Archive archive) {
            this.leadership = leadership;
            this.archive = archive;
        }

        @LeaderOnly
        CompletableFuture<Void> archiveOrders() {
            FencingToken token = leadership.fencingToken();
            return orders.load().thenAccept(found -> archive.write(token, found));
        }
    }

    @Test
    void aResultSaysThatTheWorkRan() {
        ExpiredOrders orders = new ExpiredOrders();
        WorkResult<Integer> result = leadership.tryCallWhileLeading(token -> orders.closeExpired(token));
        if (result.wasExecuted()) {
            orders.report(result.value());
        }
        assertThat(orders.reported).containsExactly(1);
    }

    @Test
    void workOnOtherThreadsHasItsToken() {
        Archive archive = application.getBean(Archive.class);
        application
                .getBean(Archiving.class)
                .archiveOrders()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
        Executor executor = application.getBean("applicationTaskExecutor", Executor.class);
        LeaderWork work = leadership.beginWork();
        CompletableFuture.runAsync(work.wrap(() -> archive.write(leadership.fencingToken(), "...")), executor)
                .whenComplete((done, failure) -> work.end());
        await().atMost(PATIENCE).until(() -> archive.written.size() == 2);
        assertThat(archive.written).containsOnly(leadership.fencingToken());
    }

    WebClient reactiveLedger(WebClient.Builder builder, FencingTokenExchangeFilter fencing) {
        return builder.apply(fencing::addTo).build();
    }

    @Test
    void aReactiveCallCarriesTheTokenOfItsWork() {
        WebClient ledger = reactiveLedger(
                WebClient.builder()
                        .baseUrl("http://127.0.0.1:"
                                + application.getEnvironment().getRequiredProperty("local.server.port")),
                application.getBean(FencingTokenExchangeFilter.class));
        LeaderWork work = leadership.beginWork();
        Mono<ResponseEntity<Void>> mono = Mono.delay(Duration.ofMillis(1))
                .flatMap(tick -> ledger.post().uri("/accounts/3").retrieve().toBodilessEntity());
        mono.contextWrite(context -> context.put(LeaderWork.class, work)).block(PATIENCE);
        work.end();
        assertThat(stored("account-3")).isEqualTo(work.fencingToken().value());
    }

    static class Mailer {

        final Queue<String> sent = new ConcurrentLinkedQueue<>();

        void send(String text) {
            sent.add(text);
        }
    }

    static class Reports {

        private final Leadership leadership;
        private final JdbcFence fence;
        private final JdbcTemplate jdbc;
        private final Mailer mailer;

        Reports(Leadership leadership, JdbcFence fence, JdbcTemplate jdbc, Mailer mailer) {
            this.leadership = leadership;
            this.fence = fence;
            this.jdbc = jdbc;
            this.mailer = mailer;
        }

        @Scheduled(cron = "0 */15 * * * *")
        @LeaderOnly
        @Transactional
        void report() {
            fence.guard("report", leadership.fencingToken());
            int due = jdbc.update("UPDATE job_run SET last_run = CURRENT_TIMESTAMP"
                    + " WHERE job = 'report' AND last_run < CURRENT_TIMESTAMP - INTERVAL '10' MINUTE");
            if (due == 1) {
                mailer.send("the report");
            }
        }
    }

    @Test
    void aJobKeepsATimeBetweenItsRuns() {
        JdbcTemplate jdbc = application.getBean(JdbcTemplate.class);
        Queue<String> sent = application.getBean(Mailer.class).sent;
        Reports reports = application.getBean(Reports.class);
        reports.report();
        assertThat(sent).as("there is no row yet, so nothing is due").isEmpty();
        jdbc.update("INSERT INTO job_run VALUES ('report', CURRENT_TIMESTAMP - INTERVAL '11' MINUTE)");
        reports.report();
        reports.report();
        assertThat(sent).hasSize(1);
        jdbc.update("UPDATE job_run SET last_run = CURRENT_TIMESTAMP - INTERVAL '11' MINUTE");
        reports.report();
        assertThat(sent).hasSize(2);
    }

    static class OrderConsumer implements SmartLifecycle {

        private volatile boolean running;

        @Override
        public void start() {
            running = true;
        }

        @Override
        public void stop() {
            running = false;
        }

        @Override
        public boolean isRunning() {
            return running;
        }

        @Override
        public boolean isAutoStartup() {
            return false;
        }
    }

    @Test
    void aComponentRunsOnTheLeader() {
        OrderConsumer consumer = application.getBean(OrderConsumer.class);
        await().atMost(PATIENCE).until(consumer::isRunning);
    }

    @EnableAutoConfiguration
    @EnableScheduling
    @Import({
        Ledger.class,
        ScheduledInvoices.class,
        GuardedInvoices.class,
        Accounts.class,
        Accounting.class,
        Archive.class,
        Archiving.class,
        Mailer.class,
        Reports.class
    })
    static class Application {

        @Bean
        OrderConsumer consumer() {
            return new OrderConsumer();
        }

        @Bean
        LeaderBound onTheLeader(OrderConsumer consumer) {
            return new LeaderBound(consumer);
        }

        @Bean
        TaskDecorator leaderWork() {
            return LeaderWork::carry;
        }

        @Bean
        EarlierTokens earlierTokens(JdbcFence fence) {
            return fence::highestToken;
        }

        @Bean
        DataSource dataSource() {
            HikariDataSource dataSource = new HikariDataSource();
            dataSource.setJdbcUrl("jdbc:h2:mem:documented;LOCK_TIMEOUT=60000");
            new JdbcTemplate(dataSource)
                    .execute("CREATE TABLE job_run (job VARCHAR(255) PRIMARY KEY, last_run TIMESTAMP NOT NULL)");
            return dataSource;
        }

        @Bean(initMethod = "start", destroyMethod = "stop")
        RedisServer redisServer() throws IOException {
            return RedisServer.newRedisServer()
                    .port(PortProvider.newEphemeralPortProvider().get())
                    .bind("127.0.0.1")
                    .setting("save \"\"")
                    .setting("dir " + directory)
                    .build();
        }

        @Bean
        LettuceConnectionFactory redis(RedisServer server) {
            return new LettuceConnectionFactory("127.0.0.1", server.ports().get(0));
        }
    }
}
