package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import io.election.discovery.NameServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Processes without a list and without a disk that find each other by a name, each at a loopback address of its own. */
@EnabledOnOs(
        value = OS.LINUX,
        disabledReason = "needs a monotonic clock that processes share, and addresses of loopback")
@Timeout(value = 900, unit = TimeUnit.SECONDS)
@Tag("cluster")
@Tag("thorough")
@Tag("even-days")
class FoundByNameProcessTests {

    private static final String NAME = "orders-headless.test";
    private static final Pattern LEADS = Pattern.compile("leads now, in term \\d+ with fencing token (\\d+)");

    @TempDir
    Path directory;

    private NameServer names;
    private ProcessCluster cluster;
    private final Map<String, String> addresses = new TreeMap<>();
    /** How often each had said that it votes when its latest life began. */
    private final Map<String, Long> votedBefore = new TreeMap<>();

    private final List<String> running = new ArrayList<>();

    @BeforeEach
    void begin() throws Exception {
        names = new NameServer().lifetimes(0, 0);
        cluster = new ProcessCluster(
                directory,
                false,
                "--election.discovery.dns=" + NAME + ".",
                "--election.discovery.expected=3",
                "--election.discovery.servers=127.0.0.1:" + names.address().getPort(),
                "--election.discovery.stable-margin=6s",
                "--election.discovery.cache=1s",
                "--election.peer.port=" + FreePorts.next(),
                "--election.promotion.stabilisation=1s",
                "--election.cleanup.after=30s");
    }

    @AfterEach
    void end() throws Exception {
        cluster.close();
        names.close();
    }

    // ------------------------------------------------------------------------------------------------ processes

    private String address(String id) {
        return addresses.computeIfAbsent(id, added -> "127.0.8." + (addresses.size() + 1));
    }

    private void show() throws Exception {
        names.addresses(NAME, running.stream().map(this::address).toArray(String[]::new));
    }

    private void start(String... ids) throws Exception {
        for (String id : ids) {
            running.add(id);
            votedBefore.put(id, timesVoted(id));
        }
        show();
        for (String id : ids) {
            cluster.start(id, "--election.peer.address=" + address(id));
        }
    }

    /** As a rollout does: ends them in good order, and the name does not show them any more. */
    private void stop(String... ids) throws Exception {
        running.removeAll(List.of(ids));
        show();
        for (String id : ids) {
            cluster.signal("TERM", id);
        }
        for (String id : ids) {
            cluster.awaitEnd(id);
        }
    }

    private void kill(String... ids) throws Exception {
        for (String id : ids) {
            cluster.kill(id);
            running.remove(id);
        }
        show();
    }

    private String leader() {
        return cluster.awaitLeader(running);
    }

    /** Each life says once that its vote counts. */
    private void awaitVotes(String... ids) {
        for (String id : ids) {
            await("'" + id + "' votes")
                    .atMost(ProcessCluster.PATIENCE)
                    .until(() -> timesVoted(id) > votedBefore.get(id));
        }
    }

    private long timesVoted(String id) {
        return cluster.answers(id).stream()
                .filter(line -> line.startsWith("votes"))
                .count();
    }

    private void awaitJoined(String... ids) {
        for (String id : ids) {
            await("'" + id + "' follows")
                    .atMost(ProcessCluster.PATIENCE)
                    .until(() -> cluster.logged(id).contains("follows '"));
        }
    }

    private long foundings() {
        return votedBefore.keySet().stream()
                .mapToLong(id -> cluster.logged(id)
                        .lines()
                        .filter(line -> line.contains("has founded the cluster"))
                        .count())
                .sum();
    }

    private long leasesLost() {
        return votedBefore.keySet().stream()
                .mapToLong(id -> cluster.answers(id).stream()
                        .filter(line -> line.startsWith("stepped-down") && line.endsWith("LEASE_LOST"))
                        .count())
                .sum();
    }

    private List<Long> tokens() {
        return votedBefore.keySet().stream()
                .flatMap(id -> LEADS.matcher(cluster.logged(id)).results())
                .map(led -> Long.valueOf(led.group(1)))
                .sorted()
                .toList();
    }

    private long highestToken() {
        List<Long> tokens = tokens();
        return tokens.get(tokens.size() - 1);
    }

    // ------------------------------------------------------------------------------------------------ what befalls
    // them

    @Test
    void aRollingUpdateAndScalingKeepTheClusterAsTheyAre() throws Exception {
        start("a", "b", "c");
        leader();
        awaitVotes("a", "b", "c");
        for (String id : List.of("d", "e", "f")) {
            start(id);
            awaitJoined(id);
            stop(running.get(0));
            awaitVotes(id);
            leader();
        }
        // To six, of which three are spares, and back to three.
        start("g", "h", "i");
        awaitJoined("g", "h", "i");
        stop("d");
        stop("e");
        stop("f");
        awaitVotes("g", "h", "i");
        leader();
        // To one, and to three again.
        stop("g");
        stop("h");
        assertThat(leader()).isEqualTo("i");
        start("j", "k");
        awaitVotes("j", "k");
        // Two leave at once.
        start("l", "m");
        awaitJoined("l", "m");
        String leader = leader();
        String other =
                running.stream().filter(id -> !id.equals(leader)).findFirst().orElseThrow();
        stop(leader, other);
        leader();
        assertThat(foundings()).isEqualTo(1);
        assertThat(leasesLost())
                .as("leaderships that ended otherwise than by a handover")
                .isZero();
        assertThat(tokens()).doesNotHaveDuplicates();
        cluster.assertNeverTwo();
    }

    /** Pairs, sets of which each could found a cluster, nobody, and failures, one after the other, while the members ask once a second. */
    @Test
    void howeverTheNameServiceFlapsOneClusterIsFounded() throws Exception {
        start("a", "b", "c", "d");
        for (String id : running) {
            await("'" + id + "' looks for others")
                    .atMost(ProcessCluster.PATIENCE)
                    .until(() -> cluster.logged(id).contains("does not found a cluster yet"));
        }
        for (int round = 0; round < 4; round++) {
            flap();
        }
        show();
        leader();
        awaitAllBelong();
        assertThat(foundings()).isEqualTo(1);
        // Nor is another one founded once there is one, by those that come meanwhile either.
        start("e");
        flap();
        show();
        leader();
        awaitAllBelong();
        assertThat(foundings()).isEqualTo(1);
        assertThat(tokens()).doesNotHaveDuplicates();
        // It goes on without its leader.
        stop(leader());
        leader();
        assertThat(foundings()).isEqualTo(1);
        cluster.assertNeverTwo();
    }

    /** Each lasts until as many questions as there are members have come. */
    private void flap() throws Exception {
        List<List<String>> shown = List.of(
                List.of("a", "b"),
                List.of("b", "c", "d"),
                List.of(),
                List.of("c", "d"),
                List.of("a", "c", "d"),
                List.of("a", "b", "c"));
        for (List<String> ids : shown) {
            names.addresses(NAME, ids.stream().map(this::address).toArray(String[]::new));
            awaitQuestions();
            names.is(NameServer.Mood.SERVFAIL);
            awaitQuestions();
            names.is(NameServer.Mood.SOUND);
        }
    }

    private void awaitQuestions() {
        int asked = names.asked().size();
        await("the members ask")
                .atMost(ProcessCluster.PATIENCE)
                .until(() -> names.asked().size() >= asked + running.size());
    }

    private void awaitAllBelong() {
        for (String id : running) {
            await("'" + id + "' follows or leads")
                    .atMost(ProcessCluster.PATIENCE)
                    .until(() -> cluster.logged(id).contains("follows '")
                            || cluster.logged(id).contains("leads now"));
        }
    }

    @Test
    void aClusterOfWhichAllAreKilledIsFoundedAnewAndACrashLoopEndsNone() throws Exception {
        start("a", "b", "c");
        leader();
        awaitVotes("a", "b", "c");
        long highest = highestToken();
        kill("a", "b", "c");
        // Others, in the places of all three.
        start("d", "e", "f");
        leader();
        awaitVotes("d", "e", "f");
        assertThat(foundings()).isEqualTo(2);
        assertThat(highestToken()).isGreaterThan(highest);
        // One in a crash loop comes back under its id, with a new memory each time.
        String leader = leader();
        String crashes =
                running.stream().filter(id -> !id.equals(leader)).findFirst().orElseThrow();
        for (int i = 0; i < 4; i++) {
            kill(crashes);
            start(crashes);
            if (i % 2 == 1) {
                awaitVotes(crashes);
            }
            assertThat(leader()).as("nobody else was asked to lead").isEqualTo(leader);
        }
        awaitVotes(crashes);
        assertThat(foundings()).isEqualTo(2);
        cluster.assertNeverTwo();
    }
}
