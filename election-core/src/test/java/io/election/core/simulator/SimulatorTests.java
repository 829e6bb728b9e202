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
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.slf4j.LoggerFactory;

/**
 * Whole clusters under random faults, each from a seed.
 *
 * <p>{@code -Delection.simulator.seeds=1000000} runs more of them, {@code -Delection.simulator.first-seed=500001} goes on
 * from there, {@code -Delection.simulator.threads=1} takes one processor instead of all, and {@code -Delection.simulator.seed=123} runs one and prints all that happened in it,
 * with {@code -Delection.simulator.disks=NONE} as one of members without disks.
 */
@Tag("seeded")
class SimulatorTests {

    private static final int SEEDS = 400;
    /** With fewer, not all of what may happen does. */
    private static final int SEEDS_THAT_REACH_ALL = 2_000;
    /** One of so many seeds also runs without disks, in each of two ways. */
    private static final int ONE_WITHOUT_DISKS_OF = 10;

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
    void survivesRandomFaults() throws InterruptedException {
        long first = property("first-seed", 1);
        long seeds = property("seeds", SEEDS);
        Shares shares = new Shares(first, seeds, Disks.SOUND_OR_NOT);
        Coverage coverage = shares.run();
        System.out.println("Simulator: " + shares.speed(coverage) + System.lineSeparator() + coverage.table());
        assertThat(coverage.reachedAgainstExpectation())
                .as("what is said to be out of reach of the simulator, but was reached")
                .isEmpty();
        if (seeds >= SEEDS_THAT_REACH_ALL) {
            assertThat(coverage.unreached()).as("what no run reached").isEmpty();
        }
    }

    /** {@code election.storage.mode=memory}: who is restarted has forgotten everything. */
    @Test
    void survivesRandomFaultsWhereEveryRestartForgets() throws InterruptedException {
        runWithoutDisks(Disks.NONE);
    }

    /** What no longer comes back does not lead twice either. */
    @Test
    void keepsItsPromisesHoweverManyForgetAtOnce() throws InterruptedException {
        runWithoutDisks(Disks.NONE_AND_ANY_NUMBER_ENDS);
    }

    private static void runWithoutDisks(Disks disks) throws InterruptedException {
        Shares shares = new Shares(property("first-seed", 1), property("seeds", SEEDS) / ONE_WITHOUT_DISKS_OF, disks);
        Coverage coverage = shares.run();
        System.out.println("Simulator, disks " + disks + ": " + shares.speed(coverage) + ", "
                + coverage.restartsThatForgot + " restarts that forgot");
        assertThat(coverage.restartsThatForgot).isGreaterThanOrEqualTo(coverage.seeds);
    }

    /** What the members of a run have. */
    private enum Disks {
        SOUND_OR_NOT,
        NONE,
        NONE_AND_ANY_NUMBER_ENDS;

        RandomRun run(long seed, Trace trace, Coverage coverage) {
            RandomRun run = new RandomRun(seed, trace, coverage);
            return this == SOUND_OR_NOT ? run : run.withoutDisks(this == NONE_AND_ANY_NUMBER_ENDS);
        }
    }

    /** Seeds shared among the processors, a block at a time. Of those that fail, the lowest is reported. */
    private static final class Shares {

        private static final int BLOCK = 25;

        private final Disks disks;
        private final long end;
        private final AtomicLong next;
        private final AtomicLong cpuNanos = new AtomicLong();
        private final Coverage coverage = new Coverage();
        private final SortedMap<Long, Throwable> failures = new ConcurrentSkipListMap<>();
        private final long begin = System.nanoTime();
        private long reported = begin;

        Shares(long first, long seeds, Disks disks) {
            this.disks = disks;
            end = first + seeds;
            next = new AtomicLong(first);
        }

        /** Runs all of them, or until one fails. */
        Coverage run() throws InterruptedException {
            List<Thread> threads = new ArrayList<>();
            for (long i = property("threads", Runtime.getRuntime().availableProcessors()); i > 0; i--) {
                Thread thread = new Thread(this::work, "simulator-" + i);
                threads.add(thread);
                thread.start();
            }
            for (Thread thread : threads) {
                thread.join();
            }
            if (!failures.isEmpty()) {
                long seed = failures.firstKey();
                throw explained(seed, disks, failures.get(seed));
            }
            return coverage;
        }

        private void work() {
            for (long block = next.getAndAdd(BLOCK); block < end && failures.isEmpty(); block = next.getAndAdd(BLOCK)) {
                Coverage own = new Coverage();
                long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
                for (long seed = block; seed < Math.min(block + BLOCK, end); seed++) {
                    try {
                        disks.run(seed, new Trace(false), own).run();
                    } catch (Throwable failure) {
                        // Whatever it is, it is told with its seed.
                        failures.put(seed, failure);
                        break;
                    }
                }
                cpuNanos.addAndGet(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu);
                add(own);
            }
        }

        private synchronized void add(Coverage own) {
            coverage.add(own);
            if (System.nanoTime() - reported > SECONDS_BETWEEN_REPORTS * 1_000_000_000) {
                reported = System.nanoTime();
                System.out.println("Simulator: up to about seed " + next.get() + ": " + speed(coverage)
                        + ", not reached yet " + coverage.unreached());
            }
        }

        /** How fast it goes, in the time of the clock on the wall and of the processors. */
        String speed(Coverage of) {
            return of.speed((System.nanoTime() - begin) / 1e9, cpuNanos.get() / 1e9);
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
            Disks.valueOf(System.getProperty("election.simulator.disks", Disks.SOUND_OR_NOT.name()))
                    .run(seed, trace, new Coverage())
                    .run();
        } finally {
            trace.lines().forEach(System.out::println);
            write(seed, trace);
        }
    }

    /** Runs a seed that failed again, with its trace. */
    private static AssertionError explained(long seed, Disks disks, Throwable failure) {
        Trace trace = new Trace(true);
        String again = "the replay did not fail: the run depends on something else than its seed";
        try {
            disks.run(seed, trace, new Coverage()).run();
        } catch (Violation | RuntimeException expected) {
            again = expected.toString();
        }
        Path file = write(seed, trace);
        return new AssertionError(
                "seed " + seed + ": " + failure + System.lineSeparator() + "replayed: " + again
                        + System.lineSeparator()
                        + "replay with -Dtest=SimulatorTests#replays -Delection.simulator.seed="
                        + seed + " -Delection.simulator.disks=" + disks + "; all of it in " + file
                        + System.lineSeparator() + trace.last(LINES_OF_A_FAILURE),
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
