package io.election.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.election.core.DurableRecord;
import io.election.core.HardState;
import io.election.core.LogPosition;
import io.election.core.Snapshot;
import io.election.core.StateImage;
import io.election.core.StateImages;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Images in files, wherever a write of them ends. */
class FileImagesTests {

    private static final Path DIRECTORY = Path.of("data", "orders", "node-1").toAbsolutePath();
    private static final LogPosition AT_9 = new LogPosition(2, 9);
    private static final LogPosition AT_20 = new LogPosition(3, 20);
    private static final List<String> TYPES = List.of("session/1", "store/1");

    private FaultyFiles files = new FaultyFiles();
    private FileImages images = new FileImages(files, new JournalDirectory(files, DIRECTORY), "orders");

    @BeforeAll
    static void silence() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(Level.OFF);
    }

    @AfterAll
    static void speakAgain() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(null);
    }

    @BeforeEach
    void createTheDirectory() throws IOException {
        on(new FaultyFiles());
        JournalDirectory directory = new JournalDirectory(files, DIRECTORY);
        directory.create();
        directory.forceNames();
    }

    private void on(FaultyFiles disk) {
        files = disk;
        images = new FileImages(disk, new JournalDirectory(disk, DIRECTORY), "orders");
    }

    private static byte[] state(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static StateImage written(StateImages to, LogPosition last, byte[] state) throws IOException {
        try (StateImages.Writing writing = to.write(last)) {
            writing.out().write(state);
            return writing.finish(TYPES);
        }
    }

    private static byte @Nullable [] read(StateImages from, LogPosition last, StateImage image) throws IOException {
        try (StateImages.Reading reading = from.open(last, image)) {
            if (reading == null) {
                return null;
            }
            reading.verify();
            return reading.read(0, (int) image.length() + 5);
        }
    }

    private static DurableRecord snapshot(LogPosition last, StateImage image) {
        return new DurableRecord.SnapshotReplaced(new Snapshot(last, null, List.of(), 0, image));
    }

    private static FileJournal open(FaultyFiles disk) throws JournalException {
        return FileJournal.open(disk, DIRECTORY, "orders", "node-1", 1000, 500);
    }

    // ------------------------------------------------------------------------------------------------ writing

    @Test
    void readsBackWhatItWroteInPieces() throws IOException {
        byte[] state = state(200_000);
        StateImage image = written(images, AT_9, state);
        assertThat(image.length()).isEqualTo(200_000);
        assertThat(image.types()).isEqualTo(TYPES);
        assertThat(read(images, AT_9, image)).isEqualTo(state);
        try (StateImages.Reading reading = images.open(AT_9, image)) {
            assertThat(reading.read(70_000, 1000)).isEqualTo(Arrays.copyOfRange(state, 70_000, 71_000));
            assertThat(reading.read(199_990, 1000)).isEqualTo(Arrays.copyOfRange(state, 199_990, 200_000));
            assertThat(reading.read(200_000, 1000)).isEmpty();
            assertThatThrownBy(() -> reading.read(200_001, 1)).isInstanceOf(IOException.class);
        }
        assertThat(files.fileNames()).containsExactly("image-2-9");
    }

    @Test
    void showsNothingThatIsNotFinished() throws IOException {
        StateImage image = written(images, AT_9, state(100));
        images.retain(Set.of(AT_20));
        StateImages.Writing writing = images.write(AT_9);
        writing.out().write(state(100));
        assertThat(images.open(AT_9, image)).isNull();
        writing.close();
        assertThat(files.fileNames()).isEmpty();
        assertThatThrownBy(() -> writing.finish(TYPES)).isInstanceOf(IOException.class);
    }

    @Test
    void isFoundByItsWholeNameOnly() throws IOException {
        StateImage image = written(images, AT_9, state(100));
        StateImage other = new StateImage(100, "ab".repeat(32), TYPES);
        assertThat(images.open(AT_9, other)).isNull();
        assertThat(images.open(AT_20, image)).isNull();
        assertThat(new FileImages(files, new JournalDirectory(files, DIRECTORY), "billing").open(AT_9, image))
                .isNull();
    }

    @Test
    void leavesNothingOnAFullDisk() throws IOException {
        StateImage before = written(images, AT_9, state(300));
        long used = files.bytesWritten;
        FaultyFiles kept = files.afterKill();
        written(images, AT_20, state(500));
        long needed = files.bytesWritten - used;
        for (long space = 0; space < needed; space++) {
            on(kept.afterKill());
            files.spaceLeft = space;
            assertThatThrownBy(() -> written(images, AT_20, state(500)))
                    .as("space for %d bytes", space)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("No space left");
            assertThat(files.fileNames()).as("space for %d bytes", space).containsExactly("image-2-9");
            assertThat(read(images, AT_9, before)).isEqualTo(state(300));
        }
    }

    @Test
    void isWholeOrNotThereWhereverThePowerIsLost() throws IOException {
        RandomGenerator random = new Random(1);
        byte[] state = state(400);
        FaultyFiles written = files;
        int[] points = {0};
        int[] there = {0};
        StateImage name = written(new MemoryImages(), AT_9, state);
        files.hook = operation -> {
            for (int i = 0; i < 5; i++) {
                FaultyFiles left = written.afterPowerLoss(i == 0 ? Choices.last() : Choices.drawnBy(random));
                points[0]++;
                there[0] += isWholeOrNotThere(left, name, state) ? 1 : 0;
            }
            isWholeOrNotThere(written.afterKill(), name, state);
        };
        assertThat(written(images, AT_9, state)).isEqualTo(name);
        assertThat(isWholeOrNotThere(written.afterPowerLoss(Choices.last()), name, state))
                .as("an image that was told is durable")
                .isTrue();
        assertThat(points[0]).isGreaterThan(2000);
        assertThat(there[0]).isPositive();
    }

    private boolean isWholeOrNotThere(FaultyFiles left, StateImage name, byte[] state) throws IOException {
        FileImages found = new FileImages(left, new JournalDirectory(left, DIRECTORY), "orders");
        byte[] read = read(found, AT_9, name);
        assertThat(read)
                .satisfiesAnyOf(r -> assertThat(r).isNull(), r -> assertThat(r).isEqualTo(state));
        found.tidy(new Snapshot(AT_9, null, List.of(), 0, name));
        assertThat(left.fileNames()).isEqualTo(read == null ? List.of() : List.of("image-2-9"));
        return read != null;
    }

    // ------------------------------------------------------------------------------------------------ receiving

    @Test
    void resumesAnImageOfTheSameSenderOnly() throws IOException {
        byte[] state = state(1000);
        StateImage image = written(new MemoryImages(), AT_20, state);
        StateImage other = new StateImage(1000, "ab".repeat(32), TYPES);
        begin(image, state);
        assertThat(positionOf(AT_20, image, "b")).isEqualTo(600);
        // As after a restart.
        on(files.afterKill());
        assertThat(positionOf(AT_20, image, "b")).isEqualTo(600);
        assertThat(positionOf(AT_20, image, "c")).isZero();
        begin(image, state);
        assertThat(positionOf(AT_20, other, "b")).isZero();
        begin(image, state);
        assertThat(positionOf(AT_9, image, "b")).isZero();
    }

    private void begin(StateImage image, byte[] state) throws IOException {
        try (StateImages.Receiving receiving = images.receive(AT_20, image, "b")) {
            receiving.write(Arrays.copyOf(state, 600));
        }
    }

    private long positionOf(LogPosition last, StateImage image, String sender) throws IOException {
        try (StateImages.Receiving receiving = images.receive(last, image, sender)) {
            return receiving.position();
        }
    }

    @Test
    void isThereOnceAllWasReceived() throws IOException {
        byte[] state = state(1000);
        StateImage image = written(new MemoryImages(), AT_20, state);
        begin(image, state);
        try (StateImages.Receiving receiving = images.receive(AT_20, image, "b")) {
            assertThatThrownBy(receiving::finish)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("600 of 1000");
            assertThatThrownBy(() -> receiving.write(state))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("longer than the 400 that are missing");
            receiving.write(Arrays.copyOfRange(state, 600, 1000));
            assertThat(images.open(AT_20, image)).isNull();
            assertThat(receiving.finish()).isTrue();
        }
        assertThat(read(images, AT_20, image)).isEqualTo(state);
        assertThat(files.fileNames()).containsExactly("image-3-20");
        on(files.afterPowerLoss(Choices.last()));
        assertThat(read(images, AT_20, image)).isEqualTo(state);
    }

    @Test
    void dropsWhatDoesNotVerify() throws IOException {
        byte[] state = state(1000);
        StateImage image = written(new MemoryImages(), AT_20, state);
        state[700] ^= 1;
        try (StateImages.Receiving receiving = images.receive(AT_20, image, "b")) {
            receiving.write(state);
            assertThat(receiving.finish()).isFalse();
        }
        assertThat(files.fileNames()).isEmpty();
        assertThat(positionOf(AT_20, image, "b")).isZero();
    }

    @Test
    void aFullDiskHasItsRoomBackWhileAnImageIsReceived() throws IOException {
        byte[] state = state(300);
        StateImage image = written(new MemoryImages(), AT_20, state);
        FaultyFiles empty = files.afterKill();
        int failures = 0;
        for (long space = 0; space < 500; space++) {
            on(empty.afterKill());
            files.spaceLeft = space;
            try (StateImages.Receiving receiving = images.receive(AT_20, image, "b")) {
                receiving.write(state);
                assertThat(receiving.finish()).isTrue();
            } catch (IOException full) {
                failures++;
                assertThat(full).hasMessageContaining("No space left");
                assertThat(files.fileNames()).as("space for %d bytes", space).isEmpty();
            }
        }
        assertThat(failures).isBetween(300, 499);
    }

    /** What was received may be torn. It is completed and verified, or begun again. */
    @Test
    void isReceivedWhereverThePowerIsLost() throws IOException {
        RandomGenerator random = new Random(2);
        byte[] state = state(250);
        StateImage image = written(new MemoryImages(), AT_20, state);
        FaultyFiles receivedOn = files;
        int[] points = {0};
        files.hook = operation -> {
            points[0]++;
            for (int i = 0; i < 4; i++) {
                FaultyFiles left = i == 0
                        ? receivedOn.afterKill()
                        : receivedOn.afterPowerLoss(i == 1 ? Choices.last() : Choices.drawnBy(random));
                FileImages found = new FileImages(left, new JournalDirectory(left, DIRECTORY), "orders");
                found.tidy(Snapshot.EMPTY);
                if (!completes(found, image, state)) {
                    assertThat(completes(found, image, state)).isTrue();
                }
                assertThat(read(found, AT_20, image)).isEqualTo(state);
            }
        };
        assertThat(completes(images, image, state)).isTrue();
        assertThat(points[0]).isGreaterThan(250);
    }

    private static boolean completes(FileImages at, StateImage image, byte[] state) throws IOException {
        try (StateImages.Receiving receiving = at.receive(AT_20, image, "b")) {
            while (receiving.position() < state.length) {
                int from = (int) receiving.position();
                receiving.write(Arrays.copyOfRange(state, from, Math.min(state.length, from + 70)));
            }
            return receiving.finish();
        }
    }

    // ------------------------------------------------------------------------------------------------ keeping

    @Test
    void keepsWhatIsNeededAndWhatMayBeNamedNext() throws IOException {
        LogPosition earlier = new LogPosition(1, 3);
        written(images, earlier, state(10));
        written(images, AT_9, state(10));
        written(images, AT_20, state(10));
        images.retain(Set.of());
        assertThat(files.fileNames()).hasSize(3);
        images.retain(Set.of(AT_9));
        assertThat(files.fileNames()).containsExactly("image-2-9", "image-3-20");
    }

    @Test
    void anImageThatIsReadStaysUntilItIsClosed() throws IOException {
        StateImage image = written(images, AT_9, state(100));
        written(images, AT_20, state(10));
        StateImages.Reading one = images.open(AT_9, image);
        StateImages.Reading other = images.open(AT_9, image);
        images.retain(Set.of(AT_20));
        assertThat(images.open(AT_9, image))
                .as("nobody begins to read it any more")
                .isNull();
        one.close();
        one.close();
        assertThat(other.read(0, 100)).isEqualTo(state(100));
        other.close();
        assertThat(files.fileNames()).containsExactly("image-3-20");
    }

    // ------------------------------------------------------------------------------------------------ the journal

    @Test
    void aJournalRefusesASnapshotWhoseImageWasNotFinished() throws IOException {
        StateImage image = written(new MemoryImages(), AT_9, state(100));
        try (FileJournal journal = open(files)) {
            assertThatThrownBy(() -> journal.append(List.of(snapshot(AT_9, image))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("image-2-9 is not there");
            journal.append(List.of(new DurableRecord.HardStateChanged(new HardState(1, null, Duration.ZERO))));
        }
    }

    @Test
    void aJournalKeepsTheImageOfItsSnapshotAndRemovesAllElse() throws IOException {
        StateImage image = named();
        try (FileJournal journal = open(files)) {
            written(journal.images(), AT_20, state(10));
            journal.images().write(new LogPosition(3, 30)).out().write(state(100_000));
            begin(written(new MemoryImages(), AT_9, state(700)), state(700));
        }
        assertThat(files.fileNames()).contains("image-2-9", "image-3-20", "image.new", "image.part");
        try (FileJournal journal = open(files)) {
            assertThat(journal.state().snapshot().image()).isEqualTo(image);
            assertThat(read(journal.images(), AT_9, image)).isEqualTo(state(100));
            assertThat(files.fileNames()).contains("image-2-9", "image.part").doesNotContain("image-3-20", "image.new");
            written(journal.images(), AT_20, state(10));
            journal.append(List.of(snapshot(AT_20, written(journal.images(), AT_20, state(10)))));
        }
        try (FileJournal journal = open(files)) {
            assertThat(files.fileNames())
                    .as("what is being received is behind the snapshot now")
                    .contains("image-3-20")
                    .doesNotContain("image-2-9", "image.part");
        }
    }

    /** A journal with a snapshot that names an image. */
    private StateImage named() throws IOException {
        try (FileJournal journal = open(files)) {
            StateImage image = written(journal.images(), AT_9, state(100));
            journal.append(List.of(snapshot(AT_9, image)));
            return image;
        }
    }

    @Test
    void aJournalIsRefusedWithoutTheImageThatItNames() throws IOException {
        named();
        FaultyFiles lost = files.afterKill();
        lost.remove(DIRECTORY.resolve("image-2-9"));
        DamagedJournalException e = catchThrowableOfType(
                DamagedJournalException.class, () -> open(lost).close());
        assertThat(e)
                .hasMessageContaining("it is missing, although the journal names it")
                .hasMessageContaining("put the file back if you moved it");
        assertThat(Recovery.adviceOf(e)).isTrue();
        lost.put(DIRECTORY.resolve("image-2-9"), files.content(DIRECTORY.resolve("image-2-9")));
        open(lost).close();
    }

    @Test
    void noImageThatWasCutOrChangedIsTaken() throws IOException {
        StateImage image = named();
        Path file = DIRECTORY.resolve("image-2-9");
        byte[] whole = files.content(file);
        for (int length = 0; length < whole.length; length++) {
            FaultyFiles cut = files.afterKill();
            cut.put(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> open(cut).close())
                    .as("cut to %d", length)
                    .isInstanceOf(DamagedJournalException.class)
                    .hasMessageContaining(file.toString());
        }
        int unnoticedAtTheStart = 0;
        for (int bit = 0; bit < whole.length * 8; bit++) {
            FaultyFiles flipped = files.afterKill();
            byte[] damaged = whole.clone();
            damaged[bit / 8] ^= (byte) (1 << (bit % 8));
            flipped.put(file, damaged);
            try (FileJournal journal = open(flipped);
                    StateImages.Reading reading = journal.images().open(AT_9, image)) {
                unnoticedAtTheStart++;
                assertThatThrownBy(reading::verify)
                        .as("bit %d", bit)
                        .isInstanceOf(DamagedJournalException.class)
                        .hasMessageContaining("another checksum");
            } catch (DamagedJournalException e) {
                assertThat(Recovery.adviceOf(e)).as("%s", e).isTrue();
            }
        }
        assertThat(unnoticedAtTheStart).as("bits of the state itself").isEqualTo(800);
    }

    @Test
    void anImageOfALaterVersionIsRefusedAsSuch() throws IOException {
        named();
        Path file = DIRECTORY.resolve("image-2-9");
        files.put(file, Preamble.encode("ELECTIMG", 2, out -> out.writeLong(7)));
        assertThatThrownBy(() -> open(files).close())
                .isInstanceOf(UnsupportedJournalException.class)
                .hasMessageContaining("format version 2")
                .hasMessageContaining(file.toString());
    }

    // ------------------------------------------------------------------------------------------------ in memory

    @Test
    void imagesInMemoryDoTheSameAndGoWithTheMemory() throws IOException {
        MemoryJournal journal = MemoryJournal.newAtEachStart();
        journal.open();
        StateImages memory = journal.images();
        byte[] state = state(1000);
        StateImage image = written(memory, AT_9, state);
        assertThat(image).isEqualTo(written(images, AT_9, state));
        assertThat(read(memory, AT_9, image)).isEqualTo(state);
        assertThat(memory.open(AT_20, image)).isNull();
        try (StateImages.Receiving receiving = memory.receive(AT_20, image, "b")) {
            receiving.write(Arrays.copyOf(state, 600));
        }
        try (StateImages.Receiving receiving = memory.receive(AT_20, image, "b")) {
            assertThat(receiving.position()).isEqualTo(600);
            assertThatThrownBy(receiving::finish).isInstanceOf(IOException.class);
            receiving.write(Arrays.copyOfRange(state, 600, 1000));
            assertThat(receiving.finish()).isTrue();
        }
        assertThat(read(memory, AT_20, image)).isEqualTo(state);
        memory.retain(Set.of(AT_20));
        assertThat(memory.open(AT_9, image)).isNull();
        try (StateImages.Receiving receiving = memory.receive(AT_9, image, "b")) {
            receiving.write(new byte[1000]);
            assertThat(receiving.finish()).isFalse();
        }
        journal.open();
        assertThat(memory.open(AT_20, image)).isNull();
    }
}
