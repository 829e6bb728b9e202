package io.election.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.election.MemoryUnavailableException;
import io.election.core.Input;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Who waits for what is applied, with the election and the replica in the hands of a test. */
class ReadsTests {

    private static final Duration TIMEOUT = Duration.ofHours(1);

    private final List<Input.ReadIndex> asked = new ArrayList<>();
    private final Reads reads = new Reads(1, input -> asked.add((Input.ReadIndex) input), Runnable::run);

    private static long end(CompletionStage<Long> stage) throws Exception {
        return stage.toCompletableFuture().get(1, TimeUnit.MINUTES);
    }

    private static boolean isOpen(CompletionStage<Long> stage) {
        return !stage.toCompletableFuture().isDone();
    }

    private long call() {
        return asked.get(asked.size() - 1).call();
    }

    @Test
    void waitsUntilWhatIsCommittedIsApplied() throws Exception {
        CompletionStage<Long> current = reads.awaitCurrent(TIMEOUT);
        assertThat(asked).hasSize(1);
        reads.applied(9);
        assertThat(isOpen(current)).isTrue();
        reads.answered(call(), 12);
        reads.applied(11);
        assertThat(isOpen(current)).isTrue();
        reads.applied(12);
        assertThat(end(current)).isEqualTo(12);
    }

    /** An answer to a question that was asked before a read began may miss a write that ended in between. */
    @Test
    void whoeverComesWhileAQuestionIsUnderWaySharesTheNextOne() throws Exception {
        CompletionStage<Long> first = reads.awaitCurrent(TIMEOUT);
        reads.applied(20);
        CompletionStage<Long> second = reads.awaitCurrent(TIMEOUT);
        CompletionStage<Long> third = reads.awaitCurrent(TIMEOUT);
        assertThat(asked).hasSize(1);
        reads.answered(call(), 12);
        assertThat(end(first)).isEqualTo(20);
        assertThat(isOpen(second)).isTrue();
        assertThat(asked).hasSize(2);
        reads.answered(call(), 21);
        reads.applied(21);
        assertThat(end(second)).isEqualTo(21);
        assertThat(end(third)).isEqualTo(21);
        assertThat(asked).hasSize(2);
    }

    @Test
    void asksAgainWhereNobodyLeads() throws Exception {
        CompletionStage<Long> current = reads.awaitCurrent(TIMEOUT);
        reads.answered(call(), 0);
        reads.tick(System.nanoTime());
        assertThat(asked).hasSize(2);
        reads.applied(5);
        reads.answered(call(), 5);
        assertThat(end(current)).isEqualTo(5);
    }

    @Test
    void aLateAnswerToAnEarlierQuestionCountsForNothing() {
        CompletionStage<Long> current = reads.awaitCurrent(TIMEOUT);
        long earlier = call();
        reads.answered(earlier, 0);
        reads.tick(System.nanoTime());
        reads.applied(50);
        reads.answered(earlier, 12);
        assertThat(isOpen(current)).isTrue();
    }

    @Test
    void whoWaitsForAnIndexAsksNobody() throws Exception {
        CompletionStage<Long> applied = reads.awaitApplied(7, TIMEOUT);
        assertThat(asked).isEmpty();
        reads.applied(6);
        assertThat(isOpen(applied)).isTrue();
        reads.applied(8);
        assertThat(end(applied)).isEqualTo(8);
        assertThat(end(reads.awaitApplied(3, TIMEOUT))).isEqualTo(8);
    }

    @Test
    void saysWhatItWaitedForWhenTimeIsUp() {
        CompletionStage<Long> current = reads.awaitCurrent(TIMEOUT);
        CompletionStage<Long> applied = reads.awaitApplied(7, TIMEOUT);
        reads.tick(System.nanoTime() + 2 * TIMEOUT.toNanos());
        assertThatThrownBy(() -> end(current))
                .hasCauseInstanceOf(MemoryUnavailableException.class)
                .hasMessageContaining("No leader confirmed in time");
        assertThatThrownBy(() -> end(applied))
                .hasCauseInstanceOf(MemoryUnavailableException.class)
                .hasMessageContaining("entry 0 and not yet 7");
    }

    @Test
    void nobodyWaitsAnyMoreOnceNothingIsApplied() {
        CompletionStage<Long> current = reads.awaitCurrent(TIMEOUT);
        reads.close("This member applies nothing any more.");
        assertThatThrownBy(() -> end(current)).hasMessageContaining("applies nothing any more");
        assertThatThrownBy(() -> end(reads.awaitCurrent(TIMEOUT))).hasMessageContaining("applies nothing any more");
        assertThatThrownBy(() -> end(reads.awaitApplied(1, TIMEOUT))).hasMessageContaining("applies nothing any more");
    }
}
