package io.election.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.sun.management.ThreadMXBean;
import io.election.core.Bytes;
import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.Entry;
import io.election.core.HardState;
import io.election.core.LogPosition;
import io.election.core.Payload;
import io.election.core.Snapshot;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A log that is longer than a segment. */
class SegmentsTests {

    private static final Path DIRECTORY = Path.of("data", "orders", "node-1").toAbsolutePath();
    private static final Path JOURNAL = DIRECTORY.resolve("journal");
    private static final Path MARK = DIRECTORY.resolve("mark");
    private static final int SEGMENT_BYTES = 4000;

    /** What names and a header take; far less than a segment. */
    private static final int SMALL = 900;

    private FaultyFiles files = new FaultyFiles();

    @BeforeAll
    static void silence() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(Level.OFF);
    }

    @AfterAll
    static void speakAgain() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(null);
    }

    private FileJournal open() throws JournalException {
        return open(files);
    }

    private static FileJournal open(FaultyFiles disk) throws JournalException {
        return FileJournal.open(disk, DIRECTORY, "orders", "node-1", 1000, SEGMENT_BYTES);
    }

    private static DurableRecord entry(long index, long term) {
        return new DurableRecord.EntryAppended(
                new Entry(index, term, new Payload.Application("test", Bytes.of(new byte[100]))));
    }

    private static DurableRecord vote(long term) {
        return new DurableRecord.HardStateChanged(new HardState(term, "node-2", Duration.ofSeconds(1)));
    }

    private static DurableRecord snapshot(long term, long index) {
        return new DurableRecord.SnapshotReplaced(new Snapshot(new LogPosition(term, index), null, List.of(), 0));
    }

    /** What the disk's thread does with a write. */
    private static void write(FileJournal journal, DurableRecord... records) throws IOException {
        journal.append(List.of(records));
        journal.compact();
    }

    private static void fill(FileJournal journal, int from, int to) throws IOException {
        for (int index = from; index <= to; index++) {
            write(journal, entry(index, 1));
        }
    }

    private List<JournalContent.Piece> segments() {
        List<JournalContent.Piece> pieces = JournalContent.of(files, DIRECTORY);
        return pieces.subList(1, pieces.size());
    }

    @Test
    void aLongLogIsInSeveralAndNeverWrittenAgainAsAWhole() throws IOException {
        try (FileJournal journal = open()) {
            for (int index = 1; index <= 200; index++) {
                journal.append(List.of(entry(index, 1)));
                long before = files.bytesWritten;
                journal.compact();
                assertThat(files.bytesWritten - before).isLessThan(SEGMENT_BYTES / 2 + SMALL);
            }
            assertThat(segments()).hasSizeGreaterThan(6);
            assertThat(segments())
                    .allSatisfy(piece -> assertThat(piece.content()).hasSizeLessThan(SEGMENT_BYTES + 400));
        }
        for (int start = 0; start < 20; start++) {
            long before = files.bytesWritten;
            try (FileJournal journal = open()) {
                assertThat(journal.state().entries()).hasSize(200);
                assertThat(files.bytesWritten - before).as("written by a start").isLessThan(SEGMENT_BYTES / 2 + SMALL);
                write(journal, vote(start + 1));
            }
        }
        assertThat(segments()).as("after many starts").hasSizeLessThan(20);
    }

    @Test
    void segmentsGoOnceTheSnapshotCoversTheirEntries() throws IOException {
        try (FileJournal journal = open()) {
            fill(journal, 1, 200);
            write(journal, vote(7));
            write(journal, snapshot(1, 150));
            assertThat(journal.state().entries()).hasSize(50);
            assertThat(segments()).hasSizeLessThan(5);
            write(journal, snapshot(1, 200));
            fill(journal, 201, 260);
            assertThat(segments()).hasSizeLessThan(5);
            assertThat(files.fileNames()).hasSize(3 + segments().size());
        }
        try (FileJournal journal = open()) {
            assertThat(journal.state().hardState().term()).isEqualTo(7);
            assertThat(journal.state().snapshot().last()).isEqualTo(new LogPosition(1, 200));
            assertThat(journal.state().entries()).hasSize(60);
        }
    }

    /** A member that only elects writes votes and snapshots for ever, and needs no more room than today. */
    @Test
    void staysSmallWithoutALog() throws IOException {
        try (FileJournal journal = open()) {
            for (int term = 1; term <= 300; term++) {
                write(journal, vote(term));
                write(journal, entry(term, term));
                write(journal, snapshot(term, term));
                assertThat(segments()).hasSize(1);
                assertThat(segments().get(0).content()).hasSizeLessThan(1800);
            }
        }
    }

    @Test
    void aTruncationReachesBackIntoAnOlderSegment() throws IOException {
        DurableState expected;
        try (FileJournal journal = open()) {
            fill(journal, 1, 100);
            write(journal, vote(2), new DurableRecord.LogTruncated(20), entry(20, 2), entry(21, 2));
            for (int index = 22; index <= 90; index++) {
                write(journal, entry(index, 2));
            }
            write(journal, vote(3), new DurableRecord.LogTruncated(80), entry(80, 3));
            expected = journal.state();
        }
        for (int start = 0; start < 3; start++) {
            try (FileJournal journal = open()) {
                assertThat(journal.state()).isEqualTo(expected);
            }
        }
        assertThat(expected.entries()).hasSize(80);
    }

    @Test
    void remembersHowFarTheLogIsCommitted() throws IOException {
        try (FileJournal journal = open()) {
            fill(journal, 1, 50);
            write(journal, new DurableRecord.CommitKnown(45));
            fill(journal, 51, 120);
            assertThat(journal.state().commitIndex()).isEqualTo(45);
            assertThatThrownBy(() -> journal.append(List.of(new DurableRecord.CommitKnown(121))))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> journal.append(List.of(new DurableRecord.LogTruncated(45))))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        for (int start = 0; start < 3; start++) {
            try (FileJournal journal = open()) {
                assertThat(journal.state().commitIndex()).isEqualTo(45);
                assertThat(journal.state().entries()).hasSize(120);
            }
        }
    }

    @Test
    void manyEntriesTogetherAreOneSync() throws IOException {
        int[] syncs = {0};
        List<DurableRecord> records = new ArrayList<>();
        for (int index = 1; index <= 500; index++) {
            records.add(entry(index, 1));
        }
        try (FileJournal journal = FileJournal.open(files, DIRECTORY, "orders", "node-1", 1 << 20, 1 << 20)) {
            files.hook = operation -> syncs[0] += operation.startsWith("sync") ? 1 : 0;
            journal.append(records);
            assertThat(syncs[0]).isEqualTo(1);
        }
    }

    /** Neither an append nor what the journal keeps may copy a log of a hundred megabytes. */
    @Test
    void anAppendCopiesNothingOfTheLog(@TempDir Path temp) throws IOException {
        List<DurableRecord> records = new ArrayList<>();
        for (int index = 1; index <= 50_000; index++) {
            records.add(new DurableRecord.EntryAppended(new Entry(index, 1, new Payload.Withheld())));
        }
        try (FileJournal journal = FileJournal.open(temp.resolve("long"), "orders", "node-1")) {
            journal.append(records);
            assertThat(journal.state().entries().get(7))
                    .isSameAs(((DurableRecord.EntryAppended) records.get(7)).entry());
            journal.append(List.of(vote(1)));
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long thread = Thread.currentThread().getId();
            long before = threads.getThreadAllocatedBytes(thread);
            for (int i = 1; i <= 100; i++) {
                journal.append(
                        List.of(new DurableRecord.EntryAppended(new Entry(50_000 + i, 1, new Payload.Withheld()))));
            }
            // The list of 50,000 references alone would be 20 MB for 100 appends.
            assertThat(threads.getThreadAllocatedBytes(thread) - before).isLessThan(5L << 20);
        }
    }

    // ------------------------------------------------------------------------------------------------ refusals

    private void longLog() throws IOException {
        try (FileJournal journal = open()) {
            fill(journal, 1, 120);
            write(journal, vote(4));
        }
        assertThat(segments()).hasSizeGreaterThan(3);
    }

    private static void isRefused(FaultyFiles disk, Path file, String because) {
        assertThatThrownBy(() -> open(disk).close())
                .isInstanceOf(DamagedJournalException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(because)
                .satisfies(
                        e -> assertThat(Recovery.adviceOf((JournalException) e)).isTrue());
    }

    @Test
    void refusesAMissingSegment() throws IOException {
        longLog();
        for (JournalContent.Piece piece : segments()) {
            FaultyFiles disk = files.afterKill();
            disk.remove(piece.file());
            isRefused(disk, piece.file(), "it is missing, although " + JOURNAL + " names it");
        }
    }

    @Test
    void refusesASegmentOfAnotherMemoryAndOfAnotherEdition() throws IOException {
        longLog();
        FaultyFiles mine = files;
        List<JournalContent.Piece> segments = segments();
        files = new FaultyFiles();
        longLog();
        List<JournalContent.Piece> others = segments();
        for (int i = 0; i < segments.size(); i++) {
            FaultyFiles disk = mine.afterKill();
            disk.put(segments.get(i).file(), others.get(i).content());
            isRefused(disk, segments.get(i).file(), "of memory ");
        }
        FaultyFiles disk = mine.afterKill();
        disk.put(segments.get(0).file(), segments.get(1).content());
        isRefused(disk, segments.get(0).file(), "it is segment ");
    }

    @Test
    void refusesASegmentThatWasPutBackAlone() throws IOException {
        List<FaultyFiles> copies = new ArrayList<>();
        try (FileJournal journal = open()) {
            for (int index = 1; index <= 120; index++) {
                write(journal, entry(index, 1));
                copies.add(files.afterKill());
            }
        }
        int refused = 0;
        for (FaultyFiles copy : copies) {
            for (JournalContent.Piece piece : segments()) {
                byte[] older = copy.content(piece.file());
                if (older != null && older.length < piece.counted() - Frames.SEAL_BYTES) {
                    FaultyFiles disk = files.afterKill();
                    disk.put(piece.file(), older);
                    assertThatThrownBy(() -> open(disk).close()).isInstanceOf(DamagedJournalException.class);
                    refused++;
                }
            }
        }
        assertThat(refused).isGreaterThan(50);
    }

    /** Without the mark too: a segment tells that it was written to. */
    @Test
    void refusesTheNamesOfSegmentsThatWerePutBackAlone() throws IOException {
        List<byte[]> older = new ArrayList<>();
        try (FileJournal journal = open()) {
            for (int index = 1; index <= 120; index++) {
                write(journal, entry(index, 1));
                older.add(files.content(JOURNAL));
            }
            fill(journal, 121, 122);
        }
        long newest = JournalFormat.readManifest(JOURNAL, files.content(JOURNAL))
                .stamp()
                .edition();
        int refused = 0;
        for (byte[] names : older) {
            if (JournalFormat.readManifest(JOURNAL, names).stamp().edition() < newest) {
                FaultyFiles disk = files.afterKill();
                disk.put(JOURNAL, names);
                isRefused(disk, JOURNAL, "although number " + newest + " was on disk already");
                disk.remove(MARK);
                assertThatThrownBy(() -> open(disk).close())
                        .isInstanceOf(DamagedJournalException.class)
                        .satisfiesAnyOf(
                                e -> assertThat(e).hasMessageContaining("was written to after it"),
                                e -> assertThat(e).hasMessageContaining("it is missing, although"));
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(50);
    }

    // ------------------------------------------------------------------------------------------------ crashes

    /** Longer logs than those of the members' histories, with truncations and snapshots, from a seed. */
    @Test
    void keepsWhatItAcknowledgedWhereverThePowerIsLost() throws IOException {
        int several = 0;
        for (long seed = 1; seed <= 8; seed++) {
            RandomGenerator random = new Random(seed);
            files = new FaultyFiles();
            FaultyFiles disk = files;
            DurableState[] allowed = {DurableState.NEW, DurableState.NEW};
            files.hook = operation -> {
                if (operation.equals("byte") && random.nextInt(200) != 0 || random.nextInt(3) != 0) {
                    return;
                }
                isOneOf(disk.afterKill(), allowed, random);
                isOneOf(disk.afterPowerLoss(Choices.last()), allowed, random);
                isOneOf(disk.afterPowerLoss(Choices.drawnBy(random)), allowed, random);
            };
            try (FileJournal journal = small(files)) {
                for (int event = 0; event < 60; event++) {
                    List<DurableRecord> records = drawn(journal.state(), random);
                    allowed[1] = journal.state().with(records);
                    journal.append(records);
                    allowed[0] = allowed[1];
                    journal.compact();
                    several += segments().size() > 3 ? 1 : 0;
                }
            }
            try (FileJournal journal = small(files)) {
                assertThat(journal.state()).isEqualTo(allowed[0]);
            }
        }
        assertThat(several).as("states with more than three segments").isGreaterThan(50);
    }

    private static FileJournal small(FaultyFiles disk) throws JournalException {
        return FileJournal.open(disk, DIRECTORY, "orders", "node-1", 600, 600);
    }

    private static void isOneOf(FaultyFiles left, DurableState[] allowed, RandomGenerator random) throws IOException {
        int[] steps = {random.nextInt(900)};
        left.hook = operation -> {
            if (steps[0]-- == 0) {
                throw new FaultyFiles.PowerLost();
            }
        };
        try {
            small(left).close();
        } catch (JournalException e) {
            assertThat(e).hasCauseInstanceOf(FaultyFiles.PowerLost.class);
        }
        try (FileJournal journal = small(left.afterPowerLoss(Choices.drawnBy(random)))) {
            assertThat(journal.state()).isIn((Object[]) allowed);
        }
    }

    private static List<DurableRecord> drawn(DurableState state, RandomGenerator random) {
        long last = state.entries().isEmpty()
                ? state.snapshot().last().index()
                : state.entries().get(state.entries().size() - 1).index();
        long term = Math.max(1, state.hardState().term());
        List<DurableRecord> records = new ArrayList<>();
        switch (random.nextInt(10)) {
            case 0 -> records.add(vote(term + 1));
            case 1 -> {
                if (last > state.commitIndex()) {
                    long from = random.nextLong(state.commitIndex() + 1, last + 1);
                    records.add(vote(term + 1));
                    records.add(new DurableRecord.LogTruncated(from));
                    records.add(entry(from, term + 1));
                }
            }
            case 2 -> {
                if (last > state.snapshot().last().index() && random.nextInt(4) == 0) {
                    Entry covered =
                            state.entries().get(random.nextInt(state.entries().size()));
                    records.add(snapshot(covered.term(), covered.index()));
                }
            }
            case 3 -> records.add(new DurableRecord.CommitKnown(random.nextLong(state.commitIndex(), last + 1)));
            default -> {
                for (int i = random.nextInt(3); i >= 0; i--) {
                    records.add(entry(++last, term));
                }
            }
        }
        return records;
    }
}
