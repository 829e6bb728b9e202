package io.election.documented;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A command that names a test class which is gone would run nothing. So each class and method that one names has to be there. */
class DocumentedCommandsTests {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern FILTER = Pattern.compile("-Dtest=(?:'([^']+)'|([\\w,#*+]+))");

    @Test
    void everyTestThatACommandNamesIsThere() throws IOException {
        List<String> missing = new ArrayList<>();
        int named = 0;
        for (Path file : filesWithCommands()) {
            Matcher filter = FILTER.matcher(Files.readString(file));
            while (filter.find()) {
                String tests = filter.group(1) != null ? filter.group(1) : filter.group(2);
                for (String test : tests.split(",")) {
                    named++;
                    if (!isThere(test)) {
                        missing.add(ROOT.relativize(file) + " names " + test);
                    }
                }
            }
        }
        assertThat(missing)
                .as("tests that commands name, and that do not exist")
                .isEmpty();
        assertThat(named).as("tests that commands name").isGreaterThan(10);
    }

    private static List<Path> filesWithCommands() throws IOException {
        List<Path> files = new ArrayList<>(List.of(
                ROOT.resolve(".ci/run"),
                ROOT.resolve("README.md"),
                ROOT.resolve("CONTRIBUTING.md"),
                ROOT.resolve("pom.xml")));
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            docs.filter(path -> path.toString().endsWith(".md")).forEach(files::add);
        }
        return files;
    }

    private static boolean isThere(String test) throws IOException {
        String[] parts = test.split("#");
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path module : modules.toList()) {
                Path sources = module.resolve("src/test/java");
                if (Files.isDirectory(sources) && isIn(sources, parts[0], parts.length == 1 ? "" : parts[1])) {
                    return true;
                }
            }
            return false;
        }
    }

    private static boolean isIn(Path sources, String type, String method) throws IOException {
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file : files.filter(path -> path.getFileName().toString().equals(type + ".java"))
                    .toList()) {
                if (method.isEmpty() || Files.readString(file).contains("void " + method + "(")) {
                    return true;
                }
            }
            return false;
        }
    }
}
