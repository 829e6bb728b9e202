package io.election.sample.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.sample.figures.Report;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The bench as a whole, and what it reads. Its figures are nobody's business here. */
class BenchTests {

    @Test
    @Tag("thorough")
    @Tag("odd-days")
    @Timeout(1800)
    @EnabledOnOs(value = OS.LINUX, disabledReason = "needs signals, and a monotonic clock that processes share")
    void measuresEveryPart() {
        Report report = new Report(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
        Bench.run(Bench.allParts(), Bench.Plan.quick(false, List.of()), report);
        assertThat(report.markdown())
                .contains(
                        "### Machine",
                        "### Handover, cold",
                        "### Handover, warm",
                        "### Crash of the leader",
                        "0 of 1 first answers after waking were wrong",
                        "### Changes of the members",
                        "### Members without a list and without a disk",
                        "rolling update of three: time without a leader, in all",
                        "killed and started again: beyond its start",
                        "### Processor time",
                        "added on the leader",
                        "threads, added on the follower",
                        "added by the console with all its files, and the endpoint",
                        "### A flood of requests",
                        "peers on a port of their own: time without a leader, a flood",
                        "peers on the application's port: time without a leader, a flood",
                        "### What a heartbeat allocates",
                        "Added by the starter")
                .contains("| gap: from the old leader's last `true` to the new leader's first | 1 | ")
                .doesNotContain("Faults in the records", "The leader changed");
    }

    @Test
    void readsHowLongAStartTookFromTheLog() {
        assertThat(StartUp.started("x : Started EmptyService in 1.234 seconds (process running for 1.6)"))
                .isEqualTo(1_234_000_000);
        assertThat(StartUp.started("x : Starting EmptyService using Java 17")).isEqualTo(-1);
        assertThat(StartUp.ranFor("""
                x : Started SampleApplication in 1.234 seconds (process running for 1.6)
                x : Starting SampleApplication using Java 17
                x : Started SampleApplication in 2.5 seconds (process running for 2.75)
                """)).containsExactly(1_600_000_000L, 2_750_000_000L);
    }

    @Test
    void countsTheAllocationsOfAThreadThatIsNewFromNothing() {
        assertThat(Jvm.difference(Map.of("loop#1", 100L, "gone#2", 50L), Map.of("loop#1", 130L, "new#3", 20L)))
                .isEqualTo(Map.of("loop#1", 30L, "new#3", 20L));
    }
}
