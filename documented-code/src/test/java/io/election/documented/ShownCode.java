package io.election.documented;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The Java code that a page shows, paragraph by paragraph.
 *
 * @param paragraphs what stands between empty lines
 */
record ShownCode(List<String> paragraphs) {

    /** The code of a page, up to a heading if one is given. */
    static ShownCode of(String page, @Nullable String until) {
        String text = read(page);
        return new ShownCode(Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                .matcher(until == null ? text : text.substring(0, text.indexOf(until)))
                .results()
                .flatMap(block -> Stream.of(block.group(1).split("\n\n")))
                .toList());
    }

    /** Each paragraph stands in one of these files, comments and white space aside. */
    void isCompiledIn(String... sources) {
        assertThat(paragraphs).isNotEmpty();
        String compiled = Stream.of(sources).map(source -> bare(read(source))).collect(Collectors.joining());
        assertThat(paragraphs).allMatch(code -> compiled.contains(bare(code)));
    }

    private static String read(String path) {
        try {
            return Files.readString(Path.of("..", path));
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private static String bare(String code) {
        return code.replaceAll("(?ms)^\\s*/\\*\\*.*?\\*/", "")
                .replaceAll("(?m)(^|\\s)//.*$", "")
                .replaceAll("\\s", "");
    }
}
