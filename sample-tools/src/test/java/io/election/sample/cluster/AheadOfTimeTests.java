package io.election.sample.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The sample is processed ahead of time, as {@code spring-boot:process-aot} does it, with settings of nobody. Three processes then run
 * what came of it with {@code -Dspring.aot.enabled=true}, and with the settings of a cluster.
 */
@Tag("thorough")
@Timeout(1800)
@Tag("odd-days")
class AheadOfTimeTests {

    private static final Duration PATIENCE = Duration.ofMinutes(8);

    /** What the build sets. None of it may be left when the members run. */
    private static final List<String> AT_BUILD_TIME = List.of(
            "--election.enabled=false",
            "--election.when-disabled=follower",
            "--election.cluster=of-the-build",
            "--election.peer.path=/of-the-build",
            "--election.store.enabled=false",
            "--election.web.on-follower=redirect",
            "--election.election-timeout=20s");

    @TempDir
    private Path directory;

    private final List<MemberProcess> members = new ArrayList<>();

    @AfterEach
    void stopAll() {
        members.stream().filter(MemberProcess::wasStarted).forEach(MemberProcess::kill);
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** The sample's and its libraries', without what only this JVM of tests has. */
    private static String classPath() {
        return System.getProperty("java.class.path");
    }

    /** Processes the sample, compiles what is written, and answers with the class path of the whole. */
    private String process() throws Exception {
        Path sources = directory.resolve("sources");
        Path classes = Files.createDirectories(directory.resolve("classes"));
        Path log = directory.resolve("process.log");
        List<String> command = new ArrayList<>(List.of(
                java(),
                "-cp",
                classPath(),
                "org.springframework.boot.SpringApplicationAotProcessor",
                SampleCluster.SAMPLE,
                sources.toString(),
                classes.toString(),
                classes.toString(),
                "io.election",
                "sample-app"));
        command.addAll(AT_BUILD_TIME);
        Process processing = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertThat(processing.waitFor(10, TimeUnit.MINUTES)).isTrue();
        assertThat(processing.exitValue()).as(Files.readString(log)).isZero();

        List<String> arguments = new ArrayList<>(List.of(
                "-nowarn",
                "-proc:none",
                "-parameters",
                "-cp",
                classes + File.pathSeparator + classPath(),
                "-d",
                classes.toString()));
        try (Stream<Path> written = Files.walk(sources)) {
            written.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(arguments::add);
        }
        int compiled = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "needs a JDK")
                .run(null, null, null, arguments.toArray(String[]::new));
        assertThat(compiled).isZero();
        return classes + File.pathSeparator + classPath();
    }

    private void start(String classPath, LedgerDatabase ledger) {
        List<Integer> ports = SampleCluster.freePorts();
        List<String> ids = List.of("a", "b", "c");
        String list = IntStream.range(0, ids.size())
                .mapToObj(i -> ids.get(i) + "=http://localhost:" + ports.get(i))
                .collect(Collectors.joining(","));
        for (int i = 0; i < ids.size(); i++) {
            List<String> command = List.of(
                    java(),
                    "-XX:TieredStopAtLevel=1",
                    "-Xmx256m",
                    "-Dspring.aot.enabled=true",
                    "-cp",
                    classPath,
                    SampleCluster.SAMPLE,
                    "--election.node-id=" + ids.get(i),
                    "--server.port=" + ports.get(i),
                    "--election.members=" + list,
                    "--election.cluster=at-run-time",
                    "--election.peer.path=/at-run-time",
                    "--election.store.enabled=true",
                    "--election.storage.directory=" + directory.resolve("data"),
                    "--election.election-timeout=3s",
                    "--election.lease-duration=2500ms",
                    "--management.endpoint.election.access=unrestricted");
            members.add(new MemberProcess(ids.get(i), ports.get(i), command, ledger.environment(), directory, false));
        }
        members.forEach(MemberProcess::start);
    }

    private Optional<MemberProcess> leader() {
        return members.stream()
                .filter(member ->
                        member.status().join().filter(MemberStatus::leader).isPresent())
                .findFirst();
    }

    private static String log(MemberProcess member) {
        try {
            return Files.readString(member.log());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theProcessedSampleIsAMemberWithTheSettingsOfItsStart() throws Exception {
        String classPath = process();
        try (LedgerDatabase ledger = LedgerDatabase.open(null, directory)) {
            start(classPath, ledger);
            MemberProcess first = await().atMost(PATIENCE)
                    .until(this::leader, Optional::isPresent)
                    .orElseThrow();
            for (MemberProcess member : members) {
                await().atMost(PATIENCE)
                        .until(() -> member.status()
                                .join()
                                .filter(status -> first.id().equals(status.leaderId()))
                                .isPresent());
                assertThat(log(member))
                        .contains("Starting AOT-processed SampleApplication", "of cluster 'at-run-time'")
                        .doesNotContain("of-the-build");
            }
            await().atMost(PATIENCE).until(() -> !ledger.lines().isEmpty());
            // The store that the build had switched off.
            await().atMost(PATIENCE)
                    .until(() -> first.meter("election.store.values").isPresent());

            await().atMost(PATIENCE).until(() -> {
                // There is no successor before another application is ready.
                first.handOver();
                return leader().filter(now -> now != first).isPresent();
            });
        }
    }
}
