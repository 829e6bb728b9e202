package io.election;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.targetOwner;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameStartingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.election.core.StateImages;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.NullMarked;

/** Holds the engine's packages to what each may touch. */
@AnalyzeClasses(packages = "io.election", importOptions = ImportOption.DoNotIncludeTests.class)
class EngineArchitectureTests {

    private static final String API = "io.election";
    private static final String CORE = "io.election.core..";
    private static final String MACHINE = "io.election.machine..";
    private static final String JOURNAL = "io.election.journal..";
    private static final String PEER = "io.election.peer..";
    private static final String DISCOVERY = "io.election.discovery..";
    private static final String DNSJAVA = "org.xbill.DNS..";
    private static final String MEMORY = "io.election.memory..";
    private static final String NODE = "io.election.node..";
    private static final String HISTORY = "io.election.history..";

    @ArchTest
    static final ArchRule coreDependsOnTheJdkAndTheApiOnly =
            onlyOn(CORE, "java..", "org.jspecify..", API, CORE).because("the core is a pure state machine");

    @ArchTest
    static final ArchRule coreHasNoThreadSocketFileOrLogger = noClasses()
            .that()
            .resideInAPackage(CORE)
            // The contract of where images are kept: their bytes come as a stream.
            .and(not(belongToAnyOf(StateImages.class)))
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                            "java.net..",
                            "java.nio.file..",
                            "java.nio.channels..",
                            "java.util.logging..",
                            "org.slf4j..",
                            "org.springframework..")
                    // The contracts of the journal and of the images name these.
                    .or(resideInAPackage("java.io..")
                            .and(not(equivalentTo(java.io.IOException.class)))
                            .and(not(equivalentTo(java.io.Closeable.class)))
                            .and(not(equivalentTo(java.io.OutputStream.class))))
                    .or(resideInAPackage("java.util.concurrent..").and(not(equivalentTo(TimeUnit.class))))
                    .or(assignableTo(Thread.class))
                    .or(assignableTo(ThreadLocal.class))
                    .or(equivalentTo(java.util.Timer.class)))
            .because("the core only turns inputs into effects; the node carries them out");

    @ArchTest
    static final ArchRule coreAndMachineReadNoClock = noClasses()
            .that()
            .resideInAnyPackage(CORE, MACHINE)
            .should()
            .accessTargetWhere(targetOwner(equivalentTo(System.class))
                    .and(not(named("arraycopy")))
                    .or(targetOwner(resideInAPackage("java.time..")).and(named("now"))))
            .orShould()
            .dependOnClassesThat(equivalentTo(java.time.Clock.class).or(equivalentTo(java.util.Date.class)))
            .because(
                    "the core takes time as an argument, and members that apply the same entries are equal at any time");

    @ArchTest
    static final ArchRule coreAndMachineDrawNoRandomNumbersOfTheirOwn = noClasses()
            .that()
            .resideInAnyPackage(CORE, MACHINE)
            .should()
            .accessTargetWhere(targetOwner(assignableTo(RandomGenerator.class))
                    .and(named("<init>"))
                    .or(targetOwner(equivalentTo(RandomGenerator.class)).and(named("getDefault", "of")))
                    .or(targetOwner(equivalentTo(Math.class)).and(named("random")))
                    .or(targetOwner(equivalentTo(UUID.class)).and(named("randomUUID")))
                    .or(targetOwner(equivalentTo(Collections.class)).and(named("shuffle"))))
            .because("the core takes randomness as an argument, a RandomGenerator");

    @ArchTest
    static final ArchRule machineDependsOnTheCoreAndTheApiOnly =
            onlyOn(MACHINE, "java..", "org.jspecify..", API, CORE, MACHINE).because("it only applies entries");

    /** It reads and writes the streams that it is given. Its values are read by other threads while it applies. */
    @ArchTest
    static final ArchRule machineHasNoThreadSocketFileOrLogger = noClasses()
            .that()
            .resideInAPackage(MACHINE)
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                            "java.net..",
                            "java.nio.file..",
                            "java.nio.channels..",
                            "java.util.logging..",
                            "java.time..")
                    .or(resideInAPackage("java.io..")
                            .and(simpleNameStartingWith("File").or(simpleNameStartingWith("RandomAccess"))))
                    .or(resideInAPackage("java.util.concurrent..").and(not(equivalentTo(ConcurrentHashMap.class))))
                    .or(assignableTo(Thread.class))
                    .or(assignableTo(ThreadLocal.class))
                    .or(equivalentTo(java.util.Timer.class)))
            .because("members that have applied the same entries are in the same state");

    @ArchTest
    static final ArchRule journalDependsOnTheCoreOnly =
            onlyOn(JOURNAL, "java..", "org.jspecify..", "org.slf4j..", API, CORE, JOURNAL);

    @ArchTest
    static final ArchRule peerDependsOnTheCoreAndItsWireOnly = onlyOn(
            PEER,
            "java..",
            "javax.crypto..",
            "javax.naming..",
            "javax.net..",
            "javax.security..",
            // Reads the names in a certificate.
            "javax.naming..",
            "com.sun.net.httpserver..",
            "org.jspecify..",
            "org.slf4j..",
            "tools.jackson..",
            "com.fasterxml.jackson.annotation..",
            API,
            CORE,
            PEER);

    @ArchTest
    static final ArchRule discoveryKnowsNoPeers =
            onlyOn(DISCOVERY, "java..", "org.jspecify..", "org.slf4j..", DNSJAVA, API, CORE, DISCOVERY);

    /** The library is optional. What loads without it must not name it. */
    @ArchTest
    static final ArchRule onlyTheClientOfNameServersNeedsDnsjava = noClasses()
            .that()
            .haveNameNotMatching("io\\.election\\.discovery\\.Dns(Client|Answer)(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(DNSJAVA);

    @ArchTest
    static final ArchRule memoryKnowsNoPeers =
            onlyOn(MEMORY, "java..", "org.jspecify..", "org.slf4j..", "tools.jackson..", API, CORE, MACHINE, MEMORY);

    @ArchTest
    static final ArchRule nodeKnowsNoSpring = onlyOn(
            NODE,
            "java..",
            "javax..",
            "org.jspecify..",
            "org.slf4j..",
            API,
            CORE,
            MACHINE,
            JOURNAL,
            PEER,
            DISCOVERY,
            MEMORY,
            NODE);

    @ArchTest
    static final ArchRule historyKnowsNothingOfWhatItJudges = onlyOn(HISTORY, "java..", "org.jspecify..", HISTORY)
            .because("a checker must not share the code's own rules");

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

    private static ArchRule onlyOn(String from, String... to) {
        return classes()
                .that()
                .resideInAPackage(from)
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(to))
                .allowEmptyShould(true);
    }

    private static DescribedPredicate<JavaAccess<?>> named(String... names) {
        return DescribedPredicate.describe(
                "named " + String.join(" or ", names),
                access -> List.of(names).contains(access.getTarget().getName()));
    }
}
