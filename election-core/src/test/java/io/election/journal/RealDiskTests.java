package io.election.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.election.Required;
import io.election.core.Bytes;
import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.Entry;
import io.election.core.HardState;
import io.election.core.Payload;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The same on the machine's own disk, as far as a test may break it. What needs root says aloud when it has none. */
class RealDiskTests {

    private static final int REWRITE_BYTES = 8 << 10;

    @TempDir
    private Path temp;

    private final Logger logger = (Logger) LoggerFactory.getLogger(FileJournal.class);
    private final ListAppender<ILoggingEvent> told = new ListAppender<>();
    private @Nullable Path mounted;

    @BeforeEach
    void listen() {
        told.start();
        logger.addAppender(told);
        logger.setAdditive(false);
        logger.setLevel(Level.INFO);
    }

    @AfterEach
    void tidyUp() throws Exception {
        logger.detachAppender(told);
        logger.setAdditive(true);
        logger.setLevel(null);
        if (mounted != null) {
            assertThat(run("umount", mounted.toString())).isEmpty();
        }
    }

    private static FileJournal open(Path directory) throws JournalException {
        return FileJournal.open(directory, "orders", "node-1", REWRITE_BYTES);
    }

    private static List<DurableRecord> vote(long term) {
        return List.of(new DurableRecord.HardStateChanged(new HardState(term, "node-2", Duration.ofSeconds(1))));
    }

    /** What the disk's thread does with a write. */
    private static void write(FileJournal journal, List<DurableRecord> records) throws IOException {
        journal.append(records);
        journal.compact();
    }

    private static List<DurableRecord> entry(long index) {
        return List.of(new DurableRecord.EntryAppended(
                new Entry(index, 1, new Payload.Application("test", Bytes.utf8("x".repeat(500))))));
    }

    private static void deleteAll(Path directory) throws IOException {
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path left, @Nullable IOException failure) throws IOException {
                Files.delete(left);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    @Test
    void aDirectoryRemovedUnderTheJournalStopsItAtTheNextAppend() throws IOException {
        Path directory = temp.resolve("orders/node-1");
        String incarnation;
        try (FileJournal journal = open(directory)) {
            incarnation = journal.incarnation();
            journal.append(vote(1));
            DurableState before = journal.state();
            deleteAll(directory);
            // The file itself could be written on: it has only lost its name, and nobody would find it again.
            assertThatThrownBy(() -> journal.append(vote(2)))
                    .isInstanceOf(JournalNotWritableException.class)
                    .hasMessageContaining("neither votes, acknowledges nor leads any more");
            assertThat(journal.state()).isEqualTo(before);
        }
        try (FileJournal journal = open(directory)) {
            assertThat(journal.incarnation()).isNotEqualTo(incarnation);
            assertThat(journal.state()).isEqualTo(DurableState.NEW);
        }
    }

    @Test
    void aRewriteThatFailsStopsTheJournalAndLosesNothing() throws IOException {
        Path directory = temp.resolve("orders/node-1");
        DurableState acknowledged = DurableState.NEW;
        try (FileJournal journal = open(directory)) {
            // In the way of the new file, for root too.
            Files.createDirectories(directory.resolve("journal.new/in-the-way"));
            JournalNotWritableException failure = null;
            for (int term = 1; failure == null && term < 1000; term++) {
                List<DurableRecord> vote = vote(term);
                failure = catchThrowableOfType(JournalNotWritableException.class, () -> write(journal, vote));
            }
            // The append itself had succeeded.
            acknowledged = journal.state();
            assertThat(failure).hasMessageContaining("journal.new");
        }
        assertThatThrownBy(() -> open(directory).close())
                .isInstanceOf(JournalNotWritableException.class)
                .hasMessageContaining("journal.new")
                .hasMessageContaining("Make " + directory + " a directory");
        deleteAll(directory.resolve("journal.new"));
        try (FileJournal journal = open(directory)) {
            assertThat(journal.state()).isEqualTo(acknowledged);
        }
    }

    @Test
    void aJournalThatIsGoneIsTold() throws IOException {
        Path directory = temp.resolve("orders/node-1");
        open(directory).close();
        assertThat(told.list).extracting(ILoggingEvent::getLevel).containsExactly(Level.INFO);
        Files.delete(directory.resolve("journal"));
        open(directory).close();
        assertThat(told.list).hasSize(2).last().satisfies(event -> {
            assertThat(event.getLevel()).isEqualTo(Level.WARN);
            assertThat(event.getFormattedMessage()).contains("had a journal in " + directory + ", and it is lost");
        });
    }

    @Test
    void aDirectoryThatMayNotBeWrittenRefusesTheStart() throws IOException {
        assumeTrue(Files.getFileStore(temp).supportsFileAttributeView("posix"), "no POSIX permissions here");
        Path directory = temp.resolve("orders/node-1");
        DurableState state;
        try (FileJournal journal = open(directory)) {
            journal.append(vote(1));
            state = journal.state();
        }
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("r-xr-xr-x"));
        try {
            boolean root = Files.isWritable(directory);
            if (root) {
                System.out.println("RealDiskTests: permissions bind nobody here (root), so a read-only directory is"
                        + " tried only as a read-only file system");
            }
            assumeTrue(!root, "permissions bind nobody here");
            assertThatThrownBy(() -> open(directory).close())
                    .isInstanceOf(JournalNotWritableException.class)
                    .hasMessageContaining("Make " + directory + " a directory");
        } finally {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        try (FileJournal journal = open(directory)) {
            assertThat(journal.state()).isEqualTo(state);
        }
    }

    @Test
    void aReadOnlyFileSystemRefusesTheStart() throws Exception {
        Path directory = mountTmpfs().resolve("node-1");
        DurableState state;
        try (FileJournal journal = open(directory)) {
            journal.append(vote(1));
            state = journal.state();
        }
        assertThat(run("mount", "-o", "remount,ro", String.valueOf(mounted))).isEmpty();
        assertThatThrownBy(() -> open(directory).close())
                .isInstanceOf(JournalNotWritableException.class)
                .hasMessageContaining("Read-only file system")
                .hasMessageContaining("Make " + directory + " a directory on a local disk with space left");
        Path fresh = directory.resolveSibling("node-2");
        assertThatThrownBy(() -> open(fresh).close()).isInstanceOf(JournalNotWritableException.class);
        assertThat(run("mount", "-o", "remount,rw", String.valueOf(mounted))).isEmpty();
        try (FileJournal journal = open(directory)) {
            assertThat(journal.state()).isEqualTo(state);
        }
    }

    /** A disk of 16 pages, with 0 to 15 of them taken by somebody else. */
    @Test
    void aFullFileSystemStopsTheJournalAndLosesNothing() throws Exception {
        Path small = mountTmpfs();
        int refused = 0;
        int stopped = 0;
        for (int taken = 0; taken < 16; taken++) {
            Path filler = small.resolve("filler");
            Path directory = small.resolve("node-1");
            Files.write(filler, new byte[taken << 12]);
            List<DurableState> allowed = new ArrayList<>(List.of(DurableState.NEW));
            try (FileJournal journal = open(directory)) {
                JournalNotWritableException failure = null;
                for (long index = 1; failure == null && index < 1000; index++) {
                    List<DurableRecord> entry = entry(index);
                    allowed = List.of(journal.state(), journal.state().with(entry.get(0)));
                    failure = catchThrowableOfType(JournalNotWritableException.class, () -> write(journal, entry));
                }
                assertThat(failure).hasMessageContaining("No space left on device");
                stopped++;
            } catch (JournalNotWritableException e) {
                assertThat(e).hasMessageContaining("No space left on device").hasMessageContaining("with space left");
                refused++;
            }
            Files.delete(filler);
            Files.deleteIfExists(directory.resolve("journal.new"));
            // What it has grown to may leave no room for a second one: then a start says so, and loses nothing.
            try (FileJournal journal = open(directory)) {
                assertThat(journal.state()).as("%d pages taken", taken).isIn(allowed);
            } catch (JournalNotWritableException e) {
                assertThat(e).hasMessageContaining("No space left on device");
                Path copy = temp.resolve("copy-" + taken);
                Files.createDirectories(copy);
                try (Stream<Path> names = Files.list(directory)) {
                    for (Path name : names.toList()) {
                        Files.copy(name, copy.resolve(name.getFileName()));
                    }
                }
                try (FileJournal journal = open(copy)) {
                    assertThat(journal.state())
                            .as("%d pages taken, moved", taken)
                            .isIn(allowed);
                }
            }
            deleteAll(directory);
        }
        System.out.println("RealDiskTests: a tmpfs of 64 KiB ran full in " + stopped + " lives and refused " + refused
                + " starts");
        assertThat(stopped).isPositive();
        assertThat(refused).isPositive();
    }

    private Path mountTmpfs() throws IOException, InterruptedException {
        Path place = Files.createDirectories(temp.resolve("small"));
        String failure;
        try {
            failure = run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place.toString());
        } catch (IOException e) {
            failure = e.toString();
        }
        Required.orSkip(
                "tmpfs",
                failure.isEmpty(),
                "RealDiskTests cannot mount a tmpfs, so no small or read-only disk is tried: " + failure);
        mounted = place;
        return place;
    }

    /** Runs a command; what it complained of, or nothing. */
    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue() == 0 ? "" : "exit " + process.exitValue() + ", " + output;
    }
}
