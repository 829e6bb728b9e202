package io.election.mutants;

import io.election.mutants.MutantRun.Outcome;
import io.election.mutants.MutantRun.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
                "\"Seed n\" is the first of the simulator's that failed, so it took n seeds. The judges run the core only, and"
                        + " are asked until one catches a mutant. Of the tests, those of the first class with a failure are named, two at most.");
        lines.add("");
        List<Judge> judges = catalogue.judges();
        lines.add("| rule | pitfall | mutant | defect | "
                + judges.stream().map(judge -> judge.name() + " | ").collect(Collectors.joining()) + "tests |");
        lines.add("|---|---|---|---|" + "---|".repeat(judges.size()) + "---|");
        for (Rule rule : catalogue.rules()) {
            verdicts.stream()
                    .filter(verdict -> verdict.mutant().rule().equals(rule.key()))
                    .map(this::row)
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
                + count(verdict -> verdict.tests().caught()) + " by tests"
                + catalogue.judges().stream()
                        .map(judge -> ", " + count(verdict -> verdict.by(judge).caught()) + " by the " + judge.name())
                        .collect(Collectors.joining())
                + "; " + count(verdict -> TestClasses.isJudged(verdict.mutant()))
                + " are of the core, for which the simulator had " + seeds + " seeds each");
        lines.add(named("Survived", verdict -> !verdict.caught()));
        lines.add(named("Survived as survivors.txt says", this::isKnownSurvivor));
        lines.add(named("Caught by a test that never ended, as expected", verdict -> verdict.has(Outcome.HUNG)));
        lines.add(named("Caught by the death of a process, as expected", verdict -> verdict.has(Outcome.DIED)));
        lines.add(named("Caught by nobody because the test is flaky", verdict -> verdict.has(Outcome.FLAKY)));
        lines.add(named(
                "A test hung, or its process died, unexpectedly", verdict -> verdict.has(Outcome.UNEXPECTED_END)));
        lines.add(named(
                "Of the core, caught by a judge only",
                verdict -> verdict.caughtByAJudge() && !verdict.tests().caught()));
        lines.addAll(onlyByTests());
        lines.add(
                compared("Rules without a mutant", catalogue.baseline().rulesWithoutAMutant(), rulesWithoutAMutant()));
        return lines;
    }

    /** A part of the mutants is compared with what is known of the same part. */
    private List<String> onlyByTests() {
        String what = "Of the core, caught by tests of their own only, and by no judge";
        if (!isComparable()) {
            return List.of(what + ": not compared, because the simulator had " + seeds + " seeds, and "
                    + catalogue.baseline().seeds() + " when the list was made");
        }
        Set<String> before = onlyByTestsBefore();
        Set<String> now = onlyByTestsNow();
        return List.of(
                compared(what, before, now),
                text("  of these new: " + missing(now, before).size(), missing(now, before).stream()),
                text("  of those before, no more: " + missing(before, now).size(), missing(before, now).stream()));
    }

    /** Those of the first that the second does not have. */
    private static List<String> missing(Set<String> these, Set<String> those) {
        return these.stream().filter(name -> !those.contains(name)).toList();
    }

    private boolean isComparable() {
        return seeds > 0 && seeds >= catalogue.baseline().seeds();
    }

    private Set<String> onlyByTestsBefore() {
        return verdicts.stream()
                .map(verdict -> verdict.mutant().name())
                .filter(catalogue.baseline().onlyByTests()::contains)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private Set<String> onlyByTestsNow() {
        return verdicts.stream()
                .filter(verdict -> TestClasses.isJudged(verdict.mutant())
                        && !verdict.caughtByAJudge()
                        && verdict.tests().caught())
                .map(verdict -> verdict.mutant().name())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private Set<String> rulesWithoutAMutant() {
        Set<String> broken = catalogue.mutants().stream().map(Mutant::rule).collect(Collectors.toSet());
        return catalogue.rules().stream()
                .filter(rule -> !broken.contains(rule.key()))
                .map(rule -> rule.key() + " (" + rule.text() + ")")
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** What has become more than the baseline has; each number may only fall. */
    List<String> grown() {
        List<String> grown = new ArrayList<>();
        if (isComparable() && onlyByTestsNow().size() > onlyByTestsBefore().size()) {
            grown.addAll(onlyByTests());
        }
        Set<String> known = catalogue.baseline().rulesWithoutAMutant();
        if (rulesWithoutAMutant().size() > known.size()) {
            grown.add(compared("Rules without a mutant", known, rulesWithoutAMutant()));
        }
        return grown;
    }

    private static String compared(String what, Set<String> before, Set<String> now) {
        return text(what + ": before " + before.size() + ", now " + now.size(), now.stream());
    }

    private boolean isKnownSurvivor(Verdict verdict) {
        return !verdict.caught()
                && catalogue.survivors().containsKey(verdict.mutant().name());
    }

    private long count(Predicate<Verdict> which) {
        return verdicts.stream().filter(which).count();
    }

    private String named(String what, Predicate<Verdict> which) {
        List<String> names = verdicts.stream()
                .filter(which)
                .map(verdict -> verdict.mutant().name())
                .toList();
        return text(what + ": " + names.size(), names.stream());
    }

    private static String text(String what, Stream<String> names) {
        String joined = names.map(name -> "`" + name + "`").collect(Collectors.joining(", "));
        return joined.isEmpty() ? what : what + ": " + joined;
    }

    private String row(Verdict verdict) {
        Mutant mutant = verdict.mutant();
        String pitfalls = mutant.pitfalls().stream().map(String::valueOf).collect(Collectors.joining(", "));
        return "| " + mutant.rule() + " | " + pitfalls + " | `" + mutant.name() + "` | " + mutant.defect() + " | "
                + catalogue.judges().stream()
                        .map(judge -> verdict.by(judge).text() + " | ")
                        .collect(Collectors.joining())
                + (verdict.caught() ? "" : "**it survived**: ")
                + verdict.tests().text() + " |";
    }
}
