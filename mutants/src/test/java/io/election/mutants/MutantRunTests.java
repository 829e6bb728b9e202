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

    @Test
    void theSummaryNamesWhatNeedsALook() {
        Finding caught = new Finding(Outcome.FAILED, "`ATests#fails`");
        Finding passed = new Finding(Outcome.PASSED, "none");
        Mutant byTests = mutant("by-tests", Mutant.End.ASSERTION);
        Mutant survivor = mutant("survivor", Mutant.End.ASSERTION);
        Mutant flaky = mutant("flaky", Mutant.End.ASSERTION);
        Catalogue catalogue = new Catalogue(
                List.of(byTests, survivor, flaky),
                List.of(new Rule("1", "Durable first"), new Rule("2", "One vote a term")),
                List.of(),
                Map.of("survivor", "why not"));

        assertThat(new MutantReport(
                                600,
                                List.of(
                                        new Verdict(byTests, passed, caught),
                                        new Verdict(survivor, passed, passed),
                                        new Verdict(flaky, passed, new Finding(Outcome.FLAKY, "now and then"))),
                                catalogue)
                        .summary())
                .containsExactly(
                        "3 of 3 mutants shown, 1 caught: 1 by tests, and 0 of the core's 3 by the simulator, which had 600"
                                + " seeds for each",
                        "Survived (2): `survivor`, `flaky`",
                        "Survived as survivors.txt says (1): `survivor`",
                        "Caught by a test that never ended, as expected: none",
                        "Caught by the death of a process, as expected: none",
                        "Caught by nobody because the test is flaky (1): `flaky`",
                        "A test hung, or its process died, unexpectedly: none",
                        "Of the core, caught by a test of its own only, and not by the simulator (1): `by-tests`",
                        "Of the core, caught by the simulator only: none",
                        "Rules without a mutant (1): 2 (One vote a term)");
    }

    private static Mutant mutant(String name, Mutant.End end) {
        return new Mutant(name, "1", Set.of(), "", "core", List.of(), List.of(), end);
    }
}
