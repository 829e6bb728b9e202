package io.election.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.election.history.ValueOperation.Content;
import io.election.history.ValueOperation.Expected;
import io.election.history.ValueOperation.Get;
import io.election.history.ValueOperation.Outcome;
import io.election.history.ValueOperation.Read;
import io.election.history.ValueOperation.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValueRecordTests {

    private static final Life LIFE = new Life("a", 3);

    /** The record that a process leaves. */
    static String record(List<ValueOperation> operations) {
        List<String> lines = new ArrayList<>();
        for (ValueOperation operation : operations) {
            if (operation instanceof Read read) {
                lines.add(ValueRecord.line(read));
            } else if (operation instanceof Get get) {
                lines.add(ValueRecord.line(get));
            } else {
                Write write = (Write) operation;
                lines.add(ValueRecord.asked(write));
                if (write.answeredNanos() != Operation.UNANSWERED) {
                    lines.add(ValueRecord.answered(write));
                }
            }
        }
        return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    }

    private static Write write(String id, Expected expected, String value, long token, Outcome outcome) {
        return new Write(LIFE, id, -5, 20, "import/progress", expected, value, token, outcome);
    }

    @Test
    void readsWhatItWrote() {
        List<ValueOperation> operations = List.of(
                write("a/1", new Expected.Anything(), "", 7, new Outcome.Applied(3, 4)),
                write("a/2", new Expected.Absent(), "one two", Operation.NO_TOKEN, new Outcome.Applied(0, 0)),
                write("a 3", new Expected.Value("absent"), "\"%\n+-ä\uD83D\uDE00", 0, new Outcome.Mismatched(5, null)),
                write("a/4", new Expected.Version(12), "version:1", 7, new Outcome.Mismatched(0, new Content("-", 9))),
                write("a/5", new Expected.Value("-"), null, 7, new Outcome.Mismatched(6, Content.ABSENT)),
                write("a/6", new Expected.Anything(), "anything", 7, new Outcome.Stale(8)),
                write("a/7", new Expected.Anything(), "unknown", 7, new Outcome.NotApplied()),
                write("a/8", new Expected.Anything(), null, 7, new Outcome.Unknown()),
                write("a/8", new Expected.Anything(), null, 7, new Outcome.Applied(9, 9)),
                new Read(LIFE, 1, 2, "x", new Content("absent", 3)),
                new Read(LIFE, 1, 2, "x", Content.ABSENT),
                new Get(LIFE, 3, 4, "", new Content("v", 0), 0),
                new Get(LIFE, 3, 4, "y", Content.ABSENT, 17),
                new Write(
                        LIFE,
                        "a/9",
                        5,
                        Operation.UNANSWERED,
                        "x",
                        new Expected.Anything(),
                        "v9",
                        7,
                        new Outcome.Unknown()));

        assertThat(ValueRecord.parse(LIFE, record(operations))).isEqualTo(operations);
    }

    @Test
    void isAsDescribed() {
        assertThat(record(List.of(
                        write("a/1", new Expected.Version(2), "b c", 7, new Outcome.Applied(3, 4)),
                        new Get(LIFE, 3, 4, "x", Content.ABSENT, 17))))
                .isEqualTo("""
                        writes -5 "a%2F1" 7 "import%2Fprogress" version:2 "b+c"
                        applied 20 "a%2F1" 3 4
                        get 3 4 "x" absent - 17
                        """);
    }

    @Test
    void keepsWhatWasAskedForByAProcessThatWasKilled() {
        assertThat(ValueRecord.parse(LIFE, "writes 5 \"i\" - \"x\" anything \"v\"\napplied 7 \"i\" 1 1"))
                .containsExactly(new Write(
                        LIFE,
                        "i",
                        5,
                        Operation.UNANSWERED,
                        "x",
                        new Expected.Anything(),
                        "v",
                        Operation.NO_TOKEN,
                        new Outcome.Unknown()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "wrote 1|unknown kind of line",
                "|unknown kind of line",
                "read 1 2 \"x\" \"v\"|a line \"read\" has 6 words, this one has 5",
                "read 1 2  \"x\" \"v\" 3|a line \"read\" has 6 words, this one has 7",
                "read 1 soon \"x\" \"v\" 3|time is soon; it must be a number",
                "read 1 2 x \"v\" 3|a text in quotes is expected, not x",
                "read 1 2 \" \"v\" 3|a text in quotes is expected, not \"",
                "read 1 2 \"%4\" \"v\" 3|Incomplete trailing escape",
                "read 1 2 \"x\" absent 3|version is 3, but nothing is there",
                "read 2 1 \"x\" \"v\" 3|answeredNanos is 1; it must be a time not before invokedNanos, 2",
                "get 1 2 \"x\" \"v\" 3 -2|minIndex is -2; it must be at least 0",
                "applied 1 \"i\" 1 1|write \"i\" is answered, but was not asked for",
                "applied 1 \"i\" 1|a line \"applied\" has 5 words, this one has 4",
                "mismatched 1 \"i\" 1|a line \"mismatched\" has 6 words, this one has 4",
                "writes 1 \"i\" - \"x\" version:0 \"v\"|version is 0; it must be at least 1",
                "writes 1 \"i\" - \"x\" version: \"v\"|version is ; it must be a number",
            })
    void saysWhatIsWrongWithALine(String line, String complaint) {
        String bad = line == null ? "" : line;

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ValueRecord.parse(LIFE, "read 1 2 \"x\" absent -\n" + bad + "\n"))
                .withMessageStartingWith("line 2 of the record of a (life 3): ")
                .withMessageContaining(complaint)
                .withMessageEndingWith("(" + bad + ")");
    }

    @Test
    void refusesAWriteThatIsAskedForTwiceAtOnce() {
        String line = "writes 5 \"i\" - \"x\" anything \"v\"\n";

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ValueRecord.parse(LIFE, line + line))
                .withMessageContaining("line 2")
                .withMessageContaining("asked for again before it is answered");
    }

    @Test
    void refusesAMismatchOfAnything() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ValueRecord.parse(
                        LIFE, "writes 5 \"i\" - \"x\" anything \"v\"\nmismatched 6 \"i\" 1 \"w\" 3\n"))
                .withMessageContaining("line 2")
                .withMessageContaining("anything was expected");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\uD800", "a\uDC00b"})
    void refusesATextThatCannotBeWritten(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ValueRecord.asked(write(text, new Expected.Anything(), "v", 7, new Outcome.Stale(1))))
                .withMessageContaining("text is not Unicode");
    }
}
