package io.election.sample.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Real processes on a broken network, at random. How long, with how many members and from which seed is said by
 * {@code election.faults.duration}, {@code .members} and {@code .seed}.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "needs signals, and a monotonic clock that processes share")
@Tag("faults")
class NemesisTests {

    private static final Duration DURATION =
            Duration.parse(Optional.of(System.getProperty("election.faults.duration", ""))
                    .filter(text -> !text.isBlank())
                    .orElse("PT20S"));
    private static final int MEMBERS = Integer.getInteger("election.faults.members", 3);

    @Test
    void survivesRandomFaults() {
        long seed =
                Long.getLong("election.faults.seed", ThreadLocalRandom.current().nextInt(1_000_000));
        System.out.println("Replay: -Delection.faults.seed=" + seed + " -Delection.faults.members=" + MEMBERS
                + " -Delection.faults.duration=" + DURATION);
        try (FaultyCluster cluster = FaultyCluster.start(MEMBERS)) {
            Nemesis nemesis = new Nemesis(cluster, seed);
            nemesis.rage(DURATION);
            Nemesis.Verdict verdict = nemesis.verdict();
            System.out.println(verdict.report());
            assertThat(verdict.violations()).as("violations with seed %d", seed).isEmpty();
            cluster.sound();
        }
    }
}
