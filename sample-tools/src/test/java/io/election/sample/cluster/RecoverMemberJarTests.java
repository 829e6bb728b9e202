package io.election.sample.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.election.core.DurableRecord;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.HardState;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Payload;
import io.election.journal.FileJournal;
import io.election.journal.RecoverMember;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command that docs/operations.md shows, from the jar of an application as Spring Boot packages it. */
class RecoverMemberJarTests {

    private static final Path JAR = Path.of("..", "sample-app", "target", "sample-app-exec.jar");

    @TempDir
    private Path directory;

    @BeforeEach
    void needTheJar() {
        boolean there = Files.exists(JAR);
        if (!there) {
            System.out.println("SKIPPED: " + JAR + " was not packaged, so the command is not run from it");
        }
        assumeTrue(there, "the sample was not packaged");
    }

    @Test
    void recoversAMemberFromTheJarOfTheApplicationAlone() throws Exception {
        Path place = directory.resolve("sample").resolve("a");
        Membership three = new Membership(
                "3f1c",
                1_750_000_000L,
                List.of(
                        new EnrolledMember("a", MemberKind.DATA, "a-1", 1),
                        new EnrolledMember("b", MemberKind.DATA, "b-1", 1),
                        new EnrolledMember("c", MemberKind.DATA, "c-1", 1)));
        try (FileJournal journal = FileJournal.open(place, "sample", "a")) {
            journal.append(List.of(
                    new DurableRecord.HardStateChanged(new HardState(3, "b", Duration.ofSeconds(1))),
                    new DurableRecord.EntryAppended(new Entry(1, 1, new Payload.TermOpening("b", null, three)))));
        }

        assertThat(run(3)).contains("last entry     term 1, index 1", "Nothing was changed.");
        assertThat(run(0, "--entries-may-be-lost")).contains("'a' is the only voter of cluster 'sample' now");

        try (FileJournal journal = FileJournal.open(place, "sample", "a")) {
            Membership alone = journal.state().snapshot().membership();
            assertThat(alone).isNotNull();
            assertThat(alone.members()).extracting(EnrolledMember::id).containsExactly("a");
        }
    }

    private String run(int expected, String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                JAR.toString(),
                "-Dloader.main=" + RecoverMember.class.getName(),
                "org.springframework.boot.loader.launch.PropertiesLauncher",
                "--directory=" + directory,
                "--cluster=sample",
                "--member=a"));
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue()).as(said).isEqualTo(expected);
            return said;
        } finally {
            process.destroyForcibly();
        }
    }
}
