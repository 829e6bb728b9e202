package io.election.core;

import static io.election.core.MemberUnderTest.entry;
import static io.election.core.MemberUnderTest.hardState;
import static io.election.core.MemberUnderTest.persists;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OutboxTests {

    private static final DurableRecord VOTE = hardState(2, "a");
    private static final DurableRecord ENTRY = new DurableRecord.EntryAppended(entry(2, 2));

    private final Outbox outbox = new Outbox();

    @Test
    void comesAgainAtTheNearestInstantAskedFor() {
        assertThat(wakes(1000)).isEqualTo(1000 + Outbox.FAR_NANOS);
        assertThat(wakes(1000, 5000, 3000, 4000)).isEqualTo(3000);
        assertThat(wakes(-1000, -200, -500, 100)).isEqualTo(-500);
        assertThat(wakes(Long.MAX_VALUE - 10, Long.MIN_VALUE + 5, Long.MAX_VALUE - 1))
                .as("across the overflow of the clock")
                .isEqualTo(Long.MAX_VALUE - 1);
    }

    @Test
    void comesAgainAtTheNextInstantForWhatIsPast() {
        assertThat(wakes(1000, 1000)).isEqualTo(1001);
        assertThat(wakes(1000, 400, 2000)).isEqualTo(1001);
        assertThat(wakes(-1000, -2000)).isEqualTo(-999);
    }

    private long wakes(long now, long... at) {
        outbox.begin(now);
        for (long instant : at) {
            outbox.wake(instant);
        }
        return outbox.finish().wakeAtNanos();
    }

    @Test
    void theRecordsOfAStepAreOneWriteWhereTheFirstWasMade() {
        outbox.begin(0);
        outbox.add(new Effect.LeaderChanged(1, "a"));
        outbox.record(VOTE);
        outbox.add(new Effect.LeaderChanged(2, "b"));
        outbox.record(ENTRY);
        assertThat(outbox.finish().effects())
                .containsExactly(
                        new Effect.LeaderChanged(1, "a"), persists(1, VOTE, ENTRY), new Effect.LeaderChanged(2, "b"));
        outbox.begin(1);
        assertThat(outbox.finish().effects()).isEmpty();
    }

    @Test
    void knowsWhatIsDurableAndWhatIsOnItsWay() {
        outbox.begin(0);
        outbox.record(VOTE);
        outbox.finish();
        outbox.begin(1);
        outbox.record(ENTRY);
        outbox.finish();
        assertThat(outbox.hardStateWrite()).isEqualTo(1);
        assertThat(outbox.logWrite()).isEqualTo(2);
        assertThat(outbox.hasPendingHardState()).isTrue();
        assertThat(outbox.unlessDurable(1)).isEqualTo(1);

        outbox.durable(1);
        assertThat(outbox.hasPendingHardState()).isFalse();
        assertThat(outbox.unlessDurable(1)).isZero();
        assertThat(outbox.unlessDurable(2)).isEqualTo(2);

        outbox.durable(2);
        outbox.durable(1);
        assertThat(outbox.durableWrite())
                .as("a write that was durable stays so")
                .isEqualTo(2);
    }
}
