package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Three processes without any disk: killed one after the other, and all at once. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "needs a monotonic clock that processes share")
@Timeout(value = 600, unit = TimeUnit.SECONDS)
@Tag("cluster")
@Tag("thorough")
@Tag("even-days")
class MembersInMemoryProcessTests {

    private static final List<String> IDS = ProcessCluster.IDS;
    private static final Pattern LEADS = Pattern.compile("leads now, in term \\d+ with fencing token (\\d+)");

    @TempDir
    Path directory;

    @Test
    void whoeverIsKilledIsLetInAgainAndAllKilledAtOnceFoundTheClusterAnew() throws Exception {
        try (ProcessCluster cluster = new ProcessCluster(directory, "--election.storage.mode=memory")) {
            cluster.startAll();
            cluster.awaitLeader(IDS);
            for (String id : IDS) {
                awaitVotes(cluster, id, 1);
            }

            for (String id : IDS) {
                cluster.kill(id);
                cluster.awaitLeader(ProcessCluster.others(id));
                cluster.start(id);
                awaitVotes(cluster, id, 2);
            }
            assertThat(IDS.stream().mapToLong(id -> timesFounded(cluster, id)).sum())
                    .as("foundings")
                    .isEqualTo(1);
            long highest = highestToken(cluster);

            for (String id : IDS) {
                cluster.kill(id);
            }
            cluster.startAll();
            cluster.awaitLeader(IDS);
            for (String id : IDS) {
                awaitVotes(cluster, id, 3);
            }
            assertThat(IDS.stream().mapToLong(id -> timesFounded(cluster, id)).sum())
                    .as("foundings")
                    .isEqualTo(2);
            assertThat(highestToken(cluster)).isGreaterThan(highest);
            cluster.assertNeverTwo();
        }
    }

    /** Each life says once that its vote counts. */
    private static void awaitVotes(ProcessCluster cluster, String id, int life) {
        await().atMost(ProcessCluster.PATIENCE)
                .until(() -> cluster.answers(id).stream()
                                .filter(line -> line.startsWith("votes"))
                                .count()
                        == life);
    }

    private static long timesFounded(ProcessCluster cluster, String id) {
        return cluster.logged(id)
                .lines()
                .filter(line -> line.contains("has founded the cluster"))
                .count();
    }

    private static long highestToken(ProcessCluster cluster) {
        return IDS.stream()
                .flatMap(id -> tokens(cluster.logged(id)))
                .mapToLong(Long::longValue)
                .max()
                .orElseThrow();
    }

    private static Stream<Long> tokens(String logged) {
        return LEADS.matcher(logged).results().map((MatchResult led) -> Long.valueOf(led.group(1)));
    }
}
