package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.LogKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The keys of log lines: as the sources use them, and as the documentation lists them. */
class LogKeysTests {

    /** A placeholder of a sentence is a key, and none is made up beside the list. */
    @Test
    void everyNamedPlaceholderIsAKey() throws IOException {
        Pattern named = Pattern.compile("\\{\\+?([a-z-]+)}");
        Set<String> keys = new TreeSet<>();
        try (Stream<Path> sources = Files.list(Path.of("src/main/java/io/election/node"))) {
            for (Path source : sources.toList()) {
                for (String line : Files.readAllLines(source)) {
                    Matcher matcher = named.matcher(line.contains("{@") || line.contains("* ") ? "" : line);
                    while (matcher.find()) {
                        keys.add("election." + matcher.group(1));
                    }
                }
            }
        }
        assertThat(keys).isNotEmpty();
        assertThat(LogKeys.ALL).doesNotHaveDuplicates().containsAll(keys);
    }

    /** Stores of documents take the dots of a key for nesting: a value cannot have members too. */
    @Test
    void noKeyIsTheBeginningOfAnother() {
        for (String key : LogKeys.ALL) {
            assertThat(LogKeys.ALL).noneMatch(other -> other.startsWith(key + "."));
        }
    }

    @Test
    void theDocumentationNamesEveryKey() throws IOException {
        Pattern row = Pattern.compile("^\\| `(election\\.[a-z-]+)` \\|", Pattern.MULTILINE);
        Set<String> documented = new TreeSet<>();
        String operations = Files.readString(Path.of("../docs/operations.md"));
        int begin = operations.indexOf("## Structured logging");
        String section = operations.substring(begin, operations.indexOf("\n## ", begin));
        Matcher matcher = row.matcher(section);
        while (matcher.find()) {
            documented.add(matcher.group(1));
        }
        assertThat(documented).containsExactlyInAnyOrderElementsOf(LogKeys.ALL);
    }
}
