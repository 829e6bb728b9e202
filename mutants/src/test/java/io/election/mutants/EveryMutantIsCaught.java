package io.election.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.mutants.MutantRun.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Shows every mutant to the judges and the tests. Fails for each that nobody catches, unless {@code survivors.txt} has it
 * with a reason, for each that stands there and is caught, and if more than {@code report-baseline.txt} knows of are caught by
 * tests of their own only. Takes many minutes: it is run by
 * {@code ./mvnw verify -Pmutants -pl mutants -am} only.
 *
 * <p>{@code -Delection.mutants=vote-*,lease-revived,rule-7,journal} selects some, {@code -Delection.mutants.share=2/5} every
 * fifth of them from the second on, {@code -Delection.mutants.seeds=5000} gives the
 * simulator more seeds (0 leaves the judges and all random runs out), {@code -Delection.mutants.only-named=true} asks only the tests that a mutant names,
 * {@code -Delection.mutants.workers=1} shows one at a time, and {@code -Delection.mutants.report}
 * names another file for the report than {@code target/mutants/report.md}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EveryMutantIsCaught {

    private static final Path DIRECTORY = Path.of("target", "mutants");

    private final int seeds = Integer.parseInt(property("seeds", "600"));
    private final int processes = Integer.parseInt(
            property("workers", String.valueOf(Runtime.getRuntime().availableProcessors())));
    private final ExecutorService workers = Executors.newFixedThreadPool(processes);

    /** Tests of nodes and peers wait for what a mutant keeps from coming, and need hardly a processor for that. */
    private final ExecutorService waiting = Executors.newFixedThreadPool(3 * processes);

    private final Catalogue catalogue = Catalogue.ofTheProject();
    private final List<Mutant> selected =
            Catalogue.share(catalogue.select(System.getProperty("election.mutants", "")), property("share", "1/1"));
    private final MutantRun run = new MutantRun(DIRECTORY, seeds, catalogue.judges());
    private final List<Verdict> verdicts = new ArrayList<>();

    private static String property(String name, String otherwise) {
        return System.getProperty("election.mutants." + name, otherwise);
    }

    @BeforeAll
    void nothingFailsWithoutAMutant() throws Exception {
        run.baseline(selected, workers);
    }

    @TestFactory
    Stream<DynamicTest> caught() {
        List<Future<Verdict>> running = new ArrayList<>();
        for (Mutant mutant : selected) {
            Callable<Verdict> task = () -> run.show(mutant);
            boolean waits = List.of("node", "peer", "discovery").contains(mutant.area());
            running.add((waits ? waiting : workers).submit(task));
        }
        return Stream.iterate(0, i -> i + 1).limit(selected.size()).map(i -> {
            Mutant mutant = selected.get(i);
            return DynamicTest.dynamicTest(mutant.name(), () -> {
                Verdict verdict = running.get(i).get();
                verdicts.add(verdict);
                System.out.println((i + 1) + "/" + selected.size() + " " + mutant.name() + ": " + said(verdict)
                        + (verdict.caught() ? "" : " (SURVIVED)"));
                String reason = catalogue.survivors().get(mutant.name());
                assertThat(verdict.caught())
                        .as(
                                reason == null
                                        ? "somebody notices that " + mutant.defect()
                                                + ": add a test, or delete a mutant"
                                                + " that changes nothing (" + said(verdict) + ")"
                                        : "it survives as survivors.txt says (" + reason + "): take it off that list")
                        .isEqualTo(reason == null);
            });
        });
    }

    private String said(Verdict verdict) {
        return Stream.concat(
                        catalogue.judges().stream()
                                .map(judge ->
                                        judge.name() + " " + verdict.by(judge).text()),
                        Stream.of("tests " + verdict.tests().text()))
                .collect(Collectors.joining(", "));
    }

    @AfterAll
    void report() throws IOException {
        workers.shutdownNow();
        waiting.shutdownNow();
        run.close();
        TestedModule.closeAll();
        MutantReport found = new MutantReport(seeds, verdicts, catalogue);
        Path report = Path.of(property("report", DIRECTORY.resolve("report.md").toString()));
        Files.createDirectories(report.toAbsolutePath().getParent());
        Files.write(report, found.lines());
        System.out.println("Mutants: " + report.toAbsolutePath());
        found.summary().forEach(line -> System.out.println("  " + line));
        assertThat(found.grown())
                .as("more than catalogue/report-baseline.txt knows of: let a judge see it, or add it there")
                .isEmpty();
    }
}
