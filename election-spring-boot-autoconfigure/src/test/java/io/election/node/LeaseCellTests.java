package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.FencingToken;
import io.election.core.ClockReading;
import io.election.core.Lease;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LeaseCellTests {

    private final AtomicInteger lapses = new AtomicInteger();
    private final SetClock clock = new SetClock();
    private final LeaseCell cell = new LeaseCell(7, new FencingToken(42), until(100), clock, lapses::incrementAndGet);

    /** Both clocks at the same number of milliseconds, unless set apart. */
    private static final class SetClock implements NodeClock {
        private long monotonicMillis;
        private long wallMillis;

        void both(long millis) {
            monotonicMillis = millis;
            wallMillis = millis;
        }

        @Override
        public long monotonicNanos() {
            return monotonicMillis * 1_000_000;
        }

        @Override
        public long wallMillis() {
            return wallMillis;
        }
    }

    private static Lease until(long millis) {
        return new Lease(new ClockReading(millis * 1_000_000, millis));
    }

    @Test
    void holdsUntilTheEndOfTheLease() {
        clock.both(99);
        assertThat(cell.holds()).isTrue();
        clock.both(100);
        assertThat(cell.holds()).isFalse();
        assertThat(lapses).hasValue(1);
    }

    @Test
    void isJudgedByEitherClock() {
        clock.wallMillis = 100;
        assertThat(cell.holds()).isFalse();
    }

    @Test
    void aReaderThatFindsTheLeaseRunOutEndsItForGood() {
        clock.both(100);
        assertThat(cell.holds()).isFalse();
        assertThat(cell.extend(until(1000))).isFalse();
        clock.both(50);
        assertThat(cell.holds()).as("not even if the clock went back").isFalse();
        assertThat(cell.lease()).isNull();
        assertThat(lapses).as("told once").hasValue(1);
    }

    @Test
    void anExtensionInTimeHolds() {
        clock.both(99);
        assertThat(cell.extend(until(200))).isTrue();
        clock.both(199);
        assertThat(cell.holds()).isTrue();
        assertThat(cell.lease()).isEqualTo(until(200));
    }

    @Test
    void anExtensionAfterTheEndThatNobodyHasReadHoldsStill() {
        clock.both(150);
        assertThat(cell.extend(until(200))).isTrue();
        assertThat(cell.holds()).isTrue();
        assertThat(lapses).hasValue(0);
    }

    @Test
    void onceGivenUpItIsNotExtended() {
        cell.end();
        assertThat(cell.holds()).isFalse();
        assertThat(cell.extend(until(1000))).isFalse();
        assertThat(cell.holds()).isFalse();
        assertThat(lapses).as("it did not lapse").hasValue(0);
    }

    @Test
    void keepsTermAndTokenOfItsLeadership() {
        assertThat(cell.term()).isEqualTo(7);
        assertThat(cell.token()).isEqualTo(new FencingToken(42));
    }

    @Test
    void aLeaseGivenUpWhileTheClocksWereReadDoesNotHold() {
        LeaseCell[] cells = new LeaseCell[1];
        NodeClock ending = new NodeClock() {
            @Override
            public long monotonicNanos() {
                cells[0].end();
                return 0;
            }

            @Override
            public long wallMillis() {
                return 0;
            }
        };
        cells[0] = new LeaseCell(7, new FencingToken(42), until(100), ending, lapses::incrementAndGet);
        assertThat(cells[0].holds()).isFalse();
    }
}
