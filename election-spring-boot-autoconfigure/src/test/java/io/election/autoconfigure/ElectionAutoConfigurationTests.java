package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.election.ApplicationPosition;
import io.election.EarlierTokens;
import io.election.FencingToken;
import io.election.FreePorts;
import io.election.HandoverResult;
import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.Leadership;
import io.election.LeadershipState;
import io.election.NotLeaderException;
import io.election.Role;
import io.election.StepDownEvent;
import io.election.core.Journal;
import io.election.journal.FileJournal;
import io.election.journal.MemoryJournal;
import io.election.node.ElectionNode;
import io.election.node.NodeClock;
import io.election.node.NodeStatus;
import io.election.peer.HttpPeerTransport;
import io.election.peer.PeerTransport;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;

@ExtendWith(OutputCaptureExtension.class)
class ElectionAutoConfigurationTests {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final AutoConfigurations ALL = AutoConfigurations.of(
            ElectionAutoConfiguration.class,
            ElectionWebAutoConfiguration.class,
            ElectionEndpointAutoConfiguration.class,
            ElectionHealthAutoConfiguration.class,
            ElectionMetricsAutoConfiguration.class);

    @TempDir
    Path directory;

    private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(ALL);

    private String[] cluster() {
        return new String[] {
            "election.cluster=orders",
            "election.node-id=a",
            "election.members=a=http://127.0.0.1:18081,b=http://127.0.0.1:18082,c=http://127.0.0.1:18083",
            "election.storage.directory=" + directory,
            "election.peer.secret=a-secret-for-tests-only"
        };
    }

    // ------------------------------------------------------------------------------------------------ standing alone

    @Test
    void standsAloneAndLeadsAtOnceWithoutMembers(CapturedOutput output) {
        runner.withUserConfiguration(Recorder.class).run(context -> {
            Leadership leadership = context.getBean(Leadership.class);
            assertThat(leadership.await(PATIENCE)).isTrue();
            assertThat(leadership.state().leaderId()).isEqualTo("local");
            assertThat(leadership.fencingToken().value()).isPositive();
            NodeStatus status = context.getBean(ElectionNode.class).status();
            assertThat(status.standalone()).isTrue();
            assertThat(status.cluster()).isEqualTo("application");
            Recorder recorder = context.getBean(Recorder.class);
            await().atMost(PATIENCE)
                    .until(() -> recorder.of(LeaderElectedEvent.class).size() == 1);
            assertThat(context.getBean(Journal.class)).isInstanceOf(MemoryJournal.class);
            assertThat(output)
                    .contains("stands alone and leads at once")
                    .contains("Every further copy of it, wherever it runs, leads too")
                    .contains("This warning is repeated after 1 min and then every 60 min");
        });
        assertThat(Path.of("election-data")).doesNotExist();
    }

    @Test
    void asksForEarlierTokensBeforeAFounding() {
        FencingToken seen = FencingToken.of(4_000_000_000L, 7);
        runner.withPropertyValues("election.standalone=true")
                .withBean(EarlierTokens.class, () -> () -> Optional.of(seen))
                .run(context -> {
                    Leadership leadership = context.getBean(Leadership.class);
                    assertThat(leadership.await(PATIENCE)).isTrue();
                    assertThat(leadership.fencingToken()).isGreaterThan(seen);
                });
    }

    @Test
    void warnsOfNothingWhereStandingAloneIsMeant(CapturedOutput output) {
        runner.withPropertyValues("election.standalone=true").run(context -> {
            assertThat(context.getBean(Leadership.class).await(PATIENCE)).isTrue();
            assertThat(output.getAll().lines().filter(line -> line.contains("stands alone and leads at once")))
                    .singleElement()
                    .asString()
                    .contains("INFO", "list the members before you start a second one");
            // The log is written after the fact; and a thread of a context before this one may still say something.
            await().atMost(PATIENCE)
                    .until(() -> output.getAll()
                            .lines()
                            .anyMatch(line -> line.contains("'local'") && line.contains("leads now")));
            assertThat(output.getAll().lines().filter(line -> line.contains("'local'")))
                    .noneMatch(line -> line.contains("WARN"));
        });
    }

    @Test
    void writesToDiskAloneOnlyIfADirectoryIsSet() {
        runner.withPropertyValues("election.storage.directory=" + directory).run(context -> {
            assertThat(context.getBean(Journal.class)).isInstanceOf(FileJournal.class);
            assertThat(directory.resolve("application").resolve("local")).isDirectory();
        });
    }

    @Test
    void writesToNoDiskAloneWhereTheModeIsMemory() {
        runner.withPropertyValues("election.storage.mode=memory", "election.standalone=true")
                .run(context -> assertThat(context.getBean(Journal.class)).isInstanceOf(MemoryJournal.class));
        runner.withPropertyValues(
                        "election.storage.mode=memory",
                        "election.standalone=true",
                        "election.storage.directory=" + directory)
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasStackTraceContaining("election.storage.mode is memory, which writes to no directory"));
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void writesToDiskAloneWhereTheModeIsDisk() {
        runner.withPropertyValues("election.storage.mode=disk", "election.storage.directory=" + directory)
                .run(context -> assertThat(
                                context.getBean(ElectionNode.class).status().storage())
                        .isEqualTo("disk"));
        assertThat(directory.resolve("application").resolve("local")).isDirectory();
        // Creates the mode alone: the default directory would be in this module's.
        new ApplicationContextRunner()
                .withUserConfiguration(SettingsOnly.class)
                .withPropertyValues("election.storage.mode=disk")
                .run(context -> {
                    ElectionProperties properties = context.getBean(ElectionProperties.class);
                    Mode mode = new ModeReader(properties, context.getEnvironment(), false, List::of).read();
                    assertThat(MemberRefusal.directory(mode)).isEqualTo(Path.of("election-data/application/local"));
                });
    }

    @EnableConfigurationProperties(ElectionProperties.class)
    static class SettingsOnly {}

    @Test
    void aMemberInMemoryIsANewOneAtEachStartAndWritesNothing(CapturedOutput output) throws IOException {
        runner.withPropertyValues(cluster())
                .withPropertyValues("election.peer.port=" + FreePorts.next())
                // As an environment variable takes back what a file says.
                .withPropertyValues("election.storage.mode=memory", "election.storage.directory=")
                .run(context -> {
                    Journal journal = context.getBean(Journal.class);
                    String first = journal.incarnation();
                    assertThat(context.getBean(ElectionNode.class).status().storage())
                            .isEqualTo("memory");
                    context.stop();
                    context.start();
                    assertThat(journal.incarnation()).isNotEqualTo(first);
                    await().atMost(PATIENCE)
                            .untilAsserted(() -> assertThat(output.getAll().lines())
                                    .filteredOn(line -> line.contains("keeps its vote and its log in memory only"))
                                    .hasSize(2)
                                    .allMatch(line -> line.contains("INFO"))
                                    .anyMatch(line -> line.contains("as incarnation " + first))
                                    .anyMatch(line -> line.contains("as incarnation " + journal.incarnation())));
                });
        assertThat(directory).isEmptyDirectory();
        assertThat(Path.of("election-data")).doesNotExist();
    }

    @Test
    void saysThatANodeIdAloneIsNotUsed(CapturedOutput output) {
        runner.withPropertyValues("election.node-id=b", "election.standalone=true")
                .run(context -> assertThat(output).contains("election.node-id is 'b', but is not used"));
    }

    @Test
    void pairsEventsAndHasNoLeaderAfterTheClose() {
        CopyOnWriteArrayList<Object> events = new CopyOnWriteArrayList<>();
        Leadership[] seen = new Leadership[1];
        runner.withBean("recorder", Recorder.class, () -> new Recorder(events)).run(context -> {
            seen[0] = context.getBean(Leadership.class);
            assertThat(seen[0].await(PATIENCE)).isTrue();
            await().atMost(PATIENCE).until(() -> events.stream().anyMatch(LeaderElectedEvent.class::isInstance));
        });
        assertThat(seen[0].isLeader()).isFalse();
        assertThat(events.stream().filter(e -> !(e instanceof LeaderChangedEvent)))
                .extracting(Object::getClass)
                .containsExactly(LeaderElectedEvent.class, StepDownEvent.class);
    }

    // ------------------------------------------------------------------------------------------------------ disabled

    @Test
    void leadsWithoutElectionTermOrTokenWhereDisabled() {
        CopyOnWriteArrayList<Object> events = new CopyOnWriteArrayList<>();
        Leadership[] seen = new Leadership[1];
        runner.withPropertyValues("election.enabled=false")
                .withBean("recorder", Recorder.class, () -> new Recorder(events))
                .run(context -> {
                    Leadership leadership = context.getBean(Leadership.class);
                    seen[0] = leadership;
                    assertThat(context.getBeanProvider(ElectionNode.class).getIfAvailable())
                            .isNull();
                    assertThat(leadership.isLeader()).isTrue();
                    assertThat(leadership.await(Duration.ZERO)).isTrue();
                    assertThat(leadership.term()).isZero();
                    assertThatIllegalStateException()
                            .isThrownBy(leadership::fencingToken)
                            .withMessageContaining("election.enabled");
                    leadership.assertLeader();
                    assertThat(leadership.stepDown().toCompletableFuture().get().outcome())
                            .isEqualTo(HandoverResult.Outcome.NO_SUCCESSOR);
                    assertThat(leadership.isLeader()).isTrue();
                    assertThat(leadership
                                    .handOver(null)
                                    .toCompletableFuture()
                                    .get()
                                    .outcome())
                            .isEqualTo(HandoverResult.Outcome.NO_SUCCESSOR);
                    await().atMost(PATIENCE).until(() -> events.size() == 1);
                    LeaderElectedEvent elected = (LeaderElectedEvent) events.get(0);
                    assertThat(elected.fencingToken())
                            .as("an accessor throws nothing")
                            .isNull();
                    assertThatIllegalStateException()
                            .isThrownBy(elected::requireFencingToken)
                            .withMessageContaining("election.enabled");
                });
        assertThat(seen[0].isLeader()).isFalse();
        assertThat(events).extracting(Object::getClass).containsExactly(LeaderElectedEvent.class, StepDownEvent.class);
    }

    @Test
    void followsNobodyWhereDisabledAsFollower() {
        runner.withPropertyValues(cluster())
                .withPropertyValues("election.enabled=false", "election.when-disabled=follower")
                .withUserConfiguration(Recorder.class)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    Leadership leadership = context.getBean(Leadership.class);
                    assertThat(leadership.isLeader()).isFalse();
                    assertThat(leadership.await(Duration.ofMillis(1))).isFalse();
                    assertThat(leadership.state().role()).isEqualTo(Role.FOLLOWER);
                    assertThatThrownBy(leadership::fencingToken).isInstanceOf(NotLeaderException.class);
                    assertThatThrownBy(leadership::assertLeader).isInstanceOf(NotLeaderException.class);
                    assertThat(context.getBean(Recorder.class).events).isEmpty();
                    assertThat(directory.resolve("orders")).doesNotExist();
                });
    }

    // ------------------------------------------------------------------------------------------------------ binding

    @Test
    void bindsAMemberFromOneText() {
        servlet()
                .withPropertyValues(cluster())
                .withPropertyValues(
                        "election.members=a=http://127.0.0.1:18081/shop?,b=http://127.0.0.1:18082".replace("?", ""))
                .run(context -> {
                    Mode.Clustered mode = (Mode.Clustered) context.getBean(Mode.class);
                    assertThat(mode.urls()).containsOnlyKeys("a", "b");
                    assertThat(mode.node().clientUrls()).containsEntry("a", "http://127.0.0.1:18081/shop");
                });
    }

    @Test
    void takesTheMemberThatIsCalledLikeTheHost() {
        List<String> names = HostNames.ofThisHost();
        org.junit.jupiter.api.Assumptions.assumeFalse(names.isEmpty());
        String id = names.get(0).toUpperCase(java.util.Locale.ROOT);
        org.junit.jupiter.api.Assumptions.assumeTrue(id.matches("[A-Z0-9][A-Z0-9-]{0,63}"));
        servlet()
                .withPropertyValues(cluster())
                .withPropertyValues(
                        "election.node-id=",
                        "election.members=other-host=http://127.0.0.1:1," + id + "=http://127.0.0.1:2")
                .run(context -> assertThat(context.getBean(Mode.class).nodeId()).isEqualTo(id));
    }

    @Test
    void warnsOfAnEvenNumberOfVoters(CapturedOutput output) {
        servlet()
                .withPropertyValues(cluster())
                .withPropertyValues("election.members=a=http://127.0.0.1:1,b=http://127.0.0.1:2")
                .run(context -> assertThat(output).contains("2 voters").contains("the loss of none of them"));
        servlet()
                .withPropertyValues(cluster())
                .withPropertyValues(
                        "election.members=a=http://127.0.0.1:1,b=http://127.0.0.1:2,c=http://127.0.0.1:3,d=http://127.0.0.1:4")
                .run(context -> assertThat(output).contains("4 voters").contains("the loss of 1 of them"));
    }

    @Test
    void sendsClientsNowhereWherePeersHaveAPortOfTheirOwn() throws Exception {
        runner.withPropertyValues(cluster())
                .withPropertyValues("election.peer.port=" + FreePorts.next())
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(((Mode.Clustered) context.getBean(Mode.class))
                                    .node()
                                    .clientUrls())
                            .isEmpty();
                    assertThat(context.getBean(HttpPeerTransport.class).port()).isPositive();
                });
    }

    @Test
    void neverShowsASecret() {
        runner.withPropertyValues("election.peer.secret=a-secret-for-tests-only", "election.standalone=true")
                .run(context -> assertThat(
                                context.getBean(ElectionProperties.class).toString())
                        .doesNotContain("a-secret"));
    }

    // ---------------------------------------------------------------------------------------------------- conditions

    @Test
    void backsOffFromBeansOfTheApplication() {
        runner.withUserConfiguration(OwnParts.class).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context).hasSingleBean(Journal.class).hasBean("ownJournal");
            assertThat(context).hasSingleBean(PeerTransport.class).hasBean("ownTransport");
            assertThat(context).hasSingleBean(NodeClock.class).hasBean("ownClock");
            assertThat(context.getBean(Leadership.class).await(PATIENCE)).isTrue();
        });
    }

    @Test
    void memberThatSuppliesItsPositionStandsOnlyOnceItIsKnown() {
        ApplicationPosition position = new ApplicationPosition();
        runner.withBean(ApplicationPosition.class, () -> position).run(context -> {
            Leadership leadership = context.getBean(Leadership.class);
            assertThat(leadership.await(Duration.ofMillis(300))).isFalse();
            position.advanced(0, 17);
            assertThat(leadership.await(PATIENCE)).isTrue();
        });
    }

    @Test
    void leadershipOfTheApplicationReplacesEverything() {
        runner.withBean(Leadership.class, FixedLeadership::new).run(context -> {
            assertThat(context).hasNotFailed().hasSingleBean(Leadership.class);
            assertThat(context).doesNotHaveBean(ElectionRuntime.class).doesNotHaveBean(ElectionLifecycle.class);
        });
    }

    @Test
    void worksWithoutActuatorHealthMicrometerAndWeb() {
        runner.withClassLoader(new FilteredClassLoader(
                        Endpoint.class, HealthIndicator.class, MeterRegistry.class, jakarta.servlet.Filter.class))
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(Leadership.class).await(PATIENCE))
                            .isTrue();
                });
    }

    @Test
    void eachAdapterNeedsOnlyItsOwnLibrary() {
        runner.withClassLoader(new FilteredClassLoader(Endpoint.class))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasBean("electionHealthIndicator")
                        .doesNotHaveBean("electionEndpoint"));
        runner.withClassLoader(new FilteredClassLoader(HealthIndicator.class, MeterRegistry.class))
                .withPropertyValues("management.endpoints.web.exposure.include=election")
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean("electionHealthIndicator")
                        .doesNotHaveBean("electionMetrics"));
    }

    @Test
    void putsTheFilterInFrontOfAllOthers() {
        servlet()
                .withPropertyValues(cluster())
                .withPropertyValues("election.peer.path=/x")
                .run(context -> {
                    FilterRegistrationBean<?> filter =
                            context.getBean("electionPeerFilter", FilterRegistrationBean.class);
                    assertThat(filter.isEnabled()).isTrue();
                    assertThat(filter.getOrder()).isEqualTo(Ordered.HIGHEST_PRECEDENCE);
                    assertThat(filter.getUrlPatterns()).containsExactly("/x/*");
                });
    }

    @Test
    void registersNoFilterWherePeersHaveAPortOfTheirOwnOrThereAreNone() throws Exception {
        servlet()
                .withPropertyValues(cluster())
                .withPropertyValues("election.peer.port=" + FreePorts.next())
                .run(context -> assertThat(context.getBean("electionPeerFilter", FilterRegistrationBean.class)
                                .isEnabled())
                        .isFalse());
        servlet()
                .run(context -> assertThat(context.getBean("electionPeerFilter", FilterRegistrationBean.class)
                                .isEnabled())
                        .isFalse());
    }

    @Test
    void reactiveApplicationStandsAloneAndHasPeersOnAPortOfTheirOwn() throws Exception {
        ReactiveWebApplicationContextRunner reactive = new ReactiveWebApplicationContextRunner().withConfiguration(ALL);
        reactive.run(context -> assertThat(context).hasNotFailed());
        reactive.withPropertyValues(cluster())
                .run(context ->
                        assertThat(context).getFailure().rootCause().hasMessageContaining("election.peer.port"));
        reactive.withPropertyValues(cluster())
                .withPropertyValues("election.peer.port=" + FreePorts.next())
                .run(context -> assertThat(context).hasNotFailed());
    }

    // ---------------------------------------------------------------------------------------------------- life cycle

    @Test
    void leadsAgainAfterTheContextWasStoppedAndStarted() {
        runner.withUserConfiguration(Recorder.class).run(context -> {
            Leadership leadership = context.getBean(Leadership.class);
            assertThat(leadership.await(PATIENCE)).isTrue();
            long term = leadership.term();
            Recorder recorder = context.getBean(Recorder.class);
            // A leadership that ends before its election was delivered delivers neither event.
            await().atMost(PATIENCE)
                    .until(() -> recorder.of(LeaderElectedEvent.class).size() == 1);
            context.stop();
            assertThat(leadership.isLeader()).isFalse();
            context.start();
            assertThat(leadership.await(PATIENCE)).isTrue();
            assertThat(leadership.term()).isGreaterThan(term);
            await().atMost(PATIENCE)
                    .until(() -> recorder.of(LeaderElectedEvent.class).size() == 2);
            assertThat(recorder.of(StepDownEvent.class)).hasSize(1);
        });
    }

    @Test
    void disabledLeaderLeadsAgainAfterTheContextWasStoppedAndStarted() {
        runner.withPropertyValues("election.enabled=false").run(context -> {
            Leadership leadership = context.getBean(Leadership.class);
            context.stop();
            assertThat(leadership.isLeader()).isFalse();
            context.start();
            assertThat(leadership.isLeader()).isTrue();
        });
    }

    @Test
    void isNotPausedAndStopsBeforeTheWebServerRefusesConnections() {
        runner.run(context -> {
            ElectionLifecycle lifecycle = context.getBean(ElectionLifecycle.class);
            assertThat(lifecycle.isPauseable()).isFalse();
            assertThat(lifecycle.getPhase()).isEqualTo(Integer.MAX_VALUE - 512);
        });
    }

    @Test
    void standsOnlyOnceTheApplicationIsReady() {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(LateApplication.class)
                .web(WebApplicationType.NONE)
                .run("--spring.jmx.enabled=false", "--spring.main.lazy-initialization=true")) {
            LateApplication application = context.getBean(LateApplication.class);
            assertThat(application.ledBeforeReady).isFalse();
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () -> assertThat(application.electedAfterRunners).containsExactly(true));
        }
    }

    @Test
    void twoContextsLiveSideBySide() {
        runner.withPropertyValues("election.cluster=one")
                .run(one -> runner.withPropertyValues("election.cluster=two").run(two -> {
                    assertThat(one.getBean(Leadership.class).await(PATIENCE)).isTrue();
                    assertThat(two.getBean(Leadership.class).await(PATIENCE)).isTrue();
                }));
    }

    // -------------------------------------------------------------------------------------------------------- events

    @Test
    void listenerThatThrowsHidesTheEventFromNoOther() {
        runner.withUserConfiguration(Throwing.class).run(context -> {
            Throwing listeners = context.getBean(Throwing.class);
            await().atMost(PATIENCE).until(() -> listeners.delivered.size() == 2);
        });
    }

    private WebApplicationContextRunner servlet() {
        return new WebApplicationContextRunner().withConfiguration(ALL);
    }

    static class Recorder {

        final List<Object> events;

        Recorder() {
            this(new CopyOnWriteArrayList<>());
        }

        Recorder(List<Object> events) {
            this.events = events;
        }

        <T> List<T> of(Class<T> type) {
            return events.stream().filter(type::isInstance).map(type::cast).toList();
        }

        @EventListener
        void on(LeaderElectedEvent event) {
            events.add(event);
        }

        @EventListener
        void on(StepDownEvent event) {
            events.add(event);
        }

        @EventListener
        void on(LeaderChangedEvent event) {
            events.add(event);
        }
    }

    static class Throwing {

        final List<Object> delivered = new CopyOnWriteArrayList<>();

        @EventListener
        @org.springframework.core.annotation.Order(1)
        void first(LeaderElectedEvent event) {
            delivered.add(event);
            throw new IllegalStateException("thrown on purpose");
        }

        @EventListener
        @org.springframework.core.annotation.Order(2)
        void second(LeaderElectedEvent event) {
            delivered.add(event);
        }
    }

    @EnableAutoConfiguration
    static class LateApplication implements org.springframework.boot.ApplicationRunner {

        /** For each election told of: whether the runners had ended by then, which the application waits for. */
        final List<Boolean> electedAfterRunners = new CopyOnWriteArrayList<>();

        private final Leadership leadership;
        private volatile boolean runnersEnded;
        boolean ledBeforeReady;

        LateApplication(Leadership leadership) {
            this.leadership = leadership;
        }

        @Override
        public void run(org.springframework.boot.ApplicationArguments arguments) throws InterruptedException {
            ledBeforeReady = leadership.await(Duration.ofMillis(300));
            runnersEnded = true;
        }

        @EventListener
        void on(LeaderElectedEvent elected) {
            electedAfterRunners.add(runnersEnded);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnParts {

        @Bean
        Journal ownJournal() {
            return new MemoryJournal();
        }

        @Bean
        PeerTransport ownTransport() {
            return new StandaloneTransport();
        }

        @Bean
        NodeClock ownClock() {
            return new NodeClock() {
                @Override
                public long monotonicNanos() {
                    return System.nanoTime();
                }

                @Override
                public long wallMillis() {
                    return System.currentTimeMillis();
                }
            };
        }
    }

    static class FixedLeadership implements Leadership {

        @Override
        public boolean isLeader() {
            return true;
        }

        @Override
        public LeadershipState state() {
            return new LeadershipState(true, Role.LEADER, 1, "me", null);
        }

        @Override
        public FencingToken fencingToken() {
            return new FencingToken(1);
        }

        @Override
        public boolean confirm(Duration timeout) {
            return true;
        }

        @Override
        public boolean await(Duration timeout) {
            return true;
        }

        @Override
        public CompletionStage<HandoverResult> handOver(@Nullable String to) {
            return CompletableFuture.completedFuture(
                    new HandoverResult(HandoverResult.Outcome.NO_SUCCESSOR, "me", 1, "fixed"));
        }

        @Override
        public CompletionStage<HandoverResult> stepDown() {
            return handOver(null);
        }

        @Override
        public void assertLeader() {}
    }
}
