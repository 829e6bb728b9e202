package io.election.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FencingToken;
import io.election.LeaderBound;
import io.election.LeaderElectedEvent;
import io.election.LeaderOnly;
import io.election.Leadership;
import io.election.StepDownEvent;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.sql.DataSource;
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
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;

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
    void isWhatIsCompiledHere(String page, String until) throws IOException {
        String text = Files.readString(Path.of("..").resolve(page));
        List<String> shown = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                .matcher(until == null ? text : text.substring(0, text.indexOf(until)))
                .results()
                .flatMap(block -> Stream.of(block.group(1).split("\n\n")))
                .toList();
        assertThat(shown).isNotEmpty();
        String compiled = bare(source("DocumentedCodeTests")) + bare(source("FencedDocumentTests"));
        assertThat(shown).allMatch(code -> compiled.contains(bare(code)));
    }

    private static String source(String test) throws IOException {
        return Files.readString(Path.of("src/test/java/io/election/fencing", test + ".java"));
    }

    private static String bare(String code) {
        return code.replaceAll("(?ms)^\\s*/\\*\\*.*?\\*/", "")
                .replaceAll("(?m)(^|\\s)//.*$", "")
                .replaceAll("\\s", "");
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
    @Import({Ledger.class, ScheduledInvoices.class, GuardedInvoices.class, Accounts.class, Accounting.class})
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
        DataSource dataSource() {
            return Databases.h2();
        }

        /** Connections of its own, for the context stops them. */
        @Bean
        LettuceConnectionFactory redis() {
            return new LettuceConnectionFactory(Redises.single().getStandaloneConfiguration());
        }
    }
}
