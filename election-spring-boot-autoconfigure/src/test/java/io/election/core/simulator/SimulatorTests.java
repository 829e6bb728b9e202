package io.election.core.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.Role;
import io.election.StepDownReason;
import io.election.core.ElectionOutcome;
import io.election.core.RefusalReason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Whole clusters under random faults, each from a seed.
 *
 * <p>{@code -Delection.simulator.seeds=100000} runs more of them, {@code -Delection.simulator.first-seed=1} others, and
 * {@code -Delection.simulator.seed=123} runs one and prints all that happened in it.
 */
class SimulatorTests {

    private static final int SEEDS = 20_000;
    private static final int LINES_OF_A_FAILURE = 200;

    @Test
    void survivesRandomFaults() {
        long first = property("first-seed", 1);
        long seeds = property("seeds", SEEDS);
        Coverage coverage = new Coverage();
        long begin = System.nanoTime();
        for (long seed = first; seed < first + seeds; seed++) {
            run(seed, coverage);
        }
        System.out.println("Simulator: " + coverage.summary((System.nanoTime() - begin) / 1e9));
        if (seeds >= SEEDS) {
            reachesWhatItIsFor(coverage);
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

    private static void reachesWhatItIsFor(Coverage coverage) {
        for (ElectionOutcome outcome : ElectionOutcome.values()) {
            assertThat(coverage.outcomes(outcome))
                    .as("rounds that ended %s", outcome)
                    .isPositive();
        }
        for (StepDownReason reason : StepDownReason.values()) {
            if (reason != StepDownReason.TWO_LEADERS && reason != StepDownReason.INTERNAL_ERROR) {
                assertThat(coverage.ends(reason))
                        .as("leaderships that ended by %s", reason)
                        .isPositive();
            }
        }
        for (RefusalReason reason : List.of(
                RefusalReason.BOUND,
                RefusalReason.STALE_TERM,
                RefusalReason.ALREADY_VOTED,
                RefusalReason.LOG_BEHIND,
                RefusalReason.APPLICATION_BEHIND,
                RefusalReason.WATERMARK_NOT_COVERED,
                RefusalReason.ALREADY_FOUNDED,
                RefusalReason.CATCHING_UP,
                RefusalReason.LOG_MISMATCH,
                RefusalReason.UNAVAILABLE)) {
            assertThat(coverage.refusals(reason)).as("refusals for %s", reason).isPositive();
        }
        for (Role[] transition : new Role[][] {
            {Role.FOLLOWER, Role.PRE_CANDIDATE},
            {Role.PRE_CANDIDATE, Role.FOLLOWER},
            {Role.PRE_CANDIDATE, Role.CANDIDATE},
            {Role.CANDIDATE, Role.FOLLOWER},
            {Role.CANDIDATE, Role.LEADER},
            {Role.FOLLOWER, Role.CANDIDATE},
            {Role.LEADER, Role.FOLLOWER}
        }) {
            assertThat(coverage.transitions(transition[0], transition[1]))
                    .as("transitions from %s to %s", transition[0], transition[1])
                    .isPositive();
        }
        for (String event : List.of("founded", "let in", "pass sent", "handover HANDED_OVER", "proposal taken")) {
            assertThat(coverage.events(event)).as(event).isPositive();
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
