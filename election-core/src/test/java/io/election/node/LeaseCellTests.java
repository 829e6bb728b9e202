package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.Mockito.mock;

import io.election.FencingToken;
import io.election.LeaderWork;
import io.election.Leadership;
import io.election.core.ClockReading;
import io.election.core.Lease;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LeaseCellTests {

    private final Leadership leadership = mock(Leadership.class);
    private final AtomicInteger lapses = new AtomicInteger();
    private final SetClock clock = new SetClock();
    private final AtomicInteger drained = new AtomicInteger();
    private final LeaseCell cell = new LeaseCell(
            7, new FencingToken(42), until(100), clock, lapses::incrementAndGet, drained::incrementAndGet);

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

    /** The answer needs no memory; the loop finds out by itself. */
    @Test
    void aReaderThatCannotTellOfTheLapseForLackOfMemoryAnswersAllTheSame() {
        // The JVM wraps it where it links a lambda.
        for (Error lack : List.of(
                new OutOfMemoryError("of this test"), new InternalError(new OutOfMemoryError("of this test")))) {
            LeaseCell starved = lapsed(lack);
            assertThat(starved.holds()).isFalse();
            assertThat(starved.holds()).isFalse();
        }
    }

    @Test
    void anErrorThatIsNoLackOfMemoryIsNotHidden() {
        LeaseCell broken = lapsed(new StackOverflowError("of this test"));
        assertThatExceptionOfType(StackOverflowError.class).isThrownBy(broken::holds);
        assertThat(broken.holds()).isFalse();
    }

    private static LeaseCell lapsed(Error whenItIsTold) {
        return new LeaseCell(
                3,
                FencingToken.of(1, 3),
                new Lease(new ClockReading(0, 0)),
                NodeClock.SYSTEM,
                () -> {
                    throw whenItIsTold;
                },
                () -> {});
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
        cells[0] = new LeaseCell(
                7, new FencingToken(42), until(100), ending, lapses::incrementAndGet, drained::incrementAndGet);
        assertThat(cells[0].holds()).isFalse();
    }

    // ------------------------------------------------------------------------------------------------ work in flight

    private LeaderWork begin() {
        return Objects.requireNonNull(cell.begin(leadership), "refused");
    }

    @Test
    void workThatEndsUnderTheLeaseWasAlone() {
        LeaderWork work = begin();
        assertThat(work.term()).isEqualTo(7);
        assertThat(work.fencingToken()).isEqualTo(new FencingToken(42));
        clock.both(99);
        assertThat(work.end()).isTrue();
        assertThat(drained).as("the leadership goes on").hasValue(0);
    }

    @Test
    void workSaysUnderWhichLeadershipItWasBegun() {
        assertThat(begin().leadership()).isSameAs(leadership);
    }

    @Test
    void workThatHasEndedHoldsNoLongerThanItsLease() {
        LeaderWork work = begin();
        assertThat(work.end()).isTrue();
        assertThat(work.stillHolds())
                .as("a part that was handed on may still run")
                .isTrue();
        clock.both(100);
        assertThat(work.stillHolds()).isFalse();
        assertThat(work.end()).as("the first answer stays").isTrue();
    }

    @Test
    void refusesWorkOnceTheLeaseHasRunOutOrWasGivenUp() {
        clock.both(100);
        assertThat(cell.begin(leadership)).isNull();
        clock.both(0);
        assertThat(cell.begin(leadership)).isNull();
        cell.listenersDone();
        assertThat(drained).as("what was refused is not waited for").hasValue(1);
    }

    @Test
    void workThatOutlivesTheLeaseWasNotAlone() {
        LeaderWork work = begin();
        clock.both(100);
        assertThat(work.end()).isFalse();
        clock.both(50);
        assertThat(work.end()).as("the first answer stays").isFalse();
    }

    @Test
    void theEndOfALeadershipWaitsForItsListenersAndItsWork() {
        LeaderWork first = begin();
        LeaderWork second = begin();
        cell.end();
        first.end();
        first.end();
        cell.listenersDone();
        assertThat(drained).as("an end counts once").hasValue(0);
        second.end();
        assertThat(drained).hasValue(1);
    }

    @Test
    void workGoesOnAloneWhileTheLeaseThatWasGivenUpIsDrained() {
        LeaderWork inTime = begin();
        LeaderWork late = begin();
        cell.drain(until(100));
        cell.end();
        assertThat(cell.holds()).isFalse();
        assertThat(cell.begin(leadership)).as("nothing new").isNull();
        clock.both(150);
        cell.drain(until(200));
        assertThat(inTime.end()).isTrue();
        clock.both(200);
        assertThat(late.end()).isFalse();
    }

    @Test
    void workIsNoLongerAloneOnceTheDrainIsOver() {
        LeaderWork work = begin();
        cell.drain(until(100));
        cell.end();
        cell.drain(null);
        assertThat(work.end()).isFalse();
    }

    @Test
    void aDrainThatEndsWhileTheClocksAreReadIsOver() {
        LeaseCell[] cells = new LeaseCell[1];
        boolean[] ending = new boolean[1];
        NodeClock clocks = new NodeClock() {
            @Override
            public long monotonicNanos() {
                if (ending[0]) {
                    cells[0].drain(null);
                }
                return 0;
            }

            @Override
            public long wallMillis() {
                return 0;
            }
        };
        cells[0] = new LeaseCell(
                7, new FencingToken(42), until(100), clocks, lapses::incrementAndGet, drained::incrementAndGet);
        LeaderWork work = Objects.requireNonNull(cells[0].begin(leadership));
        cells[0].drain(until(100));
        cells[0].end();
        ending[0] = true;
        assertThat(work.end()).isFalse();
    }

    @Test
    void countsWorkOfManyThreads() throws Exception {
        int threads = 8;
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Thread> all = new ArrayList<>();
        AtomicInteger begun = new AtomicInteger();
        for (int i = 0; i < threads; i++) {
            Thread thread = new Thread(() -> {
                try {
                    start.await();
                } catch (InterruptedException | BrokenBarrierException e) {
                    return;
                }
                for (int n = 0; n < 2000; n++) {
                    LeaderWork work = cell.begin(leadership);
                    if (work != null) {
                        begun.incrementAndGet();
                        work.end();
                    }
                }
            });
            all.add(thread);
            thread.start();
        }
        for (Thread thread : all) {
            thread.join();
        }
        assertThat(begun).hasValue(threads * 2000);
        assertThat(drained).hasValue(0);
        cell.end();
        cell.listenersDone();
        assertThat(drained).hasValue(1);
        assertThat(cell.inFlight()).isZero();
    }
}
