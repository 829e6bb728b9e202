package io.election.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.support.PropertiesLoaderUtils;
import org.springframework.util.ClassUtils;

/** Nothing of this module reaches production. */
class ProductionTests {

    private static final Pattern DEPENDENCY = Pattern.compile("<dependency>(.*?)</dependency>", Pattern.DOTALL);

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
        assertThat(read("META-INF/spring/io.election.test.AutoConfigureTestLeadership.imports"))
                .isNotEmpty()
                .allMatch(name -> ClassUtils.isPresent(name, null));
    }

    private static List<String> read(String location) throws IOException {
        return new ClassPathResource(location)
                .getContentAsString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
    }
}
