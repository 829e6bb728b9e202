package io.election.node;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.core.Bytes;
import io.election.core.DurableRecord;
import io.election.core.Effect;
import io.election.core.Entry;
import io.election.core.HardState;
import io.election.core.Payload;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DiskWriterTests {

    private static final Duration LONG = Duration.ofSeconds(60);

    private final TestJournal journal = new TestJournal();
    private final List<Object> outcomes = new CopyOnWriteArrayList<>();
    private final DiskWriter disk = new DiskWriter("disk", journal, outcome());

    private DiskWriter.Outcome outcome() {
        return new DiskWriter.Outcome() {
            @Override
            public void persisted(long write, Duration took) {
                outcomes.add(write);
            }

            @Override
            public void failed(Throwable cause) {
                outcomes.add(cause);
            }
        };
    }

    @AfterEach
    void stop() throws InterruptedException {
        journal.goOn();
        assertThat(disk.stop(LONG)).isTrue();
    }

    private static DurableRecord term(long term) {
        return new DurableRecord.HardStateChanged(new HardState(term, null, Duration.ZERO));
    }

    private void write(long number) {
        disk.write(new Effect.Persist(number, List.of(term(number))));
    }

    private void awaitOutcomes(Object... expected) {
        await().atMost(60, SECONDS).untilAsserted(() -> assertThat(outcomes).containsExactly(expected));
    }

    @Test
    void writesInOrderAndSaysHowFar() {
        disk.start();
        write(1);
        awaitOutcomes(1L);
        write(2);
        awaitOutcomes(1L, 2L);
        assertThat(journal.appends).containsExactly(List.of(term(1)), List.of(term(2)));
    }

    @Test
    void whatQueuesUpWhileAWriteIsUnderWayGoesTogether() throws InterruptedException {
        journal.hang();
        disk.start();
        write(1);
        journal.hung.await();
        write(2);
        write(3);
        write(4);
        assertThat(outcomes).isEmpty();
        journal.goOn();
        awaitOutcomes(1L, 4L);
        assertThat(journal.appends).containsExactly(List.of(term(1)), List.of(term(2), term(3), term(4)));
    }

    /** A journal refuses an append of more than sixteen mebibytes, and a refused append counts as a failed disk. */
    @Test
    void whatQueuesUpGoesTogetherOnlyAsFarAsAJournalTakesIt() throws InterruptedException {
        journal.hang();
        disk.start();
        write(1);
        journal.hung.await();
        for (int number = 2; number <= 41; number++) {
            Entry large = new Entry(number - 1, 1, new Payload.Application("test", Bytes.utf8("x".repeat(1 << 17))));
            disk.write(new Effect.Persist(number, List.of(new DurableRecord.EntryAppended(large))));
        }
        journal.goOn();
        await().atMost(60, SECONDS).until(() -> outcomes.contains(41L));
        assertThat(journal.appends.stream().mapToInt(List::size))
                .allSatisfy(records -> assertThat(records).isLessThanOrEqualTo(16))
                .hasSizeLessThanOrEqualTo(5);
        assertThat(journal.appends.stream().mapToInt(List::size).sum()).isEqualTo(41);
    }

    static List<Throwable> failures() {
        return List.of(new IOException("no space left"), new IllegalStateException("bug"), new OutOfMemoryError("x"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void afterAFailureNothingIsWrittenAnyMore(Throwable failure) throws InterruptedException {
        disk.start();
        journal.fail(failure);
        write(1);
        awaitOutcomes(failure);
        write(2);
        assertThat(disk.stop(LONG)).as("its thread has ended").isTrue();
        assertThat(outcomes).containsExactly(failure);
        assertThat(journal.appends).isEmpty();
    }

    @Test
    void aPlaceThatTakesNoWritesIsFoundOutWhileThereIsNothingToWrite() throws InterruptedException {
        IOException readOnly = new IOException("read-only file system");
        DiskWriter idle = new DiskWriter("idle", journal, Duration.ofMillis(5), outcome());
        idle.start();
        await().atMost(60, SECONDS).until(() -> journal.probes.get() > 2);
        assertThat(outcomes).isEmpty();
        journal.failProbes(readOnly);
        awaitOutcomes(readOnly);
        idle.write(new Effect.Persist(1, List.of(term(1))));
        assertThat(idle.stop(LONG)).isTrue();
        assertThat(idle.hasDied()).as("it has said so").isFalse();
        assertThat(journal.appends).isEmpty();
    }

    /** It is written, but there is no memory to say so: whoever waits for it must not wait for ever. */
    @Test
    void anErrorOutsideOfTheJournalIsToldAsAFailedWriteIs() throws InterruptedException {
        OutOfMemoryError noMemory = new OutOfMemoryError("of this test");
        DiskWriter starved = new DiskWriter("starved", journal, new DiskWriter.Outcome() {
            @Override
            public void persisted(long write, Duration took) {
                throw noMemory;
            }

            @Override
            public void failed(Throwable cause) {
                outcomes.add(cause);
            }
        });
        starved.start();
        starved.write(new Effect.Persist(1, List.of(term(1))));
        awaitOutcomes(noMemory);
        assertThat(starved.stop(LONG)).isTrue();
        assertThat(starved.hasDied()).as("it has said so").isFalse();
    }

    /** Not even its failure can be told. */
    @Test
    void aThreadThatDiedWithoutAWordIsKnownToBeDead() throws InterruptedException {
        journal.fail(new IOException("no space left"));
        OutOfMemoryError noMemory = new OutOfMemoryError("of this test");
        DiskWriter silent = new DiskWriter("silent", journal, new DiskWriter.Outcome() {
            @Override
            public void persisted(long write, Duration took) {}

            @Override
            public void failed(Throwable cause) {
                throw noMemory;
            }
        });
        silent.start();
        assertThat(silent.hasDied()).isFalse();
        silent.write(new Effect.Persist(1, List.of(term(1))));
        await().dontCatchUncaughtExceptions().atMost(60, SECONDS).until(silent::hasDied);
        assertThat(silent.stop(LONG)).isTrue();
    }

    /** A vote must not wait for a journal that is written anew. */
    @Test
    void putsInOrderOnlyWhatItHasAcknowledged() {
        journal.compactBy(() -> outcomes.add("in order"));
        disk.start();
        write(1);
        awaitOutcomes(1L, "in order");
        write(2);
        awaitOutcomes(1L, "in order", 2L, "in order");
    }

    @Test
    void putsNothingInOrderWhileAnotherWriteWaits() throws InterruptedException {
        journal.compactBy(() -> outcomes.add("in order"));
        journal.hang();
        disk.start();
        write(1);
        journal.hung.await();
        for (int number = 2; number <= 41; number++) {
            Entry large = new Entry(number - 1, 1, new Payload.Application("test", Bytes.utf8("x".repeat(1 << 17))));
            disk.write(new Effect.Persist(number, List.of(new DurableRecord.EntryAppended(large))));
        }
        journal.goOn();
        await().atMost(60, SECONDS).until(() -> outcomes.contains("in order"));
        assertThat(outcomes).last().isEqualTo("in order");
        assertThat(outcomes).contains(41L).filteredOn("in order"::equals).hasSize(1);
    }

    @Test
    void afterAFailureToPutInOrderNothingIsWrittenAnyMore() throws InterruptedException {
        IOException noSpace = new IOException("no space left");
        journal.compactBy(() -> {
            throw noSpace;
        });
        disk.start();
        write(1);
        awaitOutcomes(1L, noSpace);
        write(2);
        assertThat(disk.stop(LONG)).isTrue();
        assertThat(journal.appends).containsExactly(List.of(term(1)));
    }

    @Test
    void aStopWritesWhatIsQueued() throws InterruptedException {
        journal.hang();
        disk.start();
        write(1);
        journal.hung.await();
        write(2);
        journal.goOn();
        assertThat(disk.stop(LONG)).isTrue();
        assertThat(journal.appends).hasSize(2);
    }

    @Test
    void aStopDoesNotWaitForEverForADisk() throws InterruptedException {
        journal.hang();
        disk.start();
        write(1);
        journal.hung.await();
        assertThat(disk.stop(Duration.ofMillis(1))).isFalse();
    }
}
