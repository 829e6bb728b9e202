package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import io.election.LeaderElectedEvent;
import io.election.LeaderOnly;
import io.election.Leadership;
import io.election.NotLeaderException;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import io.election.leaderonly.InvalidLeaderOnlyException;
import io.election.leaderonly.LeaderBound;
import io.election.node.ElectionNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.Lifecycle;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;

/** One process is one member: its contexts share one election, that of the topmost of them which is auto-configured. */
@ExtendWith(OutputCaptureExtension.class)
class ContextHierarchyTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private final List<ConfigurableApplicationContext> opened = new ArrayList<>();
    private String handoverTimeout = "5s";

    @AfterEach
    void closeAll() {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    private AnnotationConfigApplicationContext open(@Nullable ApplicationContext parent, Class<?>... configurations) {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        if (parent != null) {
            context.setParent(parent);
        }
        context.setDisplayName("context-" + opened.size());
        TestPropertyValues.of("election.cluster=orders", "election.handover.timeout=" + handoverTimeout)
                .applyTo(context);
        context.register(configurations);
        opened.add(context);
        context.refresh();
        return context;
    }

    /** What {@code @EnableAutoConfiguration} brings of this starter. */
    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        ElectionAutoConfiguration.class,
        LeaderOnlyAutoConfiguration.class,
        LifecycleAutoConfiguration.class
    })
    static class Configured {}

    @Configuration(proxyBeanMethods = false)
    static class Listening {

        @Bean
        Diary diary() {
            return new Diary();
        }
    }

    static class Diary {

        final List<String> entries = new CopyOnWriteArrayList<>();

        @EventListener
        void on(LeaderElectedEvent event) {
            entries.add("elected " + event.term());
        }

        @EventListener
        void on(StepDownEvent event) {
            entries.add("stepped down " + event.term() + " " + event.reason());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(Listening.class)
    static class Bound {

        @Bean
        Consumer consumer(Diary diary) {
            return new Consumer(diary);
        }

        @Bean
        LeaderBound onTheLeader(Consumer consumer) {
            return new LeaderBound(consumer);
        }
    }

    static class Consumer implements Lifecycle {

        private final Diary diary;
        private volatile boolean running;

        Consumer(Diary diary) {
            this.diary = diary;
        }

        @Override
        public void start() {
            running = true;
            diary.entries.add("consumer started");
        }

        @Override
        public void stop() {
            running = false;
            diary.entries.add("consumer stopped");
        }

        @Override
        public boolean isRunning() {
            return running;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Marked {

        @Bean
        Job job() {
            return new Job();
        }
    }

    static class Job {

        final AtomicInteger runs = new AtomicInteger();

        @LeaderOnly
        void run() {
            runs.incrementAndGet();
        }

        int runs() {
            return runs.get();
        }
    }

    @LeaderOnly
    static class MarkedType {
        void run() {}
    }

    @Configuration(proxyBeanMethods = false)
    static class WithMarkedType {

        @Bean
        MarkedType markedType() {
            return new MarkedType();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Switched {

        @Bean
        SwitchedLeadership leadership(ApplicationEventPublisher events) {
            return new SwitchedLeadership(events);
        }
    }

    private static List<String> entries(ApplicationContext context) {
        return context.getBean(Diary.class).entries;
    }

    private static void awaitLeadership(ApplicationContext context) {
        await().atMost(PATIENCE).until(context.getBean(Leadership.class)::isLeader);
    }

    // ------------------------------------------------------------------------------------------------ refused

    @Test
    void refusesWhatIsForTheLeaderInAParentWithoutTheGuard() {
        for (Class<?> marked : List.of(Marked.class, WithMarkedType.class)) {
            AnnotationConfigApplicationContext parent = open(null, marked);
            assertThatThrownBy(() -> open(parent, Configured.class))
                    .isInstanceOf(InvalidLeaderOnlyException.class)
                    .hasMessageContaining(marked == Marked.class ? "'job'" : "'markedType'")
                    .hasMessageContaining("parent context '" + parent.getDisplayName() + "'")
                    .hasMessageContaining("it would run on every member")
                    .hasMessageContaining("@EnableAutoConfiguration");
        }
    }

    @Test
    void refusesWhatIsForTheLeaderInAChildWithoutTheGuard() {
        AnnotationConfigApplicationContext parent = open(null, Configured.class);
        assertThatThrownBy(() -> open(parent, Marked.class))
                .isInstanceOf(InvalidLeaderOnlyException.class)
                .hasMessageContaining("'job'")
                .hasMessageContaining("child context 'context-1'")
                .hasMessageContaining("@ImportAutoConfiguration of LeaderOnlyAutoConfiguration");
        AnnotationConfigApplicationContext between = open(parent, Listening.class);
        assertThatThrownBy(() -> open(between, Marked.class)).isInstanceOf(InvalidLeaderOnlyException.class);
    }

    @Test
    void refusesAComponentBoundToTheLeadershipWhereNothingWouldStartIt() {
        AnnotationConfigApplicationContext parent = open(null, Bound.class);
        assertThatThrownBy(() -> open(parent, Configured.class))
                .isInstanceOf(InvalidLeaderOnlyException.class)
                .hasMessageContaining("LeaderBound 'onTheLeader' belongs to parent context");
        AnnotationConfigApplicationContext elected = open(null, Configured.class);
        assertThatThrownBy(() -> open(elected, Bound.class))
                .isInstanceOf(InvalidLeaderOnlyException.class)
                .hasMessageContaining("LeaderBound 'onTheLeader' belongs to child context");
    }

    @Test
    void explainsTwoContextsSideBySideThatWouldBeOneMember() throws Exception {
        String[] member = {
            "--election.cluster=orders",
            "--election.standalone=true",
            "--election.storage.directory=" + directory,
            "--spring.main.banner-mode=off"
        };
        ConfigurableApplicationContext parent = new SpringApplicationBuilder(Listening.class)
                .web(WebApplicationType.NONE)
                .run(member);
        opened.add(parent);
        opened.add(new SpringApplicationBuilder(Configured.class)
                .parent(parent)
                .web(WebApplicationType.NONE)
                .run(member));
        assertThatThrownBy(() -> new SpringApplicationBuilder(Configured.class)
                        .parent(parent)
                        .web(WebApplicationType.NONE)
                        .run(member))
                .satisfies(failure -> {
                    FailureAnalysis analysis = Analyses.of(failure);
                    assertThat(analysis).isNotNull();
                    assertThat(analysis.getAction())
                            .contains("another context of this application")
                            .contains("their common parent");
                });
    }

    // ------------------------------------------------------------------------------------------------ one election

    @Test
    void contextsOfOneHierarchyShareTheElectionOfTheTopmost() {
        AnnotationConfigApplicationContext parent = open(null, Configured.class, Bound.class);
        awaitLeadership(parent);
        await().atMost(PATIENCE).until(() -> entries(parent).contains("consumer started"));

        AnnotationConfigApplicationContext child = open(parent, Configured.class, Bound.class);

        assertThat(child.getBeansOfType(ElectionNode.class)).isEmpty();
        assertThat(child.getBean(Leadership.class)).isSameAs(parent.getBean(Leadership.class));
        await().atMost(PATIENCE).until(() -> entries(child).contains("consumer started"));
        long term = parent.getBean(Leadership.class).term();
        assertThat(entries(child)).containsExactly("elected " + term, "consumer started");
        assertThat(entries(parent)).containsExactly("elected " + term, "consumer started");
    }

    @Test
    void childrenHearEachChangeAndStopFirst() {
        AnnotationConfigApplicationContext parent = open(null, Configured.class, Listening.class);
        awaitLeadership(parent);
        long term = parent.getBean(Leadership.class).term();
        AnnotationConfigApplicationContext guarded = open(parent, Configured.class, Bound.class);
        AnnotationConfigApplicationContext plain = open(parent, Listening.class);
        AnnotationConfigApplicationContext below = open(plain, Listening.class);
        await().atMost(PATIENCE).until(() -> entries(below).size() == 1);

        parent.getBean(Leadership.class).stepDown();
        await().atMost(PATIENCE).until(() -> entries(parent).size() >= 3);
        await().atMost(PATIENCE).until(() -> entries(guarded).size() >= 6);
        await().atMost(PATIENCE).until(() -> entries(below).size() >= 3);

        long next = parent.getBean(Leadership.class).term();
        assertThat(entries(guarded))
                .containsExactly(
                        "elected " + term,
                        "consumer started",
                        "consumer stopped",
                        "stepped down " + term + " " + StepDownReason.REQUESTED,
                        "elected " + next,
                        "consumer started");
        for (ApplicationContext context : List.of(parent, plain, below)) {
            assertThat(entries(context))
                    .containsExactly(
                            "elected " + term,
                            "stepped down " + term + " " + StepDownReason.REQUESTED,
                            "elected " + next);
        }
    }

    @Test
    void childThatIsClosedStepsDownAndIsForgotten() {
        AnnotationConfigApplicationContext parent = open(null, Configured.class, Listening.class);
        awaitLeadership(parent);
        long term = parent.getBean(Leadership.class).term();
        AnnotationConfigApplicationContext child = open(parent, Configured.class, Bound.class);
        List<String> entries = entries(child);
        await().atMost(PATIENCE).until(() -> entries.contains("consumer started"));

        child.close();

        assertThat(entries)
                .containsExactly(
                        "elected " + term,
                        "consumer started",
                        "consumer stopped",
                        "stepped down " + term + " " + StepDownReason.SHUTDOWN);
        assertThat(parent.getBean(Leadership.class).isLeader()).isTrue();
        parent.getBean(Leadership.class).stepDown();
        await().atMost(PATIENCE).until(() -> entries(parent).size() >= 3);
        assertThat(entries).hasSize(4);
    }

    @Test
    void childThatIsStoppedAndStartedAgainStopsWhatIsBoundAndStartsItAgain() {
        AnnotationConfigApplicationContext parent = open(null, Configured.class);
        awaitLeadership(parent);
        AnnotationConfigApplicationContext child = open(parent, Configured.class, Bound.class);
        await().atMost(PATIENCE).until(() -> entries(child).contains("consumer started"));
        child.stop();
        assertThat(child.getBean(Consumer.class).isRunning()).isFalse();
        child.start();
        await().atMost(PATIENCE).until(child.getBean(Consumer.class)::isRunning);
    }

    @Test
    void parentThatIsClosedStopsItsChildren() {
        AnnotationConfigApplicationContext parent = open(null, Configured.class, Listening.class);
        awaitLeadership(parent);
        AnnotationConfigApplicationContext child = open(parent, Configured.class, Bound.class);
        await().atMost(PATIENCE).until(() -> entries(child).contains("consumer started"));
        parent.close();
        assertThat(entries(child)).endsWith("stepped down " + term(entries(child)) + " " + StepDownReason.SHUTDOWN);
        assertThat(child.getBean(Consumer.class).isRunning()).isFalse();
    }

    private static String term(List<String> entries) {
        return entries.get(0).substring("elected ".length());
    }

    /** Its listeners are told before it is ready of nothing, and in its order with all others. */
    @Test
    void childRunByItsOwnApplicationIsToldOnceItIsReadyAndSaysWhatHoldsIt(CapturedOutput output) throws Exception {
        AnnotationConfigApplicationContext parent = open(null, Configured.class);
        awaitLeadership(parent);
        CountDownLatch mayReturn = new CountDownLatch(1);
        SpringApplicationBuilder child = new SpringApplicationBuilder(Configured.class, Bound.class, Held.class)
                .parent(parent)
                .web(WebApplicationType.NONE)
                .registerShutdownHook(false)
                .initializers(context -> {
                    context.getBeanFactory().registerSingleton("mayReturn", mayReturn);
                    opened.add(context);
                });
        Thread start = new Thread(() -> child.run("--spring.main.banner-mode=off"));
        start.setDaemon(true);
        start.start();
        await().atMost(PATIENCE).until(() -> output.getOut().contains("receives no leadership events"));
        assertThat(output.getOut()).contains(Held.class.getName());
        ApplicationContext context = opened.get(opened.size() - 1);
        assertThat(entries(context)).isEmpty();
        mayReturn.countDown();
        start.join(PATIENCE.toMillis());
        await().atMost(PATIENCE).until(() -> entries(context).contains("consumer started"));
    }

    @Configuration(proxyBeanMethods = false)
    static class Held {

        @Bean
        ApplicationRunner holding(CountDownLatch mayReturn) {
            return arguments -> hold(mayReturn);
        }

        private static void hold(CountDownLatch mayReturn) throws InterruptedException {
            mayReturn.await();
        }
    }

    /** A listener that blocks delays the events behind it, and must not hold the start of a child. */
    @Test
    void childStartsWhileAListenerOfItsParentBlocks() {
        AnnotationConfigApplicationContext parent = open(null, Configured.class, Blocking.class);
        Blocking blocking = parent.getBean(Blocking.class);
        await().atMost(PATIENCE).until(() -> blocking.reached.getCount() == 0);
        AnnotationConfigApplicationContext child = open(parent, Configured.class, Bound.class);
        assertThat(entries(child)).isEmpty();
        blocking.mayReturn.countDown();
        await().atMost(PATIENCE).until(() -> entries(child).contains("consumer started"));
    }

    @Configuration(proxyBeanMethods = false)
    static class Blocking {

        final CountDownLatch reached = new CountDownLatch(1);
        final CountDownLatch mayReturn = new CountDownLatch(1);

        @EventListener
        @Order(1)
        void on(LeaderElectedEvent event) throws InterruptedException {
            reached.countDown();
            mayReturn.await();
        }
    }

    /** As the context of the management's own server, when a listener elsewhere works for as long as this member leads. */
    @Test
    void childWithoutListenersIsClosedWithoutWaitingForThoseOfOthers() throws Exception {
        handoverTimeout = "20m";
        AnnotationConfigApplicationContext parent = open(null, Configured.class);
        awaitLeadership(parent);
        AnnotationConfigApplicationContext silent = open(parent, Nothing.class);
        AnnotationConfigApplicationContext told = open(parent, Listening.class);
        await().atMost(PATIENCE).until(() -> entries(told).size() == 1);
        Blocking blocking = open(parent, Blocking.class).getBean(Blocking.class);
        await().atMost(PATIENCE).until(() -> blocking.reached.getCount() == 0);
        Thread closing = new Thread(silent::close);
        closing.start();
        closing.join(PATIENCE.toMillis());
        boolean closed = !closing.isAlive();
        blocking.mayReturn.countDown();
        assertThat(closed).isTrue();
    }

    @Configuration(proxyBeanMethods = false)
    static class Nothing {}

    @Test
    void guardOfAChildGoesByTheElectionOfItsParent() {
        AnnotationConfigApplicationContext parent = open(null, Configured.class, Switched.class);
        AnnotationConfigApplicationContext child = open(parent, Configured.class, Marked.class);
        Job job = child.getBean(Job.class);
        assertThatThrownBy(job::run).isInstanceOf(NotLeaderException.class);
        parent.getBean(SwitchedLeadership.class).gain();
        job.run();
        assertThat(job.runs()).isEqualTo(1);
    }

    // ------------------------------------------------------------------------------------------------ own leaderships

    @Test
    void childrenHearOfALeadershipThatTheApplicationBringsItself() {
        AnnotationConfigApplicationContext parent = open(null, Configured.class, Switched.class, Bound.class);
        AnnotationConfigApplicationContext early = open(parent, Configured.class, Bound.class);
        SwitchedLeadership leadership = parent.getBean(SwitchedLeadership.class);
        leadership.gain();
        AnnotationConfigApplicationContext late = open(parent, Configured.class, Bound.class);
        for (ApplicationContext context : List.of(early, late)) {
            assertThat(entries(context)).containsExactly("elected 2", "consumer started");
        }
        leadership.lose();
        for (ApplicationContext context : List.of(early, late)) {
            assertThat(entries(context))
                    .containsExactly("elected 2", "consumer started", "consumer stopped", "stepped down 2 LEASE_LOST");
        }
        // Among the listeners of the context to which the application publishes, the application's orders decide.
        assertThat(entries(parent))
                .containsExactlyInAnyOrder(
                        "elected 2", "consumer started", "consumer stopped", "stepped down 2 LEASE_LOST");
    }

    @Test
    void childWithALeadershipOfItsOwnHearsOfThatAlone() {
        AnnotationConfigApplicationContext parent = open(null, Configured.class, Listening.class);
        AnnotationConfigApplicationContext child = open(parent, Configured.class, Switched.class, Bound.class);
        awaitLeadership(parent);
        await().atMost(PATIENCE).until(() -> entries(parent).size() == 1);
        assertThat(entries(child)).isEmpty();
        child.getBean(SwitchedLeadership.class).gain();
        assertThat(entries(child)).containsExactlyInAnyOrder("elected 2", "consumer started");
    }

    // ------------------------------------------------------------------------------------------------ Boot's
    // hierarchies

    private static final String[] QUIET = {
        "--spring.main.banner-mode=off",
        "--spring.jmx.enabled=false",
        "--election.cluster=orders",
        "--management.endpoints.web.exposure.include=election,health",
        "--management.endpoint.election.access=unrestricted",
        "--management.endpoint.health.show-details=always"
    };

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Listening.class)
    static class Application {}

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Bound.class)
    static class WebApplication {

        @Bean
        SecurityFilterChain openToAll(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                    .csrf(csrf -> csrf.disable())
                    .build();
        }
    }

    @Test
    void childrenSideBySideShareTheElectionOfTheirParentAndShowIt() throws Exception {
        SpringApplicationBuilder one = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .child(WebApplication.class)
                .web(WebApplicationType.SERVLET);
        ConfigurableApplicationContext first = one.run(with("--server.port=0"));
        opened.add((ConfigurableApplicationContext) first.getParent());
        opened.add(first);
        ConfigurableApplicationContext second = one.sibling(WebApplication.class)
                .web(WebApplicationType.SERVLET)
                .run(with("--server.port=0"));
        opened.add(second);

        ApplicationContext parent = java.util.Objects.requireNonNull(first.getParent());
        assertThat(second.getParent()).isSameAs(parent);
        assertThat(parent.getBeansOfType(ElectionNode.class)).hasSize(1);
        for (ConfigurableApplicationContext child : List.of(first, second)) {
            assertThat(child.getBeansOfType(ElectionNode.class)).isEmpty();
            await().atMost(PATIENCE).until(() -> entries(child).contains("consumer started"));
            String actuator =
                    "http://127.0.0.1:" + child.getEnvironment().getProperty("local.server.port") + "/actuator";
            assertThat(get(actuator + "/election").body()).contains("\"leader\":true");
            assertThat(get(actuator + "/election/leader").statusCode()).isEqualTo(200);
            assertThat(get(actuator + "/health").body()).contains("\"election\"");
        }
    }

    @Test
    void endpointWorksOnAPortOfTheManagementsOwn() throws Exception {
        int management = FreePorts.next();
        ConfigurableApplicationContext context = new SpringApplicationBuilder(WebApplication.class)
                .web(WebApplicationType.SERVLET)
                .run(with("--server.port=0", "--management.server.port=" + management));
        opened.add(context);
        awaitLeadership(context);
        String actuator = "http://127.0.0.1:" + management + "/actuator";
        assertThat(get(actuator + "/election").body()).contains("\"leader\":true");
        assertThat(get(actuator + "/election/leader").statusCode()).isEqualTo(200);
        assertThat(get(actuator + "/health").body()).contains("\"election\"");
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(actuator + "/election"))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString("{\"action\":\"step-down\"}"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(200);
        await().atMost(PATIENCE).until(() -> entries(context).stream().anyMatch(e -> e.startsWith("stepped down")));
    }

    @Test
    void sharesOnlyTheServerOfTheContextThatHasTheElection() {
        AnnotationConfigApplicationContext parent = open(null, Configured.class);
        ConfigurableApplicationContext child = new SpringApplicationBuilder(WebApplication.class)
                .parent(parent)
                .web(WebApplicationType.SERVLET)
                .run(with("--server.port=0"));
        opened.add(child);
        assertThat(child.containsBean("electionPeerFilter")).isFalse();
    }

    /** Whatever is made only when it is asked for. */
    @Test
    void hierarchyWorksWithLazyInitialization() {
        SpringApplicationBuilder builder = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .child(WebApplication.class)
                .web(WebApplicationType.NONE);
        ConfigurableApplicationContext child = builder.run(with("--spring.main.lazy-initialization=true"));
        opened.add((ConfigurableApplicationContext) child.getParent());
        opened.add(child);
        await().atMost(PATIENCE)
                .until(() -> child.getBeanFactory().containsSingleton("diary")
                        && entries(child).contains("consumer started"));
    }

    private static String[] with(String... more) {
        List<String> all = new ArrayList<>(List.of(QUIET));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private static HttpResponse<String> get(String url) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
    }
}
