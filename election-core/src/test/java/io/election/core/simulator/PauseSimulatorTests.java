package io.election.core.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.election.HandoverResult;
import io.election.journal.FileJournal;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * The simulator's clusters, whose operators also pause the leadership and resume it (safety rule 18). After the faults, each pause
 * ends by its time or because somebody resumes, and then somebody leads.
 *
 * <p>{@code -Delection.simulator.seeds=1000} runs as many, {@code -Delection.simulator.first-seed=501} goes on from there, and {@code
 * -Delection.simulator.seed=123} runs one and prints what happened in it.
 */
@Tag("seeded")
class PauseSimulatorTests {

    private static final int SEEDS = 200;
    private static final int LINES_OF_A_FAILURE = 200;

    @BeforeAll
    static void silenceTheJournals() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(Level.OFF);
    }

    @AfterAll
    static void giveTheJournalsTheirVoiceBack() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(null);
    }

    @Test
    void aPausedLeadershipStaysWhereItIs() {
        long one = Long.getLong("election.simulator.seed", 0);
        if (one > 0) {
            Trace trace = new Trace(true);
            try {
                new RandomRun(one, trace, new Coverage()).pausing().run();
            } finally {
                trace.lines().forEach(System.out::println);
            }
            return;
        }
        long first = Long.getLong("election.simulator.first-seed", 1);
        // At full strength a quarter of the seeds that the other runs have.
        long asked = Long.getLong("election.simulator.seeds", SEEDS);
        long seeds = asked <= SEEDS ? asked : Math.max(SEEDS, asked / 4);
        List<Coverage> runs = LongStream.range(first, first + seeds)
                .parallel()
                .mapToObj(PauseSimulatorTests::run)
                .toList();
        if (seeds >= SEEDS) {
            // Fewer need not reach it all.
            assertThat(count(runs, Coverage.Event.LEADERSHIP_PAUSED)).isPositive();
            assertThat(count(runs, Coverage.Event.LEADERSHIP_RESUMED)).isPositive();
            assertThat(count(runs, Coverage.Event.STOOD_TO_RESUME)).isPositive();
            assertThat(count(runs, HandoverResult.Outcome.PAUSED)).isPositive();
        }
        System.out.println("Simulator, pauses: " + seeds + " seeds, "
                + count(runs, Coverage.Event.LEADERSHIP_PAUSED) + " pauses, "
                + count(runs, Coverage.Event.LEADERSHIP_RESUMED) + " ended, "
                + count(runs, Coverage.Event.STOOD_TO_RESUME) + " votes asked for to resume, "
                + count(runs, HandoverResult.Outcome.PAUSED) + " handovers refused");
    }

    private static long count(List<Coverage> runs, Enum<?> event) {
        return runs.stream().mapToLong(run -> run.count(event)).sum();
    }

    private static Coverage run(long seed) {
        Coverage coverage = new Coverage();
        try {
            new RandomRun(seed, new Trace(false), coverage).pausing().run();
        } catch (Violation | RuntimeException failed) {
            Trace trace = new Trace(true);
            try {
                new RandomRun(seed, trace, new Coverage()).pausing().run();
            } catch (Violation | RuntimeException again) {
                throw new AssertionError(
                        "seed " + seed + ": " + again.getMessage() + "\n" + trace.last(LINES_OF_A_FAILURE), again);
            }
            throw new AssertionError("seed " + seed + " fails only without a trace", failed);
        }
        return coverage;
    }
}
