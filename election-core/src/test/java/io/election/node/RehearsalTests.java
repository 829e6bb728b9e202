package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RehearsalTests {

    private static final Duration LONG = Duration.ofMinutes(2);
    private static final String NAME = "rehearsal-of-a-test";

    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private final AtomicBoolean begun = new AtomicBoolean();
    private final AtomicInteger looks = new AtomicInteger();
    private volatile boolean calm = true;
    private final List<String> counted = new CopyOnWriteArrayList<>();
    private final Chronicle chronicle = new Chronicle("real", "a", List.of(new Observer("real")));
    private Rehearsal rehearsal = with(this::looks);

    /** Writes down for whom it counts. */
    private final class Observer implements NodeObserver {

        private final String name;

        Observer(String name) {
            this.name = name;
        }

        @Override
        public NodeObserver rehearsed() {
            return new Observer("rehearsed");
        }

        @Override
        public void roundEnded(String outcome) {
            counted.add(name);
        }
    }

    private Rehearsal with(BooleanSupplier supplier) {
        return new Rehearsal(NAME, begun, supplier, () -> new RehearsedCluster(chronicle), failures::add);
    }

    private boolean looks() {
        looks.incrementAndGet();
        return calm;
    }

    @AfterEach
    void stop() throws InterruptedException {
        rehearsal.stop();
        assertThat(rehearsal.join(LONG)).isTrue();
        assertThat(failures).isEmpty();
    }

    private void awaitLooks(int more) {
        int before = looks.get();
        await().atMost(LONG).until(() -> looks.get() >= before + more);
    }

    @Test
    void changesLeadersAndEndsWithItsThread() throws InterruptedException {
        rehearsal.start();
        assertThat(rehearsal.join(LONG)).isTrue();
        assertThat(rehearsal.changes()).isEqualTo(Rehearsal.CHANGES);
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.contains(RehearsedMember.THREADS));
    }

    @Test
    void countsForItsOwnObserversAndKeepsNoHistory() throws InterruptedException {
        rehearsal.start();
        assertThat(rehearsal.join(LONG)).isTrue();
        assertThat(counted).contains("rehearsed").doesNotContain("real");
        assertThat(chronicle.history()).isEmpty();
    }

    @Test
    void saysNothingAndWritesNoFile() throws InterruptedException, IOException {
        Logger root = (Logger) LoggerFactory.getLogger("io.election");
        List<String> said = new CopyOnWriteArrayList<>();
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                if (event.getThreadName().equals(NAME) || event.toString().contains(RehearsedCluster.NAME)) {
                    said.add(event.getFormattedMessage());
                }
            }
        };
        appender.start();
        root.addAppender(appender);
        root.setLevel(Level.TRACE);
        List<Path> before = files();
        try {
            rehearsal.start();
            assertThat(rehearsal.join(LONG)).isTrue();
        } finally {
            root.detachAppender(appender);
            root.setLevel(null);
        }
        assertThat(said).isEmpty();
        assertThat(files()).isEqualTo(before);
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(""))) {
            // Whatever attaches an agent to this JVM or to another that runs tests leaves a file of this name for a
            // moment.
            return files.filter(file -> !file.toString().startsWith(".attach_pid"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void doesNotBeginWhileTheElectionIsAtWork() {
        calm = false;
        rehearsal.start();
        awaitLooks(3);
        assertThat(begun).isFalse();
        assertThat(rehearsal.changes()).isZero();

        calm = true;
        await().atMost(LONG).until(() -> rehearsal.changes() > 0);
    }

    @Test
    void stopsForAnElectionAndGoesOnAfterIt() {
        AtomicBoolean stopped = new AtomicBoolean();
        rehearsal = with(() -> {
            looks.incrementAndGet();
            if (rehearsal.changes() == 2) {
                stopped.set(true);
            }
            return calm || !stopped.get();
        });
        calm = false;
        rehearsal.start();
        await().atMost(LONG).untilTrue(stopped);
        awaitLooks(3);
        assertThat(rehearsal.changes()).isEqualTo(2);

        calm = true;
        await().atMost(LONG).until(() -> rehearsal.changes() > 2);
    }

    @Test
    void endsWhenItsMemberStops() throws InterruptedException {
        rehearsal = with(() -> {
            if (rehearsal.changes() == 1) {
                rehearsal.stop();
            }
            return true;
        });
        rehearsal.start();
        assertThat(rehearsal.join(LONG)).isTrue();
        assertThat(rehearsal.changes()).isEqualTo(1);
        // The next member in this process begins anew.
        assertThat(begun).isFalse();
    }

    @Test
    void isDoneOnceInAProcess() throws InterruptedException {
        begun.set(true);
        rehearsal.start();
        assertThat(rehearsal.join(LONG)).isTrue();
        assertThat(rehearsal.changes()).isZero();
    }

    @Test
    void tellsOnceOfWhatEndsItBeforeItsTime() throws InterruptedException {
        rehearsal = new Rehearsal(
                NAME,
                begun,
                () -> true,
                () -> {
                    throw new IllegalStateException("planted");
                },
                failures::add);
        rehearsal.start();
        assertThat(rehearsal.join(LONG)).isTrue();
        assertThat(failures)
                .singleElement()
                .satisfies(failure -> assertThat(failure).hasMessage("planted"));
        failures.clear();
    }
}
