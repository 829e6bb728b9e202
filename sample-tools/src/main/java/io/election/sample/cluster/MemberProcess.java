package io.election.sample.cluster;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** One member: an operating-system process that can be started, stopped, killed, paused, and asked over HTTP. */
final class MemberProcess {

    private static final Duration ANSWER_LIMIT = Duration.ofMillis(800);
    private static final Duration HANDOVER_LIMIT = Duration.ofSeconds(10);
    private static final long STOP_LIMIT_SECONDS = 30;
    private static final int KILLED = 128 + 9;
    private static final JsonMapper json = new JsonMapper();
    private static final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .proxy(HttpClient.Builder.NO_PROXY)
            .connectTimeout(ANSWER_LIMIT)
            .build();

    private final String id;
    private final int port;
    private final List<String> arguments;
    private final Map<String, String> environment;
    private final Path directory;
    private final boolean recorded;
    private final List<Path> records = new ArrayList<>();
    private volatile List<String> program;
    private volatile @Nullable Process process;
    private volatile @Nullable Instant endedAt;

    /**
     * Describes a member; nothing runs yet.
     *
     * @param id its node id, also the name of its log
     * @param port where it is asked
     * @param command the command line that starts it
     * @param environment added to the environment of this process
     * @param directory where its log and its records are put
     * @param recorded whether it records its leadership, each life of it in a file of its own
     */
    MemberProcess(
            String id,
            int port,
            List<String> command,
            Map<String, String> environment,
            Path directory,
            boolean recorded) {
        this(id, port, command, List.of(), environment, directory, recorded);
    }

    /**
     * Describes a member whose program can be exchanged; nothing runs yet.
     *
     * @param id its node id, also the name of its log
     * @param port where it is asked
     * @param program the beginning of the command line: what is run
     * @param arguments the rest of it: what the member is told, whatever runs it
     * @param environment added to the environment of this process
     * @param directory where its log and its records are put
     * @param recorded whether it records its leadership, each life of it in a file of its own
     */
    MemberProcess(
            String id,
            int port,
            List<String> program,
            List<String> arguments,
            Map<String, String> environment,
            Path directory,
            boolean recorded) {
        this.id = id;
        this.port = port;
        this.program = List.copyOf(program);
        this.arguments = List.copyOf(arguments);
        this.environment = Map.copyOf(environment);
        this.directory = directory;
        this.recorded = recorded;
    }

    String id() {
        return id;
    }

    int port() {
        return port;
    }

    Path log() {
        return directory.resolve(id + ".log");
    }

    /** Lets another program, such as another version of the sample, be the member from its next start on. */
    void runBy(List<String> other) {
        program = List.copyOf(other);
    }

    /** Starts the process; does not wait until it answers. */
    void start() {
        List<String> command = new ArrayList<>(program);
        command.addAll(arguments);
        if (recorded) {
            Path record = directory.resolve(id + "-" + (records.size() + 1) + ".record");
            records.add(record);
            command.add("--sample.record=" + record);
        }
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        builder.environment().putAll(environment);
        try {
            endedAt = null;
            Process started = builder.start();
            process = started;
            started.onExit().thenAccept(ended -> {
                if (ended == process) {
                    endedAt = Instant.now();
                }
            });
        } catch (IOException e) {
            throw new ClusterException("Member " + id + " cannot be started: " + e.getMessage(), e);
        }
    }

    /** The process; there is one from the first {@link #start()} on. */
    Process process() {
        Process present = process;
        if (present == null) {
            throw new IllegalStateException("Member " + id + " was never started.");
        }
        return present;
    }

    long pid() {
        return process().pid();
    }

    boolean wasStarted() {
        return process != null;
    }

    boolean isAlive() {
        Process present = process;
        return present != null && present.isAlive();
    }

    /** When the process ended, or {@code null} while it runs. */
    @Nullable Instant endedAt() {
        return endedAt;
    }

    /** Whether the process ended by SIGKILL. */
    boolean wasKilled() {
        return !isAlive() && process().exitValue() == KILLED;
    }

    /** Whether the process ended by a signal of whatever kind, as far as its exit status tells. */
    boolean wasSignalled() {
        return !isAlive() && process().exitValue() > 128;
    }

    /** SIGTERM: the application closes, and hands its leadership over. Does not wait. */
    void askToStop() {
        if (isAlive()) {
            process().destroy();
        }
    }

    /** SIGKILL, and the wait for the end of the process. */
    void kill() {
        if (isAlive()) {
            process().destroyForcibly();
            awaitEnd();
        }
    }

    /** Waits until the process has ended. */
    void awaitEnd() {
        try {
            if (!process().waitFor(STOP_LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new ClusterException("Member " + id + " did not end within " + STOP_LIMIT_SECONDS + " s.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClusterException("Interrupted while member " + id + " was ending.", e);
        }
    }

    /** SIGSTOP: the process is paused without noticing it. */
    void pause() {
        signal("STOP");
    }

    /** SIGCONT. */
    void resume() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            // The shell's own kill: a slim container has no other.
            Process kill = new ProcessBuilder("bash", "-c", "kill -" + name + " " + pid())
                    .inheritIO()
                    .start();
            if (kill.waitFor() != 0) {
                throw new ClusterException("Signal " + name + " could not be sent to member " + id + ".");
            }
        } catch (IOException e) {
            throw new ClusterException("Signal " + name + " could not be sent: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClusterException("Interrupted while a signal was being sent.", e);
        }
    }

    /** Asks the member for its state; empty where it does not answer in time, or not with that. */
    CompletableFuture<Optional<MemberStatus>> status() {
        return get("/actuator/election").thenApply(body -> body.map(b -> json.readValue(b, MemberStatus.class)));
    }

    /** What the leader's job has done here, by the service's own answer; empty where it does not answer. */
    Optional<Tally> tally() {
        return get("/").join().map(body -> json.treeToValue(json.readTree(body).path("job"), Tally.class));
    }

    /** How many lines the job has written since the member's start, how many were refused, and what was said last then. */
    record Tally(
            long linesWritten, long linesRefused, @Nullable String lastRefusal) {}

    /** The files in which its lives record their leadership, the first life first. */
    List<Path> records() {
        return List.copyOf(records);
    }

    /** How far the import is, if the member can say so. */
    Optional<ProgressInTheStore.Progress> progress() {
        return get("/import").join().map(body -> json.readValue(body, ProgressInTheStore.Progress.class));
    }

    /**
     * Lets the next append be held inside its transaction, if the member answers.
     *
     * @param point where: {@code BEFORE_GUARD}, {@code AFTER_GUARD} or {@code BEFORE_COMMIT}
     */
    void hold(String point) {
        ask("POST", "/hold/" + point).join();
    }

    /** The append that is held, if one is. */
    Optional<Held> held() {
        return get("/hold").join().filter(body -> !body.isEmpty()).map(body -> json.readValue(body, Held.class));
    }

    /** An append that is held: its token, and the number of the last line that it saw. */
    record Held(long token, long lastLine) {}

    /** Releases the append that is held, if there is one, and holds no other one. */
    void letGo() {
        ask("DELETE", "/hold").join();
    }

    /**
     * Asks the member to hand its leadership over, which takes {@code management.endpoint.election.access=unrestricted}.
     *
     * @return whether it did
     */
    boolean handOver() {
        return transfer(Map.of("action", "transfer"));
    }

    /**
     * The same, to a certain member.
     *
     * @param to its id
     * @return whether it did
     */
    boolean handOver(String to) {
        return transfer(Map.of("action", "transfer", "to", to));
    }

    private boolean transfer(Map<String, String> order) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/actuator/election"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json.writeValueAsString(order)))
                .timeout(HANDOVER_LIMIT)
                .build();
        return send(request).join().isPresent();
    }

    /** Who belongs to the cluster, as this member sees it; empty where it does not answer. */
    Optional<MembersInForce> membersInForce() {
        return get("/actuator/election/members").join().map(body -> json.readValue(body, MembersInForce.class));
    }

    /**
     * Asks the member for a change of the members, which takes {@code management.endpoint.election.access=unrestricted}. Whoever is
     * asked has the leader make it.
     *
     * @param action {@code promote}, {@code demote} or {@code remove}
     * @param member whom it is about
     * @param version the version of the members that it builds on
     */
    MembersInForce.Change change(String action, String member, long version) {
        String body = json.writeValueAsString(Map.of("action", action, "member", member, "version", version));
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + port + "/actuator/election/members"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .timeout(HANDOVER_LIMIT)
                .build();
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .thenApply(answer -> json.readValue(answer.body(), MembersInForce.Change.class))
                .exceptionally(failed -> {
                    throw new ClusterException("Member " + id + " did not answer: " + failed.getMessage(), failed);
                })
                .join();
    }

    /** What a readiness probe of Kubernetes asks. */
    boolean isReady() {
        return get("/actuator/health/readiness").join().isPresent();
    }

    /** Whether the service behind it answers at all. */
    boolean answers() {
        return get("/actuator/health").join().isPresent();
    }

    /** The first value of a meter at {@code /actuator/metrics}, such as a timer's count; empty where it does not answer. */
    OptionalDouble meter(String name) {
        Optional<String> body = get("/actuator/metrics/" + name).join();
        return body.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(json.readTree(body.get())
                        .path("measurements")
                        .path(0)
                        .path("value")
                        .asDouble());
    }

    /** Asks for a path; empty if the answer is not 200, or there is none. */
    CompletableFuture<Optional<String>> get(String path) {
        return ask("GET", path);
    }

    private static CompletableFuture<Optional<String>> send(HttpRequest request) {
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .thenApply(answer -> answer.statusCode() == 200 ? Optional.of(answer.body()) : Optional.<String>empty())
                .exceptionally(noAnswer -> Optional.empty());
    }

    private CompletableFuture<Optional<String>> ask(String method, String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(ANSWER_LIMIT)
                .build();
        return send(request);
    }

    /** What the member has recorded in each of its lives so far, the first life first. */
    List<Recording> recordings() {
        return records.stream()
                .filter(Files::exists)
                .map(file -> Recording.read(id, file))
                .toList();
    }

    /** What the member has recorded in its present, or last, life. */
    Recording recording() {
        return Recording.read(id, record());
    }

    /** The file in which the member records its present, or last, life. */
    Path record() {
        return records.get(records.size() - 1);
    }

    /** The end of the member's log, with the path to the rest: to be put behind an error message. */
    String lastLogLines() {
        int wanted = 30;
        try {
            List<String> lines = new String(Files.readAllBytes(log()), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            String tail = String.join("\n  ", lines.subList(Math.max(0, lines.size() - wanted), lines.size()));
            return "\nThe last lines of " + log() + ":\n  " + tail;
        } catch (IOException e) {
            return "\nIts log, " + log() + ", cannot be read.";
        }
    }
}
