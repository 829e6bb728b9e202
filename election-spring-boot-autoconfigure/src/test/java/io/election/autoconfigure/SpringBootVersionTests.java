package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;

/** Which Spring Boot an application may run on. */
class SpringBootVersionTests {

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"2.7.18", "3.0.0-M1", "3.5.0", "3.5.10-SNAPSHOT", "3.10.1"})
    void refusesVersionsBeforeFour(String version) {
        assertThatExceptionOfType(UnsupportedSpringBootException.class)
                .isThrownBy(() -> BootVersionCheck.check(version))
                .withMessageContaining("Spring Boot " + version + ",")
                .withMessageContaining("Spring Boot 4.1");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"4.0.0", "4.1.0", "4.1.0-RC1", "4.2.3-SNAPSHOT", "5.0.0", "10.0.1", "a version of our own"})
    void acceptsThoseFromFourOnAndThoseItCannotRead(String version) {
        assertThatCode(() -> BootVersionCheck.check(version)).doesNotThrowAnyException();
        assertThatCode(() -> BootVersionCheck.check(SpringBootVersion.getVersion()))
                .doesNotThrowAnyException();
    }

    /**
     * The class path that Maven makes of README's dependency in an application whose parent is an older Spring Boot: what
     * that one manages comes in its version, the modules that only the newer one has come as they are.
     */
    @Test
    void applicationOnAnOlderSpringBootStopsWithASentence() throws Exception {
        Path output = directory.resolve("output.txt");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        olderClassPath(),
                        Application.class.getName(),
                        "--server.port=0")
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS))
                    .as("ended within two minutes")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).isNotZero();
        assertThat(output)
                .content()
                .contains("APPLICATION FAILED TO START")
                .contains("This application runs on Spring Boot 3.5.0, but the election starter"
                        + " (io.election:election-spring-boot-starter) is made for Spring Boot 4.1.")
                .contains("Upgrade the application to Spring Boot 4.1")
                .doesNotContain("NoClassDefFoundError")
                .doesNotContain("bean-definition-overriding");
    }

    private static String olderClassPath() throws Exception {
        Path target = Path.of("target", "refused-spring-boot").toAbsolutePath();
        assertThat(target).as("copied in Maven's phase generate-test-resources").isDirectory();
        List<String> classPath = new ArrayList<>();
        try (Stream<Path> jars = Files.list(target)) {
            jars.map(Path::toString).forEach(classPath::add);
        }
        assertThat(classPath).hasSize(10);
        List<String> replaced =
                classPath.stream().map(SpringBootVersionTests::artifact).toList();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            boolean jar = entry.endsWith(".jar");
            if (!jar || !replaced.contains(artifact(entry)) && !isOfTestsOnly(artifact(entry))) {
                classPath.add(Path.of(entry).toAbsolutePath().toString());
            }
        }
        return classPath.stream().collect(Collectors.joining(File.pathSeparator));
    }

    /** What no user of the starter gets with it. */
    private static boolean isOfTestsOnly(String artifact) {
        return artifact.contains("security")
                || artifact.contains("webflux")
                || artifact.contains("netty")
                || artifact.contains("reactor")
                || artifact.contains("jdbc")
                || artifact.contains("test");
    }

    private static String artifact(String path) {
        return Path.of(path).getFileName().toString().replaceFirst("-[0-9].*", "");
    }

    @EnableAutoConfiguration
    static class Application {

        public static void main(String[] arguments) {
            SpringApplication.run(Application.class, arguments);
        }
    }
}
