package io.election.mutants;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * A JVM of its own in which tests run against changed classes: a mutant may loop for ever, use up the memory or end the
 * process. It takes one question after the other, as long as it {@linkplain #isUsable() may be asked}.
 */
final class TestProcess implements AutoCloseable {

    /**
     * What became of the tests.
     *
     * @param failures the tests that failed, of one class, each with the first line of what it said
     * @param took how long each class that was run to its end took
     * @param last the class begun last, or {@code null} if none was
     * @param end how it ended
     */
    record Result(
            List<Failure> failures,
            Map<String, Duration> took,
            @Nullable String last,
            End end) {}

    /**
     * A test that failed.
     *
     * @param test its outermost class and its method, for people
     * @param selector by which it alone can be asked for again
     * @param message the first line of what it said
     */
    record Failure(String test, String selector, String message) {}

    /** How a question ended. */
    enum End {
        /** As it should: all were run, or those up to the first class with a failure. */
        DONE,
        /** The process was killed when the time was up. */
        OUT_OF_TIME,
        /** The process ended by itself, or its tests could not even be run. */
        DIED
    }

    private static final Duration FOR_ITS_END = Duration.ofSeconds(30);

    /** In place of a directory of changed classes: whatever the class path holds. */
    static final String AS_IT_IS = "=";

    /** Says that nothing more comes. */
    private static final String END = "end of output";

    /** Where this class and the platform's launcher are. */
    private static final String LAUNCHER = Stream.of(AskedTests.class, LauncherFactory.class)
            .map(TestProcess::place)
            .collect(Collectors.joining(File.pathSeparator));

    private final Process process;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private boolean usable = true;
    private int questions;

    /**
     * Starts it.
     *
     * @param output the directory in which it leaves its output
     * @param workingDirectory where it runs
     * @param classPath of the tests; what runs them is added
     * @param jvmArguments besides the class path
     */
    TestProcess(Path output, Path workingDirectory, String classPath, List<String> jvmArguments) throws IOException {
        Files.createDirectories(output);
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmArguments);
        command.add("-cp");
        command.add(classPath + File.pathSeparator + LAUNCHER);
        command.add(AskedTests.class.getName());
        command.add(output.resolve("output.txt").toAbsolutePath().toString());
        process = new ProcessBuilder(command)
                .directory(workingDirectory.toFile())
                .redirectError(output.resolve("errors.txt").toFile())
                .start();
        Thread reader = new Thread(this::read, "answers of " + output.getFileName());
        reader.setDaemon(true);
        reader.start();
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

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            lines.lines().forEach(answers::add);
        } catch (IOException | UncheckedIOException e) {
            // It was killed.
        } finally {
            answers.add(END);
        }
    }

    /** Whether nothing has happened to it yet that a later question could suffer from. */
    boolean isUsable() {
        return usable;
    }

    /** How much it was asked so far. */
    int questions() {
        return questions;
    }

    /**
     * Runs tests.
     *
     * @param classes the directory of changed classes, or {@code -} for none, both loaded anew, or {@link #AS_IT_IS}
     * @param tests classes or methods, by their full names
     * @param limit for how long
     */
    Result ask(String classes, List<String> tests, Duration limit) throws InterruptedException {
        questions++;
        List<Failure> failures = new ArrayList<>();
        Map<String, Duration> took = new LinkedHashMap<>();
        String last = null;
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            String question = classes + "\t" + String.join("\t", tests) + "\n";
            process.getOutputStream().write(question.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            return ended(failures, took, null, End.DIED);
        }
        while (true) {
            String line = answers.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (line == null) {
                return ended(failures, took, last, End.OUT_OF_TIME);
            }
            String[] words = line.split("\t", 4);
            switch (words[0]) {
                case "begin" -> last = words[1];
                case "end" -> took.put(String.valueOf(last), Duration.ofMillis(Long.parseLong(words[1])));
                case "failed" -> failures.add(new Failure(words[1], words[2], words[3]));
                case "done" -> {
                    return new Result(failures, took, last, End.DONE);
                }
                default -> {
                    return ended(failures, took, last, End.DIED);
                }
            }
        }
    }

    private Result ended(List<Failure> failures, Map<String, Duration> took, @Nullable String last, End end) {
        usable = false;
        close();
        return new Result(failures, took, last, end);
    }

    /** Ends it, and all that it has started. It may end by itself what is no child of it, if it still listens. */
    @Override
    public void close() {
        if (usable) {
            usable = false;
            try {
                process.getOutputStream().close();
                process.waitFor(FOR_ITS_END.toSeconds(), TimeUnit.SECONDS);
            } catch (IOException e) {
                // It has ended.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
