package io.election.mutants;

import io.election.mutants.MutantRun.Verdict;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What the run found, for people. */
final class MutantReport {

    private MutantReport() {}

    /**
     * Writes it.
     *
     * @param seeds how many seeds the simulator had for each mutant
     * @param verdicts of all mutants that were shown
     * @param pitfalls all
     * @return Markdown
     */
    static List<String> lines(int seeds, List<Verdict> verdicts, List<Pitfall> pitfalls) {
        List<String> lines = new ArrayList<>();
        lines.add("# Mutants");
        lines.add("");
        lines.add("Written by `./mvnw verify -Pmutants -pl election-core -am`: see [testing](testing.md).");
        lines.add("");
        lines.add(summary(seeds, verdicts));
        lines.add("");
        lines.add(
                "\"Seed n\" is the first of the simulator's that failed, so it took n seeds. The simulator runs the core"
                        + " only. Of the tests, those of the first class with a failure are named, two at most.");
        lines.add("");
        lines.add("| rule | pitfall | mutant | defect | simulator | tests |");
        lines.add("|---|---|---|---|---|---|");
        verdicts.stream()
                .sorted(Comparator.comparingInt(verdict -> verdict.mutant().rule()))
                .map(MutantReport::row)
                .forEach(lines::add);
        lines.add("");
        lines.add("## Pitfalls of other engines");
        lines.add("");
        lines.add("| | what went wrong | mutants |");
        lines.add("|---|---|---|");
        for (Pitfall pitfall : pitfalls) {
            String names = verdicts.stream()
                    .map(Verdict::mutant)
                    .filter(mutant -> mutant.pitfalls().contains(pitfall.number()))
                    .map(mutant -> "`" + mutant.name() + "`")
                    .collect(Collectors.joining(", "));
            lines.add("| " + pitfall.number() + " | " + pitfall.text() + " | "
                    + (pitfall.notHere() == null ? names : "none: " + pitfall.notHere()) + " |");
        }
        return lines;
    }

    private static String summary(int seeds, List<Verdict> verdicts) {
        List<String> survivors = verdicts.stream()
                .filter(verdict -> !verdict.caught())
                .map(verdict -> "`" + verdict.mutant().name() + "`")
                .toList();
        long simulated = count(verdicts, verdict -> TestClasses.isSimulated(verdict.mutant()));
        return verdicts.size() + " mutants, " + count(verdicts, Verdict::caught) + " caught: "
                + count(verdicts, verdict -> verdict.tests().caught()) + " by tests, and "
                + count(verdicts, verdict -> verdict.simulator().caught()) + " of the core's " + simulated
                + " by the simulator, which had " + seeds + " seeds for each; "
                + count(
                        verdicts,
                        verdict ->
                                verdict.simulator().caught() && !verdict.tests().caught())
                + " by the simulator alone. "
                + (survivors.isEmpty() ? "None survived." : "Survivors: " + String.join(", ", survivors) + ".");
    }

    private static long count(List<Verdict> verdicts, Predicate<Verdict> which) {
        return verdicts.stream().filter(which).count();
    }

    private static String row(Verdict verdict) {
        Mutant mutant = verdict.mutant();
        String pitfalls = mutant.pitfalls().stream().map(String::valueOf).collect(Collectors.joining(", "));
        return "| " + mutant.rule() + " | " + pitfalls + " | `" + mutant.name() + "` | " + mutant.defect() + " | "
                + verdict.simulator().text() + " | "
                + (verdict.caught() ? verdict.tests().text() : "**it survived**") + " |";
    }
}
