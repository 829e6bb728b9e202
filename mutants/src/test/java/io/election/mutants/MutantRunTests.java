package io.election.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.mutants.MutantRun.Finding;
import io.election.mutants.MutantRun.Outcome;
import io.election.mutants.MutantRun.Verdict;
import io.election.mutants.TestProcess.Failure;
import io.election.mutants.TestProcess.Result;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MutantRunTests {

    private static final Result FAILED = new Result(
            List.of(new Failure("ATests#fails", "ATests#fails()", "expected")),
            Map.of(),
            "io.ATests",
            TestProcess.End.DONE);
    private static final Result PASSED = new Result(List.of(), Map.of(), "io.ATests", TestProcess.End.DONE);
    private static final Result HUNG = new Result(List.of(), Map.of(), "io.ATests", TestProcess.End.OUT_OF_TIME);
    private static final Result DIED = new Result(List.of(), Map.of(), "io.ATests", TestProcess.End.DIED);

    @Test
    void aFailedTestCatchesEveryMutant() {
        for (Mutant.End end : Mutant.End.values()) {
            assertThat(MutantRun.ofTests(mutant("a", end), FAILED).outcome()).isEqualTo(Outcome.FAILED);
            assertThat(MutantRun.ofTests(mutant("a", end), PASSED).outcome()).isEqualTo(Outcome.PASSED);
        }
    }

    @Test
    void aTestThatNeverEndsCatchesOnlyWhatIsExpectedToHang() {
        assertThat(MutantRun.ofTests(mutant("a", Mutant.End.HANG), HUNG).caught())
                .isTrue();
        Finding unexpected = MutantRun.ofTests(mutant("a", Mutant.End.ASSERTION), HUNG);
        assertThat(unexpected.caught()).isFalse();
        assertThat(unexpected).isEqualTo(new Finding(Outcome.UNEXPECTED_END, "`ATests` never ended"));
        assertThat(MutantRun.ofTests(mutant("a", Mutant.End.DEATH), HUNG).caught())
                .isFalse();
    }

    @Test
    void aProcessThatDiesCatchesOnlyWhatIsExpectedToEndIt() {
        assertThat(MutantRun.ofTests(mutant("a", Mutant.End.DEATH), DIED).caught())
                .isTrue();
        assertThat(MutantRun.ofTests(mutant("a", Mutant.End.ASSERTION), DIED).caught())
                .isFalse();
        assertThat(MutantRun.ofTests(mutant("a", Mutant.End.HANG), DIED).caught())
                .isFalse();
    }

    @Test
    void aFlakyTestCatchesNothing() {
        Finding first = new Finding(Outcome.FAILED, "`ATests#fails`");
        assertThat(MutantRun.confirmed(first, true, true)).isEqualTo(first);
        assertThat(MutantRun.confirmed(first, false, true))
                .isEqualTo(new Finding(Outcome.FLAKY, "`ATests#fails`, which passed when repeated"));
        assertThat(MutantRun.confirmed(first, true, false))
                .isEqualTo(new Finding(Outcome.FLAKY, "`ATests#fails`, which fails without the mutant too"));
    }

    private static final Finding CAUGHT = new Finding(Outcome.FAILED, "`ATests#fails`");
    private static final Finding NO = new Finding(Outcome.PASSED, "no");

    private final Mutant byTests = mutant("by-tests", Mutant.End.ASSERTION);
    private final Mutant byTestsAsWell = mutant("by-tests-as-well", Mutant.End.ASSERTION);
    private final Mutant byTheExplorer = mutant("by-the-explorer", Mutant.End.ASSERTION);
    private final Mutant survivor = mutant("survivor", Mutant.End.ASSERTION);
    private final Mutant flaky = mutant("flaky", Mutant.End.ASSERTION);

    private final List<Verdict> verdicts = List.of(
            new Verdict(byTests, Map.of("simulator", NO, "explorer", NO), CAUGHT),
            new Verdict(byTheExplorer, Map.of("simulator", NO, "explorer", CAUGHT), CAUGHT),
            new Verdict(survivor, Map.of("simulator", NO, "explorer", NO), NO),
            new Verdict(flaky, Map.of("simulator", NO), new Finding(Outcome.FLAKY, "now and then")));

    private MutantReport report(int seeds, List<Verdict> shown, Baseline baseline) {
        return new MutantReport(
                seeds,
                shown,
                new Catalogue(
                        List.of(byTests, byTestsAsWell, byTheExplorer, survivor, flaky),
                        List.of(new Rule("1", "Durable first"), new Rule("2", "One vote a term")),
                        List.of(),
                        Map.of("survivor", "why not"),
                        List.of(new Judge("simulator", "io.SimulatorTests"), new Judge("explorer", "io.ExplorerTests")),
                        baseline));
    }

    @Test
    void theSummaryNamesWhatNeedsALookAndTheNumbersBefore() {
        Baseline baseline = new Baseline(100, Set.of("by-tests", "by-tests-as-well", "by-the-explorer"), Set.of("2"));
        assertThat(report(100, verdicts, baseline).summary())
                .containsExactly(
                        "4 of 5 mutants shown, 2 caught: 2 by tests, 0 by the simulator, 1 by the explorer; 4 are of the"
                                + " core, for which the simulator had 100 seeds each",
                        "Survived: 2: `survivor`, `flaky`",
                        "Survived as survivors.txt says: 1: `survivor`",
                        "Caught by a test that never ended, as expected: 0",
                        "Caught by the death of a process, as expected: 0",
                        "Caught by nobody because the test is flaky: 1: `flaky`",
                        "A test hung, or its process died, unexpectedly: 0",
                        "Of the core, caught by a judge only: 0",
                        "Of the core, caught by tests of their own only, and by no judge: before 2, now 1: `by-tests`",
                        "  of these new: 0",
                        "  of those before, no more: 1: `by-the-explorer`",
                        "Rules without a mutant: before 1, now 1: `2 (One vote a term)`");
        assertThat(report(100, verdicts, baseline).grown()).isEmpty();
    }

    /** Only those that were shown are compared: a part of them may be fewer than the list has. */
    @Test
    void aMutantThatOnlyTestsCatchIsOneTooManyUnlessTheListHasIt() {
        List<Verdict> part = verdicts.subList(0, 1);
        Baseline without = new Baseline(100, Set.of("by-tests-as-well"), Set.of("2"));
        assertThat(report(100, part, without).grown())
                .contains(
                        "Of the core, caught by tests of their own only, and by no judge: before 0, now 1: `by-tests`",
                        "  of these new: 1: `by-tests`");
        assertThat(report(100, part, new Baseline(100, Set.of("by-tests"), Set.of("2")))
                        .grown())
                .isEmpty();
        assertThat(report(100, part, new Baseline(100, Set.of("by-tests"), Set.of()))
                        .grown())
                .containsExactly("Rules without a mutant: before 0, now 1: `2 (One vote a term)`");
    }

    @Test
    void aRunWithFewerSeedsIsNotCompared() {
        MutantReport fewer = report(99, verdicts, new Baseline(100, Set.of(), Set.of("2")));
        assertThat(fewer.grown()).isEmpty();
        assertThat(fewer.summary())
                .contains("Of the core, caught by tests of their own only, and by no judge: not compared, because the"
                        + " simulator had 99 seeds, and 100 when the list was made");
    }

    private static Mutant mutant(String name, Mutant.End end) {
        return new Mutant(name, "1", Set.of(), "", "core", List.of(), List.of(), end);
    }
}
