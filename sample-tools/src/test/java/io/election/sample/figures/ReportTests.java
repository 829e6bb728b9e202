package io.election.sample.figures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReportTests {

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final Report report = new Report(new PrintStream(printed, true, StandardCharsets.UTF_8));

    @Test
    void printsTablesListsAndSentencesApart() {
        report.section("Handover");
        report.item("one machine");
        report.figures("gap", Figures.of(Figures.Unit.NANOS, 3_000_000, 1_000_000));
        report.figures("threads", Figures.of(Figures.Unit.COUNT, 5));
        report.sentence("Nothing else ran.");
        report.section("Idle");
        report.figures("leader", Figures.of(Figures.Unit.NANOS, 2_000_000));

        String expected = """
                ### Handover

                - one machine

                | | n | min | median | p90 | max |
                |---|---|---|---|---|---|
                | gap | 2 | 1.00 ms | 1.00 ms | 3.00 ms | 3.00 ms |
                | threads | 1 | 5 | 5 | 5 | 5 |

                Nothing else ran.


                ### Idle

                | | n | min | median | p90 | max |
                |---|---|---|---|---|---|
                | leader | 1 | 2.00 ms | 2.00 ms | 2.00 ms | 2.00 ms |
                """;
        assertThat(report.markdown()).isEqualTo(expected);
        assertThat(printed.toString(StandardCharsets.UTF_8)).isEqualToNormalizingNewlines(expected);
    }

    @Test
    void writesEveryValueAsJson(@TempDir Path directory) throws IOException {
        report.section("Handover");
        report.figures("gap", Figures.of(Figures.Unit.NANOS, 3_000_000, 1_000_000));
        report.sentence("Nothing else ran.");
        Path file = directory.resolve("not/there/figures.json");
        report.write(file);

        JsonNode section = new JsonMapper().readTree(Files.readString(file)).path(0);
        assertThat(section.path("title").asString()).isEqualTo("Handover");
        assertThat(section.path("notes").path(0).asString()).isEqualTo("Nothing else ran.");
        JsonNode gap = section.path("figures").path(0);
        assertThat(gap.path("what").asString()).isEqualTo("gap");
        assertThat(gap.path("unit").asString()).isEqualTo("NANOS");
        assertThat(gap.path("median").asLong()).isEqualTo(1_000_000);
        assertThat(gap.path("values").toString()).isEqualTo("[1000000,3000000]");
    }

    @Test
    void writesWhatItPrintedIntoAFileOfAnyOtherName(@TempDir Path directory) throws IOException {
        report.section("Handover");
        report.sentence("Nothing else ran.");
        report.write(directory.resolve("figures.md"));
        assertThat(directory.resolve("figures.md")).hasContent(report.markdown());
    }

    @Test
    void refusesFiguresOutsideOfASection() {
        assertThatIllegalStateException()
                .isThrownBy(() -> report.sentence("Nothing else ran."))
                .withMessageContaining("section");
    }
}
