package io.election.mutants;

import io.election.mutants.MutantRun.Outcome;
import io.election.mutants.MutantRun.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What the run found, for people. */
final class MutantReport {

    private final int seeds;
    private final List<Verdict> verdicts;
    private final Catalogue catalogue;

    /**
     * Prepares it.
     *
     * @param seeds how many seeds the simulator had for each mutant
     * @param verdicts of all mutants that were shown
     * @param catalogue of all mutants, shown or not
     */
    MutantReport(int seeds, List<Verdict> verdicts, Catalogue catalogue) {
        this.seeds = seeds;
        this.verdicts = verdicts;
        this.catalogue = catalogue;
    }

    /** The whole, as Markdown. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("# Mutants");
        lines.add("");
        lines.add("Written by `./mvnw verify -Pmutants -pl mutants -am`. docs/testing.md says what it means.");
        lines.add("");
        summary().forEach(line -> lines.add("- " + line));
        lines.add("");
        lines.add(
                "\"Seed n\" is the first of the simulator's that failed, so it took n seeds. The simulator runs the core"
                        + " only. Of the tests, those of the first class with a failure are named, two at most.");
        lines.add("");
        lines.add("| rule | pitfall | mutant | defect | simulator | tests |");
        lines.add("|---|---|---|---|---|---|");
        for (Rule rule : catalogue.rules()) {
            verdicts.stream()
                    .filter(verdict -> verdict.mutant().rule().equals(rule.key()))
                    .map(MutantReport::row)
                    .forEach(lines::add);
        }
        lines.add("");
        lines.add("## Pitfalls of other engines");
        lines.add("");
        lines.add("| | what went wrong | mutants |");
        lines.add("|---|---|---|");
        for (Pitfall pitfall : catalogue.pitfalls()) {
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

    /** What matters, a line for each. Rules without a mutant are those of the whole catalogue; all else is of this run. */
    List<String> summary() {
        List<String> lines = new ArrayList<>();
        lines.add(verdicts.size() + " of " + catalogue.mutants().size() + " mutants shown, "
                + count(Verdict::caught) + " caught: "
                + count(verdict -> verdict.tests().caught()) + " by tests, and "
                + count(verdict -> verdict.simulator().caught()) + " of the core's "
                + count(verdict -> TestClasses.isSimulated(verdict.mutant())) + " by the simulator, which had " + seeds
                + " seeds for each");
        lines.add(named("Survived", verdict -> !verdict.caught()));
        lines.add(named("Survived as survivors.txt says", this::isKnownSurvivor));
        lines.add(named("Caught by a test that never ended, as expected", verdict -> verdict.has(Outcome.HUNG)));
        lines.add(named("Caught by the death of a process, as expected", verdict -> verdict.has(Outcome.DIED)));
        lines.add(named("Caught by nobody because the test is flaky", verdict -> verdict.has(Outcome.FLAKY)));
        lines.add(named(
                "A test hung, or its process died, unexpectedly", verdict -> verdict.has(Outcome.UNEXPECTED_END)));
        lines.add(named(
                "Of the core, caught by a test of its own only, and not by the simulator",
                verdict -> TestClasses.isSimulated(verdict.mutant())
                        && !verdict.simulator().caught()
                        && verdict.tests().caught()));
        lines.add(named(
                "Of the core, caught by the simulator only",
                verdict -> verdict.simulator().caught() && !verdict.tests().caught()));
        Set<String> broken = catalogue.mutants().stream().map(Mutant::rule).collect(Collectors.toSet());
        lines.add(text(
                "Rules without a mutant",
                catalogue.rules().stream()
                        .filter(rule -> !broken.contains(rule.key()))
                        .map(rule -> rule.key() + " (" + rule.text() + ")")
                        .toList()));
        return lines;
    }

    private boolean isKnownSurvivor(Verdict verdict) {
        return !verdict.caught()
                && catalogue.survivors().containsKey(verdict.mutant().name());
    }

    private long count(Predicate<Verdict> which) {
        return verdicts.stream().filter(which).count();
    }

    private String named(String what, Predicate<Verdict> which) {
        return text(
                what,
                verdicts.stream()
                        .filter(which)
                        .map(verdict -> "`" + verdict.mutant().name() + "`")
                        .toList());
    }

    private static String text(String what, List<String> names) {
        return names.isEmpty() ? what + ": none" : what + " (" + names.size() + "): " + String.join(", ", names);
    }

    private static String row(Verdict verdict) {
        Mutant mutant = verdict.mutant();
        String pitfalls = mutant.pitfalls().stream().map(String::valueOf).collect(Collectors.joining(", "));
        return "| " + mutant.rule() + " | " + pitfalls + " | `" + mutant.name() + "` | " + mutant.defect() + " | "
                + verdict.simulator().text() + " | "
                + (verdict.caught() ? "" : "**it survived**: ")
                + verdict.tests().text() + " |";
    }
}
