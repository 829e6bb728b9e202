package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.election.Leadership;
import io.election.LogEntry;
import io.election.MemoryUnavailableException;
import io.election.ReplicatedLog;
import io.election.ReplicatedStore;
import io.election.ReplicatedValue;
import io.election.StateMachine;
import io.election.StoredValue;
import io.election.ValueNotReadableException;
import io.election.WriteResult;
import io.election.WriteResult.Reason;
import io.election.Writers;
import io.election.actuate.ElectionEndpoint;
import io.election.actuate.ElectionHealthIndicator;
import io.election.actuate.ElectionStoreEndpoint;
import io.election.actuate.MemoryDescriptor;
import io.election.actuate.MemoryMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** The replicated memory in an application that stands alone. */
class ReplicatedMemoryAutoConfigurationTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    ElectionAutoConfiguration.class,
                    ElectionEndpointAutoConfiguration.class,
                    ElectionStoreEndpointAutoConfiguration.class,
                    ElectionHealthAutoConfiguration.class,
                    ElectionMetricsAutoConfiguration.class))
            .withPropertyValues("election.standalone=true", "management.endpoints.web.exposure.include=*");

    private final ApplicationContextRunner withStore = runner.withPropertyValues("election.store.enabled=true");

    /** What a job keeps of how far it is. */
    record Progress(int lastStep, String note) {}

    /** What a later version of the application makes of it. */
    record LaterProgress(int lastStep, List<String> note) {}

    private static <T> T ended(CompletionStage<T> stage) {
        return stage.toCompletableFuture()
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    private static ReplicatedValue<Progress> progress(ApplicationContext context) throws InterruptedException {
        assertThat(context.getBean(Leadership.class).await(PATIENCE)).isTrue();
        return context.getBean(ReplicatedStore.class).value("import/progress", Progress.class);
    }

    private static MemoryDescriptor memory(ApplicationContext context) {
        return Objects.requireNonNull(
                context.getBean(ElectionEndpoint.class).election().memory());
    }

    private static Reason refused(WriteResult<?> result) {
        assertThat(result).isInstanceOf(WriteResult.NotApplied.class);
        return ((WriteResult.NotApplied<?>) result).reason();
    }

    // ------------------------------------------------------------------------------------------------ the store

    @Test
    void anApplicationThatStandsAloneWritesAndReads() {
        withStore.run(context -> {
            ReplicatedValue<Progress> progress = progress(context);
            List<StoredValue<Progress>> heard = new CopyOnWriteArrayList<>();
            progress.onChange(heard::add);
            long version = ended(progress.set(new Progress(1, "begun"))).orElseThrow();

            StoredValue<Progress> read = ended(progress.read(PATIENCE));
            assertThat(read.value()).isEqualTo(new Progress(1, "begun"));
            assertThat(read.version()).isEqualTo(version);
            assertThat(read.generation()).isPositive();
            assertThat(refused(ended(progress.compareAndSet(0, new Progress(2, "too late")))))
                    .isEqualTo(Reason.CONFLICT);
            assertThat(ended(progress.compareAndSet(version, new Progress(2, "on")))
                            .wasApplied())
                    .isTrue();
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(heard).last().satisfies(stored -> {
                        assertThat(stored.value()).isEqualTo(new Progress(2, "on"));
                        assertThat(stored.generation()).isEqualTo(read.generation());
                    }));
            assertThat(ended(progress.remove()).wasApplied()).isTrue();
            assertThat(progress.get().isPresent()).isFalse();
        });
    }

    @Test
    void theApplicationsOwnJsonMapperEncodesValues() {
        withStore
                .withBean(
                        JsonMapper.class,
                        () -> JsonMapper.builder()
                                .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                                .build())
                .run(context -> {
                    ended(progress(context).set(new Progress(1, "begun"))).orElseThrow();
                    byte[] stored = context.getBean(ReplicatedStore.class)
                            .value("import/progress", byte[].class)
                            .get()
                            .value();
                    assertThat(stored)
                            .asString(StandardCharsets.UTF_8)
                            .isEqualTo("{\"last_step\":1,\"note\":\"begun\"}");
                });
    }

    @Test
    void whatCannotBeReadBackAfterAnUpgradeIsAClearErrorAndNothingIsLost() {
        ApplicationContextRunner onDisk = withStore.withPropertyValues("election.storage.directory=" + directory);
        onDisk.run(context ->
                ended(progress(context).set(new Progress(7, "begun"))).orElseThrow());
        onDisk.run(context -> {
            ReplicatedStore store = context.getBean(ReplicatedStore.class);
            assertThat(context.getBean(Leadership.class).await(PATIENCE)).isTrue();
            ReplicatedValue<LaterProgress> later = store.value("import/progress", LaterProgress.class);
            assertThatThrownBy(later::get)
                    .isInstanceOf(ValueNotReadableException.class)
                    .hasMessageContaining("'import/progress'")
                    .hasMessageContaining(LaterProgress.class.getTypeName())
                    .hasMessageContaining("The stored bytes are unchanged");
            assertThatThrownBy(() -> ended(later.read(PATIENCE))).hasCauseInstanceOf(ValueNotReadableException.class);
            assertThat(progress(context).get().value()).isEqualTo(new Progress(7, "begun"));
            assertThat(ended(later.set(new LaterProgress(7, List.of("begun")))).wasApplied())
                    .isTrue();
        });
    }

    @Test
    void whatExceedsTheLimitsIsRefusedToTheWriter() {
        withStore
                .withPropertyValues(
                        "election.store.max-value-size=100B",
                        "election.store.max-size=1KB",
                        "election.store.max-values=2")
                .run(context -> {
                    progress(context);
                    ReplicatedStore store = context.getBean(ReplicatedStore.class);
                    assertThat(refused(ended(store.value("a", byte[].class).set(new byte[101]))))
                            .isEqualTo(Reason.TOO_LARGE);
                    ended(store.value("a", byte[].class).set(new byte[100])).orElseThrow();
                    ended(store.value("b", byte[].class).set(new byte[100])).orElseThrow();
                    WriteResult<Long> third =
                            ended(store.value("c", byte[].class).set(new byte[1]));
                    assertThat(refused(third)).isEqualTo(Reason.STORE_FULL);
                    assertThat(((WriteResult.NotApplied<Long>) third).detail()).contains("2 values, and 2 are allowed");
                    assertThatThrownBy(() -> store.value("a", String.class).set(null))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("'a'");
                });
    }

    @Test
    void beforeTheStartItSaysThatThereIsNoneYet() {
        withStore.withUserConfiguration(EarlyWriter.class).run(context -> {
            EarlyWriter early = context.getBean(EarlyWriter.class);
            assertThat(early.written)
                    .isInstanceOfSatisfying(
                            WriteResult.NotApplied.class,
                            not -> assertThat(not.detail()).isEqualTo("This member has not started."));
            assertThat(early.read).isInstanceOf(MemoryUnavailableException.class);
            assertThat(early.got)
                    .isNotNull()
                    .satisfies(got -> assertThat(got.isPresent()).isFalse())
                    .satisfies(got -> assertThat(got.age()).isNull());
        });
    }

    @Test
    void whereNoElectionIsHeldItSaysSo() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ElectionAutoConfiguration.class))
                .withPropertyValues("election.enabled=false", "election.store.enabled=true")
                .run(context -> {
                    WriteResult<Long> written = ended(context.getBean(ReplicatedStore.class)
                            .value("a", String.class, Writers.ANY_MEMBER)
                            .set("1"));
                    assertThat(refused(written)).isEqualTo(Reason.UNAVAILABLE);
                    assertThat(((WriteResult.NotApplied<Long>) written).detail())
                            .contains("election.enabled=false");
                });
    }

    @Test
    void afterTheStopItSaysThatThisMemberHasStopped() {
        withStore.run(context -> {
            ReplicatedValue<Progress> progress = progress(context);
            ended(progress.set(new Progress(1, "begun"))).orElseThrow();
            context.close();
            assertThat(progress.get().value()).isEqualTo(new Progress(1, "begun"));
            assertThat(ended(progress.set(new Progress(2, "late"))).wasApplied())
                    .isFalse();
            assertThatThrownBy(() -> ended(progress.read(PATIENCE)))
                    .hasCauseInstanceOf(MemoryUnavailableException.class)
                    .hasMessageContaining("stopped");
        });
    }

    // ------------------------------------------------------------------------------------------------ the beans

    @Test
    void withoutTheSettingThereIsNoStoreAndTheFailureSaysWhatToSet() {
        runner.run(context -> {
            assertThat(context.getBeanProvider(ReplicatedStore.class).getIfAvailable())
                    .isNull();
            assertThat(context.getBeanProvider(ReplicatedLog.class).getIfAvailable())
                    .isNull();
            assertThat(context.getBean(ElectionEndpoint.class).election().memory())
                    .isNull();
        });
        runner.withUserConfiguration(NeedsStore.class)
                .run(context -> assertThat(analysis(context.getStartupFailure()).getAction())
                        .contains("election.store.enabled=true"));
        withStore
                .withUserConfiguration(NeedsLog.class)
                .run(context -> assertThat(analysis(context.getStartupFailure()).getAction())
                        .contains("Declare the StateMachine as a bean"));
    }

    @Test
    void aStoreAndAStateMachineAtOnceStopTheStart() {
        withStore.withUserConfiguration(HasOrders.class).run(context -> {
            FailureAnalysis analysis = analysis(context.getStartupFailure());
            assertThat(analysis.getDescription())
                    .contains("election.store.enabled", "the bean 'orders'", "feeds one state machine");
            assertThat(analysis.getAction()).contains("Remove election.store.enabled");
        });
    }

    @Test
    void twoStateMachinesStopTheStart() {
        runner.withUserConfiguration(HasOrders.class)
                .withBean("others", Words.class, () -> new Words(List.of()))
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageContaining("orders")
                        .hasMessageContaining("others"));
    }

    private static FailureAnalysis analysis(@Nullable Throwable failure) {
        return Objects.requireNonNull(Analyses.of(Objects.requireNonNull(failure)));
    }

    /** A state machine may be part of what writes to the log. */
    @Test
    void anOwnStateMachineIsFedByTheLogThatItUsesItself() {
        runner.withUserConfiguration(HasOrders.class).run(context -> {
            assertThat(context.getBean(Leadership.class).await(PATIENCE)).isTrue();
            Orders orders = context.getBean(Orders.class);
            assertThat(ended(orders.log.append("words/1", "one".getBytes(StandardCharsets.UTF_8))))
                    .isInstanceOfSatisfying(
                            WriteResult.Applied.class,
                            applied -> assertThat((byte[]) applied.result()).isEqualTo(new byte[] {1}));
            assertThat(refused(ended(orders.log.append("words/2", new byte[1]))))
                    .isEqualTo(Reason.NOT_READ);
            assertThat(orders.words).containsExactly("one");
            assertThat(memory(context).keeps()).isEqualTo("state-machine");
            assertThat(memory(context).values()).isNull();
        });
    }

    @Test
    void aStateMachineThatFailsStopsLeadingAndTheHealthSaysSo() {
        runner.withUserConfiguration(HasOrders.class).run(context -> {
            Leadership leadership = context.getBean(Leadership.class);
            assertThat(leadership.await(PATIENCE)).isTrue();
            assertThat(context.getBean(ElectionHealthIndicator.class).health().getStatus())
                    .isEqualTo(Status.UP);

            Orders orders = context.getBean(Orders.class);
            WriteResult<byte[]> written = ended(orders.log.append("words/1", "fail".getBytes(StandardCharsets.UTF_8)));

            assertThat(written).isInstanceOf(WriteResult.Unknown.class);
            await().atMost(PATIENCE).until(() -> !leadership.isLeader());
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(context.getBean(ElectionHealthIndicator.class)
                                    .health())
                            .satisfies(health -> assertThat(health.getStatus()).isEqualTo(Status.DOWN))
                            .satisfies(health -> assertThat(health.getDetails().get("fault"))
                                    .asString()
                                    .contains("applies nothing", "a defect of the machine")));
            assertThat(memory(context).failure()).contains("a defect of the machine");
            assertThat(context.getBean(ElectionEndpoint.class).election().history())
                    .anyMatch(event -> event.what().equals("state-machine-failed"));
            assertThatThrownBy(() -> ended(orders.log.awaitCurrent(PATIENCE)))
                    .hasCauseInstanceOf(MemoryUnavailableException.class);
        });
    }

    // ------------------------------------------------------------------------------------------------ what is shown

    @Test
    void theEndpointShowsIndexesSizesAndTheSnapshot() {
        withStore.withPropertyValues("election.memory.snapshot-entries=5").run(context -> {
            ReplicatedValue<Progress> progress = progress(context);
            for (int step = 0; step < 20; step++) {
                ended(progress.set(new Progress(step, "step"))).orElseThrow();
            }
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () -> assertThat(memory(context).snapshot().index()).isPositive());
            MemoryDescriptor memory = memory(context);
            assertThat(memory.keeps()).isEqualTo("store");
            assertThat(memory.snapshot().bytes()).isPositive();
            assertThat(memory.snapshot().at()).isNotNull();
            assertThat(memory.snapshot().age()).isNotNull();
            assertThat(memory.appliedIndex()).isEqualTo(memory.commitIndex());
            assertThat(memory.lag()).isZero();
            assertThat(memory.values()).isNotNull().satisfies(values -> {
                assertThat(values.count()).isEqualTo(1);
                assertThat(values.mostBytes()).isEqualTo(64L << 20);
            });
            assertThat(memory.members())
                    .singleElement()
                    .satisfies(member -> assertThat(member.id()).isEqualTo("local"));
        });
    }

    @Test
    void valuesAreReadAtAnEndpointOfTheirOwnThatIsOffByDefault() {
        withStore.run(context -> assertThat(context).doesNotHaveBean(ElectionStoreEndpoint.class));
        withStore
                .withPropertyValues("management.endpoint.electionstore.access=READ_ONLY")
                .run(context -> {
                    ElectionStoreEndpoint endpoint = context.getBean(ElectionStoreEndpoint.class);
                    long version = ended(progress(context).set(new Progress(1, "begun")))
                            .orElseThrow();
                    ended(context.getBean(ReplicatedStore.class)
                                    .value("binary", byte[].class)
                                    .set(new byte[] {(byte) 0xff, 1}))
                            .orElseThrow();
                    assertThat(endpoint.store(null))
                            .isNotNull()
                            .satisfies(store -> assertThat(store.names()).containsExactly("binary", "import/progress"))
                            .satisfies(store -> assertThat(store.more()).isFalse());
                    assertThat(Objects.requireNonNull(endpoint.store("binary")).names())
                            .containsExactly("import/progress");
                    assertThat(endpoint.value("import", "progress")).isNotNull().satisfies(value -> {
                        assertThat(value.value()).isEqualTo("{\"lastStep\":1,\"note\":\"begun\"}");
                        assertThat(value.version()).isEqualTo(version);
                        assertThat(value.generation()).isPositive();
                        assertThat(value.age()).isNotNull();
                    });
                    assertThat(endpoint.value("binary")).isNotNull().satisfies(value -> {
                        assertThat(value.value()).isNull();
                        assertThat(value.base64()).isEqualTo("/wE=");
                    });
                    assertThat(endpoint.value("nothing")).isNull();
                });
        runner.withPropertyValues("management.endpoint.electionstore.access=READ_ONLY")
                .run(context -> {
                    ElectionStoreEndpoint endpoint = context.getBean(ElectionStoreEndpoint.class);
                    assertThat(endpoint.store(null)).isNull();
                    assertThat(endpoint.value("a")).isNull();
                });
    }

    @Test
    void metersCountWritesByTheirEnd() {
        withStore.withBean(MeterRegistry.class, SimpleMeterRegistry::new).run(context -> {
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            context.getBean(MemoryMetrics.class).bindTo(registry);
            ReplicatedValue<Progress> progress = progress(context);
            ended(progress.set(new Progress(1, "begun"))).orElseThrow();
            ended(progress.compareAndSet(0, new Progress(2, "too late")));
            assertThat(writes(registry, "applied")).isEqualTo(1);
            assertThat(writes(registry, "conflict")).isEqualTo(1);
            assertThat(writes(registry, "unknown")).isZero();
            assertThat(registry.get("election.store.values").gauge().value()).isEqualTo(1);
            assertThat(registry.get("election.store.size").gauge().value()).isPositive();
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(
                                    registry.get("election.memory.lag").gauge().value())
                            .isZero());
            assertThat(registry.get("election.memory.failed").gauge().value()).isZero();
        });
    }

    private static double writes(MeterRegistry registry, String outcome) {
        return registry.get("election.memory.writes")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    // ------------------------------------------------------------------------------------------------ applications

    @Configuration(proxyBeanMethods = false)
    static class NeedsStore {

        @Bean
        String needs(ReplicatedStore store) {
            return store.toString();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class NeedsLog {

        @Bean
        String needs(ReplicatedLog log) {
            return log.toString();
        }
    }

    /** Uses the store while its beans are made. */
    @Configuration(proxyBeanMethods = false)
    static class EarlyWriter {

        final WriteResult<Long> written;
        final @Nullable StoredValue<String> got;

        @Nullable Throwable read;

        EarlyWriter(ReplicatedStore store) {
            ReplicatedValue<String> value = store.value("early", String.class);
            written = ended(value.set("1"));
            got = value.get();
            value.read(PATIENCE)
                    .whenComplete((stored, failure) ->
                            read = failure == null ? null : failure.getCause() == null ? failure : failure.getCause());
        }
    }

    /** A service that is its own state machine. */
    static class Orders extends Words {

        final ReplicatedLog log;

        Orders(ReplicatedLog log) {
            super(new CopyOnWriteArrayList<>());
            this.log = log;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class HasOrders {

        @Bean
        Orders orders(ReplicatedLog log) {
            return new Orders(log);
        }
    }

    /** Keeps words, and answers how many there are. */
    static class Words implements StateMachine {

        final List<String> words;

        Words(List<String> words) {
            this.words = words;
        }

        @Override
        public Set<String> types() {
            return Set.of("words/1");
        }

        @Override
        public byte[] apply(LogEntry entry) {
            String word = new String(entry.bytes(), StandardCharsets.UTF_8);
            if (word.equals("fail")) {
                throw new IllegalStateException("a defect of the machine");
            }
            words.add(word);
            return new byte[] {(byte) words.size()};
        }

        @Override
        public Image capture() {
            List<String> all = List.copyOf(words);
            return out -> out.write(String.join("\n", all).getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public void restore(InputStream image) throws IOException {
            words.clear();
            new String(image.readAllBytes(), StandardCharsets.UTF_8).lines().forEach(words::add);
        }

        @Override
        public void reset() {
            words.clear();
        }
    }
}
