package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What a member tells of its past, however much of that there is. */
class HistoryTests {

    private static final Instant BEGIN = Instant.parse("2026-01-31T22:00:00Z");

    private Instant now = BEGIN;
    private final History history = new History(() -> now);

    private void after(Duration time, long term, String what, String reason) {
        now = now.plus(time);
        history.add(term, what, reason);
    }

    @Test
    void keepsTheNewestEventsOneByOne() {
        after(Duration.ZERO, 1, "elected", null);
        after(Duration.ofSeconds(1), 1, "elected", null);
        assertThat(history.entries())
                .containsExactly(
                        new NodeStatus.HistoryEntry(BEGIN, 1, "elected", null),
                        new NodeStatus.HistoryEntry(BEGIN.plusSeconds(1), 1, "elected", null));
    }

    @Test
    void anHourOfFlappingHidesNeitherItsBeginningNorWhatWasBefore() {
        after(Duration.ZERO, 1, "founded", "0f8c1d2e");
        after(Duration.ZERO, 1, "elected", null);
        long term = 1;
        Instant flapping = now.plusSeconds(2);
        for (int second = 0; second < 3600; second += 2) {
            term++;
            after(Duration.ofSeconds(1), term, "stepped-down", "lease-lost");
            after(Duration.ofSeconds(1), term, "elected", null);
        }
        assertThat(history.entries()).hasSizeLessThanOrEqualTo(History.MOST + History.MOST_FOLDED);
        assertThat(history.entries().get(0)).isEqualTo(new NodeStatus.HistoryEntry(BEGIN, 1, "founded", "0f8c1d2e"));
        int one = (1800 * 2 - History.MOST) / 2;
        assertThat(history.entries().subList(1, 3))
                .containsExactly(
                        new NodeStatus.HistoryEntry(
                                BEGIN, 1, "elected", null, one + 1, flapping.plusSeconds(2L * (one - 1)), one + 1L),
                        new NodeStatus.HistoryEntry(
                                flapping.minusSeconds(1),
                                2,
                                "stepped-down",
                                "lease-lost",
                                one,
                                flapping.plusSeconds(2L * (one - 1) - 1),
                                one + 1L));
        assertThat(history.entries()).hasSize(3 + History.MOST);
    }

    @Test
    void whatHappensAgainMuchLaterIsAnotherEntry() {
        after(Duration.ZERO, 1, "elected", null);
        after(History.APART.plusNanos(1), 2, "elected", null);
        for (int i = 0; i < History.MOST; i++) {
            after(Duration.ofHours(1), 3, "started", null);
        }
        assertThat(history.entries().subList(0, 2))
                .extracting(NodeStatus.HistoryEntry::term, NodeStatus.HistoryEntry::times)
                .containsExactly(tuple(1L, 1), tuple(2L, 1));
    }

    @Test
    void howeverDifferentTheEventsAreOnlySoManyAreKept() {
        for (int i = 0; i < 1000; i++) {
            after(Duration.ofSeconds(1), i, "failed", "cause " + i);
        }
        assertThat(history.entries()).hasSize(History.MOST + History.MOST_FOLDED);
        assertThat(history.entries().get(0).reason()).isEqualTo("cause " + (1000 - History.MOST - History.MOST_FOLDED));
    }
}
