package io.election.test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.support.PropertiesLoaderUtils;

/** Nothing of this module reaches production. */
class ProductionTests {

    private static final Pattern DEPENDENCY = Pattern.compile("<dependency>(.*?)</dependency>", Pattern.DOTALL);

    @Test
    void noOtherClassKnowsThisModule() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.election.test..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.election.test..")
                .check(new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("io.election"));
    }

    @Test
    void noOtherModuleNeedsItOutsideOfTests() throws IOException {
        List<String> offenders = new ArrayList<>();
        List<Path> poms;
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            poms = modules.map(module -> module.resolve("pom.xml"))
                    .filter(Files::isRegularFile)
                    .toList();
        }
        assertThat(poms).hasSizeGreaterThan(4);
        for (Path pom : poms) {
            Matcher dependency = DEPENDENCY.matcher(Files.readString(pom));
            while (dependency.find()) {
                if (dependency.group(1).contains("<artifactId>election-spring-boot-starter-test</artifactId>")
                        && !dependency.group(1).contains("<scope>test</scope>")) {
                    offenders.add(pom.toString());
                }
            }
        }
        assertThat(offenders).isEmpty();
    }

    /** So it does nothing to an application that is merely started with it on its class path. */
    @Test
    void isFoundBySpringsTestsAlone() throws IOException {
        Properties factories = PropertiesLoaderUtils.loadProperties(
                new org.springframework.core.io.FileSystemResource("src/main/resources/META-INF/spring.factories"));
        assertThat(factories.stringPropertyNames())
                .containsExactlyInAnyOrder(
                        "org.springframework.test.context.ContextCustomizerFactory",
                        "org.springframework.test.context.TestExecutionListener");
        try (Stream<Path> resources = Files.walk(Path.of("src/main/resources"))) {
            assertThat(resources
                            .filter(Files::isRegularFile)
                            .map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "spring.factories",
                            "io.election.test.AutoConfigureTestLeadership.imports",
                            "additional-spring-configuration-metadata.json");
        }
    }

    /** What the annotation imports into a slice exists. */
    @Test
    void importsAutoConfigurationsThatThereAre() throws IOException {
        List<String> all = read("META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports");
        List<String> imported = read("META-INF/spring/io.election.test.AutoConfigureTestLeadership.imports");
        assertThat(imported).isNotEmpty();
        assertThat(new TreeSet<>(all)).containsAll(imported);
    }

    /** From the autoconfigure module, whose file is found first or not: all of that name are read. */
    private static List<String> read(String location) throws IOException {
        List<String> lines = new ArrayList<>();
        var found = ProductionTests.class.getClassLoader().getResources(location);
        while (found.hasMoreElements()) {
            lines.addAll(new org.springframework.core.io.UrlResource(found.nextElement())
                    .getContentAsString(java.nio.charset.StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList());
        }
        assertThat(new ClassPathResource(location).exists()).isTrue();
        return lines;
    }
}
