package io.election.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.election.core.Bytes;
import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.HardState;
import io.election.core.LogPosition;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Payload;
import io.election.core.Snapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What a journal does when a write comes short or a sync fails; {@link StorageUnderFireTests} goes through all of it. */
class JournalCrashTests {

    private static final Path DIRECTORY = Path.of("data", "orders", "node-1").toAbsolutePath();

    /** So small that the history below is written anew on its way. */
    private static final int REWRITE_BYTES = 700;

    private static final int SEGMENT_BYTES = 10_000;

    /** The segment and the file that names it. */
    private static final int SYNCS_OF_AN_OPENING = 2;

    private static final Membership FOUNDERS = new Membership(
            "c-1", 1_700_000_000L, List.of(new EnrolledMember("node-1", MemberKind.DATA, "incarnation-1", 1)));

    private static final List<List<DurableRecord>> HISTORY = List.of(
            List.of(vote(1, "node-1")),
            List.of(new DurableRecord.EntryAppended(
                    new Entry(1, 1, new Payload.TermOpening("node-1", null, FOUNDERS)))),
            List.of(vote(2, "node-2"), entry(2, 2, "two"), entry(3, 2, "three")),
            List.of(new DurableRecord.LogTruncated(3), entry(3, 3, "other three"), vote(3, null)),
            List.of(
                    new DurableRecord.SnapshotReplaced(new Snapshot(new LogPosition(2, 2), FOUNDERS, List.of(), 0)),
                    vote(4, "node-1")),
            List.of(vote(5, "node-3")),
            List.of(entry(4, 5, "four")),
            List.of(vote(6, "node-1"), entry(5, 6, "five")),
            List.of(vote(7, "node-2")));

    /** Thousands of openings would fill the console. */
    @BeforeAll
    static void silence() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(Level.OFF);
    }

    @AfterAll
    static void speakAgain() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(null);
    }

    private static DurableRecord vote(long term, @Nullable String votedFor) {
        return new DurableRecord.HardStateChanged(new HardState(term, votedFor, Duration.ofMillis(1500)));
    }

    private static DurableRecord entry(long index, long term, String data) {
        return new DurableRecord.EntryAppended(
                new Entry(index, term, new Payload.Application("test", Bytes.utf8(data))));
    }

    private static FileJournal open(FaultyFiles files) throws JournalException {
        return FileJournal.open(files, DIRECTORY, "orders", "node-1", REWRITE_BYTES, SEGMENT_BYTES);
    }

    @Test
    void theHistoryIsWrittenAnewOnItsWay() throws IOException {
        FaultyFiles files = new FaultyFiles();
        try (FileJournal journal = open(files)) {
            assertThat(journal.edition()).isEqualTo(1);
            append(journal);
            assertThat(journal.edition()).isGreaterThan(1);
            assertThat(files.fileNames())
                    .containsExactly("journal", "journal." + journal.edition(), "lock", "mark");
        }
    }

    /** The system may lose a new name for as long as it likes: on Windows nothing can sync a directory. */
    @Test
    void whatAnAppendAcknowledgesDependsOnNoNewName() throws IOException {
        FaultyFiles files = new FaultyFiles();
        List<String> operations = new ArrayList<>();
        try (FileJournal journal = open(files)) {
            files.hook = operation -> {
                if (!operation.equals("byte")) {
                    operations.add(operation);
                }
            };
            for (List<DurableRecord> records : HISTORY) {
                operations.clear();
                journal.append(records);
                assertThat(operations).containsExactly("write", "sync of a file", "overwriting of a file", "write");
                DurableState acknowledged = journal.state();
                // What is not synced now is lost, whatever comes to be written anew.
                FaultyFiles.Hook noting = files.hook;
                files.hook = operation -> {
                    noting.before(operation);
                    assertThat(recovered(files)).as("before " + operation).isEqualTo(acknowledged);
                };
                journal.compact();
                files.hook = noting;
                assertThat(recovered(files)).isEqualTo(acknowledged);
            }
        }
    }

    private static DurableState recovered(FaultyFiles files) throws IOException {
        try (FileJournal journal = open(files.afterPowerLoss(Choices.last()))) {
            return journal.state();
        }
    }

    @Test
    void anAppendRewritesAFileThatNobodyPutsInOrder() throws IOException {
        FaultyFiles files = new FaultyFiles();
        try (FileJournal journal = open(files)) {
            for (int term = 1; term <= 100; term++) {
                journal.append(List.of(vote(term, "node-1")));
                assertThat(files.content(DIRECTORY.resolve("journal." + journal.edition())))
                        .hasSizeLessThan(2 * REWRITE_BYTES + 200);
            }
            assertThat(journal.edition()).isGreaterThan(1);
        }
    }

    @Test
    void goesOnWithTheRestOfAShortWrite() throws IOException {
        FaultyFiles files = new FaultyFiles();
        files.writeAtMost = 7;
        DurableState written;
        try (FileJournal journal = open(files)) {
            append(journal);
            written = journal.state();
        }
        try (FileJournal journal = open(files.afterPowerLoss(Choices.last()))) {
            assertThat(journal.state()).isEqualTo(written);
        }
    }

    @Test
    void takesNothingMoreAfterAFailedSync() throws IOException {
        for (int forces = 1; forces <= HISTORY.size(); forces++) {
            FaultyFiles files = new FaultyFiles();
            files.syncsBeforeFailure = SYNCS_OF_AN_OPENING - 1 + forces;
            FileJournal journal = open(files);
            for (List<DurableRecord> records : HISTORY.subList(0, forces - 1)) {
                journal.append(records);
            }
            DurableState acknowledged = journal.state();
            List<DurableRecord> failing = HISTORY.get(forces - 1);
            assertThatThrownBy(() -> journal.append(failing))
                    .isInstanceOf(JournalNotWritableException.class)
                    .hasMessageContaining("the sync of a file failed")
                    .hasMessageContaining("restart this member");
            assertThat(journal.state()).isEqualTo(acknowledged);

            long taken = files.operations;
            assertThatThrownBy(() -> journal.append(failing)).isInstanceOf(JournalNotWritableException.class);
            assertThat(files.operations).as("operations after the failure").isEqualTo(taken);
            assertThat(journal.state()).isEqualTo(acknowledged);
            journal.close();

            try (FileJournal recovered = open(files.afterPowerLoss(Choices.last()))) {
                assertThat(recovered.state()).isEqualTo(acknowledged);
            }
        }
    }

    @Test
    void isNotWrittenAnewAfterAFailure() throws IOException {
        FaultyFiles whole = new FaultyFiles();
        long opened;
        try (FileJournal journal = open(whole)) {
            opened = whole.operations;
            append(journal);
        }
        for (long failing = opened; failing < whole.operations; failing++) {
            FaultyFiles files = new FaultyFiles();
            files.failingOperation = failing;
            try (FileJournal journal = open(files)) {
                assertThatThrownBy(() -> append(journal)).isInstanceOf(JournalNotWritableException.class);
                long taken = files.operations;
                journal.compact();
                assertThat(files.operations).as("operation %d failed", failing).isEqualTo(taken);
            }
        }
    }

    private static void append(FileJournal journal) throws IOException {
        for (List<DurableRecord> records : HISTORY) {
            journal.append(records);
            journal.compact();
        }
    }

    /** After a failed sync the cache may show as written what the disk does not have. */
    @Test
    void makesDurableWhatItRecoversFromTheCacheOnly() throws IOException {
        FaultyFiles files = new FaultyFiles();
        files.syncsBeforeFailure = SYNCS_OF_AN_OPENING;
        FileJournal failed = open(files);
        assertThatThrownBy(() -> failed.append(HISTORY.get(0))).isInstanceOf(JournalNotWritableException.class);
        failed.close();

        DurableState restarted;
        try (FileJournal journal = open(files)) {
            restarted = journal.state();
        }
        try (FileJournal journal = open(files.afterPowerLoss(Choices.last()))) {
            assertThat(journal.state()).isEqualTo(restarted);
        }
    }
}
