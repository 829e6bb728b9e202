package io.election.mutants;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A JVM of its own in which tests run against changed classes: a mutant may loop for ever, use up the memory or end the
 * process.
 */
final class TestProcess {

    /**
     * What became of the tests.
     *
     * @param failures the tests that failed, of one class, each with the first line of what it said
     * @param took how long each class that was run to its end took
     * @param last the class begun last, or {@code null} if none was
     * @param end how the process ended
     */
    record Result(
            List<Failure> failures,
            Map<String, Duration> took,
            @Nullable String last,
            End end) {}

    /** A test that failed. */
    record Failure(String test, String message) {}

    /** How the process ended. */
    enum End {
        /** As it should: all were run, or those up to the first class with a failure. */
        DONE,
        /** It was killed when its time was up. */
        OUT_OF_TIME,
        /** By itself, in the middle of a test. */
        DIED
    }

    private final Path directory;
    private final List<String> jvmArguments;

    /**
     * Creates the process, without starting it.
     *
     * @param directory where it runs, and leaves its output
     * @param jvmArguments besides the class path
     */
    TestProcess(Path directory, List<String> jvmArguments) {
        this.directory = directory;
        this.jvmArguments = jvmArguments;
    }

    /**
     * Runs tests.
     *
     * @param classes stand before all others on the class path, or {@code null}
     * @param tests classes or methods, by their full names
     * @param limit for how long
     */
    Result run(@Nullable Path classes, List<String> tests, Duration limit) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        Path results = directory.toAbsolutePath().resolve("results.txt");
        Files.deleteIfExists(results);
        String classPath = System.getProperty("java.class.path");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmArguments);
        command.add("-cp");
        command.add(classes == null ? classPath : classes.toAbsolutePath() + File.pathSeparator + classPath);
        command.add(AskedTests.class.getName());
        command.add(results.toString());
        command.addAll(tests);
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output.txt").toFile())
                .start();
        boolean inTime = false;
        try {
            inTime = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        process.waitFor();
        return read(Files.exists(results) ? Files.readAllLines(results) : List.of(), inTime);
    }

    private static Result read(List<String> lines, boolean inTime) {
        List<Failure> failures = new ArrayList<>();
        Map<String, Duration> took = new LinkedHashMap<>();
        String last = null;
        boolean done = false;
        for (String line : lines) {
            String[] words = line.split(" ", 3);
            switch (words[0]) {
                case "begin" -> last = words[1];
                case "end" -> took.put(last, Duration.ofMillis(Long.parseLong(words[1])));
                case "failed" -> failures.add(new Failure(words[1], words.length < 3 ? "" : words[2]));
                case "done" -> done = true;
                default -> {
                    // The rest of a message.
                }
            }
        }
        return new Result(failures, took, last, done ? End.DONE : inTime ? End.DIED : End.OUT_OF_TIME);
    }
}
