package io.election.mutants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.election.mutants.Mutant.Edit;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
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
                                "rule: 2",
                                "defect: another",
                                "in: node",
                                "- a",
                                "+ b")))
                .containsExactly(
                        new Mutant(
                                "vote-not-written",
                                1,
                                Set.of(1, 7),
                                "the vote is not written",
                                "core",
                                List.of(new Edit("write(\nvote);", "forget(vote);"), new Edit("answer();", "")),
                                List.of("BondTests", "LeaseTests")),
                        new Mutant("other", 2, Set.of(), "another", "node", List.of(new Edit("a", "b")), List.of()));
    }

    @Test
    void saysWhereAFileIsWrong() {
        assertThatThrownBy(() -> Catalogue.parse("some.mutants", List.of("mutant: a", "rules: 1")))
                .hasMessage("some.mutants, line 2: 'rules' is none of [ask, defect, in, mutant, pitfall, rule]");
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
    }

    @Test
    void selectsByNameBeginningPackageAndRule() {
        Mutant vote = named("vote-lost", 2, "journal");
        Mutant vow = named("vote-given", 2, "core");
        Mutant lease = named("lease-revived", 8, "core");
        Catalogue catalogue = new Catalogue(List.of(vote, vow, lease), List.of());

        assertThat(catalogue.select("")).containsExactly(vote, vow, lease);
        assertThat(catalogue.select("lease-revived,vote-*")).containsExactly(lease, vote, vow);
        assertThat(catalogue.select("core")).containsExactly(vow, lease);
        assertThat(catalogue.select("rule-2")).containsExactly(vote, vow);
        assertThatThrownBy(() -> catalogue.select("lease")).hasMessage("there is no mutant 'lease'");
    }

    @Test
    void sharesThemSoThatEachComesUpOnce() {
        List<Mutant> all = List.of(named("a", 1, "core"), named("b", 1, "core"), named("c", 1, "core"));

        assertThat(Catalogue.share(all, "1/1")).isEqualTo(all);
        assertThat(Catalogue.share(all, "1/2")).containsExactly(all.get(0), all.get(2));
        assertThat(Catalogue.share(all, "2/2")).containsExactly(all.get(1));
        assertThatThrownBy(() -> Catalogue.share(all, "3/2")).hasMessage("the share '3/2' is none such as 2/5");
    }

    private static Mutant named(String name, int rule, String area) {
        return new Mutant(name, rule, Set.of(), "", area, List.of(), List.of());
    }

    /** The real one; what it takes to catch its mutants is shown elsewhere. */
    @Nested
    class TheWhole {

        private final Catalogue catalogue = Catalogue.read(Path.of("src", "test", "mutants"));

        /** As many at a time as leave each other's text alone: the compiler takes far longer to begin than to end. */
        @Test
        void everyMutantStillAppliesAndCompiles(@TempDir Path output) {
            Sources sources = new Sources(Path.of("src", "main", "java", "io", "election"));
            List<Map<Path, String>> batches = new ArrayList<>();
            for (Mutant mutant : catalogue.mutants()) {
                sources.changedBy(mutant);
                if (!joins(mutant, batches, sources)) {
                    batches.add(sources.changedBy(mutant));
                }
            }
            try (MutantCompiler compiler = new MutantCompiler()) {
                batches.forEach(batch -> compiler.compile(batch, output));
            }
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
            TestClasses tests = new TestClasses(Path.of("target", "test-classes"));
            assertThat(catalogue.mutants())
                    .allSatisfy(mutant -> assertThat(tests.of(mutant)).isNotEmpty());
        }

        @Test
        void everySafetyRuleIsBroken() {
            Set<Integer> broken = catalogue.mutants().stream().map(Mutant::rule).collect(Collectors.toSet());
            assertThat(broken).isEqualTo(IntStream.rangeClosed(1, 14).boxed().collect(Collectors.toSet()));
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
