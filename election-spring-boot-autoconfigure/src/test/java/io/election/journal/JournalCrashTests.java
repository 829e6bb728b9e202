package io.election.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.election.core.Base;
import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.HardState;
import io.election.core.LogPosition;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Payload;
import io.election.journal.CrashingFiles.Loss;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** The power is lost after every operation and every byte written, and once more while the journal recovers. */
class JournalCrashTests {

    private static final Path DIRECTORY = Path.of("data", "orders", "node-1").toAbsolutePath();

    /** So small that the history below is written anew on its way. */
    private static final int REWRITE_BYTES = 700;

    private static final Membership FOUNDERS = new Membership(
            "c-1", 1_700_000_000L, List.of(new EnrolledMember("node-1", MemberKind.DATA, "incarnation-1", 1)));

    private static final List<List<DurableRecord>> HISTORY = List.of(
            List.of(vote(1, "node-1")),
            List.of(new DurableRecord.EntryAppended(new Entry(1, 1, new Payload.Opening("node-1", null, FOUNDERS)))),
            List.of(vote(2, "node-2"), entry(2, 2, "two"), entry(3, 2, "three")),
            List.of(new DurableRecord.TailRemoved(3), entry(3, 3, "other three"), vote(3, null)),
            List.of(new DurableRecord.BaseReplaced(new Base(new LogPosition(2, 2), FOUNDERS, null)), vote(4, "node-1")),
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
        return new DurableRecord.EntryAppended(new Entry(index, term, new Payload.Application(data)));
    }

    /** How far the history came before the power was lost. */
    private static final class Run {

        final List<DurableState> acknowledged = new ArrayList<>();

        @Nullable String incarnation;

        boolean complete;

        Run(CrashingFiles files) {
            try (FileJournal journal = open(files)) {
                incarnation = journal.incarnation();
                acknowledged.add(journal.state());
                for (List<DurableRecord> records : HISTORY) {
                    journal.append(records);
                    acknowledged.add(journal.state());
                }
                complete = true;
            } catch (CrashingFiles.PowerLost | JournalNotWritableException e) {
                assertThat(files.steps).as("only the crash may stop it: %s", e).isZero();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        /** The state acknowledged last, or that with the whole of the append that was under way. */
        List<DurableState> allowed() {
            if (acknowledged.isEmpty()) {
                return List.of(DurableState.NEW);
            }
            DurableState last = acknowledged.get(acknowledged.size() - 1);
            if (complete) {
                return List.of(last);
            }
            DurableState next = last;
            for (DurableRecord record : HISTORY.get(acknowledged.size() - 1)) {
                next = next.with(record);
            }
            return List.of(last, next);
        }
    }

    private static FileJournal open(CrashingFiles files) throws JournalException {
        return FileJournal.open(files, DIRECTORY, "orders", "node-1", REWRITE_BYTES);
    }

    @ParameterizedTest
    @EnumSource(Loss.class)
    void keepsWhatWasAcknowledgedWhereverThePowerIsLost(Loss loss) throws IOException {
        int step = 0;
        while (!crash(step, loss)) {
            step++;
        }
        assertThat(step).as("steps of the history").isGreaterThan(1000);
    }

    /** Says whether the history was complete before the power was lost. */
    private boolean crash(int step, Loss loss) throws IOException {
        boolean complete = true;
        for (boolean namesSurvive : new boolean[] {false, true}) {
            CrashingFiles files = new CrashingFiles();
            files.steps = step;
            Run run = new Run(files);
            CrashingFiles survivors = files.afterCrash(loss, namesSurvive);
            String where = "power lost after step " + step + ", names survive: " + namesSurvive;
            checkRecovery(survivors, run, where);
            checkCrashesWhileRecovering(survivors, run, loss, where);
            complete &= run.complete;
        }
        return complete;
    }

    private void checkCrashesWhileRecovering(CrashingFiles survivors, Run run, Loss loss, String where)
            throws IOException {
        CrashingFiles probe = survivors.afterCrash(Loss.NOTHING, true);
        open(probe).close();
        for (long step = 0; step <= probe.taken; step += step < 5 || probe.taken - step < 10 ? 1 : 151) {
            CrashingFiles recovering = survivors.afterCrash(Loss.NOTHING, true);
            recovering.steps = step;
            try (FileJournal journal = open(recovering)) {
                assertThat(journal.state()).as(where).isIn(run.allowed());
            } catch (CrashingFiles.PowerLost | JournalNotWritableException e) {
                assertThat(recovering.steps).as(where).isZero();
            }
            for (boolean namesSurvive : new boolean[] {false, true}) {
                checkRecovery(recovering.afterCrash(loss, namesSurvive), run, where + ", then after " + step + " more");
            }
        }
    }

    private void checkRecovery(CrashingFiles survivors, Run run, String where) throws IOException {
        CrashingFiles files = survivors.afterCrash(Loss.NOTHING, true);
        DurableRecord one = vote(99, "node-1");
        DurableState after;
        try (FileJournal journal = open(files)) {
            assertThat(journal.state()).as(where).isIn(run.allowed());
            if (run.incarnation != null) {
                assertThat(journal.incarnation()).as(where).isEqualTo(run.incarnation);
            }
            journal.append(List.of(one));
            after = journal.state();
        }
        try (FileJournal journal = open(files.afterCrash(Loss.EVERYTHING, false))) {
            assertThat(journal.state()).as(where + ", after one more append").isEqualTo(after);
            assertThat(journal.cutBytes()).isZero();
        }
    }

    @Test
    void theHistoryIsWrittenAnewOnItsWay() throws IOException {
        CrashingFiles files = new CrashingFiles();
        try (FileJournal journal = open(files)) {
            assertThat(editions(files, journal)).isEqualTo(1);
            for (List<DurableRecord> records : HISTORY) {
                journal.append(records);
            }
            assertThat(editions(files, journal)).isGreaterThan(1);
            assertThat(files.fileNames()).containsExactly("journal");
        }
    }

    private static long editions(CrashingFiles files, FileJournal journal) throws IOException {
        byte[] bytes = files.read(DIRECTORY.resolve("journal"));
        return JournalFormat.read(DIRECTORY, bytes, "orders", "node-1").stamp().edition();
    }

    @Test
    void goesOnWithTheRestOfAShortWrite() throws IOException {
        CrashingFiles files = new CrashingFiles();
        files.writeAtMost = 7;
        DurableState written;
        try (FileJournal journal = open(files)) {
            for (List<DurableRecord> records : HISTORY) {
                journal.append(records);
            }
            written = journal.state();
        }
        try (FileJournal journal = open(files.afterCrash(Loss.EVERYTHING, false))) {
            assertThat(journal.state()).isEqualTo(written);
        }
    }

    @Test
    void takesNothingMoreAfterAFailedSync() throws IOException {
        for (int forces = 1; forces <= HISTORY.size(); forces++) {
            CrashingFiles files = new CrashingFiles();
            files.forcesBeforeFailure = forces;
            FileJournal journal = open(files);
            for (List<DurableRecord> records : HISTORY.subList(0, forces - 1)) {
                journal.append(records);
            }
            DurableState acknowledged = journal.state();
            List<DurableRecord> failing = HISTORY.get(forces - 1);
            assertThatThrownBy(() -> journal.append(failing))
                    .isInstanceOf(JournalNotWritableException.class)
                    .hasMessageContaining("the disk failed to sync")
                    .hasMessageContaining("restart this member");
            assertThat(journal.state()).isEqualTo(acknowledged);

            long taken = files.taken;
            assertThatThrownBy(() -> journal.append(failing)).isInstanceOf(JournalNotWritableException.class);
            assertThat(files.taken).as("steps after the failure").isEqualTo(taken);
            assertThat(journal.state()).isEqualTo(acknowledged);
            journal.close();

            try (FileJournal recovered = open(files.afterCrash(Loss.EVERYTHING, false))) {
                assertThat(recovered.state()).isEqualTo(acknowledged);
            }
        }
    }

    /** After a failed sync the cache may show as written what the disk does not have. */
    @Test
    void makesDurableWhatItRecoversFromTheCacheOnly() throws IOException {
        CrashingFiles files = new CrashingFiles();
        files.forcesBeforeFailure = 1;
        FileJournal failed = open(files);
        assertThatThrownBy(() -> failed.append(HISTORY.get(0))).isInstanceOf(JournalNotWritableException.class);
        failed.close();

        DurableState restarted;
        try (FileJournal journal = open(files)) {
            restarted = journal.state();
        }
        try (FileJournal journal = open(files.afterCrash(Loss.EVERYTHING, false))) {
            assertThat(journal.state()).isEqualTo(restarted);
        }
    }
}
