package io.election.core.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.election.journal.FileJournal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.slf4j.LoggerFactory;

/**
 * Whole clusters under random faults, each from a seed.
 *
 * <p>{@code -Delection.simulator.seeds=1000000} runs more of them, {@code -Delection.simulator.first-seed=500001} goes on
 * from there, and {@code -Delection.simulator.seed=123} runs one and prints all that happened in it.
 */
class SimulatorTests {

    private static final int SEEDS = 12_000;
    private static final int LINES_OF_A_FAILURE = 200;
    private static final long SECONDS_BETWEEN_REPORTS = 60;

    @BeforeAll
    static void silenceTheJournals() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(Level.OFF);
    }

    @AfterAll
    static void giveTheJournalsTheirVoiceBack() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(null);
    }

    @Test
    void survivesRandomFaults() {
        long first = property("first-seed", 1);
        long seeds = property("seeds", SEEDS);
        Coverage coverage = new Coverage();
        Stopwatch watch = new Stopwatch();
        for (long seed = first; seed < first + seeds; seed++) {
            run(seed, coverage);
            if (watch.isDue()) {
                System.out.println("Simulator: up to seed " + seed + ": " + watch.speed(coverage) + ", not reached yet "
                        + coverage.unreached());
            }
        }
        System.out.println("Simulator: " + watch.speed(coverage) + System.lineSeparator() + coverage.table());
        assertThat(coverage.reachedAgainstExpectation())
                .as("what is said to be out of reach of the simulator, but was reached")
                .isEmpty();
        if (seeds >= SEEDS) {
            assertThat(coverage.unreached()).as("what no run reached").isEmpty();
        }
    }

    /** How fast it goes, in the time of the clock on the wall and of this thread's processor. */
    private static final class Stopwatch {
        private final long begin = System.nanoTime();
        private final long beginCpu = cpuNanos();
        private long reported = begin;

        boolean isDue() {
            boolean due = System.nanoTime() - reported > SECONDS_BETWEEN_REPORTS * 1_000_000_000;
            reported = due ? System.nanoTime() : reported;
            return due;
        }

        String speed(Coverage coverage) {
            return coverage.speed((System.nanoTime() - begin) / 1e9, (cpuNanos() - beginCpu) / 1e9);
        }

        private static long cpuNanos() {
            return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        }
    }

    @Test
    void replaysASeedExactly() {
        for (long seed = 1; seed <= 5; seed++) {
            assertThat(traceOf(seed)).isEqualTo(traceOf(seed));
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "election.simulator.seed", matches = "-?\\d+")
    void replays() {
        long seed = property("seed", 0);
        Trace trace = new Trace(true);
        try {
            new RandomRun(seed, trace, new Coverage()).run();
        } finally {
            trace.lines().forEach(System.out::println);
            write(seed, trace);
        }
    }

    private static void run(long seed, Coverage coverage) {
        try {
            new RandomRun(seed, new Trace(false), coverage).run();
        } catch (Violation | RuntimeException failure) {
            throw explained(seed, failure);
        }
    }

    /** Runs a seed that failed again, with its trace. */
    private static AssertionError explained(long seed, Throwable failure) {
        Trace trace = new Trace(true);
        String again = "the replay did not fail: the run depends on something else than its seed";
        try {
            new RandomRun(seed, trace, new Coverage()).run();
        } catch (Violation | RuntimeException expected) {
            again = expected.toString();
        }
        Path file = write(seed, trace);
        return new AssertionError(
                "seed " + seed + ": " + failure + System.lineSeparator() + "replayed: " + again
                        + System.lineSeparator()
                        + "replay with -Dtest=SimulatorTests#replays -Delection.simulator.seed="
                        + seed + "; all of it in " + file + System.lineSeparator() + trace.last(LINES_OF_A_FAILURE),
                failure);
    }

    private static List<String> traceOf(long seed) {
        Trace trace = new Trace(true);
        new RandomRun(seed, trace, new Coverage()).run();
        return trace.lines();
    }

    private static Path write(long seed, Trace trace) {
        Path file = Path.of("target", "simulator", "seed-" + seed + ".txt");
        try {
            Files.createDirectories(file.getParent());
            return Files.write(file, trace.lines());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long property(String name, long otherwise) {
        String value = System.getProperty("election.simulator." + name, "");
        return value.isBlank() ? otherwise : Long.parseLong(value.trim());
    }
}
