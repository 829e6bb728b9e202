package io.election.node;

import io.election.FencingToken;
import io.election.LeaderWork;
import io.election.Leadership;
import io.election.core.ClockReading;
import io.election.core.Lease;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Objects;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The lease cell between the loop, its readers and work in flight: Lincheck makes short programs of the operations below,
 * runs each in many interleavings of its threads, and fails if the answers cannot have come from one operation after the
 * other. {@code -Delection.interleavings=100} tries more programs, in more interleavings each.
 */
public @Tag("thorough") @Tag("even-days") class LeaseCellInterleavingTests {

    private static final int PROGRAMS = Integer.parseInt(programs());
    private static final int INTERLEAVINGS = 30 * PROGRAMS;

    private static final long END = 100;
    private static final long LATER_END = 1000;
    private static final long LAPSED = 150;

    private static String programs() {
        String given = System.getProperty("election.interleavings", "");
        return given.isEmpty() ? "4" : given;
    }

    private static LeaseCell cell(NodeClock clock) {
        return new LeaseCell(7, new FencingToken(42), until(END), clock, () -> {}, () -> {});
    }

    private static Lease until(long millis) {
        return new Lease(new ClockReading(millis * 1_000_000, millis));
    }

    /** Time stands still unless an operation moves it. */
    private static final class StandingClock implements NodeClock {
        private volatile long millis;

        @Override
        public long monotonicNanos() {
            return millis * 1_000_000;
        }

        @Override
        public long wallMillis() {
            return millis;
        }
    }

    /** The lease: read by anybody, extended and given up by the loop, while time passes. */
    public static class ReadLease {

        private final StandingClock clock = new StandingClock();
        private final LeaseCell cell = cell(clock);

        @Operation
        public boolean holds() {
            return cell.holds();
        }

        @Operation(nonParallelGroup = "loop")
        public boolean extend() {
            return cell.extend(until(LATER_END));
        }

        @Operation(nonParallelGroup = "loop")
        public void end() {
            cell.end();
        }

        @Operation(nonParallelGroup = "time")
        public void timePasses() {
            clock.millis = LAPSED;
        }
    }

    private static final Leadership LEADERSHIP = (Leadership) Proxy.newProxyInstance(
            Leadership.class.getClassLoader(), new Class<?>[] {Leadership.class}, (proxy, method, arguments) -> {
                throw new UnsupportedOperationException(method + " is not asked here");
            });

    /**
     * Work that is begun while the loop gives the lease up. Work that is refused is counted for a moment, so it is judged by
     * what must never be seen, and not by when the leadership is drained.
     */
    public static class BeginWork {

        private final LeaseCell cell = cell(new StandingClock());
        private volatile @Nullable LeaderWork work;
        private volatile boolean ended;

        @Operation(nonParallelGroup = "worker")
        public boolean begin() {
            if (work == null) {
                work = cell.begin(LEADERSHIP);
            }
            return work != null;
        }

        @Operation(nonParallelGroup = "worker")
        public boolean end() {
            LeaderWork begun = work;
            if (begun == null) {
                return false;
            }
            ended = true;
            return begun.end();
        }

        @Operation(nonParallelGroup = "loop")
        public void giveUp() {
            cell.drain(until(END));
            cell.end();
            cell.listenersDone();
        }

        @Operation
        public boolean isDrainedUnderWork() throws InterruptedException {
            return cell.awaitDrained(0) && work != null && !ended;
        }
    }

    /**
     * Two pieces of work of a leadership that was given up, of which several threads end the first at once. An end is known a
     * moment before it is counted, so here too it is judged by what must never be seen.
     */
    public static class EndWork {

        private final LeaseCell cell = cell(new StandingClock());
        private final LeaderWork first = Objects.requireNonNull(cell.begin(LEADERSHIP));
        private final LeaderWork second = Objects.requireNonNull(cell.begin(LEADERSHIP));
        private volatile boolean secondEnded;

        public EndWork() {
            cell.drain(until(END));
            cell.end();
            cell.listenersDone();
        }

        @Operation
        public boolean endFirst() {
            return first.end();
        }

        @Operation(nonParallelGroup = "second")
        public boolean endSecond() {
            secondEnded = true;
            return second.end();
        }

        @Operation
        public boolean isDrainedUnderWork() throws InterruptedException {
            return cell.awaitDrained(0) && !secondEnded;
        }
    }

    @Test
    void aLeaseFoundRunOutIsNeverFoundHoldingAgainAndAnExtensionIsNeverLost() {
        check(ReadLease.class, List.of("timePasses"), List.of("holds"), List.of("extend"), List.of("holds"));
    }

    @Test
    void aLeadershipIsDrainedOnlyWhenTheWorkThatItLetInHasEnded() {
        check(BeginWork.class, List.of(), List.of("begin"), List.of("giveUp"), List.of("isDrainedUnderWork"));
    }

    @Test
    void workThatSeveralThreadsEndAtOnceIsCountedOnce() {
        check(EndWork.class, List.of(), List.of("endFirst"), List.of("endFirst"), List.of("isDrainedUnderWork"));
    }

    /** Tries a program of our own in any case: what one thread does before, what two do at once, and what one does after. */
    private static void check(
            Class<?> operations, List<String> before, List<String> one, List<String> other, List<String> after) {
        new ModelCheckingOptions()
                .iterations(PROGRAMS)
                .invocationsPerIteration(INTERLEAVINGS)
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(1)
                .actorsAfter(1)
                .addCustomScenario(new ExecutionScenario(
                        actors(operations, before),
                        List.of(actors(operations, one), actors(operations, other)),
                        actors(operations, after),
                        null))
                .check(operations);
    }

    private static List<Actor> actors(Class<?> operations, List<String> names) {
        return names.stream()
                .map(name -> {
                    try {
                        return new Actor(operations.getMethod(name), List.of(), false, false, false, false, false);
                    } catch (NoSuchMethodException e) {
                        throw new IllegalArgumentException(e);
                    }
                })
                .toList();
    }
}
