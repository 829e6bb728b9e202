package io.election;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import io.election.core.LackOfMemory;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;

/** Holds the packages to what each may touch. */
@AnalyzeClasses(packages = "io.election", importOptions = ArchitectureTests.NoTests.class)
class ArchitectureTests {

    /** Nor the tests of another module, which come in a jar. */
    static final class NoTests implements ImportOption {

        @Override
        public boolean includes(Location location) {
            return new DoNotIncludeTests().includes(location) && !location.contains("-tests.jar");
        }
    }

    private static final String API = "io.election";
    private static final String NODE = "io.election.node..";
    private static final String FENCING = "io.election.fencing..";
    private static final String LEADERONLY = "io.election.leaderonly..";
    private static final String ACTUATE = "io.election.actuate..";
    private static final String AUTOCONFIGURE = "io.election.autoconfigure..";

    @ArchTest
    static final ArchRule actuateSeesTheApiAndTheNodeOnly = onlyOnOurs(ACTUATE, API, NODE, ACTUATE);

    @ArchTest
    static final ArchRule fencingSeesTheApiOnly = onlyOnOurs(FENCING, API, FENCING);

    @ArchTest
    static final ArchRule fencesDoWithoutBootAndTheirWiring = noClasses()
            .that()
            .resideInAPackage("io.election.fencing")
            .should()
            .dependOnClassesThat(
                    resideInAnyPackage("io.election.fencing.autoconfigure..", "org.springframework.boot.."));

    @ArchTest
    static final ArchRule leaderOnlySeesTheApiAndTheNodeOnly = onlyOnOurs(LEADERONLY, API, NODE, LEADERONLY);

    @ArchTest
    static final ArchRule apiDependsOnNoOtherPackageOfOurs = onlyOnOurs(API, API);

    @ArchTest
    static final ArchRule nothingDependsOnAutoconfigure = noClasses()
            .that()
            .resideOutsideOfPackage(AUTOCONFIGURE)
            .should()
            .dependOnClassesThat(resideInAPackage(AUTOCONFIGURE));

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("io.election.(*)..").should().beFreeOfCycles();

    @ArchTest
    static void everyPackageIsNullMarked(JavaClasses classes) {
        Set<String> packages = new TreeSet<>();
        Set<String> nullMarked = new TreeSet<>();
        for (JavaClass type : classes) {
            packages.add(type.getPackageName());
            if (type.getSimpleName().equals("package-info") && type.isAnnotatedWith(NullMarked.class)) {
                nullMarked.add(type.getPackageName());
            }
        }
        assertThat(nullMarked).as("packages whose package-info is @NullMarked").isEqualTo(packages);
    }

    /** Whatever else it adapts is its own affair. */
    private static ArchRule onlyOnOurs(String from, String... ours) {
        return classes()
                .that()
                .resideInAPackage(from)
                .should(ArchConditions.onlyDependOnClassesThat(not(resideInAPackage("io.election.."))
                        .or(resideInAnyPackage(ours))
                        // What every thread has to ask that must outlive a lack of memory.
                        .or(equivalentTo(LackOfMemory.class))))
                .allowEmptyShould(true);
    }
}
