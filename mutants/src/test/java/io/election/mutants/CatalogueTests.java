package io.election.mutants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.election.mutants.Mutant.Edit;
import io.election.mutants.Mutant.End;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogueTests {

    @Test
    void readsAMutant() {
        assertThat(Catalogue.parse(
                        "some.mutants",
                        List.of(
                                "# Why.",
                                "mutant: vote-not-written",
                                "rule: 1",
                                "pitfall: 1, 7",
                                "defect: the vote is not written",
                                "in: core",
                                "- write(",
                                "- vote);",
                                "+ forget(vote);",
                                "- answer();",
                                "",
                                "ask: BondTests LeaseTests",
                                "",
                                "mutant: other",
                                "rule: start",
                                "defect: another",
                                "end: hang",
                                "in: node",
                                "- a",
                                "+ b")))
                .containsExactly(
                        new Mutant(
                                "vote-not-written",
                                "1",
                                Set.of(1, 7),
                                "the vote is not written",
                                "core",
                                List.of(new Edit("write(\nvote);", "forget(vote);"), new Edit("answer();", "")),
                                List.of("BondTests", "LeaseTests"),
                                End.ASSERTION),
                        new Mutant(
                                "other",
                                "start",
                                Set.of(),
                                "another",
                                "node",
                                List.of(new Edit("a", "b")),
                                List.of(),
                                End.HANG));
    }

    @Test
    void saysWhereAFileIsWrong() {
        assertThatThrownBy(() -> Catalogue.parse("some.mutants", List.of("mutant: a", "rules: 1")))
                .hasMessage("some.mutants, line 2: 'rules' is none of [ask, defect, end, in, mutant, pitfall, rule]");
        assertThatThrownBy(() -> Catalogue.parse("some.mutants", List.of("mutant: a", "+ text")))
                .hasMessage("some.mutants, line 2: a text that takes the place of none");
        assertThatThrownBy(() -> Catalogue.parse("some.mutants", List.of("rule: 1")))
                .hasMessage("some.mutants, line 1: a mutant begins with its name");
        assertThatThrownBy(() -> Catalogue.parse("some.mutants", List.of("mutant: a", "rule: 1", "rule: 2")))
                .hasMessage("some.mutants, line 3: a second 'rule'");
        assertThatThrownBy(() -> Catalogue.parse("some.mutants", List.of("mutant: a", "- b", "rule: 1", "in: core")))
                .hasMessage("'a' has no 'defect'");
        assertThatThrownBy(() -> Catalogue.parse("some.mutants", List.of("mutant: a", "rule: 1")))
                .hasMessage("'a' changes nothing");
        assertThatThrownBy(() -> Catalogue.parse(
                        "some.mutants", List.of("mutant: a", "rule: 1", "defect: d", "in: core", "- b", "end: soon")))
                .hasMessage("the end 'soon' is none of assertion, hang, death");
    }

    @Test
    void selectsByNameBeginningPackageAndRule() {
        Mutant vote = named("vote-lost", "2", "journal");
        Mutant vow = named("vote-given", "2", "core");
        Mutant lease = named("lease-revived", "8", "core");
        Catalogue catalogue =
                new Catalogue(List.of(vote, vow, lease), List.of(), List.of(), Map.of(), List.of(), Baseline.NONE);

        assertThat(catalogue.select("")).containsExactly(vote, vow, lease);
        assertThat(catalogue.select("lease-revived,vote-*")).containsExactly(lease, vote, vow);
        assertThat(catalogue.select("core")).containsExactly(vow, lease);
        assertThat(catalogue.select("rule-2")).containsExactly(vote, vow);
        assertThatThrownBy(() -> catalogue.select("lease")).hasMessage("there is no mutant 'lease'");
    }

    @Test
    void sharesThemSoThatEachComesUpOnce() {
        List<Mutant> all = List.of(named("a", "1", "core"), named("b", "1", "core"), named("c", "1", "core"));

        assertThat(Catalogue.share(all, "1/1")).isEqualTo(all);
        assertThat(Catalogue.share(all, "1/2")).containsExactly(all.get(0), all.get(2));
        assertThat(Catalogue.share(all, "2/2")).containsExactly(all.get(1));
        assertThatThrownBy(() -> Catalogue.share(all, "3/2")).hasMessage("the share '3/2' is none such as 2/5");
    }

    private static Mutant named(String name, String rule, String area) {
        return new Mutant(name, rule, Set.of(), "", area, List.of(), List.of(), End.ASSERTION);
    }

    /** The real one; what it takes to catch its mutants is shown elsewhere. */
    @Nested
    class TheWhole {

        private final Catalogue catalogue = Catalogue.ofTheProject();

        @AfterEach
        void close() {
            TestedModule.closeAll();
        }

        @Test
        void everyMutantStillApplies() {
            for (Mutant mutant : catalogue.mutants()) {
                TestedModule.of(mutant).sources().changedBy(mutant);
            }
        }

        /** As many at a time as leave each other's text alone: the compiler takes far longer to begin than to end. */
        @Tag("thorough")
        @Test
        void everyMutantStillCompiles(@TempDir Path output) {
            Map<TestedModule, List<Map<Path, String>>> batches = new LinkedHashMap<>();
            for (Mutant mutant : catalogue.mutants()) {
                TestedModule module = TestedModule.of(mutant);
                Sources sources = module.sources();
                sources.changedBy(mutant);
                List<Map<Path, String>> ofModule = batches.computeIfAbsent(module, key -> new ArrayList<>());
                if (!joins(mutant, ofModule, sources)) {
                    ofModule.add(sources.changedBy(mutant));
                }
            }
            batches.forEach((module, ofModule) ->
                    ofModule.forEach(batch -> module.compiler().compile(batch, output)));
        }

        private static boolean joins(Mutant mutant, List<Map<Path, String>> batches, Sources sources) {
            for (int i = 0; i < batches.size(); i++) {
                try {
                    batches.set(i, sources.changedBy(mutant, batches.get(i)));
                    return true;
                } catch (IllegalArgumentException changedAlready) {
                    // Another mutant of this batch changes the same place.
                }
            }
            return false;
        }

        @Test
        void everyMutantIsShownToTestsThatExist() {
            assertThat(catalogue.mutants())
                    .allSatisfy(
                            mutant -> assertThat(TestedModule.of(mutant).tests().of(mutant, catalogue.judges()))
                                    .as(mutant.name() + " is shown to tests; outside the engine it has to name them")
                                    .isNotEmpty());
        }

        @Test
        void everyJudgeIsATestOfTheCore() {
            TestClasses ofTheCore = TestedModule.of(named("any", "1", "core")).tests();
            assertThat(catalogue.judges())
                    .isNotEmpty()
                    .allSatisfy(judge -> assertThat(ofTheCore.has(judge.type()))
                            .as(judge.name() + " is " + judge.type())
                            .isTrue());
        }

        @Test
        void everyMutantOfTheBaselineIsOneOfTheCore() {
            assertThat(catalogue.mutants().stream()
                            .filter(TestClasses::isJudged)
                            .map(Mutant::name))
                    .containsAll(catalogue.baseline().onlyByTests());
            assertThat(catalogue.baseline().seeds()).isPositive();
        }

        @Test
        void everyRuleIsBrokenByAMutantAndNoMutantBreaksAnother() {
            Set<String> rules = catalogue.rules().stream().map(Rule::key).collect(Collectors.toSet());
            Set<String> broken = catalogue.mutants().stream().map(Mutant::rule).collect(Collectors.toSet());
            assertThat(rules).contains("1", "14");
            assertThat(broken).isEqualTo(rules);
        }

        @Test
        void everySurvivorOnTheListIsAMutantAndHasAReason() {
            assertThat(catalogue.mutants())
                    .extracting(Mutant::name)
                    .containsAll(catalogue.survivors().keySet());
            assertThat(catalogue.survivors().values())
                    .allSatisfy(reason -> assertThat(reason).isNotBlank());
        }

        @Test
        void everyPitfallIsFallenIntoOrSaysWhyNot() {
            Set<Integer> fallenInto = catalogue.mutants().stream()
                    .flatMap(mutant -> mutant.pitfalls().stream())
                    .collect(Collectors.toSet());
            assertThat(catalogue.pitfalls())
                    .allSatisfy(pitfall -> assertThat(fallenInto.contains(pitfall.number()))
                            .as(pitfall.text())
                            .isEqualTo(pitfall.notHere() == null));
            assertThat(catalogue.pitfalls()).extracting(Pitfall::number).containsAll(fallenInto);
        }
    }
}
