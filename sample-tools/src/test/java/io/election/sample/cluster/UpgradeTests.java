package io.election.sample.cluster;

import static io.election.sample.cluster.MixedCluster.EARLIER;
import static io.election.sample.cluster.MixedCluster.PRESENT;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Three real processes of an earlier version, built from this repository's history, are exchanged one by one for the present one, on
 * their directories and under load; and then back. In between, each version leads the other, elects it, and gives it its whole state.
 */
@Tag("thorough")
@Tag("even-days")
@Timeout(5400)
@EnabledOnOs(value = OS.LINUX, disabledReason = "needs signals, and a monotonic clock that processes share")
class UpgradeTests {

    static Stream<EarlierVersion> earlierVersions() {
        return EarlierVersion.all().stream();
    }

    @ParameterizedTest
    @MethodSource("earlierVersions")
    void membersOfBothVersionsAreOneClusterAndLoseNothing(EarlierVersion earlier) {
        earlier.needHistory();
        Map<String, List<String>> programs =
                Map.of(EARLIER, earlier.program(), PRESENT, SampleCluster.java(SampleCluster.SAMPLE));
        System.out.println("With members of " + earlier + ":");
        SampleCluster.with(layout(), cluster -> {
            MixedCluster mixed = new MixedCluster(cluster, programs);
            play(mixed, mixed.member(0), mixed.member(1), mixed.member(2));
            mixed.end();

            MixedCluster.Verdict verdict = mixed.verdict();
            System.out.println(verdict.report());
            if (!verdict.faults().isEmpty()) {
                // Keeps logs and records.
                throw new ClusterException(String.join("\n", verdict.faults()));
            }
            assertThat(verdict.handovers()).containsKeys(EARLIER + " to " + PRESENT, PRESENT + " to " + EARLIER);
            assertThat(verdict.applied()).as("acknowledged writes to the store").isPositive();
        });
    }

    private static void play(MixedCluster mixed, MemberProcess a, MemberProcess b, MemberProcess c) {
        mixed.found(EARLIER);
        mixed.leads(a);

        // Whoever led is stopped: it hands over to another one of its version.
        mixed.exchange(a, PRESENT);
        mixed.leads(b);
        mixed.leads(a);
        // One of each version is left: nobody leads, and nothing is acknowledged, without the other's word.
        mixed.kill(b);
        mixed.leads(c);
        mixed.leads(a);
        mixed.elect();
        mixed.startAgain(b);

        mixed.exchange(b, PRESENT);
        mixed.leads(c);
        mixed.empty(b);
        mixed.leads(a);
        mixed.empty(c);

        mixed.leads(c);
        mixed.exchange(c, PRESENT);
        mixed.leads(c);
        mixed.look();

        // And back: nothing was written that only the present version knows.
        mixed.exchange(c, EARLIER);
        mixed.leads(c);
        mixed.exchange(b, EARLIER);
        mixed.leads(a);
        mixed.exchange(a, EARLIER);
        mixed.leads(a);
        mixed.look();
    }

    private static SampleCluster.Layout layout() {
        Path directory = SampleCluster.newDirectory("upgrade");
        List<String> arguments = new ArrayList<>(RollingUpdate.ARGUMENTS);
        arguments.addAll(KeptValues.ARGUMENTS);
        arguments.addAll(List.of(
                "--management.endpoint.election.access=unrestricted",
                "--sample.interval=50ms",
                "--sample.record-interval=500us",
                "--sample.resource=" + directory.resolve("resource"),
                "--sample.writes=true",
                // Images come soon, and take the entries with them: whoever lacks them has to be sent an image.
                "--election.memory.snapshot-entries=200",
                "--election.memory.kept-size=1KB",
                "--election.election-timeout=3s",
                "--election.lease-duration=2500ms"));
        return new SampleCluster.Layout(
                SampleCluster.SAMPLE,
                null,
                directory,
                true,
                SampleCluster.freePorts(),
                true,
                List.of(),
                null,
                arguments);
    }
}
