package io.election.journal;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.election.FencingToken;
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
import io.election.core.StateImage;
import io.election.core.StateImages;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The command of an operator, on directories as members leave them. */
class OfflineRecoveryTests {

    private static final Instant NOW = Instant.parse("2026-11-30T02:03:04Z");
    private static final String CONFIRMED = "--entries-may-be-lost";

    private static final Membership THREE = new Membership(
            "3f1c",
            1_750_000_000L,
            List.of(
                    new EnrolledMember("node-1", MemberKind.DATA, "aa", 1),
                    new EnrolledMember("node-2", MemberKind.WITNESS, "bb", 1),
                    new EnrolledMember("node-3", MemberKind.DATA, "cc", 1)));

    private static final List<DurableRecord> LIFE = List.of(
            new DurableRecord.HardStateChanged(new HardState(4, "node-1", Duration.ofSeconds(1))),
            new DurableRecord.EntryAppended(new Entry(1, 1, new Payload.TermOpening("node-1", null, THREE))),
            new DurableRecord.EntryAppended(new Entry(2, 4, new Payload.TermOpening("node-1", null, null))));

    @TempDir
    private Path temp;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeAll
    static void silence() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(Level.OFF);
    }

    @AfterAll
    static void speakAgain() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(null);
    }

    private int run(String... args) {
        return run(new DiskFiles(), args);
    }

    private int run(JournalFiles files, String... args) {
        out.reset();
        err.reset();
        return new RecoverMember(
                        files,
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8))
                .run(List.of(args), NOW);
    }

    private int recover(Path directory, String... more) {
        return recover(new DiskFiles(), directory, more);
    }

    private int recover(JournalFiles files, Path directory, String... more) {
        List<String> args = new ArrayList<>(List.of("--directory=" + directory, "--cluster=orders", "--member=node-1"));
        args.addAll(List.of(more));
        return run(files, args.toArray(String[]::new));
    }

    private Path lost() throws IOException {
        return written(LIFE);
    }

    private Path written(List<DurableRecord> records) throws IOException {
        Path directory = temp.resolve("member");
        try (FileJournal journal = FileJournal.open(directory, "orders", "node-1")) {
            journal.append(records);
        }
        return directory;
    }

    private static Map<String, String> contents(Path directory) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(
                        directory.relativize(file).toString(),
                        new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        return contents;
    }

    private void refusesAndChangesNothing(Path directory, String because, String... more) throws IOException {
        Map<String, String> before = contents(directory);
        assertThat(recover(directory, more)).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .startsWith("REFUSED: ")
                .contains(because)
                .endsWith("Nothing was changed.\n");
        assertThat(contents(directory)).isEqualTo(before);
    }

    // ------------------------------------------------------------------------------------------------ what is done

    @Test
    void makesTheMemberTheOnlyVoterOfANewCluster() throws IOException {
        Path directory = lost();
        String incarnation;
        try (FileJournal before = FileJournal.open(directory, "orders", "node-1")) {
            incarnation = before.incarnation();
        }
        assertThat(recover(directory, CONFIRMED)).isZero();
        try (FileJournal recovered = FileJournal.open(directory, "orders", "node-1")) {
            DurableState state = recovered.state();
            assertThat(recovered.incarnation()).isNotEqualTo(incarnation);
            assertThat(state.hardState()).isEqualTo(new HardState(4, "node-1", Duration.ofSeconds(1)));
            assertThat(state.entries()).isEmpty();
            assertThat(state.snapshot().last()).isEqualTo(new LogPosition(4, 2));
            Membership alone = state.snapshot().membership();
            assertThat(alone).isNotNull();
            assertThat(alone.clusterId()).isNotEqualTo(THREE.clusterId()).hasSize(32);
            assertThat(alone.generation()).isEqualTo(NOW.getEpochSecond());
            assertThat(alone.members())
                    .containsExactly(new EnrolledMember("node-1", MemberKind.DATA, recovered.incarnation(), 1));
        }
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("'node-1' is the only voter of cluster 'orders' now")
                .contains("What may be lost: ")
                .contains(
                        "On every other member ('node-2', 'node-3'): make sure that it is stopped, move its directory away")
                .contains("before-recovery-20261130T020304Z");
    }

    @Test
    void keepsTheFilesAsTheyWere() throws IOException {
        Path directory = lost();
        Map<String, String> before = contents(directory);
        assertThat(recover(directory, CONFIRMED)).isZero();
        Map<String, String> aside = contents(directory.resolve("before-recovery-20261130T020304Z"));
        assertThat(aside)
                .containsOnlyKeys("journal", "journal.1", "mark")
                .containsEntry("journal", before.get("journal"))
                .containsEntry("journal.1", before.get("journal.1"))
                .containsEntry("mark", before.get("mark"));
    }

    @Test
    void takesOverAJournalOfOneFile() throws IOException {
        Path directory = Files.createDirectories(temp.resolve("member"));
        Path recorded = TakeoverTests.recorded("snapshot");
        for (String name : List.of("journal", "mark")) {
            Files.copy(recorded.resolve(name), directory.resolve(name));
        }
        assertThat(recover(directory, CONFIRMED)).isZero();
        try (FileJournal recovered = FileJournal.open(directory, "orders", "node-1")) {
            assertThat(recovered.state().snapshot().last()).isEqualTo(new LogPosition(5, 5));
            assertThat(recovered.state().snapshot().membership().members()).hasSize(1);
            assertThat(recovered.edition()).as("it goes on, from 3").isEqualTo(5);
        }
        Path aside = directory.resolve("before-recovery-20261130T020304Z");
        assertThat(aside.resolve("journal")).hasSameBinaryContentAs(recorded.resolve("journal"));
        assertThat(contents(aside)).containsOnlyKeys("journal", "mark");
    }

    /** What a state machine was told, and what became of it, is the member's own data. */
    @Test
    void keepsEntriesAndImageOfAStateMachine() throws IOException {
        Path directory = temp.resolve("member");
        StateImage image;
        List<Entry> entries = new ArrayList<>();
        try (FileJournal journal = FileJournal.open(new DiskFiles(), directory, "orders", "node-1", 1 << 20, 2000)) {
            journal.append(LIFE);
            try (StateImages.Writing writing = journal.images().write(new LogPosition(4, 2))) {
                writing.out().write(1);
                image = writing.finish(List.of("store/1"));
            }
            journal.append(List.of(new DurableRecord.SnapshotReplaced(
                    new Snapshot(new LogPosition(4, 2), THREE, List.of(), 0, image))));
            for (int index = 3; index <= 40; index++) {
                Entry entry = new Entry(index, 4, new Payload.Application("store/1", Bytes.of(new byte[200])));
                entries.add(entry);
                journal.append(List.of(new DurableRecord.EntryAppended(entry)));
                journal.compact();
            }
        }
        Map<String, String> before = contents(directory);
        assertThat(recover(directory, CONFIRMED)).isZero();
        try (FileJournal recovered = FileJournal.open(directory, "orders", "node-1")) {
            DurableState state = recovered.state();
            assertThat(state.snapshot()).isEqualTo(new Snapshot(new LogPosition(4, 2), THREE, List.of(), 0, image));
            assertThat(state.entries().subList(0, 38)).isEqualTo(entries);
            Membership alone = state.entries().get(38).payload().membership();
            assertThat(alone.members())
                    .containsExactly(new EnrolledMember("node-1", MemberKind.DATA, recovered.incarnation(), 41));
            assertThat(alone.generation()).isEqualTo(NOW.getEpochSecond());
            assertThat(state.commitIndex()).isEqualTo(41);
            assertThat(recovered.images().open(new LogPosition(4, 2), image)).isNotNull();
        }
        Map<String, String> aside = contents(directory.resolve("before-recovery-20261130T020304Z"));
        assertThat(aside).hasSizeGreaterThan(4);
        aside.forEach((name, content) -> assertThat(content).as(name).isEqualTo(before.get(name)));
        Files.delete(directory.resolve("image-4-2"));
        refusesAndChangesNothing(directory, "it is missing, although the journal names it");
    }

    @Test
    void findsTheDirectoryOfASpringBootApplication() throws IOException {
        Path base = temp.resolve("election-data");
        try (FileJournal journal = FileJournal.open(base.resolve("orders").resolve("node-1"), "orders", "node-1")) {
            journal.append(LIFE);
        }
        assertThat(recover(base, CONFIRMED)).isZero();
        assertThat(base.resolve("orders").resolve("node-1").resolve("recovered"))
                .exists();
    }

    @Test
    void beginsAboveATokenThatAResourceHasSeen() throws IOException {
        Path directory = lost();
        long seen = FencingToken.of(NOW.getEpochSecond() + 3600, 7).value();
        assertThat(recover(directory, CONFIRMED, "--highest-token=" + seen)).isZero();
        try (FileJournal recovered = FileJournal.open(directory, "orders", "node-1")) {
            Membership alone = recovered.state().snapshot().membership();
            assertThat(alone).isNotNull();
            assertThat(FencingToken.of(alone.generation(), 1).value()).isGreaterThan(seen);
        }
    }

    @Test
    void leavesAMarkThatTheMemberTells() throws IOException {
        Path directory = lost();
        try (FileJournal before = FileJournal.open(directory, "orders", "node-1")) {
            assertThat(before.recovered()).isNull();
        }
        assertThat(recover(directory, CONFIRMED)).isZero();
        try (FileJournal recovered = FileJournal.open(directory, "orders", "node-1")) {
            assertThat(recovered.recovered())
                    .isEqualTo(
                            "was recovered offline at 2026-11-30T02:03:04Z as the only voter that was left of cluster 3f1c"
                                    + " (generation 1750000000): entries that only lost members held are lost");
        }
    }

    @Test
    void canBeDoneAgain() throws IOException {
        Path directory = lost();
        assertThat(recover(directory, CONFIRMED)).isZero();
        String first;
        try (FileJournal recovered = FileJournal.open(directory, "orders", "node-1")) {
            first = String.valueOf(recovered.state().snapshot().membership());
        }
        Files.move(directory.resolve("before-recovery-20261130T020304Z"), directory.resolve("older"));
        assertThat(recover(directory, CONFIRMED)).isZero();
        try (FileJournal recovered = FileJournal.open(directory, "orders", "node-1")) {
            assertThat(String.valueOf(recovered.state().snapshot().membership()))
                    .isNotEqualTo(first)
                    .contains("generation=" + (NOW.getEpochSecond() + 1));
            assertThat(recovered.recovered()).contains("generation " + NOW.getEpochSecond());
        }
        assertThat(Files.readAllLines(directory.resolve("recovered"))).hasSize(2);
    }

    /** The last resort may be an older copy. What it forgot was promised in the lost cluster. */
    @Test
    void recoversAnOlderCopyAndShowsThatItIsOne() throws IOException {
        Path directory = lost();
        try (FileJournal journal = FileJournal.open(directory, "orders", "node-1")) {
            journal.condemn("it is an older copy");
        }
        assertThat(recover(directory)).isEqualTo(3);
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("  older copy     it is an older copy\n");
        assertThat(recover(directory, CONFIRMED)).isZero();
        FileJournal.open(directory, "orders", "node-1").close();
    }

    /** A name of files that somebody else put there is not overwritten. */
    @Test
    void keepsWhatWasKeptAsideBefore() throws IOException {
        Path directory = lost();
        Files.createDirectory(directory.resolve("before-recovery-20261130T020304Z"));
        byte[] before = Files.readAllBytes(directory.resolve("journal"));
        assertThat(recover(directory, CONFIRMED)).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("exists already");
        assertThat(Files.readAllBytes(directory.resolve("journal"))).isEqualTo(before);
    }

    // ------------------------------------------------------------------------------------------------ what is refused

    @Test
    void onlyShowsWhatWouldBeDoneWithoutTheConfirmation() throws IOException {
        Path directory = lost();
        Map<String, String> before = contents(directory);
        assertThat(recover(directory)).isEqualTo(3);
        assertThat(contents(directory)).isEqualTo(before);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("cluster id     3f1c, generation 1750000000")
                .contains("'node-1' (data), 'node-2' (witness), 'node-3' (data)")
                .contains("last entry     term 4, index 2")
                .contains("Before you add " + CONFIRMED);
    }

    @Test
    void refusesWhileTheMemberRuns() throws IOException {
        Path directory = lost();
        try (FileJournal running = FileJournal.open(directory, "orders", "node-1")) {
            refusesAndChangesNothing(directory, "is in use by a running member", CONFIRMED);
            running.append(List.of(new DurableRecord.HardStateChanged(new HardState(5, null, Duration.ofSeconds(1)))));
        }
    }

    @Test
    void releasesTheDirectory() throws IOException {
        Path directory = lost();
        assertThat(recover(directory)).isEqualTo(3);
        FileJournal.open(directory, "orders", "node-1").close();
        assertThat(recover(directory, CONFIRMED)).isZero();
        FileJournal.open(directory, "orders", "node-1").close();
    }

    @Test
    void refusesADamagedJournal() throws IOException {
        Path directory = lost();
        byte[] bytes = Files.readAllBytes(directory.resolve("journal.1"));
        bytes[bytes.length / 2] ^= 1;
        Files.write(directory.resolve("journal.1"), bytes);
        refusesAndChangesNothing(directory, "is damaged at byte", CONFIRMED);
    }

    @Test
    void refusesAnotherMembersAndAnotherClustersDirectory() throws IOException {
        Path directory = lost();
        for (List<String> wrong : List.of(List.of("orders", "node-3"), List.of("invoices", "node-1"))) {
            Map<String, String> before = contents(directory);
            assertThat(run(
                            "--directory=" + directory,
                            "--cluster=" + wrong.get(0),
                            "--member=" + wrong.get(1),
                            CONFIRMED))
                    .isEqualTo(1);
            assertThat(err.toString(StandardCharsets.UTF_8)).contains("belongs to member 'node-1' of cluster 'orders'");
            assertThat(contents(directory)).isEqualTo(before);
        }
    }

    @Test
    void refusesADirectoryWithoutAJournal() {
        assertThat(recover(temp.resolve("nowhere"), CONFIRMED)).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("There is no journal in " + temp.resolve("nowhere"));
        assertThat(temp.resolve("nowhere")).doesNotExist();
    }

    @Test
    void refusesAMemberThatNeverBelongedToACluster() throws IOException {
        refusesAndChangesNothing(
                written(List.of(new DurableRecord.HardStateChanged(new HardState(1, "node-3", Duration.ofSeconds(1))))),
                "never belonged to a founded cluster",
                CONFIRMED);
    }

    @Test
    void refusesAMemberThatWasRemoved() throws IOException {
        List<DurableRecord> records = new ArrayList<>(LIFE);
        records.add(new DurableRecord.EntryAppended(
                new Entry(3, 4, new Payload.MembershipChange(THREE.without("node-1", 3)))));
        refusesAndChangesNothing(
                written(records),
                "does not name it: it was removed, or was a learner. Recover one of 'node-2'",
                CONFIRMED);
    }

    @Test
    void refusesAWitness() throws IOException {
        Membership witness = new Membership(
                "3f1c",
                1_750_000_000L,
                List.of(
                        new EnrolledMember("node-1", MemberKind.WITNESS, "aa", 1),
                        new EnrolledMember("node-2", MemberKind.DATA, "bb", 1)));
        refusesAndChangesNothing(
                written(List.of(
                        new DurableRecord.HardStateChanged(new HardState(1, "node-2", Duration.ofSeconds(1))),
                        new DurableRecord.EntryAppended(
                                new Entry(1, 1, new Payload.TermOpening("node-2", null, witness))))),
                "is a witness, which cannot lead",
                CONFIRMED);
    }

    @Test
    void refusesATokenAboveWhichThereIsNone() throws IOException {
        refusesAndChangesNothing(lost(), "There is no generation above", CONFIRMED, "--highest-token=" + (1L << 53));
    }

    @Test
    void refusesArgumentsThatItDoesNotUnderstand() throws IOException {
        Path directory = lost();
        Map<String, String> before = contents(directory);
        Map<String, String> wrong = Map.of(
                "--directory",
                "Option --directory needs a value",
                "--force",
                "There is no option '--force'.",
                CONFIRMED + "=false",
                "Option " + CONFIRMED + " has no value.",
                "--member=node-3",
                "Option --member is there twice.",
                "--highest-token=many",
                "must be a number, but is 'many'");
        wrong.forEach((option, because) -> {
            assertThat(recover(directory, CONFIRMED, option)).as(option).isEqualTo(2);
            assertThat(err.toString(StandardCharsets.UTF_8)).contains(because, "Nothing was changed.");
        });
        assertThat(run("--directory=" + directory, CONFIRMED)).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("Missing: --cluster, --member.");
        assertThat(run()).isEqualTo(2);
        assertThat(contents(directory)).isEqualTo(before);
    }

    // ------------------------------------------------------------------------------------------------ crashes

    /** Wherever the power is lost, the member is what it was, or the only voter of the new cluster. */
    @Test
    void isDoneAsAWholeOrNotAtAll() throws IOException {
        Path directory = Path.of("data", "orders", "node-1").toAbsolutePath();
        FaultyFiles files = new FaultyFiles();
        DurableState before;
        try (FileJournal journal = FileJournal.open(files, directory, "orders", "node-1", 700, 500)) {
            journal.append(LIFE);
            before = journal.state();
        }
        int[] found = {0, 0};
        files.hook = operation -> {
            if (operation.equals("byte")) {
                return;
            }
            Choices choices = Choices.all();
            int tried = 0;
            do {
                found[isRecovered(files.afterPowerLoss(choices), directory, before) ? 1 : 0]++;
            } while (choices.advance() && ++tried < 200);
            isRecovered(files.afterPowerLoss(Choices.last()), directory, before);
            isRecovered(files.afterKill(), directory, before);
        };
        assertThat(recover(files, directory, CONFIRMED)).isZero();
        assertThat(isRecovered(files.afterPowerLoss(Choices.last()), directory, before))
                .as("what was reported as done is durable")
                .isTrue();
        assertThat(found[0]).as("left as it was").isPositive();
        assertThat(found[1]).as("recovered").isPositive();
    }

    private static boolean isRecovered(FaultyFiles left, Path directory, DurableState before) throws IOException {
        try (FileJournal journal = FileJournal.open(left, directory, "orders", "node-1", 700, 500)) {
            if (journal.state().equals(before)) {
                assertThat(journal.recovered()).isNull();
                return false;
            }
            Membership alone = journal.state().snapshot().membership();
            assertThat(alone).isNotNull();
            assertThat(alone.members()).hasSize(1);
            assertThat(journal.recovered()).isNotNull();
            return true;
        }
    }
}
