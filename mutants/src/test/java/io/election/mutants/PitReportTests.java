package io.election.mutants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PitReportTests {

    @TempDir
    private Path directory;

    private static String mutation(boolean detected, String method, int line) {
        return "<mutation detected='" + detected + "' status='" + (detected ? "KILLED" : "SURVIVED")
                + "'><sourceFile>Inbox.java</sourceFile><mutatedClass>io.election.node.Inbox</mutatedClass><mutatedMethod>"
                + method + "</mutatedMethod><lineNumber>" + line
                + "</lineNumber><mutator>org.pitest.mutationtest.engine.gregor.mutators.NegateConditionalsMutator</mutator>"
                + "</mutation>";
    }

    private PitReport report(String... mutations) throws IOException {
        Path file = directory.resolve("mutations.xml");
        Files.writeString(file, "<mutations>" + String.join("", mutations) + "</mutations>");
        return PitReport.read(file);
    }

    @Test
    void countsWhatSurvivedByMethodAndKindOfMutation() throws IOException {
        PitReport report = report(
                mutation(true, "add", 3),
                mutation(false, "next", 7),
                mutation(false, "next", 5),
                mutation(false, "add", 4));

        assertThat(report.mutations()).isEqualTo(4);
        assertThat(report.count()).isEqualTo(3);
        assertThat(report.survivors())
                .isEqualTo(Map.of(
                        "node.Inbox.next NegateConditionals", List.of(7, 5),
                        "node.Inbox.add NegateConditionals", List.of(4)));
    }

    @Test
    void countsWhatNoTestRanByClassOnly() throws IOException {
        assertThat(report(
                                mutation(false, "next", 7).replace("SURVIVED", "NO_COVERAGE"),
                                mutation(false, "add", 5).replace("SURVIVED", "NO_COVERAGE"))
                        .survivors())
                .isEqualTo(Map.of("node.Inbox NotReached", List.of(7, 5)));
    }

    @Test
    void namesASurvivorThatIsNotListedAndOneOfAKindOfWhichFewerAre() throws IOException {
        PitReport report = report(mutation(false, "next", 7), mutation(false, "next", 5), mutation(false, "add", 4));

        assertThat(report.unlisted(
                        Map.of("node.Inbox.next NegateConditionals", 2, "node.Inbox.add NegateConditionals", 1)))
                .isEmpty();
        assertThat(report.unlisted(Map.of("node.Inbox.next NegateConditionals", 1)))
                .containsExactly(
                        "node.Inbox.add NegateConditionals 1 (listed: 0; lines 4)",
                        "node.Inbox.next NegateConditionals 2 (listed: 1; lines 5, 7)");
    }

    @Test
    void readsTheListAndRefusesALineWithoutAReason() throws IOException {
        Path list = directory.resolve("list.txt");
        Files.writeString(
                list, "# Why.\n\nnode.Inbox.next NegateConditionals 2: never\nnode.Inbox.add VoidMethodCall: so\n");
        assertThat(PitReport.listed(list))
                .isEqualTo(Map.of("node.Inbox.next NegateConditionals", 2, "node.Inbox.add VoidMethodCall", 1));

        Files.writeString(list, "node.Inbox.next NegateConditionals 2\n");
        assertThatThrownBy(() -> PitReport.listed(list)).hasMessageContaining("is no line such as");
        Files.writeString(list, "node.Inbox.next Math: a\nnode.Inbox.next Math 2: b\n");
        assertThatThrownBy(() -> PitReport.listed(list)).hasMessageContaining("stands twice");
    }
}
