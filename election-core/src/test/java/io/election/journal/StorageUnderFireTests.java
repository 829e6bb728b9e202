package io.election.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.Effect;
import io.election.core.Input;
import io.election.core.Phase;
import io.election.core.Refusal;
import io.election.core.RefusalReason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/**
 * A member's whole life on a file system that does everything that a file system may do. Wherever it is interrupted, the
 * member that starts on what is left keeps what it promised, or its start is refused with an advice: a vote is never
 * forgotten silently.
 *
 * <p>{@code -Delection.storage.samples=n}, 1 by default, multiplies all that is drawn; {@code -Delection.storage.seed=n}
 * draws something else. The figures are printed at the end.
 */
@Tag("seeded")
class StorageUnderFireTests {

    private static final int SAMPLES = Integer.getInteger("election.storage.samples", 1);
    private static final long SEED = Long.getLong("election.storage.seed", 1L);

    private static final Map<String, Tally> FIGURES = new TreeMap<>();

    /** What was tried of one kind, and what came of it. */
    private static final class Tally {
        long points;
        long recovered;
        long refused;
    }

    /** Thousands of openings would fill the console. */
    @BeforeAll
    static void silence() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(Level.OFF);
        FIGURES.clear();
    }

    @AfterAll
    static void printTheFigures() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(null);
        StringBuilder table = new StringBuilder("\nStorage under fire, samples x " + SAMPLES + ", seed " + SEED + "\n");
        table.append(String.format(Locale.ROOT, "%-52s %10s %10s %10s%n", "", "points", "recovered", "refused"));
        FIGURES.forEach((kind, tally) -> table.append(String.format(
                Locale.ROOT, "%-52s %10d %10d %10d%n", kind, tally.points, tally.recovered, tally.refused)));
        System.out.println(table);
    }

    private static Tally tally(String kind) {
        return FIGURES.computeIfAbsent(kind, k -> new Tally());
    }

    private static RandomGenerator random(String what) {
        return new Random(SEED * 31 + what.hashCode());
    }

    private static void recovers(JournaledMember member, FaultyFiles disk, String where, Tally tally) {
        new Recovery(member).keepsItsPromises(disk, where);
        tally.recovered++;
    }

    private static void recoversOrIsRefused(JournaledMember member, FaultyFiles disk, String where, Tally tally) {
        tally.points++;
        if (new Recovery(member).isRefused(disk, where)) {
            tally.refused++;
        } else {
            tally.recovered++;
        }
    }

    // ------------------------------------------------------------------------------------------------ crashes

    /** Combinations of what may be lost at one point, up to which all are tried. */
    private static final int ALL_UP_TO = 500;

    @ParameterizedTest
    @EnumSource(MemberHistory.class)
    void keepsItsPromisesWhereverThePowerIsLost(MemberHistory history) throws IOException {
        FaultyFiles files = new FaultyFiles();
        JournaledMember member = history.member(files);
        RandomGenerator random = random("power " + history);
        Tally byKill = tally("killed: " + history);
        Tally byPower = tally("power lost: " + history);
        Tally again = tally("and up to three times while recovering: " + history);
        FaultyFiles.Hook everywhere = operation -> {
            String where = "before operation " + files.operations + ", " + operation + ", byte " + files.bytesWritten;
            byKill.points++;
            recovers(member, files.afterKill(), "killed " + where, byKill);
            byPower.points++;
            losePower(member, files, operation.equals("byte") ? 4 : ALL_UP_TO, random, where, byPower);
            again.points++;
            crashWhileRecovering(member, files.afterPowerLoss(Choices.drawnBy(random)), random, where, again);
            crashWhileRecovering(member, files.afterKill(), random, where, again);
        };
        files.hook = everywhere;
        history.tell(member);
        everywhere.before("the end");
        assertThat(byPower.points).as("crash points").isGreaterThan(2000);
    }

    /** As on Windows: what makes an append durable must not be a name. */
    @ParameterizedTest
    @EnumSource(MemberHistory.class)
    void keepsItsPromisesWhereNoDirectoryCanBeSynced(MemberHistory history) throws IOException {
        FaultyFiles files = new FaultyFiles();
        files.directoriesCannotBeSynced = true;
        JournaledMember member = history.member(files);
        RandomGenerator random = random("no sync of a directory " + history);
        Tally tally = tally("power lost, no directory can be synced: " + history);
        files.hook = operation -> {
            if (!operation.equals("byte")) {
                String where = "before operation " + files.operations + ", " + operation;
                tally.points++;
                losePower(member, files, 10, random, where, tally);
            }
        };
        history.tell(member);
        assertThat(tally.points).isGreaterThan(50);
    }

    /** All that may be left, if that is not too much; else the two extremes, and some drawn. */
    private static void losePower(
            JournaledMember member, FaultyFiles files, int allUpTo, RandomGenerator random, String where, Tally tally) {
        Choices choices = Choices.all();
        // The first combination loses nothing that could be kept.
        recovers(member, files.afterPowerLoss(choices), "power lost " + where, tally);
        if (choices.combinations() <= allUpTo) {
            // One choice may bring more of them, such as which of two files a name stands for.
            for (int tried = 0; tried < 2 * allUpTo; tried++) {
                if (!choices.advance()) {
                    return;
                }
                recovers(member, files.afterPowerLoss(choices), "power lost " + where + ' ' + choices, tally);
            }
        }
        recovers(member, files.afterPowerLoss(Choices.last()), "all lost " + where, tally);
        int drawn = (allUpTo < ALL_UP_TO ? 3 : 100) * SAMPLES;
        for (int i = 0; i < drawn; i++) {
            recovers(member, files.afterPowerLoss(Choices.drawnBy(random)), "drawn " + i + ' ' + where, tally);
        }
    }

    private static void crashWhileRecovering(
            JournaledMember member, FaultyFiles left, RandomGenerator random, String where, Tally tally) {
        FaultyFiles disk = left;
        StringBuilder crashes = new StringBuilder(where);
        for (int times = 0; times < 3; times++) {
            int steps = random.nextInt(700);
            crashes.append(", then after ").append(steps).append(" steps of recovery");
            disk = crashAfter(disk, member, steps, random.nextBoolean() ? null : random, crashes.toString());
        }
        recovers(member, disk, crashes.toString(), tally);
    }

    /** What is left if a start is killed, or with a random generator loses its power, after so many steps. */
    private static FaultyFiles crashAfter(
            FaultyFiles disk, JournaledMember member, int steps, @Nullable RandomGenerator power, String where) {
        int[] left = {steps};
        disk.hook = operation -> {
            if (left[0]-- == 0) {
                throw new FaultyFiles.PowerLost();
            }
        };
        try {
            JournaledMember.open(disk, member.settings.nodeId()).close();
        } catch (IOException e) {
            assertThat(e).as("only the crash may stop it, %s", where).hasCauseInstanceOf(FaultyFiles.PowerLost.class);
        }
        return power == null ? disk.afterKill() : disk.afterPowerLoss(Choices.drawnBy(power));
    }

    @ParameterizedTest
    @EnumSource(MemberHistory.class)
    void keepsItsPromisesWhereverItsRecoveryIsInterrupted(MemberHistory history) throws IOException {
        FaultyFiles files = new FaultyFiles();
        JournaledMember member = history.member(files);
        RandomGenerator random = random("recovery " + history);
        Tally tally = tally("power lost, then anywhere while recovering: " + history);
        int[] syncs = {0};
        files.hook = operation -> {
            // One crash of the history in each eighth append or so, and every step of what recovers from it.
            if (operation.equals("sync of a file") && syncs[0]++ % 8 == 3 || operation.equals("renaming")) {
                FaultyFiles left = files.afterPowerLoss(Choices.drawnBy(random));
                String where = "power lost before operation " + files.operations + ", " + operation;
                int steps = stepsOfRecovery(left, member);
                for (int step = 0; step < steps; step++) {
                    String then = where + ", and after step " + step + " of the recovery";
                    tally.points++;
                    FaultyFiles recovering = left.afterKill();
                    recovers(member, crashAfter(recovering, member, step, random, then), then, tally);
                    recovers(member, recovering.afterKill(), then + ", killed", tally);
                }
            }
        };
        history.tell(member);
        assertThat(tally.points).isGreaterThan(1000);
    }

    private static int stepsOfRecovery(FaultyFiles left, JournaledMember member) throws IOException {
        FaultyFiles whole = left.afterKill();
        int[] steps = {0};
        whole.hook = operation -> steps[0]++;
        JournaledMember.open(whole, member.settings.nodeId()).close();
        return steps[0];
    }

    /** What a first start made and did not sync is there for the second one, until the power is lost. */
    @ParameterizedTest
    @EnumSource(MemberHistory.class)
    void keepsItsPromisesAfterAFirstStartThatWasKilled(MemberHistory history) throws IOException {
        RandomGenerator random = random("killed at first " + history);
        Tally tally = tally("first start killed, then power lost: " + history);
        boolean killed = true;
        for (int operations = 0; killed; operations++) {
            FaultyFiles first = new FaultyFiles();
            int[] left = {operations};
            first.hook = operation -> {
                if (!operation.equals("byte") && left[0]-- == 0) {
                    throw new FaultyFiles.PowerLost();
                }
            };
            try {
                JournaledMember.open(first, history.member(first).settings.nodeId())
                        .close();
                killed = false;
            } catch (JournalException e) {
                assertThat(e).hasCauseInstanceOf(FaultyFiles.PowerLost.class);
            }
            FaultyFiles files = first.afterKill();
            JournaledMember member = history.member(files);
            String start = "first start killed after " + operations + " operations, ";
            files.hook = operation -> {
                if (!operation.equals("byte")) {
                    String where = start + "power lost before operation " + files.operations + ", " + operation;
                    tally.points++;
                    recovers(member, files.afterPowerLoss(Choices.last()), where, tally);
                    recovers(member, files.afterPowerLoss(Choices.drawnBy(random)), where, tally);
                }
            };
            history.tell(member);
        }
    }

    /** Lives that no script told. */
    @Test
    void keepsItsPromisesInLivesDrawnAtRandom() throws IOException {
        for (long seed = SEED * 1_000_000; seed < SEED * 1_000_000 + 25L * SAMPLES; seed++) {
            FaultyFiles files = new FaultyFiles();
            JournaledMember member = new JournaledMember(files, "a");
            RandomGenerator random = random("life " + seed);
            String life = "life " + seed + ", ";
            tally("lives drawn: histories").points++;
            Tally byKill = tally("lives drawn: killed");
            Tally byPower = tally("lives drawn: power lost");
            Tally again = tally("lives drawn: up to three times while recovering");
            files.hook = operation -> {
                if (operation.equals("byte") && random.nextInt(40) != 0) {
                    return;
                }
                String where = life + "operation " + files.operations + ", " + operation + ", " + files.bytesWritten;
                byKill.points++;
                recovers(member, files.afterKill(), where, byKill);
                byPower.points++;
                recovers(member, files.afterPowerLoss(Choices.last()), where, byPower);
                for (int i = 0; i < 3; i++) {
                    recovers(member, files.afterPowerLoss(Choices.drawnBy(random)), where, byPower);
                }
                if (random.nextInt(8) == 0) {
                    again.points++;
                    crashWhileRecovering(member, files.afterPowerLoss(Choices.drawnBy(random)), random, where, again);
                }
            };
            MemberHistory.tellAtRandom(member, seed, 60);
        }
    }

    // ------------------------------------------------------------------------------------------------ failures

    /** Each operation of the history fails, done or not; the member stops, and is started again. */
    @ParameterizedTest
    @EnumSource(MemberHistory.class)
    void stopsAtTheFirstFailureAndKeepsItsPromisesAfterwards(MemberHistory history) throws IOException {
        RandomGenerator random = random("failure " + history);
        Tally tally = tally("an operation fails: " + history);
        long operations = operationsOf(history);
        for (long failing = 0; failing < operations; failing++) {
            for (boolean whenDone : new boolean[] {false, true}) {
                FaultyFiles files = new FaultyFiles();
                files.failingOperation = failing;
                files.failsWhenDone = whenDone;
                String where = "operation " + failing + " fails, done: " + whenDone;
                fails(history.member(files), history, where, random, tally);
            }
        }
    }

    /** The disk is full from each fourth byte of the history on; from each one with four times the samples. */
    @ParameterizedTest
    @EnumSource(MemberHistory.class)
    void stopsWhenTheDiskIsFullAndKeepsItsPromisesAfterwards(MemberHistory history) throws IOException {
        RandomGenerator random = random("full " + history);
        Tally tally = tally("the disk is full: " + history);
        Tally stillFull = tally("the disk is still full at the next start: " + history);
        FaultyFiles whole = new FaultyFiles();
        history.tell(history.member(whole));

        int stride = Math.max(1, 4 / SAMPLES);
        for (long space = random.nextInt(stride); space < whole.bytesWritten; space += stride) {
            FaultyFiles files = new FaultyFiles();
            files.spaceLeft = space;
            JournaledMember member = history.member(files);
            fails(member, history, "full after byte " + space, random, tally);
            FaultyFiles full = files.afterKill();
            full.spaceLeft = 0;
            long refused = stillFull.refused;
            recoversOrIsRefused(member, full, "still full after byte " + space, stillFull);
            assertThat(stillFull.refused).as("a start on a full disk").isEqualTo(refused + 1);
            recovers(member, full.afterKill(), "refused while full, then there was space again", tally);
        }
    }

    private static long operationsOf(MemberHistory history) throws IOException {
        FaultyFiles whole = new FaultyFiles();
        history.tell(history.member(whole));
        return whole.operations;
    }

    private static void fails(
            JournaledMember member, MemberHistory history, String where, RandomGenerator random, Tally tally) {
        JournalException failure = catchThrowableOfType(JournalException.class, () -> history.tell(member));
        assertThat(failure).as(where).isNotNull();
        tally.points++;
        if (member.failure != null) {
            assertThat(failure).hasMessageContaining("neither votes, acknowledges nor leads any more");
            isSilentAndWritesNothing(member, where);
        } else {
            assertThat(Recovery.adviceOf(failure)).as("advice of %s", failure).isTrue();
            tally.refused++;
        }
        FaultyFiles files = member.files;
        recovers(member, files.afterKill(), where + ", then killed", tally);
        recovers(member, files.afterKillAndEviction(), where + ", then killed, the cache dropped", tally);
        recovers(member, files.afterPowerLoss(Choices.last()), where + ", then power lost", tally);
        for (int i = 0; i < 2 * SAMPLES; i++) {
            recovers(member, files.afterPowerLoss(Choices.drawnBy(random)), where + ", then power lost", tally);
        }
        if (random.nextInt(8) < SAMPLES) {
            crashWhileRecovering(member, files.afterKillAndEviction(), random, where, tally);
        }
    }

    /** What follows a failure is refused without a term, and touches the disk no more. */
    private static void isSilentAndWritesNothing(JournaledMember member, String where) {
        FaultyFiles files = member.files;
        long operations = files.operations;
        DurableState state = member.journal().state();
        assertThatThrownBy(() -> member.journal().append(List.of(new DurableRecord.LogTruncated(99))))
                .as(where)
                .isInstanceOf(JournalNotWritableException.class);
        member.outbox.clear();
        member.pass(JournaledMember.T.multipliedBy(20));
        long term = member.election().view(member.clock).term();
        List<Effect> effects = new ArrayList<>(member.effectsOf(new Input.Ready()));
        effects.addAll(member.effectsOf(new Input.Tick()));
        if (member.election().view(member.clock).membership() != null) {
            effects.addAll(member.effectsOf(member.asks(member.asksForVote("b", Phase.VOTE, term + 1))));
            effects.addAll(member.effectsOf(member.asks(member.heartbeat("b", term + 1, JournaledMember.T, 0))));
        }
        for (Effect effect : effects) {
            assertThat(effect).as(where).isNotInstanceOfAny(Effect.Send.class, Effect.Persist.class);
            if (effect instanceof Effect.Reply reply) {
                assertThat(reply.response().refusal())
                        .as(where)
                        .isEqualTo(new Refusal(RefusalReason.UNAVAILABLE, null, null, null));
                assertThat(JournaledMember.term(reply.response())).as(where).isZero();
            }
        }
        assertThat(files.operations).as("operations after %s", where).isEqualTo(operations);
        assertThat(member.journal().state()).isEqualTo(state);
    }

    // ------------------------------------------------------------------------------------------------ reading

    @ParameterizedTest
    @EnumSource(MemberHistory.class)
    void aReadThatFailsOrEndsTooEarlyRefusesTheStart(MemberHistory history) throws IOException {
        Tally fails = tally("a read fails: " + history);
        Tally ends = tally("a read ends too early: " + history);
        Tally pieces = tally("reads and writes in pieces: " + history);
        for (Life life : new Lives(history).lives) {
            int length = life.pieces().stream()
                    .mapToInt(piece -> piece.content().length)
                    .max()
                    .orElseThrow();
            for (int at = 0; at < length; at++) {
                FaultyFiles failing = life.disk();
                failing.readFailsAfter = at;
                recoversOrIsRefused(life.member(), failing, "a read fails after byte " + at, fails);
                FaultyFiles ending = life.disk();
                ending.readEndsAfter = at;
                recoversOrIsRefused(life.member(), ending, "a read ends after byte " + at, ends);
            }
            for (int piece = 1; piece < 40; piece++) {
                FaultyFiles slow = life.disk();
                slow.readAtMost = piece;
                slow.writeAtMost = piece;
                pieces.points++;
                recovers(life.member(), slow, "pieces of " + piece, pieces);
            }
        }
        assertThat(fails.recovered + ends.recovered).isZero();
    }

    // ------------------------------------------------------------------------------------------------ damage

    /** A member between two lives: its disk, all of it durable, and its account at that time. */
    private record Life(JournaledMember member, FaultyFiles left, Map<Path, List<byte[]>> older) {

        FaultyFiles disk() {
            return left.afterKill();
        }

        List<JournalContent.Piece> pieces() {
            return JournalContent.of(left, JournaledMember.DIRECTORY);
        }

        List<byte[]> olderThan(JournalContent.Piece piece) {
            return older.getOrDefault(piece.file(), List.of()).stream()
                    .filter(bytes -> !Arrays.equals(bytes, piece.content()))
                    .toList();
        }

        FaultyFiles with(JournalContent.Piece piece, byte[] content) {
            FaultyFiles disk = disk();
            disk.put(piece.file(), content);
            return disk;
        }
    }

    /** The ends of all lives of a history; told once for each, so that each has its own account. */
    private static final class Lives {

        final List<Life> lives = new ArrayList<>();

        Lives(MemberHistory history) throws IOException {
            boolean more = true;
            for (int number = 2; more; number++) {
                FaultyFiles files = new FaultyFiles();
                JournaledMember member = history.member(files);
                int[] starts = {number};
                Map<Path, List<byte[]>> older = new TreeMap<>();
                files.hook = operation -> {
                    byte[] journal = files.content(JournaledMember.JOURNAL);
                    if (journal != null
                            && (operation.equals("renaming") || operation.equals("overwriting of a file"))) {
                        for (JournalContent.Piece piece : JournalContent.of(files, JournaledMember.DIRECTORY)) {
                            older.computeIfAbsent(piece.file(), file -> new ArrayList<>())
                                    .add(piece.content());
                        }
                    }
                    if (operation.equals("lock") && --starts[0] == 0) {
                        throw new FaultyFiles.PowerLost();
                    }
                };
                try {
                    history.tell(member);
                    more = false;
                } catch (JournalException e) {
                    assertThat(e).hasCauseInstanceOf(FaultyFiles.PowerLost.class);
                }
                lives.add(new Life(member, files.afterKill(), older));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(MemberHistory.class)
    void noFlippedBitIsTakenForATornTail(MemberHistory history) throws IOException {
        Tally journal = tally("a bit flipped in the journal: " + history);
        Tally sealed = tally("a bit flipped in the journal, and no mark: " + history);
        Tally mark = tally("a bit flipped in the mark: " + history);
        Tally two = tally("two bits flipped: " + history);
        RandomGenerator random = random("flips " + history);
        long seals = 0;
        for (Life life : new Lives(history).lives) {
            for (JournalContent.Piece piece : life.pieces()) {
                byte[] bytes = piece.content();
                seals += (bytes.length - piece.counted()) + Frames.SEAL_BYTES;
                for (int bit = 0; bit < bytes.length * 8; bit++) {
                    String where = "bit " + bit + " of " + piece.file();
                    recoversOrIsRefused(life.member(), life.with(piece, flipped(bytes, bit)), where, journal);
                    // The seals alone say so too.
                    FaultyFiles unmarked = life.with(piece, flipped(bytes, bit));
                    unmarked.remove(JournaledMember.MARK);
                    recoversOrIsRefused(life.member(), unmarked, where + ", no mark", sealed);
                }
                for (int i = 0; i < 1000 * SAMPLES; i++) {
                    int one = random.nextInt(bytes.length * 8);
                    int other = random.nextInt(bytes.length * 8);
                    byte[] damaged = flipped(flipped(bytes, one), other);
                    recoversOrIsRefused(life.member(), life.with(piece, damaged), "bits " + one + " and " + other, two);
                }
            }
            byte[] marked = life.left().content(JournaledMember.MARK);
            for (int bit = 0; bit < marked.length * 8; bit++) {
                FaultyFiles disk = life.disk();
                disk.put(JournaledMember.MARK, flipped(marked, bit));
                mark.points++;
                recovers(life.member(), disk, "bit " + bit + " of the mark", mark);
            }
        }
        // The one place where a flipped bit costs nothing is the last seal of a segment.
        assertThat(journal.recovered).isLessThanOrEqualTo(8 * seals);
    }

    private static byte[] flipped(byte[] bytes, int bit) {
        byte[] damaged = bytes.clone();
        damaged[bit / 8] ^= (byte) (1 << (bit % 8));
        return damaged;
    }

    @ParameterizedTest
    @EnumSource(MemberHistory.class)
    void noFileThatWasCutOrPatchedIsTakenForATornTail(MemberHistory history) throws IOException {
        Tally cut = tally("cut at a byte: " + history);
        long seals = 0;
        for (Life life : new Lives(history).lives) {
            for (JournalContent.Piece piece : life.pieces()) {
                byte[] bytes = piece.content();
                seals += (bytes.length - piece.counted()) + Frames.SEAL_BYTES;
                for (int length = 0; length < bytes.length; length++) {
                    recoversOrIsRefused(
                            life.member(), life.with(piece, Arrays.copyOf(bytes, length)), "cut to " + length, cut);
                }
                patch(history, life, piece);
            }
        }
        // Only the last seal of a segment may be missing.
        assertThat(cut.recovered).isLessThanOrEqualTo(seals);
    }

    private static void patch(MemberHistory history, Life life, JournalContent.Piece piece) {
        Tally longer = tally("a tail doubled: " + history);
        Tally zeroed = tally("a block zeroed, or of garbage: " + history);
        Tally swapped = tally("two blocks swapped: " + history);
        Tally stale = tally("a block, or all, of an older version: " + history);
        JournaledMember member = life.member();
        byte[] bytes = piece.content();
        List<byte[]> older = life.olderThan(piece);
        for (int length = 0; length < bytes.length; length++) {
            byte[] doubled = Arrays.copyOf(bytes, 2 * bytes.length - length);
            System.arraycopy(bytes, length, doubled, bytes.length, bytes.length - length);
            recoversOrIsRefused(member, life.with(piece, doubled), "doubled from " + length, longer);
        }
        for (int block = 8; block <= 512; block *= 4) {
            for (int at = 0; at < bytes.length; at += block) {
                int end = Math.min(bytes.length, at + block);
                for (int fill : new int[] {0, 0xE1, 0xFF}) {
                    byte[] damaged = bytes.clone();
                    Arrays.fill(damaged, at, end, (byte) fill);
                    recoversOrIsRefused(member, life.with(piece, damaged), block + " bytes at " + at, zeroed);
                }
                for (int other = at + block; other + block <= bytes.length; other += block) {
                    byte[] damaged = bytes.clone();
                    System.arraycopy(bytes, at, damaged, other, block);
                    System.arraycopy(bytes, other, damaged, at, block);
                    recoversOrIsRefused(member, life.with(piece, damaged), at + " for " + other, swapped);
                }
                for (byte[] old : older) {
                    byte[] damaged = bytes.clone();
                    if (at < old.length) {
                        System.arraycopy(old, at, damaged, at, Math.min(old.length, end) - at);
                    }
                    recoversOrIsRefused(member, life.with(piece, damaged), "older block at " + at, stale);
                }
            }
        }
        for (byte[] old : older) {
            recoversOrIsRefused(member, life.with(piece, old), "an older file", stale);
        }
    }

    /** No file of a journal can be missing, or be another one of the same journal. */
    @ParameterizedTest
    @EnumSource(MemberHistory.class)
    void noSegmentMayBeMissingOrStandInForAnother(MemberHistory history) throws IOException {
        Tally missing = tally("a segment missing: " + history);
        Tally other = tally("a segment in another's place: " + history);
        for (Life life : new Lives(history).lives) {
            List<JournalContent.Piece> segments =
                    life.pieces().subList(1, life.pieces().size());
            for (JournalContent.Piece piece : segments) {
                FaultyFiles without = life.disk();
                without.remove(piece.file());
                recoversOrIsRefused(life.member(), without, "without " + piece.file(), missing);
                for (JournalContent.Piece another : segments) {
                    if (another != piece) {
                        recoversOrIsRefused(
                                life.member(), life.with(piece, another.content()), "for " + piece.file(), other);
                    }
                }
            }
        }
        assertThat(missing.recovered + other.recovered).isZero();
        assertThat(other.points).as("lives that end with several segments").isPositive();
    }

    /** The file that names the segments is put back as it was at any time, with all else as it is. */
    @ParameterizedTest
    @EnumSource(MemberHistory.class)
    void noOlderNamesOfSegmentsAreTaken(MemberHistory history) throws IOException {
        Tally marked = tally("older names of the segments: " + history);
        Tally unmarked = tally("older names of the segments, and no mark: " + history);
        for (Life life : new Lives(history).lives) {
            JournalContent.Piece names = life.pieces().get(0);
            for (byte[] old : life.olderThan(names)) {
                recoversOrIsRefused(life.member(), life.with(names, old), "older names", marked);
                FaultyFiles disk = life.with(names, old);
                disk.remove(JournaledMember.MARK);
                recoversOrIsRefused(life.member(), disk, "older names, no mark", unmarked);
            }
        }
        assertThat(marked.recovered).isZero();
        assertThat(unmarked.points).isPositive();
    }

    /** A limit: nothing outside the directory knows what was in it. */
    @ParameterizedTest
    @EnumSource(MemberHistory.class)
    void aDirectoryRolledBackAsAWholeIsNotDetected(MemberHistory history) throws IOException {
        FaultyFiles files = new FaultyFiles();
        JournaledMember member = history.member(files);
        List<FaultyFiles> copies = new ArrayList<>();
        List<DurableState> states = new ArrayList<>();
        files.hook = operation -> {
            if (operation.equals("lock") && member.account.incarnation != null) {
                copies.add(files.afterKill());
                states.add(member.account.acknowledged);
            }
        };
        history.tell(member);
        try (FileJournal journal = JournaledMember.open(copies.get(0), member.settings.nodeId())) {
            assertThat(journal.state())
                    .isEqualTo(states.get(0))
                    .isNotEqualTo(member.journal().state());
        }
    }

    /** A limit: the power is lost before seal and mark of the last append are on disk, and that append is damaged. */
    @ParameterizedTest
    @EnumSource(MemberHistory.class)
    void theLastAppendMayBeDamagedUnnoticedIfItsSealAndMarkWereLost(MemberHistory history) throws IOException {
        FaultyFiles files = new FaultyFiles();
        JournaledMember member = history.member(files);
        int[] taken = {0};
        files.hook = operation -> {
            // The append's frame is on disk, and nothing else of it.
            if (operation.equals("overwriting of a file") && member.account.underWay != null) {
                FaultyFiles left = files.afterPowerLoss(Choices.last());
                List<JournalContent.Piece> pieces = JournalContent.of(left, JournaledMember.DIRECTORY);
                JournalContent.Piece last = pieces.get(pieces.size() - 1);
                left.put(last.file(), flipped(last.content(), last.content().length * 8 - 1));
                try (FileJournal journal = JournaledMember.open(left, member.settings.nodeId())) {
                    if (journal.cutBytes() > 0) {
                        taken[0]++;
                        assertThat(journal.state()).isEqualTo(member.account.acknowledged);
                    }
                } catch (DamagedJournalException e) {
                    // It was written with a new file, which vouches for all of itself.
                    assertThat(e).hasMessageContaining("although it was on disk");
                }
            }
        };
        history.tell(member);
        assertThat(taken[0]).isPositive();
    }
}
