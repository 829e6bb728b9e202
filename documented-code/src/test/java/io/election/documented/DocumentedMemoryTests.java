package io.election.documented;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.LeaderOnly;
import io.election.Leadership;
import io.election.ListenerRegistration;
import io.election.LogEntry;
import io.election.ReplicatedLog;
import io.election.ReplicatedStore;
import io.election.ReplicatedValue;
import io.election.StateMachine;
import io.election.StoredValue;
import io.election.WriteResult;
import io.election.Writers;
import io.election.autoconfigure.ElectionAutoConfiguration;
import io.election.autoconfigure.LeaderOnlyAutoConfiguration;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

/** The code in docs/memory.md compiles, and does what the page says. */
class DocumentedMemoryTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<String> logged = new CopyOnWriteArrayList<>();
    private final Queue<Long> shown = new ConcurrentLinkedQueue<>();

    @Test
    void isWhatIsCompiledHere() {
        ShownCode.of("docs/memory.md", null)
                .isCompiledIn("documented-code/src/test/java/io/election/documented/DocumentedMemoryTests.java");
    }

    private static ConfigurableApplicationContext start(Class<?> application, String... properties) {
        ConfigurableApplicationContext context = new SpringApplicationBuilder(application)
                .web(WebApplicationType.NONE)
                .properties(
                        "spring.application.name=documented",
                        "spring.main.banner-mode=off",
                        "spring.jmx.enabled=false",
                        "election.standalone=true")
                .properties(properties)
                .run();
        await().atMost(PATIENCE).until(context.getBean(Leadership.class)::isLeader);
        return context;
    }

    // ------------------------------------------------------------------------------------------------ the job

    record Progress(int lastStep, long total) {
        static final Progress NONE = new Progress(0, 0);

        Progress and(int amount) {
            return new Progress(lastStep + 1, total + amount);
        }
    }

    /** Each step's amount is its number. */
    static class Source {

        int amount(int step) {
            return step;
        }
    }

    static class Import {

        private final ReplicatedValue<Progress> progress;
        private final Source source;

        Import(ReplicatedStore store, Source source) {
            this.progress = store.value("import/progress", Progress.class);
            this.source = source;
        }

        @Scheduled(fixedDelay = 100)
        @LeaderOnly
        void importNext() {
            StoredValue<Progress> before = progress.get();
            Progress done = before.asOptional().orElse(Progress.NONE);
            Progress next = done.and(source.amount(done.lastStep() + 1));
            progress.compareAndSet(before.version(), next)
                    .toCompletableFuture()
                    .join()
                    .orElseThrow();
        }
    }

    @SpringBootConfiguration
    @EnableScheduling
    @ImportAutoConfiguration({ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class})
    static class Importing {

        @Bean
        Import importing(ReplicatedStore store) {
            return new Import(store, new Source());
        }
    }

    @SpringBootConfiguration
    @ImportAutoConfiguration({ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class})
    static class Storing {}

    @Test
    void aJobWritesStepAndEffectTogether() {
        try (ConfigurableApplicationContext context = start(Importing.class, "election.store.enabled=true")) {
            ReplicatedValue<Progress> progress =
                    context.getBean(ReplicatedStore.class).value("import/progress", Progress.class);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(progress.get().asOptional().orElse(Progress.NONE))
                            .satisfies(done -> assertThat(done.lastStep()).isGreaterThan(2))
                            .satisfies(done -> assertThat(done.total())
                                    .isEqualTo((long) done.lastStep() * (done.lastStep() + 1) / 2)));
        }
    }

    // ------------------------------------------------------------------------------------------------ values

    private void log(String sentence) {
        logged.add(sentence);
    }

    private void show(@Nullable Progress value, long generation) {
        shown.add(value == null ? 0 : value.total());
        assertThat(generation).isPositive();
    }

    @Test
    void valuesAreWrittenReadAndListenedTo() {
        try (ConfigurableApplicationContext context = start(Storing.class, "election.store.enabled=true")) {
            ReplicatedStore store = context.getBean(ReplicatedStore.class);
            writeOnce(store, new Progress(1, 1));
            writes(store, new Progress(3, 6));
            reads(store);
        }
    }

    private static void writeOnce(ReplicatedStore store, Progress next) {
        ReplicatedValue<Progress> progress = store.value("import/progress", Progress.class);
        StoredValue<Progress> before = progress.get();
        progress.compareAndSet(before.version(), next)
                .toCompletableFuture()
                .join()
                .orElseThrow();
        assertThat(progress.get().value()).isEqualTo(next);
    }

    private void writes(ReplicatedStore store, Progress next) {
        StoredValue<Progress> before =
                store.value("import/progress", Progress.class).get();
        ReplicatedValue<Progress> progress = store.value("import/progress", Progress.class);
        progress.set(next);
        progress.compareAndSet(before.version(), next);
        progress.remove();

        WriteResult<Long> answer = progress.set(next).toCompletableFuture().join();
        if (answer instanceof WriteResult.Applied<Long> applied) {
            log("written as version " + applied.result());
        } else if (answer instanceof WriteResult.NotApplied<Long> not) {
            log("surely not written: " + not.reason());
        } else if (answer instanceof WriteResult.Unknown<Long> unknown) {
            store.askAgain(unknown.id());
        }
        assertThat(logged).singleElement().asString().startsWith("written as version ");
        assertThat(progress.get().value()).isEqualTo(next);
    }

    private void reads(ReplicatedStore store) {
        ReplicatedValue<Progress> progress = store.value("import/progress", Progress.class);
        ReplicatedValue<Boolean> paused = store.value("import/paused", Boolean.class, Writers.ANY_MEMBER);
        WriteResult<Long> written = paused.set(true).toCompletableFuture().join();
        long index = ((WriteResult.Applied<Long>) written).index();

        StoredValue<Progress> now =
                progress.read(Duration.ofSeconds(5)).toCompletableFuture().join();
        StoredValue<Boolean> mine =
                paused.get(index, Duration.ofSeconds(5)).toCompletableFuture().join();
        assertThat(now.value()).isEqualTo(new Progress(3, 6));
        assertThat(now.age()).isEqualTo(Duration.ZERO);
        assertThat(mine.value()).isTrue();

        ListenerRegistration registration = progress.onChange(changed -> show(changed.value(), changed.generation()));
        progress.set(new Progress(4, 10)).toCompletableFuture().join().orElseThrow();
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(shown).contains(10L));
        registration.close();
    }

    // ------------------------------------------------------------------------------------------- a state machine

    static class Counters implements StateMachine {

        private final Map<String, Long> counts = new ConcurrentSkipListMap<>();

        @Override
        public Set<String> types() {
            return Set.of("count/1");
        }

        @Override
        public byte[] apply(LogEntry entry) {
            String name = new String(entry.bytes(), UTF_8);
            long count = counts.merge(name, 1L, Long::sum);
            return Long.toString(count).getBytes(UTF_8);
        }

        @Override
        public Image capture() {
            Map<String, Long> now = new TreeMap<>(counts);
            return out -> {
                for (Map.Entry<String, Long> each : now.entrySet()) {
                    out.write((each.getKey() + "=" + each.getValue() + "\n").getBytes(UTF_8));
                }
            };
        }

        @Override
        public void restore(InputStream image) throws IOException {
            counts.clear();
            new String(image.readAllBytes(), UTF_8).lines().forEach(line -> {
                int equals = line.lastIndexOf('=');
                counts.put(line.substring(0, equals), Long.valueOf(line.substring(equals + 1)));
            });
        }

        @Override
        public void reset() {
            counts.clear();
        }
    }

    @SpringBootConfiguration
    @ImportAutoConfiguration({ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class})
    static class Counting {

        @Bean
        Counters counters() {
            return new Counters();
        }
    }

    @Test
    void aStateMachineOfOnesOwnCounts(@TempDir Path directory) {
        String[] settings = {"election.storage.directory=" + directory, "election.memory.snapshot-entries=3"};
        for (int started = 1; started <= 3; started++) {
            try (ConfigurableApplicationContext context = start(Counting.class, settings)) {
                ReplicatedLog log = context.getBean(ReplicatedLog.class);
                for (int visit = 1; visit <= 5; visit++) {
                    WriteResult<byte[]> counted = log.appendWithoutToken("count/1", "visits".getBytes(UTF_8))
                            .toCompletableFuture()
                            .join();
                    log.awaitCurrent(Duration.ofSeconds(5))
                            .toCompletableFuture()
                            .join();
                    // From snapshots and entries, once each.
                    assertThat(counted.orElseThrow())
                            .asString(UTF_8)
                            .isEqualTo(Integer.toString((started - 1) * 5 + visit));
                }
            }
        }
    }
}
