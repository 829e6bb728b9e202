package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three processes: what happens to one that is killed, and to one that is paused. The tests share them, since each takes
 * seconds to start. Their timing is long enough that a busy machine is no reason for an election.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "needs signals, and a monotonic clock that processes share")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
@Tag("cluster")
class ProcessClusterTests {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final List<String> IDS = List.of("a", "b", "c");

    @TempDir
    static Path directory;

    private static final Map<String, Integer> ports = new TreeMap<>();
    private static final Map<String, Process> processes = new TreeMap<>();

    /** All at first, and later those that a test has ended. */
    @BeforeEach
    void startAll() throws IOException {
        for (String id : IDS) {
            if (!ports.containsKey(id)) {
                ports.put(id, FreePorts.next());
            }
        }
        for (String id : IDS) {
            if (!processes.containsKey(id) || !processes.get(id).isAlive()) {
                start(id);
            }
        }
    }

    @AfterEach
    void wakeAll() throws Exception {
        for (String id : IDS) {
            if (processes.get(id).isAlive()) {
                signal("CONT", id);
            }
        }
    }

    @AfterAll
    static void killAll() throws InterruptedException {
        for (Process process : processes.values()) {
            process.destroyForcibly().waitFor();
        }
        processes.clear();
        ports.clear();
    }

    private static void start(String id) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                ProcessMember.class.getName(),
                "--spring.main.web-application-type=none",
                "--spring.application.name=process-test",
                "--spring.main.banner-mode=off",
                "--election.peer.port=" + ports.get(id),
                "--election.node-id=" + id,
                "--election.storage.directory=" + directory.resolve("data"),
                "--election.peer.secret=" + TestCluster.SECRET,
                "--election.election-timeout=3s",
                "--election.lease-duration=2500ms",
                "--record=" + record(id)));
        for (String member : IDS) {
            command.add("--election.members[" + IDS.indexOf(member) + "]=" + member + "=http://127.0.0.1:"
                    + ports.get(member));
        }
        processes.put(
                id,
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log(id).toFile()))
                        .start());
    }

    private static Path record(String id) {
        return directory.resolve(id + ".record");
    }

    private static Path log(String id) {
        return directory.resolve(id + ".log");
    }

    @Test
    void successorOfAKilledLeaderLeadsOnlyAfterItsPromiseHasRunOut() throws Exception {
        String leader = awaitLeader(IDS);
        kill(leader);
        awaitLeader(others(leader));
        assertNeverTwo();
        int logged = Files.readString(log(leader)).length();
        int answered = answers(leader).size();
        start(leader);
        // It comes back as a follower, of whoever leads by then: it did not answer before that it leads.
        await().atMost(PATIENCE)
                .until(() -> Files.readString(log(leader)).substring(logged).contains("follows '"));
        assertThat(answers(leader).stream().skip(answered)).noneMatch(a -> a.startsWith("true"));
    }

    @Test
    void pausedLeaderAnswersFalseFromItsFirstCallAfterWaking() throws Exception {
        String leader = awaitLeader(IDS);
        await().atMost(PATIENCE).until(() -> last(leader, "elected") > last(leader, "stepped-down"));
        String term = word(answers(leader).get(last(leader, "elected")), 2);
        signal("STOP", leader);
        int before = answers(leader).size();
        awaitLeader(others(leader));
        signal("CONT", leader);
        // Its leadership ends with an event of its own, with the term it began with.
        await().atMost(PATIENCE)
                .until(() -> answers(leader).stream().skip(before).anyMatch(a -> a.startsWith("stepped-down")));
        await().atMost(PATIENCE)
                .until(() -> answers(leader).stream().skip(before).anyMatch(a -> a.startsWith("woke")));
        List<String> since = answers(leader).stream().skip(before).toList();
        assertThat(since).filteredOn(a -> a.startsWith("woke")).allMatch(a -> a.endsWith("false"));
        assertThat(since)
                .filteredOn(a -> a.startsWith("stepped-down"))
                .first()
                .satisfies(a -> assertThat(word(a, 2)).isEqualTo(term));
        // While it was paused nobody could ask it; what it says since it woke is what counts.
        assertThat(since).noneMatch(a -> a.startsWith("true"));
    }

    private static List<String> others(String leader) {
        return IDS.stream().filter(id -> !id.equals(leader)).toList();
    }

    /** Ends a process for good, and writes down for it that it does not lead from now on. */
    private static void kill(String id) throws Exception {
        processes.get(id).destroyForcibly().waitFor();
        Files.writeString(
                record(id), "false " + System.nanoTime() + "\n", StandardCharsets.US_ASCII, StandardOpenOption.APPEND);
    }

    /** Waits until one of the members last answered that it leads. */
    private static String awaitLeader(List<String> among) {
        await().atMost(PATIENCE)
                .until(() ->
                        among.stream().filter(ProcessClusterTests::lastSaidTrue).count() == 1);
        return among.stream()
                .filter(ProcessClusterTests::lastSaidTrue)
                .findFirst()
                .orElseThrow();
    }

    private static boolean lastSaidTrue(String id) {
        List<String> said = answers(id).stream()
                .filter(a -> a.startsWith("true") || a.startsWith("false"))
                .toList();
        return !said.isEmpty() && said.get(said.size() - 1).startsWith("true");
    }

    /** No two members led at the same time, as each wrote it down; a killed one led until it was killed. */
    private static void assertNeverTwo() {
        record Led(String id, long from, long to) {}
        List<Led> all = new ArrayList<>();
        for (String id : IDS) {
            Long from = null;
            for (String answer : answers(id)) {
                if (answer.startsWith("true")) {
                    from = Long.valueOf(word(answer, 1));
                } else if (answer.startsWith("false") && from != null) {
                    all.add(new Led(id, from, Long.parseLong(word(answer, 1))));
                    from = null;
                }
            }
            if (from != null) {
                all.add(new Led(id, from, Long.MAX_VALUE));
            }
        }
        assertThat(all)
                .as("the leadership that was ended, and the one after it")
                .hasSizeGreaterThanOrEqualTo(2);
        for (Led one : all) {
            for (Led other : all) {
                assertThat(one == other || one.to() < other.from() || other.to() < one.from())
                        .as("%s and %s do not overlap", one, other)
                        .isTrue();
            }
        }
    }

    /** Where in its answers the last one of this kind is, or -1. */
    private static int last(String id, String kind) {
        List<String> answers = answers(id);
        for (int i = answers.size() - 1; i >= 0; i--) {
            if (answers.get(i).startsWith(kind)) {
                return i;
            }
        }
        return -1;
    }

    private static String word(String line, int index) {
        return line.split(" ")[index];
    }

    private static List<String> answers(String id) {
        try {
            if (!Files.exists(record(id))) {
                return List.of();
            }
            String text = Files.readString(record(id), StandardCharsets.US_ASCII);
            // The last line may be half written.
            return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void signal(String signal, String id) throws Exception {
        int exit = new ProcessBuilder(
                        "kill", "-" + signal, String.valueOf(processes.get(id).pid()))
                .inheritIO()
                .start()
                .waitFor();
        assertThat(exit).isZero();
    }
}
