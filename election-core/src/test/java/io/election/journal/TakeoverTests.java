package io.election.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.election.core.Contact;
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
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** Journals of one file, recorded from the version of this library that wrote them, go on in segments. */
class TakeoverTests {

    private static final Path DIRECTORY = Path.of("data", "orders", "node-1").toAbsolutePath();
    private static final Path JOURNAL = DIRECTORY.resolve("journal");
    private static final Path MARK = DIRECTORY.resolve("mark");

    private static final Membership THREE = new Membership(
            "3f1c",
            1_750_000_000L,
            List.of(
                    new EnrolledMember("node-1", MemberKind.DATA, "aa", 1),
                    new EnrolledMember("node-2", MemberKind.WITNESS, "bb", 1),
                    new EnrolledMember("node-3", MemberKind.DATA, "cc", 1)));

    private static final Membership FOUR = new Membership(
            "3f1c",
            1_750_000_000L,
            List.of(
                    new EnrolledMember("node-1", MemberKind.DATA, "aa", 1),
                    new EnrolledMember("node-2", MemberKind.WITNESS, "bb", 1),
                    new EnrolledMember("node-3", MemberKind.DATA, "cc", 1, EnrolledMember.Standing.WITHOUT_VOTE, null),
                    new EnrolledMember(
                            "node-4",
                            MemberKind.DATA,
                            "dd",
                            3,
                            EnrolledMember.Standing.PROMOTED,
                            new Contact("https://ü.example.org", "http://app", 7))),
            3L);

    private static final Entry LAST = new Entry(5, 5, new Payload.TermOpening("node-4", null, null));

    private static final DurableState FOUNDED_STATE = new DurableState(
            state(5, "node-4"),
            Snapshot.EMPTY,
            List.of(
                    new Entry(1, 1, new Payload.TermOpening("node-1", null, THREE)),
                    new Entry(2, 4, new Payload.TermOpening("node-1", new LogPosition(3, 77), null)),
                    new Entry(3, 4, new Payload.MembershipChange(FOUR)),
                    new Entry(4, 4, new Payload.Withheld()),
                    LAST));

    /** What is recorded, and what it holds. */
    private enum Recorded {
        NEW("c6d7fc88e5e4d804399c1953aff34d76", 1, 0, DurableState.NEW),
        VOTES(
                "e7d4431cc9af2a3be966447bb85f4988",
                1,
                0,
                new DurableState(state(5, "node-3"), Snapshot.EMPTY, List.of())),
        FOUNDED("dbbe169b5d3f6bf924715a53da440f25", 2, 0, FOUNDED_STATE),
        SNAPSHOT(
                "ba6176ab7b7081cf048901f505819be2",
                3,
                0,
                new DurableState(
                        state(9, "node-2"),
                        new Snapshot(
                                new LogPosition(4, 4),
                                FOUR,
                                List.of(new Snapshot.OpenedPosition(4, new LogPosition(3, 77))),
                                0),
                        List.of(LAST))),
        TORN("d370382bf3155c7d87235aef451ddc5b", 1, 53, FOUNDED_STATE);

        private final String incarnation;
        private final long edition;
        private final long torn;
        private final DurableState state;

        Recorded(String incarnation, long edition, long torn, DurableState state) {
            this.incarnation = incarnation;
            this.edition = edition;
            this.torn = torn;
            this.state = state;
        }

        byte[] journal() throws IOException {
            return Files.readAllBytes(directory().resolve("journal"));
        }

        byte[] mark() throws IOException {
            return Files.readAllBytes(directory().resolve("mark"));
        }

        private Path directory() {
            return recorded(name().toLowerCase(Locale.ROOT));
        }

        /** A disk with the recorded directory. */
        FaultyFiles files() throws IOException {
            FaultyFiles files = new FaultyFiles();
            new JournalDirectory(files, DIRECTORY).create();
            new JournalDirectory(files, DIRECTORY).forceNames();
            files.put(JOURNAL, journal());
            files.put(MARK, mark());
            return files;
        }
    }

    /** A recorded directory, wherever the tests are started. */
    static Path recorded(String name) {
        try {
            return Path.of(Objects.requireNonNull(TakeoverTests.class.getResource("/journal-1/" + name))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static HardState state(long term, @Nullable String votedFor) {
        return new HardState(term, votedFor, Duration.ofMillis(1500));
    }

    @BeforeAll
    static void silence() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(Level.OFF);
    }

    @AfterAll
    static void speakAgain() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(null);
    }

    private static FileJournal open(FaultyFiles files) throws JournalException {
        return FileJournal.open(files, DIRECTORY, "orders", "node-1", 1000, 500);
    }

    @ParameterizedTest
    @EnumSource(Recorded.class)
    void takesOverWhatWasRecorded(Recorded recorded) throws IOException {
        FaultyFiles files = recorded.files();
        try (FileJournal journal = open(files)) {
            assertThat(journal.state()).isEqualTo(recorded.state);
            assertThat(journal.incarnation()).isEqualTo(recorded.incarnation);
            assertThat(journal.edition()).isEqualTo(recorded.edition + 1);
            assertThat(journal.cutBytes()).isEqualTo(recorded.torn);
            journal.append(List.of(new DurableRecord.HardStateChanged(state(20, "node-1"))));
        }
        try (FileJournal journal = open(files)) {
            assertThat(journal.state().hardState()).isEqualTo(state(20, "node-1"));
            assertThat(journal.state().entries()).isEqualTo(recorded.state.entries());
            assertThat(journal.edition()).isEqualTo(recorded.edition + 2);
        }
    }

    /** It looks at these 20 bytes and the checksum of the rest, and then at the version. */
    @Test
    void leavesWhatAnEarlierVersionRefusesAsOneOfALaterVersion() throws IOException {
        FaultyFiles files = Recorded.FOUNDED.files();
        open(files).close();
        ByteBuffer journal = ByteBuffer.wrap(files.content(JOURNAL));
        byte[] magic = new byte[8];
        journal.get(magic);
        assertThat(magic).asString().isEqualTo("ELECTJNL");
        int version = journal.getInt();
        int length = journal.getInt();
        int checksum = journal.getInt();
        CRC32C crc = new CRC32C();
        crc.update(journal.array(), 0, 16);
        crc.update(journal.array(), 20, length);
        assertThat(checksum).isEqualTo((int) crc.getValue());
        assertThat(version).isEqualTo(2);
    }

    /** A look before the opening neither takes over nor writes anything. */
    @Test
    void takesOverNothingBeforeItIsOpened() throws IOException {
        FaultyFiles files = Recorded.FOUNDED.files();
        open(files).close();
        files.put(JOURNAL, Recorded.FOUNDED.journal());
        files.put(MARK, Recorded.FOUNDED.mark());
        try (FileJournal journal = FileJournal.at(files, DIRECTORY, "orders", "node-1", 1000, 500)) {
            List<String> before = files.fileNames();
            journal.lockIfPresent();
            assertThat(journal.state()).isEqualTo(FOUNDED_STATE);
            assertThat(files.content(JOURNAL)).isEqualTo(Recorded.FOUNDED.journal());
            assertThat(files.fileNames()).isEqualTo(before);
        }
    }

    /** Until the new file has the name, the old one is as it was; wherever it is interrupted, the next start has it all. */
    @ParameterizedTest
    @EnumSource(Recorded.class)
    void isTakenOverWhereverItIsInterrupted(Recorded recorded) throws IOException {
        RandomGenerator random = new Random(recorded.name().hashCode());
        FaultyFiles files = recorded.files();
        byte[] before = recorded.journal();
        boolean[] renamed = {false};
        int[] points = {0};
        files.hook = operation -> {
            points[0]++;
            byte[] found = files.content(JOURNAL);
            renamed[0] |= !Arrays.equals(found, before);
            if (renamed[0]) {
                assertThat(Preamble.read(JOURNAL, found, JournalFormat.MAGIC).version())
                        .isEqualTo(2);
            }
            holds(recorded, files.afterKill());
            Choices choices = Choices.all();
            int tried = 0;
            do {
                holds(recorded, files.afterPowerLoss(choices));
            } while (choices.advance() && ++tried < (operation.equals("byte") ? 2 : 60));
            holds(recorded, files.afterPowerLoss(Choices.last()));
            for (int i = 0; i < 3; i++) {
                crashesAgain(recorded, files.afterPowerLoss(Choices.drawnBy(random)), random);
            }
        };
        open(files).close();
        assertThat(renamed[0]).isTrue();
        assertThat(points[0]).isGreaterThan(250);
    }

    private static void crashesAgain(Recorded recorded, FaultyFiles left, RandomGenerator random) throws IOException {
        int[] steps = {random.nextInt(600)};
        left.hook = operation -> {
            if (steps[0]-- == 0) {
                throw new FaultyFiles.PowerLost();
            }
        };
        try {
            open(left).close();
        } catch (JournalException e) {
            assertThat(e).hasCauseInstanceOf(FaultyFiles.PowerLost.class);
        }
        holds(recorded, left.afterPowerLoss(Choices.drawnBy(random)));
    }

    private static void holds(Recorded recorded, FaultyFiles left) throws IOException {
        try (FileJournal journal = open(left)) {
            assertThat(journal.state()).isEqualTo(recorded.state);
            assertThat(journal.incarnation()).isEqualTo(recorded.incarnation);
            assertThat(journal.edition()).isGreaterThan(recorded.edition);
        }
    }

    @ParameterizedTest
    @EnumSource(Recorded.class)
    void takesOverNothingThatIsDamaged(Recorded recorded) throws IOException {
        byte[] journal = recorded.journal();
        int taken = 0;
        for (int bit = 0; bit < journal.length * 8; bit++) {
            FaultyFiles files = recorded.files();
            byte[] damaged = journal.clone();
            damaged[bit / 8] ^= (byte) (1 << (bit % 8));
            files.put(JOURNAL, damaged);
            try (FileJournal opened = open(files)) {
                taken++;
                assertThat(opened.state()).as("bit %d", bit).isEqualTo(recorded.state);
            } catch (DamagedJournalException e) {
                assertThat(files.content(JOURNAL)).isEqualTo(damaged);
                assertThat(Recovery.adviceOf(e)).isTrue();
            }
        }
        // The last seal, and a tail that was torn before.
        assertThat(taken).isLessThanOrEqualTo(8 * (Frames.SEAL_BYTES + (int) recorded.torn));
        for (int length = 0; length < journal.length - Frames.SEAL_BYTES - recorded.torn; length++) {
            FaultyFiles files = recorded.files();
            files.put(JOURNAL, Arrays.copyOf(journal, length));
            assertThatThrownBy(() -> open(files).close())
                    .as("cut to %d", length)
                    .isInstanceOf(DamagedJournalException.class);
        }
    }

    /** The old file in its place again would be a memory that forgot all since. */
    @Test
    void refusesTheOldFileOnceItWasTakenOver() throws IOException {
        FaultyFiles files = Recorded.FOUNDED.files();
        try (FileJournal journal = open(files)) {
            journal.append(List.of(new DurableRecord.HardStateChanged(state(20, "node-1"))));
        }
        files.put(JOURNAL, Recorded.FOUNDED.journal());
        assertThatThrownBy(() -> open(files).close())
                .isInstanceOf(DamagedJournalException.class)
                .hasMessageContaining("it is the file number 2 of this memory, although number 3 was on disk already");
        files.remove(MARK);
        assertThatThrownBy(() -> open(files).close())
                .isInstanceOf(DamagedJournalException.class)
                .hasMessageContaining("journal.3 was written to after it");
    }

    /** What a member told others until it was stopped, in any state, goes on. */
    @ParameterizedTest
    @EnumSource(MemberHistory.class)
    void aMembersLifeGoesOn(MemberHistory history) throws IOException {
        FaultyFiles files = new FaultyFiles();
        JournaledMember member = history.member(files);
        List<DurableState> states = new ArrayList<>();
        files.hook = operation -> {
            DurableState state = member.account.acknowledged;
            if (operation.equals("sync of a file")
                    && (states.isEmpty() || !states.get(states.size() - 1).equals(state))) {
                states.add(state);
            }
        };
        history.tell(member);
        JournalFormat.Stamp stamp = new JournalFormat.Stamp("orders", "node-1", "aa", 7);
        for (DurableState state : states) {
            FaultyFiles disk = Recorded.NEW.files();
            disk.remove(MARK);
            disk.put(JOURNAL, JournalContent.oneFile(stamp, state, List.of()));
            try (FileJournal journal = open(disk)) {
                assertThat(journal.state()).isEqualTo(state);
            }
            try (FileJournal journal = open(disk)) {
                assertThat(journal.state()).isEqualTo(state);
            }
        }
        assertThat(states).hasSizeGreaterThan(5);
    }
}
