package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Three processes: what happens to one that is killed, and to one that is paused. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "needs signals, and a monotonic clock that processes share")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
@Tag("cluster")
class ProcessClusterTests {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final List<String> IDS = List.of("a", "b", "c");

    @TempDir
    Path directory;

    private final Map<String, Integer> ports = new TreeMap<>();
    private final Map<String, Process> processes = new TreeMap<>();

    @BeforeEach
    void startAll() throws IOException {
        for (String id : IDS) {
            ports.put(id, FreePorts.next());
        }
        for (String id : IDS) {
            start(id);
        }
    }

    @AfterEach
    void killAll() throws InterruptedException {
        for (Process process : processes.values()) {
            process.destroyForcibly().waitFor();
        }
    }

    private void start(String id) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                ProcessMember.class.getName(),
                "--server.port=" + ports.get(id),
                "--server.address=127.0.0.1",
                "--spring.application.name=process-test",
                "--spring.main.banner-mode=off",
                "--election.node-id=" + id,
                "--election.storage.directory=" + directory.resolve("data"),
                "--election.peer.secret=" + TestCluster.SECRET,
                "--record=" + record(id)));
        for (String member : IDS) {
            command.add("--election.members[" + IDS.indexOf(member) + "]=" + member + "=http://127.0.0.1:"
                    + ports.get(member));
        }
        processes.put(
                id,
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(
                                directory.resolve(id + ".log").toFile()))
                        .start());
    }

    private Path record(String id) {
        return directory.resolve(id + ".record");
    }

    @Test
    void successorOfAKilledLeaderLeadsOnlyAfterItsPromiseHasRunOut() throws Exception {
        String leader = awaitLeader(IDS);
        long killedAt = System.nanoTime();
        processes.remove(leader).destroyForcibly().waitFor();
        List<String> others = IDS.stream().filter(id -> !id.equals(leader)).toList();
        String successor = awaitLeader(others);
        assertNeverTwo(Map.of(leader, killedAt + Duration.ofMillis(200).toNanos()));
        start(leader);
        // It comes back as a follower: its own record ends with the leadership that was cut short.
        long led = answers(leader).stream().filter(a -> a.startsWith("true")).count();
        await().atMost(PATIENCE)
                .until(() ->
                        Files.readString(directory.resolve(leader + ".log")).contains("follows '" + successor + "'"));
        assertThat(answers(leader).stream().filter(a -> a.startsWith("true")).count())
                .isEqualTo(led);
    }

    @Test
    void pausedLeaderAnswersFalseFromItsFirstCallAfterWaking() throws Exception {
        String leader = awaitLeader(IDS);
        signal("STOP", leader);
        List<String> others = IDS.stream().filter(id -> !id.equals(leader)).toList();
        awaitLeader(others);
        signal("CONT", leader);
        await().atMost(PATIENCE).until(() -> answers(leader).stream().anyMatch(a -> a.startsWith("woke")));
        assertThat(answers(leader).stream().filter(a -> a.startsWith("woke")))
                .isNotEmpty()
                .allMatch(a -> a.endsWith("false"));
        // Its leadership ends with an event of its own, with the term it began with.
        await().atMost(PATIENCE).until(() -> answers(leader).stream().anyMatch(a -> a.startsWith("stepped-down")));
        String term = word(first(leader, "elected"), 2);
        assertThat(word(first(leader, "stepped-down"), 2)).isEqualTo(term);
        // While it was paused nobody could ask it; what it says since it woke is what counts.
        assertThat(answers(leader).stream().filter(a -> a.startsWith("true")).count())
                .isEqualTo(1);
    }

    /** Waits until one of the members last answered that it leads. */
    private String awaitLeader(List<String> among) {
        await().atMost(PATIENCE)
                .until(() -> among.stream().filter(this::lastSaidTrue).count() == 1);
        return among.stream().filter(this::lastSaidTrue).findFirst().orElseThrow();
    }

    private boolean lastSaidTrue(String id) {
        List<String> said = answers(id).stream()
                .filter(a -> a.startsWith("true") || a.startsWith("false"))
                .toList();
        return !said.isEmpty() && said.get(said.size() - 1).startsWith("true");
    }

    /** No two members led at the same time, as each wrote it down; a killed one led until it was killed. */
    private void assertNeverTwo(Map<String, Long> killedAtNanos) {
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
                all.add(new Led(id, from, killedAtNanos.getOrDefault(id, Long.MAX_VALUE)));
            }
        }
        for (Led one : all) {
            for (Led other : all) {
                assertThat(one.id().equals(other.id()) || one.to() < other.from() || other.to() < one.from())
                        .as("%s and %s do not overlap", one, other)
                        .isTrue();
            }
        }
    }

    private String first(String id, String kind) {
        return answers(id).stream().filter(a -> a.startsWith(kind)).findFirst().orElseThrow();
    }

    private static String word(String line, int index) {
        return line.split(" ")[index];
    }

    private List<String> answers(String id) {
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

    private void signal(String signal, String id) throws Exception {
        int exit = new ProcessBuilder(
                        "kill", "-" + signal, String.valueOf(processes.get(id).pid()))
                .inheritIO()
                .start()
                .waitFor();
        assertThat(exit).isZero();
    }
}
