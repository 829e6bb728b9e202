package io.election.mutants;

import io.election.mutants.TestProcess.End;
import io.election.mutants.TestProcess.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Shows each mutant to the simulator and to the tests, and sees who catches it. All of them must pass without a mutant,
 * which is tried first and measures how long they take.
 */
final class MutantRun implements AutoCloseable {

    /** What somebody who was shown a mutant made of it: {@code caught}, or not, and what to say of that. */
    record Finding(boolean caught, String text) {

        static final Finding NOT_ASKED = new Finding(false, "not asked");
    }

    /** What became of a mutant. */
    record Verdict(Mutant mutant, Finding simulator, Finding tests) {

        boolean caught() {
            return simulator.caught() || tests.caught();
        }
    }

    private static final Pattern SEED = Pattern.compile("seed (\\d+)");
    private static final int NAMED = 2;

    /** A mutant's time: for a machine that is busy elsewhere, and many times what the tests took without it. */
    private static final Duration LEAST_LIMIT = Duration.ofMinutes(1);

    private static final int LIMIT_FACTOR = 10;

    /** The baseline's: nothing but a hang is to be ended. */
    private static final Duration BASELINE_LIMIT = Duration.ofMinutes(15);

    /** What a process may be asked, at most: the classes of earlier mutants are not always given back. */
    private static final int QUESTIONS = 40;

    private final Queue<TestProcess> idle = new ConcurrentLinkedQueue<>();
    private final AtomicInteger processes = new AtomicInteger();
    private final Sources sources;
    private final TestClasses tests;
    private final Path directory;
    private final int seeds;
    private final Map<String, Duration> baseline = new HashMap<>();

    /**
     * Prepares the run.
     *
     * @param seeds how many seeds the simulator has for a mutant; 0 leaves it out
     */
    MutantRun(Sources sources, TestClasses tests, Path directory, int seeds) {
        this.sources = sources;
        this.tests = tests;
        this.directory = directory;
        this.seeds = seeds;
    }

    /**
     * Runs without any mutant all that the mutants will be shown to.
     *
     * @throws IllegalStateException if something fails without a mutant
     */
    void baseline(List<Mutant> mutants, ExecutorService workers) throws InterruptedException, ExecutionException {
        Map<String, List<String>> byPackage = mutants.stream()
                .flatMap(mutant -> tests.of(mutant).stream())
                .collect(Collectors.toCollection(TreeSet::new))
                .stream()
                .collect(Collectors.groupingBy(type -> type.substring(0, type.lastIndexOf('.'))));
        List<List<String>> parts = new ArrayList<>(byPackage.values());
        if (seeds > 0 && mutants.stream().anyMatch(TestClasses::isSimulated)) {
            parts.add(List.of(TestClasses.SIMULATOR));
        }
        List<Future<Result>> running = new ArrayList<>();
        for (List<String> part : parts) {
            Callable<Result> task = () -> {
                try (TestProcess process = start()) {
                    return process.ask(null, part, BASELINE_LIMIT);
                }
            };
            running.add(workers.submit(task));
        }
        for (Future<Result> part : running) {
            Result result = part.get();
            if (result.end() != End.DONE || !result.failures().isEmpty()) {
                throw new IllegalStateException("without any mutant, already: " + result);
            }
            baseline.putAll(result.took());
        }
    }

    /** Shows one mutant to the simulator, where it runs such code, and to the tests. */
    Verdict show(Mutant mutant, MutantCompiler compiler) throws IOException, InterruptedException {
        Path classes = directory.resolve("classes").resolve(mutant.name());
        compiler.compile(sources.changedBy(mutant), classes);
        Finding simulator = Finding.NOT_ASKED;
        if (seeds > 0 && TestClasses.isSimulated(mutant)) {
            simulator = ofSimulator(ask(mutant, classes, List.of(TestClasses.SIMULATOR)));
        }
        return new Verdict(mutant, simulator, ofTests(ask(mutant, classes, tests.of(mutant))));
    }

    private Result ask(Mutant mutant, Path classes, List<String> asked) throws IOException, InterruptedException {
        // The core has no threads and no statics that outlive its classes; others get a process that nobody used.
        boolean reusable = mutant.area().equals("core");
        TestProcess process = reusable ? idle.poll() : null;
        if (process == null) {
            process = start();
        }
        try {
            return process.ask(classes, asked, limit(asked));
        } finally {
            if (reusable && process.isUsable() && process.questions() < QUESTIONS) {
                idle.add(process);
            } else {
                process.close();
            }
        }
    }

    private TestProcess start() throws IOException {
        return new TestProcess(
                directory.resolve("process-" + processes.incrementAndGet()),
                List.of(
                        // Most run for a few seconds: what the second compiler would gain, it never gives back.
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-Xmx1g",
                        "-Djava.awt.headless=true",
                        // There are as many such processes as processors.
                        "-Delection.simulator.threads=1",
                        "-Delection.simulator.seeds=" + seeds));
    }

    /** Ends the processes that are still there. */
    @Override
    public void close() {
        idle.forEach(TestProcess::close);
        idle.clear();
    }

    private Duration limit(List<String> asked) {
        Duration expected = Duration.ZERO;
        for (String test : asked) {
            expected = expected.plus(baseline.getOrDefault(test, Duration.ZERO));
        }
        return LEAST_LIMIT.plus(expected.multipliedBy(LIMIT_FACTOR));
    }

    private Finding ofSimulator(Result result) {
        if (!result.failures().isEmpty()) {
            Matcher seed = SEED.matcher(result.failures().get(0).message());
            return new Finding(true, seed.find() ? "seed " + seed.group(1) : "yes");
        }
        return switch (result.end()) {
            case DONE -> new Finding(false, "not in " + seeds);
            case OUT_OF_TIME -> new Finding(true, "never ended");
            case DIED -> new Finding(true, "its process died");
        };
    }

    private static Finding ofTests(Result result) {
        if (!result.failures().isEmpty()) {
            List<String> failed = result.failures().stream()
                    .map(failure -> "`" + failure.test() + "`")
                    .distinct()
                    .toList();
            String named = failed.stream().limit(NAMED).collect(Collectors.joining("; "));
            int more = failed.size() - NAMED;
            return new Finding(true, more > 0 ? named + " and " + more + " more there" : named);
        }
        String last = result.last() == null
                ? "all"
                : result.last().substring(result.last().lastIndexOf('.') + 1);
        return switch (result.end()) {
            case DONE -> new Finding(false, "none");
            case OUT_OF_TIME -> new Finding(true, "`" + last + "` never ended");
            case DIED -> new Finding(true, "the process of `" + last + "` died");
        };
    }
}
