package io.election.sample.figures;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class MachineTests {

    @Test
    void measuresTheDiskAndLeavesNothingBehind(@TempDir Path directory) throws IOException {
        Figures syncs = Machine.syncs(directory, 3);
        assertThat(syncs.count()).isEqualTo(3);
        assertThat(syncs.percentile(0)).isPositive();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void namesProcessorsJavaAndLoad(@TempDir Path directory) throws IOException {
        assertThat(String.join("\n", Machine.facts(directory)))
                .contains(Runtime.getRuntime().availableProcessors() + " processors")
                .contains("Java " + System.getProperty("java.runtime.version"))
                .contains("load average");
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "reads /proc")
    void readsWhatTheSystemTellsOfAProcess() {
        ProcessHandle self = ProcessHandle.current();
        assertThat(ProcessFacts.processorNanos(self)).isPositive();
        assertThat(ProcessFacts.residentBytes(self.pid())).isGreaterThan(10 * 1024 * 1024);
        assertThat(ProcessFacts.threads(self.pid())).isGreaterThan(1);
    }

    @Test
    void readsASizeAndNothingElse() {
        assertThat(ProcessFacts.bytes("12 kB")).isEqualTo(12 * 1024);
        assertThat(ProcessFacts.bytes("?")).isZero();
    }
}
