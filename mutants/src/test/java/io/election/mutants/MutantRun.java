package io.election.mutants;

import io.election.mutants.TestProcess.Failure;
import io.election.mutants.TestProcess.Result;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Shows each mutant to the judges, one after the other until one catches it, and to the tests. All of them must pass without
 * a mutant, which is tried first and measures how long they take.
 *
 * <p>A mutant is caught by a test that fails. Where threads and clocks take part, the test has to fail again when it is
 * repeated, and to pass once more without the mutant: a test that fails now and then has caught nothing. A test that never
 * ends, or whose process dies, counts only where the catalogue expects it.
 */
final class MutantRun implements AutoCloseable {

    /** How somebody who was shown a mutant ended. */
    enum Outcome {
        /** Not asked at all. */
        NOT_ASKED,
        /** A test failed, and would again. */
        FAILED,
        /** A test never ended, as the catalogue expects. */
        HUNG,
        /** The process of a test died, as the catalogue expects. */
        DIED,
        /** A test failed, and passed when repeated, or fails without the mutant as well. */
        FLAKY,
        /** A test ran out of time, or its process died, which the catalogue does not expect. */
        UNEXPECTED_END,
        /** Nobody noticed anything. */
        PASSED;

        boolean isCatch() {
            return this == FAILED || this == HUNG || this == DIED;
        }
    }

    /** What somebody who was shown a mutant made of it, and what to say of that. */
    record Finding(Outcome outcome, String text) {

        static final Finding NOT_ASKED = new Finding(Outcome.NOT_ASKED, "not asked");

        boolean caught() {
            return outcome.isCatch();
        }
    }

    /**
     * What became of a mutant.
     *
     * @param judges what each judge made of it, by its name; none for a mutant that they do not run
     * @param tests what the tests made of it
     */
    record Verdict(Mutant mutant, Map<String, Finding> judges, Finding tests) {

        boolean caught() {
            return caughtByAJudge() || tests.caught();
        }

        boolean caughtByAJudge() {
            return judges.values().stream().anyMatch(Finding::caught);
        }

        /** What a judge made of it. */
        Finding by(Judge judge) {
            return judges.getOrDefault(judge.name(), Finding.NOT_ASKED);
        }

        boolean has(Outcome outcome) {
            return tests.outcome() == outcome
                    || judges.values().stream().anyMatch(finding -> finding.outcome() == outcome);
        }
    }

    private static final Pattern SEED = Pattern.compile("seed (\\d+)");
    private static final int NAMED = 2;
    private static final String UNCHANGED = "-";

    /** A mutant's time: for a machine that is busy elsewhere, and many times what the tests took without it. */
    private static final Duration LEAST_LIMIT = Duration.ofMinutes(2);

    private static final int LIMIT_FACTOR = 10;

    /** The baseline's: nothing but a hang is to be ended. */
    private static final Duration BASELINE_LIMIT = Duration.ofMinutes(30);

    /** What a process may be asked, at most: the classes of earlier mutants are not always given back. */
    private static final int QUESTIONS = 40;

    private final Queue<TestProcess> idle = new ConcurrentLinkedQueue<>();
    private final AtomicInteger processes = new AtomicInteger();
    private final Path directory;
    private final int seeds;
    private final List<Judge> judges;
    private final WithoutMutant baseline = new WithoutMutant(this::askWithoutMutant);

    /** Whether a test that caught a mutant passed again without it. */
    private final Map<String, Boolean> passedAgain = new ConcurrentHashMap<>();

    /**
     * Prepares the run.
     *
     * @param directory where the processes leave what they print
     * @param seeds how many seeds the simulator has for a mutant; 0 leaves it out, with all other judges
     * @param judges who is asked before the tests
     */
    MutantRun(Path directory, int seeds, List<Judge> judges) {
        this.directory = directory.toAbsolutePath();
        this.seeds = seeds;
        this.judges = judges;
    }

    /**
     * Runs without any mutant what the mutants will surely be shown to: the judges, and the first tests of each. What else a mutant
     * gets to is run without it then.
     *
     * @throws IllegalStateException if something fails without a mutant
     */
    void baseline(List<Mutant> mutants, ExecutorService workers) throws InterruptedException, ExecutionException {
        Map<String, Mutant> representatives = new LinkedHashMap<>();
        Map<String, Set<String>> parts = new LinkedHashMap<>();
        for (Mutant mutant : mutants) {
            for (String type :
                    TestedModule.of(mutant).tests().of(mutant, judges).get(0)) {
                // A process for each package of the engine, and one for each class that starts applications.
                String part = TestClasses.isOfEngine(mutant) ? type.substring(0, type.lastIndexOf('.')) : type;
                representatives.putIfAbsent(part, mutant);
                parts.computeIfAbsent(part, key -> new TreeSet<>()).add(type);
            }
            for (Judge judge : judgesOf(mutant)) {
                representatives.putIfAbsent(judge.test(), mutant);
                parts.put(judge.test(), new LinkedHashSet<>(List.of(judge.test())));
            }
        }
        List<Future<?>> running = new ArrayList<>();
        parts.forEach((part, types) -> {
            Callable<@Nullable Void> task = () -> {
                baseline.require(representatives.get(part), List.copyOf(types));
                return null;
            };
            running.add(workers.submit(task));
        });
        for (Future<?> part : running) {
            part.get();
        }
    }

    private List<Judge> judgesOf(Mutant mutant) {
        return seeds > 0 && TestClasses.isJudged(mutant) ? judges : List.of();
    }

    /** Shows one mutant to the judges until one of them catches it, where they run such code, and to the tests. */
    Verdict show(Mutant mutant) throws IOException, InterruptedException {
        TestedModule module = TestedModule.of(mutant);
        Path classes = directory.resolve("classes").resolve(mutant.name());
        module.compiler().compile(module.sources().changedBy(mutant), classes);
        Map<String, Finding> found = new LinkedHashMap<>();
        for (Judge judge : judgesOf(mutant)) {
            Finding finding = ofJudge(mutant, ask(mutant, classes, List.of(judge.test())));
            found.put(judge.name(), finding);
            if (finding.caught()) {
                break;
            }
        }
        Finding tests = Finding.NOT_ASKED;
        for (List<String> group : module.tests().of(mutant, judges)) {
            baseline.require(mutant, group);
            Result result = ask(mutant, classes, group);
            tests = ofTests(mutant, result);
            if (tests.outcome() == Outcome.FAILED && !mutant.isDeterministic()) {
                tests = repeated(mutant, classes, result.failures(), tests);
            }
            if (tests.outcome() != Outcome.PASSED) {
                break;
            }
        }
        return new Verdict(mutant, found, tests);
    }

    /** Repeats the tests that failed, until one of them fails again. */
    private Finding repeated(Mutant mutant, Path classes, List<Failure> failures, Finding first)
            throws IOException, InterruptedException {
        List<String> failed =
                failures.stream().map(Failure::selector).distinct().toList();
        Result again = ask(mutant, classes, failed);
        if (again.failures().isEmpty()) {
            return confirmed(first, false, true);
        }
        String test = again.failures().get(0).selector();
        Boolean passes = passedAgain.get(test);
        if (passes == null) {
            passes = WithoutMutant.passed(askWithoutMutant(mutant, List.of(test)));
            passedAgain.put(test, passes);
        }
        return confirmed(first, true, passes);
    }

    /** What a test's failure is worth once the test was repeated. */
    static Finding confirmed(Finding first, boolean failsAgain, boolean passesWithoutMutant) {
        if (!failsAgain) {
            return new Finding(Outcome.FLAKY, first.text() + ", which passed when repeated");
        }
        return passesWithoutMutant
                ? first
                : new Finding(Outcome.FLAKY, first.text() + ", which fails without the mutant too");
    }

    private Result askWithoutMutant(Mutant mutant, List<String> asked) throws IOException, InterruptedException {
        try (TestProcess process = start(mutant, null)) {
            return process.ask(isLoadedAnew(mutant) ? UNCHANGED : TestProcess.AS_IT_IS, asked, BASELINE_LIMIT);
        }
    }

    private Result ask(Mutant mutant, Path classes, List<String> asked) throws IOException, InterruptedException {
        if (!isLoadedAnew(mutant)) {
            try (TestProcess process = start(mutant, classes)) {
                return process.ask(TestProcess.AS_IT_IS, asked, limit(asked));
            }
        }
        TestProcess process = idle.poll();
        if (process == null) {
            process = start(mutant, null);
        }
        try {
            return process.ask(classes.toString(), asked, limit(asked));
        } finally {
            if (process.isUsable() && process.questions() < QUESTIONS) {
                idle.add(process);
            } else {
                process.close();
            }
        }
    }

    /**
     * Whether its tests run on classes that are loaded anew, in a process that others used before. The core has no threads
     * and no statics that outlive its classes; all others get a process of their own.
     */
    private static boolean isLoadedAnew(Mutant mutant) {
        return mutant.area().equals("core");
    }

    private TestProcess start(Mutant mutant, @Nullable Path changed) throws IOException {
        TestedModule module = TestedModule.of(mutant);
        Path output = directory.resolve("process-" + processes.incrementAndGet());
        String classPath = changed == null ? module.classPath() : changed + File.pathSeparator + module.classPath();
        return new TestProcess(
                output,
                TestClasses.isOfEngine(mutant) ? output : module.directory(),
                classPath,
                List.of(
                        // Most run for a few seconds: what the second compiler would gain, it never gives back.
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-XX:+EnableDynamicAgentLoading",
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
            // A single test that is repeated has the time of its whole class: with the mutant it may wait in vain.
            Duration took = baseline.of(test);
            expected = expected.plus(took.isZero() ? baseline.of(test.replaceFirst("[$#].*", "")) : took);
        }
        return LEAST_LIMIT.plus(expected.multipliedBy(LIMIT_FACTOR));
    }

    private static Finding ofJudge(Mutant mutant, Result result) {
        if (!result.failures().isEmpty()) {
            Matcher seed = SEED.matcher(result.failures().get(0).message());
            return new Finding(Outcome.FAILED, seed.find() ? "seed " + seed.group(1) : "yes");
        }
        return switch (result.end()) {
            case DONE -> new Finding(Outcome.PASSED, "no");
            case OUT_OF_TIME -> new Finding(hung(mutant), "never ended");
            case DIED -> new Finding(died(mutant), "its process died");
        };
    }

    static Finding ofTests(Mutant mutant, Result result) {
        if (!result.failures().isEmpty()) {
            List<String> failed = result.failures().stream()
                    .map(failure -> "`" + failure.test() + "`")
                    .distinct()
                    .toList();
            String named = failed.stream().limit(NAMED).collect(Collectors.joining("; "));
            int more = failed.size() - NAMED;
            return new Finding(Outcome.FAILED, more > 0 ? named + " and " + more + " more there" : named);
        }
        String last = result.last() == null
                ? "all"
                : result.last().substring(result.last().lastIndexOf('.') + 1);
        return switch (result.end()) {
            case DONE -> new Finding(Outcome.PASSED, "none");
            case OUT_OF_TIME -> new Finding(hung(mutant), "`" + last + "` never ended");
            case DIED -> new Finding(died(mutant), "the process of `" + last + "` died");
        };
    }

    private static Outcome hung(Mutant mutant) {
        return mutant.end() == Mutant.End.HANG ? Outcome.HUNG : Outcome.UNEXPECTED_END;
    }

    private static Outcome died(Mutant mutant) {
        return mutant.end() == Mutant.End.DEATH ? Outcome.DIED : Outcome.UNEXPECTED_END;
    }
}
