package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three processes: what happens to one that is killed, and to one that is paused. The tests share them, since each takes
 * seconds to start.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "needs signals, and a monotonic clock that processes share")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
@Tag("cluster")
class ProcessClusterTests {

    private static final Duration PATIENCE = ProcessCluster.PATIENCE;
    private static final List<String> IDS = ProcessCluster.IDS;

    @TempDir
    static Path directory;

    private static ProcessCluster cluster;

    @BeforeAll
    static void create() throws IOException {
        cluster = new ProcessCluster(directory, "--election.storage.directory=" + directory.resolve("data"));
    }

    @BeforeEach
    void startAll() throws IOException {
        cluster.startAll();
    }

    @AfterEach
    void wakeAll() throws Exception {
        cluster.wakeAll();
    }

    @AfterAll
    static void killAll() throws InterruptedException {
        cluster.close();
    }

    @Test
    void successorOfAKilledLeaderLeadsOnlyAfterItsPromiseHasRunOut() throws Exception {
        String leader = cluster.awaitLeader(IDS);
        cluster.kill(leader);
        cluster.awaitLeader(ProcessCluster.others(leader));
        cluster.assertNeverTwo();
        int logged = cluster.logged(leader).length();
        int answered = cluster.answers(leader).size();
        cluster.start(leader);
        // It comes back as a follower, of whoever leads by then: it did not answer before that it leads.
        await().atMost(PATIENCE)
                .until(() -> cluster.logged(leader).substring(logged).contains("follows '"));
        assertThat(cluster.answers(leader).stream().skip(answered)).noneMatch(a -> a.startsWith("true"));
    }

    @Test
    void pausedLeaderAnswersFalseFromItsFirstCallAfterWaking() throws Exception {
        String leader = cluster.awaitLeader(IDS);
        await().atMost(PATIENCE).until(() -> cluster.last(leader, "elected") > cluster.last(leader, "stepped-down"));
        String term = ProcessCluster.word(cluster.answers(leader).get(cluster.last(leader, "elected")), 2);
        cluster.signal("STOP", leader);
        int before = cluster.answers(leader).size();
        cluster.awaitLeader(ProcessCluster.others(leader));
        cluster.signal("CONT", leader);
        // Its leadership ends with an event of its own, with the term it began with.
        await().atMost(PATIENCE)
                .until(() -> cluster.answers(leader).stream().skip(before).anyMatch(a -> a.startsWith("stepped-down")));
        await().atMost(PATIENCE)
                .until(() -> cluster.answers(leader).stream().skip(before).anyMatch(a -> a.startsWith("woke")));
        List<String> since = cluster.answers(leader).stream().skip(before).toList();
        assertThat(since).filteredOn(a -> a.startsWith("woke")).allMatch(a -> a.endsWith("false"));
        assertThat(since)
                .filteredOn(a -> a.startsWith("stepped-down"))
                .first()
                .satisfies(a -> assertThat(ProcessCluster.word(a, 2)).isEqualTo(term));
        // While it was paused nobody could ask it; what it says since it woke is what counts.
        assertThat(since).noneMatch(a -> a.startsWith("true"));
    }
}
