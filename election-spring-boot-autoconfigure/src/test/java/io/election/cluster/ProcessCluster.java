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

/**
 * Processes, each a {@link ProcessMember}, with what they wrote down and logged: three that are listed, or any that find each other. Their timing is long enough that a busy
 * machine is no reason for an election.
 */
final class ProcessCluster implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(90);
    static final List<String> IDS = List.of("a", "b", "c");

    private final Path directory;
    private final List<String> arguments;
    private final boolean listed;
    private final Map<String, Integer> ports = new TreeMap<>();
    private final Map<String, Process> processes = new TreeMap<>();

    /**
     * Starts none yet.
     *
     * @param directory for their records and logs
     * @param arguments of each of them
     */
    ProcessCluster(Path directory, String... arguments) throws IOException {
        this(directory, true, arguments);
    }

    /**
     * Starts none yet.
     *
     * @param listed whether they are the three of {@link #IDS}; the others are told by their arguments how they find each other
     */
    ProcessCluster(Path directory, boolean listed, String... arguments) throws IOException {
        this.listed = listed;
        this.directory = directory;
        this.arguments = List.of(arguments);
        for (String id : IDS) {
            ports.put(id, FreePorts.next());
        }
    }

    /** All at first, and later those that have ended. */
    void startAll() throws IOException {
        for (String id : IDS) {
            if (!processes.containsKey(id) || !processes.get(id).isAlive()) {
                start(id);
            }
        }
    }

    void wakeAll() throws Exception {
        for (String id : IDS) {
            if (processes.get(id).isAlive()) {
                signal("CONT", id);
            }
        }
    }

    @Override
    public void close() throws InterruptedException {
        for (Process process : processes.values()) {
            process.destroyForcibly().waitFor();
        }
    }

    void start(String id, String... further) throws IOException {
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
                "--election.node-id=" + id,
                "--election.peer.secret=" + TestCluster.SECRET,
                "--election.election-timeout=3s",
                "--election.lease-duration=2500ms",
                "--record=" + record(id)));
        command.addAll(arguments);
        command.addAll(List.of(further));
        if (listed) {
            command.add("--election.peer.port=" + ports.get(id));
        }
        for (String member : listed ? IDS : List.<String>of()) {
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

    private Path record(String id) {
        return directory.resolve(id + ".record");
    }

    private Path log(String id) {
        return directory.resolve(id + ".log");
    }

    /** What a member has logged until now, over all its lives. */
    String logged(String id) {
        try {
            return Files.exists(log(id)) ? Files.readString(log(id)) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> others(String leader) {
        return IDS.stream().filter(id -> !id.equals(leader)).toList();
    }

    /** Ends a process for good, and writes down for it that it does not lead from now on. */
    void kill(String id) throws Exception {
        processes.get(id).destroyForcibly().waitFor();
        Files.writeString(
                record(id), "false " + System.nanoTime() + "\n", StandardCharsets.US_ASCII, StandardOpenOption.APPEND);
    }

    /** Ends a process in good order. */
    void stop(String id) throws Exception {
        processes.get(id).destroy();
        awaitEnd(id);
    }

    /** Waits for the end of processes that were told to end. */
    void awaitEnd(String id) throws Exception {
        Process process = processes.get(id);
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("'" + id + "' does not end");
        }
        if (lastSaidTrue(id)) {
            // It ended before it could write that down.
            kill(id);
        }
    }

    /** Waits until one of the members last answered that it leads. */
    String awaitLeader(List<String> among) {
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
    void assertNeverTwo() {
        record Led(String id, long from, long to) {}
        List<Led> all = new ArrayList<>();
        for (String id : processes.keySet()) {
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
    int last(String id, String kind) {
        List<String> answers = answers(id);
        for (int i = answers.size() - 1; i >= 0; i--) {
            if (answers.get(i).startsWith(kind)) {
                return i;
            }
        }
        return -1;
    }

    static String word(String line, int index) {
        return line.split(" ")[index];
    }

    List<String> answers(String id) {
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

    void signal(String signal, String id) throws Exception {
        int exit = new ProcessBuilder(
                        "kill", "-" + signal, String.valueOf(processes.get(id).pid()))
                .inheritIO()
                .start()
                .waitFor();
        assertThat(exit).isZero();
    }
}
