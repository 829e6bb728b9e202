package io.election.mutants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.election.mutants.Mutant.Edit;
import io.election.mutants.Mutant.End;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourcesTests {

    @TempDir
    private Path root;

    private Path bond;
    private Path lease;

    @BeforeEach
    void write() throws IOException {
        Path core = Files.createDirectory(root.resolve("core"));
        bond = Files.writeString(core.resolve("Bond.java"), "class Bond {\n    int a = f(\n            1, 2);\n}\n");
        lease = Files.writeString(core.resolve("Lease.java"), "class Lease {\n    int b = 3;\n    int c = 4;\n}\n");
    }

    @Test
    void findsATextWhereverItStandsAndHoweverItIsFormatted() {
        assertThat(change(new Edit("int a = f(1, 2);", "int a = 0;")))
                .isEqualTo(Map.of(bond, "class Bond {\n    int a = 0;\n}\n"));
    }

    @Test
    void makesSeveralChangesOfOneMutant() throws IOException {
        assertThat(change(new Edit("3", "5"), new Edit("1,", ""), new Edit("int c = 4;", "")))
                .isEqualTo(Map.of(
                        lease, "class Lease {\n    int b = 5;\n    \n}\n",
                        bond, "class Bond {\n    int a = f(\n             2);\n}\n"));
        assertThat(Files.readString(lease)).contains("int b = 3;");
    }

    @Test
    void refusesATextThatStandsNowhereOrTwice() {
        assertThatThrownBy(() -> change(new Edit("int d", "")))
                .hasMessage(
                        "mutant some no longer applies and must be adapted or deleted: its text 'int d' does not stand in io.election.core");
        assertThatThrownBy(() -> change(new Edit("class ", "")))
                .hasMessage(
                        "mutant some no longer applies and must be adapted or deleted: its text 'class ' stands twice, in Bond.java and"
                                + " Lease.java");
        assertThatThrownBy(() -> change(new Edit("= ", ""))).hasMessageContaining("mutant some no longer applies");
    }

    private Map<Path, String> change(Edit... edits) {
        return new Sources(root)
                .changedBy(
                        new Mutant("some", "1", Set.of(), "", "core", Arrays.asList(edits), List.of(), End.ASSERTION));
    }
}
