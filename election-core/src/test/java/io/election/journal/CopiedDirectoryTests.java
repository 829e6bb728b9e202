package io.election.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.election.core.DurableRecord;
import io.election.core.HardState;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Directories that came from another machine or with an image, and the machines that they came to. */
class CopiedDirectoryTests {

    private static final String ONE = "3d1219c7c4c5404aaa1f6d2a48adfda4";
    private static final String OTHER = "00000000000000000000000000000001";
    private static final String DISK = "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw";

    @TempDir
    private Path temp;

    private Path member;

    @BeforeEach
    void prepare() throws IOException {
        assumeTrue(File.separatorChar == '/', "only Linux tells where a directory is");
        temp = temp.toRealPath();
        member = temp.resolve("member");
    }

    @BeforeAll
    static void silence() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(Level.OFF);
    }

    @AfterAll
    static void speakAgain() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(null);
    }

    /** A system, by the files that tell what it is. */
    private final class System {

        private final Path root;
        private Map<String, String> environment = Map.of();

        System(String name) {
            root = temp.resolve(name);
        }

        System with(String file, String content) throws IOException {
            Path path = root.resolve(file);
            Files.createDirectories(path.getParent());
            Files.writeString(path, content);
            return this;
        }

        System with(Map<String, String> variables) {
            environment = variables;
            return this;
        }

        DiskFiles files() {
            return new DiskFiles(new MachinePlace(root, environment));
        }
    }

    private System machine(String id) throws IOException {
        return new System("machine-" + id)
                .with("proc/self/mountinfo", DISK + "\n")
                .with("etc/machine-id", id + "\n");
    }

    /** A container whose own layer holds the directory of the test. */
    private System container(String layer) throws IOException {
        return new System("container-" + layer)
                .with(".dockerenv", "")
                .with("etc/machine-id", ONE)
                .with("proc/self/mountinfo", """
                        700 600 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/l/A:/l/B,upperdir=/docker/%s/diff,workdir=/docker/%s/work
                        701 700 0:51 / /proc rw,nosuid - proc proc rw
                        """.formatted(layer, layer));
    }

    /** A container with a volume at the directory of the test. */
    private System containerWithVolume(String layer) throws IOException {
        return container(layer).with("proc/self/mountinfo", """
                        700 600 0:50 / / rw,relatime - overlay overlay rw,upperdir=/docker/%s/diff,workdir=/docker/%s/work
                        702 700 8:1 /volumes/data %s rw,relatime - ext4 /dev/sdb rw
                        """.formatted(layer, layer, temp));
    }

    private FileJournal open(System on) throws JournalException {
        return open(on.files());
    }

    private FileJournal open(JournalFiles files) throws JournalException {
        return FileJournal.open(
                files,
                member,
                "orders",
                "node-1",
                FileJournal.DEFAULT_REWRITE_BYTES,
                FileJournal.DEFAULT_SEGMENT_BYTES);
    }

    private void live(System on, long term) throws IOException {
        try (FileJournal journal = open(on)) {
            journal.append(
                    List.of(new DurableRecord.HardStateChanged(new HardState(term, null, Duration.ofSeconds(1)))));
        }
    }

    private static @Nullable String placeOf(Path directory, System on) throws IOException {
        return on.files().place(directory);
    }

    // ------------------------------------------------------------------------------------------------ places

    @Test
    void refusesADirectoryThatWasUsedOnAnotherMachine() throws IOException {
        live(machine(ONE), 3);
        byte[] before = Files.readAllBytes(member.resolve("journal"));
        assertThatThrownBy(() -> open(machine(OTHER)))
                .isInstanceOf(CopiedJournalException.class)
                .hasMessageContaining("was last used in another place (machine ")
                .hasMessageContaining("delete the file " + member.resolve("machine") + " and start again");
        assertThat(Files.readAllBytes(member.resolve("journal"))).isEqualTo(before);
        live(machine(ONE), 4);
    }

    /** Before the beans of an application are made, so that it does not even begin to start. */
    @Test
    void refusesItBeforeAnythingIsWritten() throws IOException {
        live(machine(ONE), 3);
        FileJournal elsewhere = FileJournal.at(machine(OTHER).files(), member, "orders", "node-1", 1000, 1000);
        assertThatThrownBy(elsewhere::lockIfPresent).isInstanceOf(CopiedJournalException.class);
    }

    @Test
    void takesAVolumeThatWasMovedOnceTheFileIsDeleted() throws IOException {
        live(machine(ONE), 3);
        Files.delete(member.resolve("machine"));
        live(machine(OTHER), 4);
        live(machine(OTHER), 5);
        assertThatThrownBy(() -> open(machine(ONE))).isInstanceOf(CopiedJournalException.class);
    }

    @Test
    void refusesAMemoryThatCameWithAnImage() throws IOException {
        live(container("aaa"), 3);
        live(container("aaa"), 4);
        assertThatThrownBy(() -> open(container("bbb")))
                .isInstanceOf(CopiedJournalException.class)
                .hasMessageContaining("container-layer ")
                .hasMessageContaining("it came with an image");
    }

    @Test
    void refusesAMemoryOfAMachineThatCameWithAnImage() throws IOException {
        live(machine(ONE), 3);
        assertThatThrownBy(() -> open(container("aaa"))).isInstanceOf(CopiedJournalException.class);
    }

    /** A platform moves it without asking anybody. */
    @Test
    void takesAVolumeInWhicheverContainerItIs() throws IOException {
        live(containerWithVolume("aaa"), 3);
        live(containerWithVolume("bbb"), 4);
        assertThat(member.resolve("machine")).doesNotExist();
    }

    @Test
    void knowsAContainerByItsVariablesToo() throws IOException {
        System pod = machine(ONE).with(Map.of("KUBERNETES_SERVICE_HOST", "10.0.0.1"));
        assertThat(placeOf(temp, pod)).isNull();
        assertThat(placeOf(temp, machine(ONE).with(Map.of("PATH", "/bin")))).startsWith("machine ");
    }

    @Test
    void knowsNoMachineThatHasNoIdYet() throws IOException {
        for (String id : List.of("", "uninitialized", "00", ONE.toUpperCase(java.util.Locale.ROOT))) {
            assertThat(placeOf(temp, machine(OTHER).with("etc/machine-id", id)))
                    .as(id)
                    .isNull();
        }
        assertThat(placeOf(
                        temp,
                        new System("old").with("proc/self/mountinfo", DISK).with("var/lib/dbus/machine-id", ONE)))
                .isEqualTo(placeOf(temp, machine(ONE)));
    }

    @Test
    void neverWritesTheIdOfTheMachineDown() throws IOException {
        live(machine(ONE), 3);
        assertThat(Files.readString(member.resolve("machine")))
                .matches("machine [0-9a-f]{16}\n")
                .doesNotContain(ONE.substring(0, 16));
    }

    @Test
    void knowsNothingWhereThereIsNoList() throws IOException {
        assertThat(placeOf(temp, new System("elsewhere").with("etc/machine-id", ONE)))
                .isNull();
        assertThat(placeOf(temp, new System("garbled").with("proc/self/mountinfo", "700 600\n\n")))
                .isNull();
    }

    @Test
    void takesATornFileForNone() throws IOException {
        live(machine(ONE), 3);
        Files.writeString(member.resolve("machine"), "machine 12");
        live(machine(OTHER), 4);
    }

    /** Nothing is remembered, so nothing is forgotten. */
    @Test
    void beginsANewMemoryOnAnotherMachine() throws IOException {
        live(machine(ONE), 3);
        Files.delete(member.resolve("journal"));
        live(machine(OTHER), 4);
        assertThatThrownBy(() -> open(machine(ONE))).isInstanceOf(CopiedJournalException.class);
    }

    /** The mount that is nearest to the directory, and of two at one place the later one. */
    @Test
    void looksAtTheFileSystemThatHoldsTheDirectory() throws IOException {
        System system = machine(ONE).with("proc/self/mountinfo", """
                        700 600 0:50 / %s rw - overlay overlay rw,upperdir=/one
                        27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
                        701 600 0:50 / %s rw master:3 - ext4 /dev/sdb rw
                        702 600 0:50 / %s/other rw - overlay overlay rw,upperdir=/two
                        """.formatted(temp, temp, temp));
        assertThat(placeOf(temp, system)).startsWith("machine ");
        Files.createDirectory(temp.resolve("other"));
        assertThat(placeOf(temp.resolve("other"), system)).startsWith("container-layer ");
        Files.createDirectory(temp.resolve("others"));
        assertThat(placeOf(temp.resolve("others"), system)).startsWith("machine ");
    }

    // ------------------------------------------------------------------------------------------------ older copies

    @Test
    void theEditionRisesWithEachStart() throws IOException {
        long before = 0;
        for (int start = 0; start < 3; start++) {
            try (FileJournal journal = open(machine(ONE))) {
                assertThat(journal.edition()).isGreaterThan(before);
                before = journal.edition();
            }
        }
        assertThat(new MemoryJournal().edition()).isZero();
        assertThat(FileJournal.at(temp.resolve("never"), "orders", "node-1").edition())
                .isZero();
    }

    @Test
    void neverOpensADirectoryAgainThatWasFoundToBeAnOlderCopy() throws IOException {
        try (FileJournal journal = open(machine(ONE))) {
            journal.condemn("it is an older copy of this memory, in its edition 3: member 'b' has seen edition 9");
        }
        assertThatThrownBy(() -> open(machine(ONE)))
                .isInstanceOf(CopiedJournalException.class)
                .hasMessageContaining(
                        "cannot be used: it is an older copy of this memory, in its edition 3: member 'b' has"
                                + " seen edition 9. A vote may be forgotten. Move the directory away");
        Files.move(member, temp.resolve("away"));
        live(machine(ONE), 1);
    }
}
