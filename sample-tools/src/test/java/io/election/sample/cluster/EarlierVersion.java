package io.election.sample.cluster;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.election.history.ValueRecord;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;

/**
 * A version of this repository's history with which the present one has to work in one cluster. Its sample is built from the history,
 * once, into {@code target/versions} of the repository.
 *
 * @param commit the whole hash
 * @param why why it is tried
 */
record EarlierVersion(String commit, String why) {

    private static final String LIST = "/earlier-versions.txt";
    private static final long BUILD_LIMIT_MINUTES = 45;
    private static final int LAST_LINES = 40;

    /** What Maven's own scripts leave in the environment of the tests. It would lead a build elsewhere to this project. */
    private static final List<String> OF_THIS_BUILD =
            List.of("MAVEN_BASEDIR", "MAVEN_PROJECTBASEDIR", "MAVEN_CMD_LINE_ARGS", "MAVEN_CONFIG");

    EarlierVersion {
        if (!commit.matches("[0-9a-f]{40}") || why.isBlank()) {
            throw new IllegalArgumentException(
                    "A line of " + LIST + " is a whole hash and a reason: " + commit + " " + why);
        }
    }

    /** All that are listed, or the one that {@code election.upgrade.from} names by the beginning of its hash. */
    static List<EarlierVersion> all() {
        try (InputStream list = Objects.requireNonNull(EarlierVersion.class.getResourceAsStream(LIST), "no " + LIST)) {
            return new String(list.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(line -> line.split(" ", 2))
                    .map(words -> new EarlierVersion(words[0], words.length > 1 ? words[1] : ""))
                    .filter(version -> version.commit().startsWith(System.getProperty("election.upgrade.from", "")))
                    .toList();
        } catch (IOException e) {
            throw new ClusterException(LIST + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Skips the test, or fails it where {@code election.tests.require} names {@code history}, if the history does not hold it. */
    void needHistory() {
        Said found = run(Path.of(""), List.of("git", "cat-file", "-e", commit + "^{commit}"));
        if (found.failed()) {
            String missing =
                    "This repository's history does not hold " + this + ", which is not tried. " + found.text();
            Requirements.missing("history", missing.strip(), null);
            System.out.println("SKIPPED: " + missing.strip());
            assumeTrue(false, missing);
        }
    }

    /**
     * What differs between that version and the files that are there now.
     *
     * @param arguments of {@code git diff} before the commit
     * @param paths from the root of the repository
     * @return a line for each difference
     */
    List<String> differences(List<String> arguments, List<String> paths) {
        List<String> command = new ArrayList<>(List.of("git", "diff"));
        command.addAll(arguments);
        command.addAll(List.of(commit, "--"));
        command.addAll(paths);
        return done(root(), command).lines().toList();
    }

    /** The files that it has below a directory of the repository. */
    List<String> files(String directory) {
        return done(root(), List.of("git", "ls-tree", "-r", "--name-only", commit, "--", directory))
                .lines()
                .toList();
    }

    /** The command that runs its sample, with the recorders and the load of these tests beside it. */
    List<String> program() {
        String beside = Stream.of(LeadershipRecorder.class, StoreWork.class, ValueRecord.class)
                .map(EarlierVersion::place)
                .collect(Collectors.joining(","));
        return SampleCluster.fromJar(jar().toString(), beside, SampleCluster.SAMPLE);
    }

    private static String place(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Its sample as Spring Boot packages it, built now unless it was before. */
    private Path jar() {
        Path versions = root().resolve("target").resolve("versions");
        Path jar = versions.resolve(commit).resolve("sample-app-exec.jar");
        if (Files.exists(jar)) {
            return jar;
        }
        try {
            Files.createDirectories(jar.getParent());
            Path sources = Files.createTempDirectory(versions, "building-");
            try {
                build(sources);
                // A build that was broken off leaves no jar here.
                Files.move(
                        sources.resolve(Path.of("sample-app", "target", "sample-app-exec.jar")),
                        jar,
                        StandardCopyOption.ATOMIC_MOVE);
            } finally {
                FileSystemUtils.deleteRecursively(sources);
            }
            return jar;
        } catch (IOException e) {
            throw new ClusterException(this + " was not built: " + e.getMessage(), e);
        }
    }

    private void build(Path sources) {
        long begin = System.nanoTime();
        Path archive = sources.resolve("sources.tar");
        done(root(), List.of("git", "archive", "--output=" + archive, commit));
        done(sources, List.of("tar", "-xf", archive.toString()));
        List<String> maven = new ArrayList<>(List.of(
                "sh",
                "mvnw",
                "-q",
                "-B",
                "-Dmaven.test.skip=true",
                "-Dspotless.check.skip=true",
                "package",
                "-pl",
                "sample-app",
                "-am"));
        String repository = System.getProperty("maven.repo.local");
        if (repository != null) {
            maven.add("-Dmaven.repo.local=" + repository);
        }
        done(sources, maven);
        System.out.println("Built " + this + " in " + (System.nanoTime() - begin) / 1_000_000_000 + " s.");
    }

    private static Path root() {
        return Path.of(done(Path.of(""), List.of("git", "rev-parse", "--show-toplevel"))
                .strip());
    }

    /** How a command ended, and all that it printed. */
    private record Said(int status, String text) {

        boolean failed() {
            return status != 0;
        }
    }

    /** What a command prints that has to succeed. */
    private static String done(Path directory, List<String> command) {
        Said said = run(directory, command);
        if (said.failed()) {
            List<String> lines = said.text().lines().toList();
            throw new ClusterException(String.join(" ", command) + " ended with " + said.status() + ":\n"
                    + String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size())));
        }
        return said.text();
    }

    private static Said run(Path directory, List<String> command) {
        @Nullable Path output = null;
        try {
            output = Files.createTempFile("command", ".txt");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(directory.toAbsolutePath().toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            Map<String, String> environment = builder.environment();
            OF_THIS_BUILD.forEach(environment::remove);
            environment.put("JAVA_HOME", System.getProperty("java.home"));
            Process process = builder.start();
            if (!process.waitFor(BUILD_LIMIT_MINUTES, TimeUnit.MINUTES)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                throw new ClusterException(
                        String.join(" ", command) + " did not end within " + BUILD_LIMIT_MINUTES + " minutes.");
            }
            return new Said(process.exitValue(), Files.readString(output));
        } catch (IOException e) {
            return new Said(-1, command.get(0) + " cannot be run: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClusterException("Interrupted while a command was running.", e);
        } finally {
            delete(output);
        }
    }

    private static void delete(@Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            System.err.println(file + " was not removed: " + e.getMessage());
        }
    }

    @Override
    public String toString() {
        return "version " + commit.substring(0, 12) + " (" + why + ")";
    }
}
