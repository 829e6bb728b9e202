package io.election.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the README says of testing a service is what is compiled and run here. */
class ReadmeTests {

    private static String section() throws IOException {
        String readme = Files.readString(Path.of("..", "README.md"));
        int begin = readme.indexOf("### Testing your service");
        assertThat(begin).isPositive();
        return readme.substring(begin, readme.indexOf("\n#", begin + 1));
    }

    private static List<String> blocks(String language) throws IOException {
        return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(section())
                .results()
                .map(block -> block.group(1))
                .toList();
    }

    @Test
    void showsATestThatPasses() throws IOException {
        String source = Files.readString(Path.of("src/test/java/io/election/test/InvoiceJobTests.java"));
        assertThat(blocks("java"))
                .hasSize(1)
                .allSatisfy(shown -> assertThat(source).endsWith("\n" + shown));
    }

    @Test
    void namesThisModuleForTestsOnly() throws IOException {
        assertThat(blocks("xml")).containsExactly("""
                <dependency>
                  <groupId>io.election</groupId>
                  <artifactId>election-spring-boot-starter-test</artifactId>
                  <version>0.1.0-SNAPSHOT</version>
                  <scope>test</scope>
                </dependency>
                """);
        assertThat(Files.readString(Path.of("pom.xml")))
                .contains("<artifactId>election-spring-boot-starter-test</artifactId>")
                .contains("<version>0.1.0-SNAPSHOT</version>");
    }
}
