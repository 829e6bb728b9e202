package io.election.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.sun.management.ThreadMXBean;
import io.election.core.Bytes;
import io.election.core.Contact;
import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.HardState;
import io.election.core.LogPosition;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Pause;
import io.election.core.Payload;
import io.election.core.Snapshot;
import io.election.core.StateImage;
import io.election.core.StateImages;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

class FileJournalTests {

    private static final Membership THREE = new Membership(
            "3f1c",
            1_750_000_000L,
            List.of(
                    new EnrolledMember("node-1", MemberKind.DATA, "aa", 1),
                    new EnrolledMember("node-2", MemberKind.WITNESS, "bb", 1),
                    new EnrolledMember("node-3", MemberKind.OBSERVER, "", 1)));

    private static final Membership ALONE =
            new Membership("4", 1, List.of(new EnrolledMember("knoten-ü", MemberKind.DATA, "cc", 1)));

    /** With members that have come and lost their vote since the founding. */
    private static final Membership CHANGED = new Membership(
            "3f1c",
            1_750_000_000L,
            List.of(
                    new EnrolledMember("node-1", MemberKind.DATA, "aa", 1, EnrolledMember.Standing.WITHOUT_VOTE, null),
                    new EnrolledMember(
                            "node-4",
                            MemberKind.DATA,
                            "dd",
                            7,
                            EnrolledMember.Standing.PROMOTED,
                            new Contact("https://ü.example.org", "http://app", Integer.MIN_VALUE)),
                    new EnrolledMember("node-5", MemberKind.DATA, "ee", 6, null, new Contact("http://e", null, 0))),
            9L);

    private static final Membership PAUSED = CHANGED.withPause(new Pause("node-4", 1_790_000_600_000L, "änna", ""), 10);

    /** Thousands of openings would fill the console. */
    @BeforeAll
    static void silence() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(Level.OFF);
    }

    @AfterAll
    static void speakAgain() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(null);
    }

    @TempDir
    private Path temp;

    @Test
    void aProbeChangesNothing() throws IOException {
        Path probed = temp.resolve("probed");
        try (FileJournal journal = FileJournal.open(probed, "orders", "a")) {
            journal.append(List.of(new DurableRecord.HardStateChanged(new HardState(3, "b", Duration.ofSeconds(1)))));
            Path written = probed.resolve("journal." + journal.edition());
            byte[] before = Files.readAllBytes(written);
            byte[] mark = Files.readAllBytes(probed.resolve("mark"));
            journal.probe();
            assertThat(Files.readAllBytes(written)).isEqualTo(before);
            assertThat(Files.readAllBytes(probed.resolve("mark"))).isEqualTo(mark);
            journal.append(List.of(new DurableRecord.HardStateChanged(new HardState(4, null, Duration.ofSeconds(1)))));
        }
        try (FileJournal again = FileJournal.open(probed, "orders", "a")) {
            assertThat(again.state().hardState().term()).isEqualTo(4);
        }
    }

    /** A directory in the place of the mark takes no write, from root neither. */
    @Test
    void aPlaceThatTakesNoWriteIsFoundByAProbeAndWrittenToNoMore() throws IOException {
        Path mark = temp.resolve("probed").resolve("mark");
        try (FileJournal journal = FileJournal.open(temp.resolve("probed"), "orders", "a")) {
            Files.delete(mark);
            Files.createDirectory(mark);
            assertThatThrownBy(journal::probe).isInstanceOf(JournalNotWritableException.class);
            Files.delete(mark);
            assertThatThrownBy(() -> journal.append(
                            List.of(new DurableRecord.HardStateChanged(new HardState(4, null, Duration.ofSeconds(1))))))
                    .isInstanceOf(JournalNotWritableException.class);
        }
    }

    private Path directory;
    private Path file;
    private Path mark;

    @BeforeEach
    void nameTheFiles() {
        directory = temp.resolve("election-data").resolve("orders").resolve("node-1");
        file = directory.resolve("journal");
        mark = directory.resolve("mark");
    }

    private FileJournal open() throws JournalException {
        return FileJournal.open(directory, "orders", "node-1");
    }

    /** The segment that is written to. */
    private Path segment() throws IOException {
        return directory.resolve("journal."
                + JournalFormat.readManifest(file, Files.readAllBytes(file))
                        .stamp()
                        .edition());
    }

    /** A journal of one segment that holds bytes of which the journal vouches for some. */
    private void write(JournalFormat.Stamp stamp, byte[] segment, int vouched) throws IOException {
        Files.createDirectories(directory);
        Files.write(directory.resolve("journal." + stamp.edition()), segment);
        JournalFormat.Named named = new JournalFormat.Named(
                stamp.edition(), vouched, JournalFormat.checksum(ByteBuffer.wrap(segment, 0, vouched)));
        Files.write(file, JournalFormat.manifest(new JournalFormat.Manifest(stamp, List.of(named))));
    }

    private static byte[] begun(JournalFormat.Stamp stamp, HardState state) {
        return SegmentFormat.segment(
                        stamp, new SegmentFormat.Checkpoint(state, Snapshot.EMPTY, LogPosition.NONE), List.of())
                .toByteArray();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static DurableRecord vote(long term, @Nullable String votedFor) {
        return new DurableRecord.HardStateChanged(new HardState(term, votedFor, Duration.ofMillis(1500)));
    }

    private static DurableRecord entry(long index, long term, Payload payload) {
        return new DurableRecord.EntryAppended(new Entry(index, term, payload));
    }

    private static DurableState sum(List<DurableRecord> records) {
        DurableState state = DurableState.NEW;
        for (DurableRecord record : records) {
            state = state.with(record);
        }
        return state;
    }

    static Stream<List<DurableRecord>> everyRecord() {
        LogPosition position = new LogPosition(3, Long.MAX_VALUE);
        return Stream.of(
                List.of(vote(1, null)),
                List.of(vote(Long.MAX_VALUE, "knoten-ü-节点-😀")),
                List.of(new DurableRecord.HardStateChanged(new HardState(2, "", Duration.ofSeconds(7, 999_999_999)))),
                List.of(entry(1, 1, new Payload.TermOpening("node-1", null, null))),
                List.of(entry(1, 1, new Payload.TermOpening("node-1", position, THREE))),
                List.of(entry(1, 1, new Payload.MembershipChange(THREE))),
                List.of(entry(1, 1, new Payload.MembershipChange(ALONE))),
                List.of(
                        new DurableRecord.SnapshotReplaced(new Snapshot(new LogPosition(4, 9), CHANGED, List.of(), 0)),
                        entry(10, 4, new Payload.MembershipChange(CHANGED.without("node-1", 10)))),
                List.of(entry(1, 1, new Payload.Application("test", Bytes.utf8("")))),
                List.of(entry(1, 1, new Payload.Application("test", Bytes.utf8("a\0b😀".repeat(10_000))))),
                List.of(entry(1, 1, new Payload.Withheld())),
                List.of(entry(1, 1, new Payload.Withheld()), new DurableRecord.LogTruncated(1)),
                List.of(
                        new DurableRecord.SnapshotReplaced(new Snapshot(new LogPosition(4, 9), CHANGED, List.of(), 0)),
                        entry(10, 4, new Payload.MembershipChange(PAUSED))),
                List.of(new DurableRecord.SnapshotReplaced(new Snapshot(new LogPosition(4, 10), PAUSED, List.of(), 0))),
                List.of(new DurableRecord.SnapshotReplaced(new Snapshot(
                        new LogPosition(4, 9), CHANGED.withPause(PAUSED.pause(), 9), List.of(), 0, IMAGE))),
                List.of(new DurableRecord.SnapshotReplaced(Snapshot.EMPTY)),
                List.of(new DurableRecord.SnapshotReplaced(new Snapshot(new LogPosition(4, 9), null, List.of(), 0))),
                List.of(new DurableRecord.SnapshotReplaced(new Snapshot(
                        new LogPosition(4, 9), THREE, List.of(new Snapshot.OpenedPosition(3, position)), 0))),
                List.of(entry(1, 1, new Payload.Withheld()), new DurableRecord.CommitKnown(1)),
                List.of(new DurableRecord.SnapshotReplaced(
                        new Snapshot(new LogPosition(4, 9), null, List.of(), 0, IMAGE))),
                List.of(new DurableRecord.SnapshotReplaced(
                        new Snapshot(new LogPosition(4, 9), CHANGED, List.of(), 0, IMAGE))));
    }

    private static final byte[] REPLICA = "what became of nine entries".getBytes(StandardCharsets.UTF_8);

    private static final StateImage IMAGE =
            new StateImage(REPLICA.length, sha256(REPLICA), List.of("orders/2", "session/1"));

    private static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(ImageFormat.sha256().digest(bytes));
    }

    /** What the format could say before images and known commits keeps its bytes. */
    @Test
    void writesASnapshotWithoutAnImageAsEver() {
        byte[] plain = RecordCodec.encode(
                List.of(new DurableRecord.SnapshotReplaced(new Snapshot(new LogPosition(4, 9), null, List.of(), 0))));
        assertThat(plain)
                .isEqualTo(ByteBuffer.allocate(4 + 30)
                        .putInt(30)
                        .put((byte) 4)
                        .putLong(4)
                        .putLong(9)
                        .put((byte) 0)
                        .putInt(0)
                        .putLong(0)
                        .array());
    }

    /** Ten thousand entries take a few megabytes; with a copy of the log for each of them, half a gigabyte. */
    @Test
    void readsALongLogWithoutCopyingItForEachRecord() throws IOException {
        List<DurableRecord> records = new ArrayList<>();
        for (int index = 1; index <= 10_000; index++) {
            records.add(entry(index, 1, new Payload.Withheld()));
        }
        try (FileJournal journal = open()) {
            journal.append(records);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        try (FileJournal journal = open()) {
            long allocated =
                    threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
            assertThat(journal.state().entries()).hasSize(10_000);
            assertThat(allocated).isLessThan(100L << 20);
        }
    }

    @ParameterizedTest
    @MethodSource("everyRecord")
    void readsBackWhatItWrote(List<DurableRecord> records) throws IOException {
        assertThat(RecordCodec.decode(RecordCodec.encode(records))).isEqualTo(records);
        try (FileJournal journal = open()) {
            try (StateImages.Writing image = journal.images().write(new LogPosition(4, 9))) {
                image.out().write(REPLICA);
                assertThat(image.finish(IMAGE.types())).isEqualTo(IMAGE);
            }
            journal.append(records);
            assertThat(journal.state()).isEqualTo(sum(records));
        }
        try (FileJournal journal = open()) {
            assertThat(journal.state()).isEqualTo(sum(records));
            assertThat(journal.cutBytes()).isZero();
        }
    }

    /** A payload's type keeps its meaning: what was text before payloads were bytes is read as the bytes of that text. */
    @Test
    void readsAnApplicationsTextOfAnEarlyJournal() throws IOException {
        byte[] text = "größer".getBytes(StandardCharsets.UTF_8);
        ByteBuffer record = ByteBuffer.allocate(26 + text.length)
                .putInt(22 + text.length)
                .put((byte) 2)
                .putLong(7)
                .putLong(3)
                .put((byte) 3)
                .putInt(text.length)
                .put(text);
        assertThat(RecordCodec.decode(record.array()))
                .containsExactly(entry(7, 3, new Payload.Application("text", Bytes.utf8("größer"))));
    }

    @Test
    void beginsEmptyWithAnIncarnationOfItsOwn() throws IOException {
        try (FileJournal one = open();
                FileJournal other = FileJournal.open(temp.resolve("other"), "orders", "node-1")) {
            assertThat(one.state()).isEqualTo(DurableState.NEW);
            assertThat(one.incarnation()).matches("[0-9a-f]{32}").isNotEqualTo(other.incarnation());
        }
    }

    @Test
    void keepsItsIncarnationAcrossRestarts() throws IOException {
        String incarnation;
        try (FileJournal journal = open()) {
            incarnation = journal.incarnation();
        }
        for (int i = 0; i < 3; i++) {
            try (FileJournal journal = open()) {
                assertThat(journal.incarnation()).isEqualTo(incarnation);
                journal.append(List.of(vote(i + 1, "node-2")));
            }
        }
    }

    // ------------------------------------------------------------------------------------------------ before the start

    @Test
    void touchesNothingUntilItIsOpened() throws IOException {
        try (FileJournal journal = FileJournal.at(directory, "orders", "node-1")) {
            journal.lockIfPresent();
            assertThat(temp).isEmptyDirectory();
            assertThat(journal.state()).isEqualTo(DurableState.NEW);
            assertThatThrownBy(() -> journal.append(List.of(vote(1, "node-1"))))
                    .isInstanceOf(JournalNotWritableException.class);
            assertThat(temp).isEmptyDirectory();
        }
    }

    /** A process that is frozen before it opens its journal may be woken more than once: each is a memory of its own. */
    @Test
    void drawsTheIncarnationWhenItCreatesTheMemory() throws IOException {
        try (FileJournal journal = FileJournal.at(directory, "orders", "node-1")) {
            String before = journal.incarnation();
            journal.open();
            String first = journal.incarnation();
            journal.release();
            Files.delete(file);
            journal.open();
            assertThat(List.of(before, first, journal.incarnation())).doesNotHaveDuplicates();
        }
    }

    @Test
    void locksAndReadsWhatIsThereAndWritesNothing() throws IOException {
        String incarnation;
        try (FileJournal journal = open()) {
            journal.append(List.of(vote(7, "node-2")));
            incarnation = journal.incarnation();
        }
        byte[] bytes = Files.readAllBytes(segment());
        byte[] marked = Files.readAllBytes(mark);
        try (FileJournal journal = FileJournal.at(directory, "orders", "node-1")) {
            journal.lockIfPresent();
            assertThat(journal.state().hardState().term()).isEqualTo(7);
            assertThat(journal.incarnation()).isEqualTo(incarnation);
            assertThat(segment()).hasBinaryContent(bytes);
            assertThat(mark).hasBinaryContent(marked);
            assertThatThrownBy(this::open).isInstanceOf(JournalInUseException.class);
            assertThatThrownBy(() -> journal.append(List.of(vote(8, "node-1"))))
                    .isInstanceOf(JournalNotWritableException.class);
        }
        open().close();
    }

    @Test
    void createsNoLockToLookAtAJournal() throws IOException {
        open().close();
        Files.delete(directory.resolve("lock"));
        try (FileJournal journal = FileJournal.at(directory, "orders", "node-1")) {
            journal.lockIfPresent();
            assertThat(directory.resolve("lock")).doesNotExist();
        }
    }

    @Test
    void refusesBeforeTheOpeningWhatCanBeSeenWithoutWriting() throws IOException {
        open().close();
        assertThatThrownBy(() -> FileJournal.at(directory, "orders", "node-2").lockIfPresent())
                .isInstanceOf(ForeignJournalException.class);
        Path inTheWay = Files.createFile(temp.resolve("file"));
        assertThatThrownBy(() -> FileJournal.at(inTheWay.resolve("orders"), "orders", "node-1")
                        .lockIfPresent())
                .isInstanceOf(JournalNotWritableException.class)
                .hasMessageContaining(inTheWay.toString());
        // And leaves nothing locked.
        open().close();
    }

    /** Only then may it count the time before its opening for the bond that a start imposes. */
    @Test
    void tellsWhetherAnEarlierProcessMayHaveUsedThisMemoryUntilItsOpening() throws IOException {
        try (FileJournal journal = FileJournal.at(directory, "orders", "node-1")) {
            assertThat(journal.open()).as("a new directory").isFalse();
            assertThat(journal.open()).as("open already").isFalse();
            journal.release();
            assertThat(journal.open()).as("released meanwhile").isTrue();
        }
        try (FileJournal journal = FileJournal.at(directory, "orders", "node-1")) {
            journal.lockIfPresent();
            assertThat(journal.open()).as("locked before").isFalse();
        }
        Files.delete(file);
        try (FileJournal journal = FileJournal.at(directory, "orders", "node-1")) {
            assertThat(journal.open()).as("a journal that is lost").isTrue();
        }
    }

    @Test
    void readsAnewWhatIsThereAfterARelease() throws IOException {
        try (FileJournal journal = open()) {
            journal.append(List.of(vote(1, "node-1")));
            journal.release();
            try (FileJournal other = open()) {
                other.append(List.of(vote(5, "node-3")));
            }
            journal.open();
            assertThat(journal.state().hardState().term()).isEqualTo(5);
            journal.append(List.of(vote(6, "node-1")));
        }
        try (FileJournal journal = open()) {
            assertThat(journal.state().hardState().term()).isEqualTo(6);
        }
    }

    @Test
    void aLostJournalIsANewIncarnation() throws IOException {
        String incarnation;
        try (FileJournal journal = open()) {
            incarnation = journal.incarnation();
            journal.append(List.of(vote(1, "node-1")));
        }
        Files.delete(file);
        try (FileJournal journal = open()) {
            assertThat(journal.state()).isEqualTo(DurableState.NEW);
            assertThat(journal.incarnation()).isNotEqualTo(incarnation);
        }
    }

    @Test
    void measuresTheDisk() throws IOException {
        try (FileJournal journal = open()) {
            assertThat(journal.lastSync()).isPositive();
            journal.append(List.of(vote(1, "node-1")));
            assertThat(journal.lastSync()).isPositive();
        }
    }

    @Test
    void anAppendOfNothingWritesNothing() throws IOException {
        try (FileJournal journal = open()) {
            long size = Files.size(segment());
            journal.append(List.of());
            assertThat(segment()).hasSize(size);
        }
    }

    @Test
    void refusesWhatDoesNotFitAndStaysAsItWas() throws IOException {
        try (FileJournal journal = open()) {
            journal.append(List.of(vote(1, "node-1")));
            DurableState before = journal.state();
            long size = Files.size(segment());
            String tooLong = "x".repeat(RecordCodec.MAX_RECORD_BYTES);
            List<List<DurableRecord>> wrong = List.of(
                    List.of(vote(2, "node-1"), entry(2, 1, new Payload.Withheld())),
                    List.of(entry(1, 1, new Payload.Application("test", Bytes.utf8(tooLong)))),
                    List.of(vote(2, "\uD800")));
            for (List<DurableRecord> records : wrong) {
                assertThatThrownBy(() -> journal.append(records)).isInstanceOf(IllegalArgumentException.class);
            }
            assertThat(journal.state()).isEqualTo(before);
            assertThat(segment()).hasSize(size);
            journal.append(List.of(vote(2, "node-2")));
        }
        try (FileJournal journal = open()) {
            assertThat(journal.state().hardState().term()).isEqualTo(2);
        }
    }

    @Test
    void takesNothingOnceClosed() throws IOException {
        FileJournal journal = open();
        journal.close();
        journal.close();
        assertThatThrownBy(() -> journal.append(List.of(vote(1, "node-1"))))
                .isInstanceOf(JournalNotWritableException.class)
                .hasMessageContaining("closed");
    }

    /** A file with three appends, the last of which holds two records. */
    private final class Written {

        final List<DurableState> states = new ArrayList<>();
        final List<Integer> ends = new ArrayList<>();
        final byte[] names;
        final Path written;
        final byte[] bytes;
        final byte[] markBefore;

        Written() throws IOException {
            try (FileJournal journal = open()) {
                add(journal);
                journal.append(List.of(vote(1, "node-1")));
                add(journal);
                journal.append(List.of(entry(1, 1, new Payload.TermOpening("node-1", null, THREE))));
                add(journal);
                markBefore = Files.readAllBytes(mark);
                journal.append(
                        List.of(vote(2, "node-2"), entry(2, 2, new Payload.Application("test", Bytes.utf8("two")))));
                add(journal);
            }
            names = Files.readAllBytes(file);
            written = segment();
            bytes = Files.readAllBytes(written);
        }

        private void add(FileJournal journal) throws IOException {
            states.add(journal.state());
            ends.add((int) Files.size(segment()));
        }

        /** The files as a crash left them before the last append was acknowledged. */
        void leave(byte[] torn) throws IOException {
            Files.delete(segment());
            Files.write(written, torn);
            Files.write(file, names);
            Files.write(mark, markBefore);
        }

        int lastAppend() {
            return ends.get(2);
        }

        int lastSeal() {
            return bytes.length - Frames.SEAL_BYTES;
        }

        DurableState before() {
            return states.get(2);
        }

        DurableState all() {
            return states.get(3);
        }
    }

    @Test
    void cutsATornTailWhereverItIsTorn() throws IOException {
        Written written = new Written();
        for (int length = written.lastAppend(); length < written.bytes.length; length++) {
            DurableState expected = length < written.lastSeal() ? written.before() : written.all();
            int whole = length < written.lastSeal() ? written.lastAppend() : written.lastSeal();
            written.leave(Arrays.copyOf(written.bytes, length));
            try (FileJournal journal = open()) {
                assertThat(journal.state()).as("cut to %d", length).isEqualTo(expected);
                assertThat(journal.cutBytes()).isEqualTo(length - whole);
            }
            byte[] zeroed = written.bytes.clone();
            Arrays.fill(zeroed, length, zeroed.length, (byte) 0);
            written.leave(zeroed);
            try (FileJournal journal = open()) {
                // The last bytes of a checksum may be zeros anyway.
                assertThat(journal.state()).as("zeros from %d", length).isIn(expected, written.all());
            }
        }
    }

    @Test
    void cutsAnAppendWhoseFirstPartNeverReachedTheDisk() throws IOException {
        Written written = new Written();
        for (int from = written.lastAppend(); from < written.lastSeal(); from++) {
            byte[] torn = Arrays.copyOf(written.bytes, written.lastSeal());
            torn[from] ^= 0x10;
            written.leave(torn);
            try (FileJournal journal = open()) {
                assertThat(journal.state()).as("byte %d", from).isEqualTo(written.before());
                assertThat(journal.cutBytes()).isEqualTo(torn.length - written.lastAppend());
            }
        }
    }

    @Test
    void goesOnWhereTheTornTailWasCut() throws IOException {
        Written written = new Written();
        written.leave(Arrays.copyOf(written.bytes, written.lastAppend() + 5));
        DurableState after;
        try (FileJournal journal = open()) {
            journal.append(List.of(vote(3, "node-3")));
            after = journal.state();
        }
        try (FileJournal journal = open()) {
            assertThat(journal.state()).isEqualTo(after);
            assertThat(journal.cutBytes()).isZero();
        }
    }

    @Test
    @Tag("exhaustive")
    void refusesAFlippedBitInWhateverWasAcknowledged() throws IOException {
        Written written = new Written();
        for (int at = 0; at < written.lastSeal(); at++) {
            // A seal of an earlier append may be lost in a crash; what follows it was acknowledged, so it is damage
            // too.
            for (int bit = 0; bit < 8; bit++) {
                byte[] damaged = written.bytes.clone();
                damaged[at] ^= (byte) (1 << bit);
                Files.write(segment(), damaged);
                DamagedJournalException e = catchThrowableOfType(DamagedJournalException.class, () -> open().close());
                assertThat(e).as("bit %d of byte %d", bit, at).isNotNull();
                assertThat(e.offset()).isLessThanOrEqualTo(at < 20 ? 20 : at);
                assertThat(e.file()).isEqualTo(segment());
                assertThat(e.directory()).isEqualTo(directory);
                assertThat(Files.readAllBytes(segment())).as("left as it was").isEqualTo(damaged);
            }
        }
    }

    @Test
    @Tag("exhaustive")
    void losesNothingWithTheLastSeal() throws IOException {
        Written written = new Written();
        for (int at = written.lastSeal(); at < written.bytes.length; at++) {
            byte[] damaged = written.bytes.clone();
            damaged[at] ^= 1;
            written.leave(damaged);
            try (FileJournal journal = open()) {
                assertThat(journal.state()).isEqualTo(written.all());
            }
        }
    }

    /** The mark beside it knows better. */
    @Test
    @Tag("exhaustive")
    void refusesAFileThatWasCutAfterItsAppendsWereAcknowledged() throws IOException {
        Written written = new Written();
        for (int length = 0; length < written.lastSeal(); length++) {
            Files.write(segment(), Arrays.copyOf(written.bytes, length));
            assertThatThrownBy(() -> open().close())
                    .as("cut to %d", length)
                    .isInstanceOf(DamagedJournalException.class)
                    .hasMessageContaining("move the directory " + directory + " away");
        }
    }

    @Test
    void refusesAnOlderCopyOfItself() throws IOException {
        new Written();
        byte[] older = Files.readAllBytes(file);
        open().close();
        Files.write(file, older);
        assertThatThrownBy(() -> open().close())
                .isInstanceOf(DamagedJournalException.class)
                .hasMessageContaining("it is the file number 1 of this memory, although number 2 was on disk already");
    }

    @Test
    void takesNoMarkOfAnEarlierMemoryForItsOwn() throws IOException {
        new Written();
        open().close();
        Files.delete(file);
        byte[] old = Files.readAllBytes(mark);
        open().close();
        Files.write(mark, old);
        try (FileJournal journal = open()) {
            assertThat(journal.state()).isEqualTo(DurableState.NEW);
        }
    }

    @Test
    void refusesAFileShorterThanItAppeared() throws IOException {
        new Written();
        open().close();
        for (Path whole : List.of(segment(), file)) {
            byte[] bytes = Files.readAllBytes(whole);
            for (int length = 0; length < bytes.length; length++) {
                Files.write(whole, Arrays.copyOf(bytes, length));
                assertThatThrownBy(() -> open().close())
                        .as("cut to %d", length)
                        .isInstanceOf(DamagedJournalException.class)
                        .hasMessageContaining(whole.toString())
                        .hasMessageContaining("move the directory " + directory + " away");
            }
            Files.write(whole, bytes);
        }
    }

    @Test
    void refusesAnotherFileInItsPlace() throws IOException {
        Files.createDirectories(directory);
        Files.writeString(file, "This is a letter to somebody, not a journal.");
        assertThatThrownBy(() -> open().close())
                .isInstanceOf(DamagedJournalException.class)
                .hasMessageContaining("does not begin as a journal does");
    }

    @Test
    void takesNoFrameFromElsewhereForItsOwn() throws IOException {
        var stamp = new JournalFormat.Stamp("orders", "node-1", "aa", 2);
        byte[] start = begun(stamp, new HardState(1, "node-1", Duration.ofSeconds(1)));
        List<DurableRecord> stray = List.of(vote(2, "node-2"));
        List<ByteBuffer> frames = List.of(
                Frames.frame(stamp, start.length + 1, start.length, stray),
                Frames.frame(new JournalFormat.Stamp("orders", "node-1", "aa", 1), start.length, 0, stray),
                Frames.frame(new JournalFormat.Stamp("orders", "node-1", "bb", 2), start.length, 0, stray));
        for (ByteBuffer frame : frames) {
            int length = frame.remaining();
            write(stamp, concatenated(start, bytes(frame)), start.length);
            Files.deleteIfExists(mark);
            try (FileJournal journal = open()) {
                assertThat(journal.state().hardState().votedFor()).isEqualTo("node-1");
                assertThat(journal.cutBytes()).isEqualTo(length);
            }
            Files.delete(segment());
        }
    }

    @Test
    void refusesRecordsThatDoNotFollowEachOther() throws IOException {
        var stamp = new JournalFormat.Stamp("orders", "node-1", "aa", 1);
        byte[] start = begun(stamp, HardState.NEW);
        ByteBuffer frame =
                Frames.frame(stamp, start.length, start.length, List.of(entry(5, 1, new Payload.Withheld())));
        write(stamp, concatenated(start, bytes(frame)), start.length);
        assertThatThrownBy(() -> open().close())
                .isInstanceOf(DamagedJournalException.class)
                .hasMessageContaining("make no sense");
    }

    private static byte[] concatenated(byte[] one, byte[] other) {
        return ByteBuffer.allocate(one.length + other.length)
                .put(one)
                .put(other)
                .array();
    }

    @Test
    void refusesAFormatOfTheFuture() throws IOException {
        Files.createDirectories(directory);
        byte[] header = ByteBuffer.allocate(20 + 3)
                .put("ELECTJNL".getBytes(StandardCharsets.US_ASCII))
                .putInt(3)
                .putInt(3)
                .putInt(0)
                .put(new byte[] {1, 2, 3})
                .array();
        CRC32C crc = new CRC32C();
        crc.update(header, 0, 16);
        crc.update(header, 20, 3);
        ByteBuffer.wrap(header).putInt(16, (int) crc.getValue());
        Files.write(file, header);
        UnsupportedJournalException e = catchThrowableOfType(UnsupportedJournalException.class, () -> open().close());
        assertThat(e.version()).isEqualTo(3);
        assertThat(e).hasMessageContaining("format version 3");
    }

    @Test
    void refusesTheJournalOfAnotherMember() throws IOException {
        open().close();
        ForeignJournalException e = catchThrowableOfType(
                ForeignJournalException.class,
                () -> FileJournal.open(directory, "orders", "node-2").close());
        assertThat(e.nodeId()).isEqualTo("node-2");
        assertThat(e.foundNodeId()).isEqualTo("node-1");
        assertThat(e).hasMessageContaining("belongs to member 'node-1' of cluster 'orders'");
        open().close();
    }

    @Test
    void refusesTheJournalOfAnotherCluster() throws IOException {
        open().close();
        ForeignJournalException e = catchThrowableOfType(
                ForeignJournalException.class,
                () -> FileJournal.open(directory, "billing", "node-1").close());
        assertThat(e.cluster()).isEqualTo("billing");
        assertThat(e.foundCluster()).isEqualTo("orders");
    }

    @Test
    void refusesAPlaceThatIsNoDirectory() throws IOException {
        Files.createDirectories(directory.getParent());
        Files.writeString(directory, "in the way");
        assertThatThrownBy(() -> open().close())
                .isInstanceOf(JournalNotWritableException.class)
                .hasMessageContaining(directory.toString());
        Files.delete(directory);
        open().close();
    }

    @Test
    void refusesAFileThatCannotBeRead() throws IOException {
        Files.createDirectories(file);
        assertThatThrownBy(() -> open().close()).isInstanceOf(JournalNotWritableException.class);
        Files.delete(file);
        open().close();
    }

    @Test
    void removesWhatACrashLeft() throws IOException {
        Written written = new Written();
        Path fresh = directory.resolve("journal.new");
        Files.write(fresh, new byte[10_000]);
        try (FileJournal journal = open()) {
            assertThat(journal.state()).isEqualTo(written.all());
            assertThat(fresh).doesNotExist();
        }
    }

    @Test
    void staysSmallHoweverManyTermsPass() throws IOException {
        int rewriteBytes = 16 << 10;
        String incarnation;
        long longest = 0;
        try (FileJournal journal = FileJournal.open(directory, "orders", "node-1", rewriteBytes)) {
            incarnation = journal.incarnation();
            for (int term = 1; term <= 400; term++) {
                journal.append(List.of(vote(term, "node-1")));
                journal.append(
                        List.of(entry(term, term, new Payload.TermOpening("node-1", null, term == 1 ? THREE : null))));
                journal.append(List.of(new DurableRecord.SnapshotReplaced(
                        new Snapshot(new LogPosition(term, term), THREE, List.of(), 0))));
                longest = Math.max(longest, Files.size(segment()));
                if (term > 200) {
                    journal.compact();
                    assertThat(Files.size(segment())).isLessThanOrEqualTo(rewriteBytes);
                }
            }
            assertThat(longest)
                    .as("without being told to")
                    .isGreaterThan(rewriteBytes)
                    .isLessThan(2L * rewriteBytes + 1000);
            assertThat(directory).isDirectoryNotContaining("glob:**.new");
        }
        try (FileJournal journal = open()) {
            assertThat(journal.incarnation()).isEqualTo(incarnation);
            assertThat(journal.state().hardState().term()).isEqualTo(400);
            assertThat(journal.state().snapshot().membership()).isEqualTo(THREE);
            assertThat(Files.size(segment())).isLessThan(1000);
        }
    }

    @Test
    void growsWithAStateThatIsLongItself() throws IOException {
        String data = "x".repeat(1000);
        List<DurableRecord> records = new ArrayList<>();
        try (FileJournal journal = FileJournal.open(directory, "orders", "node-1", 4096)) {
            for (int index = 1; index <= 100; index++) {
                DurableRecord record = entry(index, 1, new Payload.Application("test", Bytes.utf8(data)));
                records.add(record);
                journal.append(List.of(record));
                journal.compact();
                assertThat(Files.size(segment())).isLessThanOrEqualTo(Math.max(4096, 4L * 1100 * (index + 1)));
            }
        }
        try (FileJournal journal = open()) {
            assertThat(journal.state()).isEqualTo(sum(records));
        }
    }

    @Test
    void refusesASecondOwnerInTheSameProcess() throws IOException {
        try (FileJournal journal = open()) {
            JournalInUseException e = catchThrowableOfType(JournalInUseException.class, () -> open().close());
            assertThat(e).hasMessageContaining("in use").hasMessageContaining(directory.toString());
            journal.append(List.of(vote(1, "node-1")));
        }
        open().close();
    }

    @Test
    void refusesASecondOwnerInAnotherProcess() throws Exception {
        try (FileJournal journal = open()) {
            // Within the process the refusal must not cost the lock that others see.
            assertThatThrownBy(() -> open().close()).isInstanceOf(JournalInUseException.class);
            Process other = otherProcess();
            try (BufferedReader out = output(other)) {
                assertThat(out.readLine()).isEqualTo("JournalInUseException");
            } finally {
                end(other);
            }
            journal.append(List.of(vote(1, "node-1")));
        }
    }

    @Test
    void opensOnceTheOtherProcessIsDead() throws Exception {
        Process other = otherProcess();
        try (BufferedReader out = output(other)) {
            assertThat(out.readLine()).isEqualTo("opened");
            assertThatThrownBy(() -> open().close()).isInstanceOf(JournalInUseException.class);
        } finally {
            end(other);
        }
        try (FileJournal journal = open()) {
            assertThat(journal.state().hardState().votedFor()).isEqualTo("other-process");
        }
    }

    private Process otherProcess() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtherProcess.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static BufferedReader output(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)) {
            /** Log lines may come before. */
            @Override
            public String readLine() throws IOException {
                String line = super.readLine();
                while (line != null && !line.startsWith("> ")) {
                    line = super.readLine();
                }
                return line == null ? null : line.substring(2);
            }
        };
    }

    private static void end(Process process) throws InterruptedException {
        process.destroyForcibly();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }

    /** Opens the journal, votes, says how that went, and stays until it is killed. */
    static final class OtherProcess {

        public static void main(String[] args) throws Exception {
            try {
                FileJournal journal = FileJournal.open(Path.of(args[0]), "orders", "node-1");
                journal.append(List.of(vote(1, "other-process")));
                System.out.println("> opened");
                System.in.read();
                journal.close();
            } catch (JournalException e) {
                System.out.println("> " + e.getClass().getSimpleName());
            }
        }
    }

    @Test
    void aMemoryJournalKeepsItsStateAndWritesNothing() {
        try (MemoryJournal journal = new MemoryJournal()) {
            journal.append(List.of(vote(1, "node-1"), entry(1, 1, new Payload.Withheld())));
            assertThat(journal.state().hardState().votedFor()).isEqualTo("node-1");
            assertThat(journal.state().entries()).hasSize(1);
            assertThat(journal.incarnation()).isNotEqualTo(new MemoryJournal().incarnation());
        }
    }

    @Test
    void damageOnTheDiskUnderAnOpenJournalIsFoundAtTheNextStart() throws IOException {
        try (FileJournal journal = open()) {
            journal.append(List.of(vote(1, "node-1")));
            long at = Files.size(segment()) - Frames.SEAL_BYTES - 1;
            try (RandomAccessFile raw = new RandomAccessFile(segment().toFile(), "rw")) {
                raw.seek(at);
                int value = raw.read();
                raw.seek(at);
                raw.write(value ^ 1);
            }
        }
        assertThatThrownBy(() -> open().close()).isInstanceOf(DamagedJournalException.class);
    }
}
