package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import io.election.LeaderElectedEvent;
import io.election.Leadership;
import io.election.node.ElectionNode;
import io.election.node.NodeStatus;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.event.ApplicationStartedEvent;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;

/** An application that does not become ready: what its member does, and who is told. */
@ExtendWith(OutputCaptureExtension.class)
class ReadinessTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private final CountDownLatch mayReturn = new CountDownLatch(1);
    private final List<Running> started = new ArrayList<>();

    /** An application whose start does not return; its context as soon as there is one. */
    private static final class Running {
        volatile @Nullable ConfigurableApplicationContext context;
        final CompletableFuture<ConfigurableApplicationContext> ready = new CompletableFuture<>();

        ConfigurableApplicationContext context() {
            await().atMost(PATIENCE).until(() -> {
                ConfigurableApplicationContext made = context;
                return made != null && made.isActive();
            });
            return java.util.Objects.requireNonNull(context);
        }
    }

    @AfterEach
    void endAll() {
        mayReturn.countDown();
        started.forEach(running -> running.ready.join().close());
    }

    private Running start(Class<?> application, WebApplicationType type, String... properties) {
        Running running = new Running();
        ApplicationContextInitializer<ConfigurableApplicationContext> keep = context -> {
            context.getBeanFactory().registerSingleton("mayReturn", mayReturn);
            running.context = context;
        };
        List<String> arguments =
                new ArrayList<>(List.of("--spring.main.banner-mode=off", "--spring.jmx.enabled=false"));
        arguments.addAll(List.of(properties));
        Thread thread = new Thread(
                () -> {
                    try {
                        running.ready.complete(new SpringApplicationBuilder(application)
                                .web(type)
                                .initializers(keep)
                                .registerShutdownHook(false)
                                .run(arguments.toArray(String[]::new)));
                    } catch (RuntimeException | Error failure) {
                        running.ready.completeExceptionally(failure);
                    }
                },
                "starter-of-the-application");
        thread.setDaemon(true);
        thread.start();
        started.add(running);
        return running;
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class HeldByARunner {

        final List<LeaderElectedEvent> elected = new CopyOnWriteArrayList<>();

        @EventListener
        void on(LeaderElectedEvent event) {
            elected.add(event);
        }

        @Bean
        Worker worker(Leadership leadership, CountDownLatch mayReturn) {
            return new Worker(leadership, mayReturn);
        }
    }

    static class HeldServletApplication extends HeldByARunner {

        @Bean
        SecurityFilterChain openToAll(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                    .build();
        }
    }

    /** As people write workers. */
    static class Worker implements ApplicationRunner {

        private final Leadership leadership;
        private final CountDownLatch mayReturn;
        volatile boolean worked;

        Worker(Leadership leadership, CountDownLatch mayReturn) {
            this.leadership = leadership;
            this.mayReturn = mayReturn;
        }

        @Override
        public void run(ApplicationArguments arguments) throws InterruptedException {
            while (mayReturn.getCount() > 0) {
                worked |= leadership.await(Duration.ofMillis(100));
            }
        }
    }

    @Test
    void saysOnceWhatHoldsAnApplicationThatDoesNotBecomeReady(CapturedOutput output) throws Exception {
        Running held = start(
                HeldServletApplication.class,
                WebApplicationType.SERVLET,
                "--server.port=0",
                "--election.cluster=orders",
                "--management.endpoints.web.exposure.include=election,health",
                "--management.endpoint.health.show-details=always");
        await().atMost(PATIENCE).until(() -> output.getOut().contains("does not stand for election"));

        assertThat(output.getOut())
                .contains("Member 'local' of cluster 'orders' votes, but does not stand for election")
                .contains(Worker.class.getName() + ".run(ReadinessTests.java:")
                .contains("(thread 'starter-of-the-application')")
                .contains("election.stand-at=started");
        assertThat(output.getOut().split("does not stand for election", -1)).hasSize(2);
        NodeStatus status = held.context().getBean(ElectionNode.class).status();
        assertThat(status.notReady()).contains(Worker.class.getName());
        // It is written after the line of the log, which another thread writes.
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(held.context()
                                .getBean(ElectionNode.class)
                                .status()
                                .history())
                        .extracting(NodeStatus.HistoryEntry::what)
                        .contains("not-ready"));
        String port = held.context().getEnvironment().getProperty("local.server.port");
        assertThat(get("http://127.0.0.1:" + port + "/actuator/election"))
                .contains("\"notReady\":\"" + Worker.class.getName());
        assertThat(get("http://127.0.0.1:" + port + "/actuator/health"))
                .contains("\"notReady\":\"" + Worker.class.getName());
        Leadership leadership = held.context().getBean(Leadership.class);
        assertThat(leadership.isLeader()).isFalse();

        mayReturn.countDown();
        assertThat(leadership.await(PATIENCE)).isTrue();
        await().atMost(PATIENCE).until(() -> output.getOut().contains("stands for election from now on"));
        assertThat(held.context().getBean(ElectionNode.class).status().notReady())
                .isNull();
    }

    private static String get(String url) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @Test
    void leadsBeforeItsRunnersReturnWhereThatIsSet(CapturedOutput output) {
        Running working = start(HeldByARunner.class, WebApplicationType.NONE, "--election.stand-at=started");
        // Asked for by name until it is there: to get it would make it, in the middle of the context's own start.
        ConfigurableApplicationContext context = working.context();
        await().atMost(PATIENCE).until(() -> context.getBeanFactory().containsSingleton("worker"));
        Worker worker = context.getBean(Worker.class);
        await().atMost(PATIENCE).until(() -> worker.worked);
        HeldByARunner application = context.getBean(HeldByARunner.class);
        await().atMost(PATIENCE).until(() -> application.elected.size() == 1);
        assertThat(output.getOut()).doesNotContain("does not stand for election");
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class HeldByAListener {

        private final CountDownLatch mayReturn;

        HeldByAListener(CountDownLatch mayReturn) {
            this.mayReturn = mayReturn;
        }

        @EventListener
        void onStarted(ApplicationStartedEvent event) throws InterruptedException {
            mayReturn.await();
        }
    }

    @Test
    void namesAListenerThatHoldsTheApplication(CapturedOutput output) {
        start(HeldByAListener.class, WebApplicationType.NONE);
        await().atMost(PATIENCE).until(() -> output.getOut().contains("does not stand for election"));
        assertThat(output.getOut()).contains(HeldByAListener.class.getName() + ".onStarted(ReadinessTests.java:");
    }

    @Test
    void saysSoTooWhereNoElectionIsHeld(CapturedOutput output) {
        Running held = start(HeldByARunner.class, WebApplicationType.NONE, "--election.enabled=false");
        await().atMost(PATIENCE).until(() -> output.getOut().contains("does not lead yet"));
        assertThat(output.getOut()).contains(Worker.class.getName() + ".run(ReadinessTests.java:");
        Leadership leadership = held.context().getBean(Leadership.class);
        assertThat(leadership.isLeader()).isFalse();
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Prompt {}

    /** A witness never stands, and would only say that nobody leads. */
    @Test
    void othersSayWhoseApplicationKeepsAnybodyFromLeading(CapturedOutput output) throws Exception {
        int a = FreePorts.next();
        int b = FreePorts.next();
        String[] common = {
            "--election.cluster=orders",
            "--election.peer.secret=a-secret-for-tests-only",
            "--election.storage.directory=" + directory,
            "--election.members[0].id=a",
            "--election.members[0].url=http://127.0.0.1:" + a,
            "--election.members[1].id=b",
            "--election.members[1].url=http://127.0.0.1:" + b,
            "--election.members[1].kind=witness"
        };
        start(
                HeldByARunner.class,
                WebApplicationType.NONE,
                with(common, "--election.node-id=a", "--election.peer.port=" + a));
        // Two applications that set up the JVM's logging at once disturb each other.
        await().atMost(PATIENCE).until(() -> output.getOut().contains("Member 'a' of cluster 'orders' has started"));
        start(Prompt.class, WebApplicationType.NONE, with(common, "--election.node-id=b", "--election.peer.port=" + b));

        await().atMost(PATIENCE)
                .until(() -> output.getOut()
                        .contains("Member 'b' of cluster 'orders' knows no leader, and 'a' does not stand for election,"
                                + " because its application is not ready: " + Worker.class.getName() + ".run"));
    }

    private static String[] with(String[] some, String... more) {
        List<String> all = new ArrayList<>(List.of(some));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    /** It publishes no ApplicationReadyEvent, and has no runners that could hold it. */
    @Test
    void contextThatIsOnlyRefreshedIsReadyThen() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ElectionAutoConfiguration.class))
                .run(context -> assertThat(context.getBean(ElectionNode.class).isReady())
                        .isTrue());
    }

    @Test
    void threadThatHasEndedIsSaidToHaveEnded() throws Exception {
        Thread thread = new Thread(() -> {});
        thread.start();
        thread.join();
        assertThat(Readiness.whatHolds(thread)).contains("has ended");
        assertThat(Readiness.whatHolds(null)).contains("has ended");
    }
}
