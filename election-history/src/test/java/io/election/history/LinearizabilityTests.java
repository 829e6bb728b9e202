package io.election.history;

import static io.election.history.Linearizability.Verdict.LINEARIZABLE;
import static io.election.history.Linearizability.Verdict.NOT_LINEARIZABLE;
import static org.assertj.core.api.Assertions.assertThat;

import io.election.history.Linearizability.Call;
import io.election.history.Linearizability.Verdict;
import io.election.history.Register.Access;
import io.election.history.Register.Access.CompareAndSet;
import io.election.history.Register.Access.Read;
import io.election.history.Register.Access.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LinearizabilityTests {

    private static final Register REGISTER = new Register(0);

    private static Call<Access> call(long invoked, long answered, Access access) {
        return new Call<>(invoked, answered, access);
    }

    private static Call<Access> unanswered(long invoked, Access access) {
        return new Call<>(invoked, Operation.UNANSWERED, access);
    }

    @SafeVarargs
    private static Verdict verdict(Call<Access>... calls) {
        return Linearizability.check(REGISTER, List.of(calls)).verdict();
    }

    @Test
    void anEmptyHistoryIsLinearizable() {
        assertThat(verdict()).isEqualTo(LINEARIZABLE);
    }

    @Test
    void readsWhatWasWrittenBefore() {
        assertThat(verdict(call(1, 2, new Write(7)), call(3, 4, new Read(7)))).isEqualTo(LINEARIZABLE);
        assertThat(verdict(call(1, 2, new Write(7)), call(3, 4, new Read(0)))).isEqualTo(NOT_LINEARIZABLE);
    }

    @Test
    void readsEitherValueWhileItIsBeingWritten() {
        assertThat(verdict(call(1, 9, new Write(7)), call(2, 3, new Read(7)), call(4, 5, new Read(7))))
                .isEqualTo(LINEARIZABLE);
        assertThat(verdict(call(1, 9, new Write(7)), call(2, 3, new Read(0)), call(4, 5, new Read(7))))
                .isEqualTo(LINEARIZABLE);
        assertThat(verdict(call(1, 9, new Write(7)), call(2, 3, new Read(7)), call(4, 5, new Read(0))))
                .isEqualTo(NOT_LINEARIZABLE);
    }

    @Test
    void twoReadersThatOverlapAWriteAgreeOnItsInstant() {
        assertThat(verdict(
                        call(1, 100, new Write(1)),
                        call(1, 100, new Write(2)),
                        call(2, 10, new Read(1)),
                        call(11, 20, new Read(2)),
                        call(21, 30, new Read(1))))
                .isEqualTo(NOT_LINEARIZABLE);
    }

    @Test
    void swapsOnlyWhatWasExpected() {
        assertThat(verdict(call(1, 2, new CompareAndSet(0, 5, true)), call(3, 4, new Read(5))))
                .isEqualTo(LINEARIZABLE);
        assertThat(verdict(call(1, 2, new CompareAndSet(1, 5, true)))).isEqualTo(NOT_LINEARIZABLE);
        assertThat(verdict(call(1, 2, new CompareAndSet(0, 5, false)))).isEqualTo(NOT_LINEARIZABLE);
        assertThat(verdict(call(1, 9, new CompareAndSet(0, 5, true)), call(1, 9, new CompareAndSet(0, 6, true))))
                .isEqualTo(NOT_LINEARIZABLE);
        assertThat(verdict(call(1, 9, new CompareAndSet(0, 5, true)), call(1, 9, new CompareAndSet(0, 6, false))))
                .isEqualTo(LINEARIZABLE);
    }

    @Test
    void whatWasNotAnsweredMayTakeEffectLaterOrNever() {
        assertThat(verdict(unanswered(1, new Write(7)), call(10, 11, new Read(0)), call(20, 21, new Read(7))))
                .isEqualTo(LINEARIZABLE);
        assertThat(verdict(unanswered(1, new Write(7)), call(10, 11, new Read(0))))
                .isEqualTo(LINEARIZABLE);
        assertThat(verdict(
                        unanswered(1, new Write(7)),
                        call(10, 11, new Read(7)),
                        call(12, 13, new Write(8)),
                        call(20, 21, new Read(7))))
                .isEqualTo(NOT_LINEARIZABLE);
        assertThat(verdict(call(1, 2, new Read(7)), unanswered(3, new Write(7))))
                .isEqualTo(NOT_LINEARIZABLE);
    }

    @Test
    void unansweredOperationsMayDependOnEachOther() {
        assertThat(verdict(
                        unanswered(1, new CompareAndSet(1, 2, null)),
                        unanswered(1, new CompareAndSet(2, 3, null)),
                        unanswered(1, new CompareAndSet(0, 1, null)),
                        call(10, 11, new Read(0)),
                        call(20, 21, new Read(3))))
                .isEqualTo(LINEARIZABLE);
    }

    @Test
    void twoEqualUnansweredOperationsMayBothTakeEffect() {
        assertThat(verdict(
                        unanswered(1, new Write(7)),
                        unanswered(2, new Write(7)),
                        call(10, 11, new Read(7)),
                        call(12, 13, new Write(8)),
                        call(20, 21, new Read(7))))
                .isEqualTo(LINEARIZABLE);
    }

    @Test
    void saysWhereTheSearchEnds() {
        Linearizability.Result<Access> result = Linearizability.check(
                REGISTER, List.of(call(1, 2, new Write(7)), call(3, 4, new Read(7)), call(5, 6, new Read(9))));

        assertThat(result.blocked()).isEqualTo(call(5, 6, new Read(9)));
        assertThat(result.state()).isEqualTo("7");
    }

    /** Compared with a search without any cleverness, on histories small enough for it. */
    @Test
    void agreesWithTryingEveryOrder() {
        Random random = new Random(20261129);
        int linearizable = 0;
        for (int i = 0; i < 4_000; i++) {
            List<Call<Access>> calls = arbitrary(random, 1 + random.nextInt(6));
            boolean expected = hasOrder(calls, 0, 0);
            linearizable += expected ? 1 : 0;
            assertThat(Linearizability.check(REGISTER, calls).verdict())
                    .as("history " + i + ": " + calls)
                    .isEqualTo(expected ? LINEARIZABLE : NOT_LINEARIZABLE);
        }
        assertThat(linearizable).as("of 4,000 histories, those with an order").isBetween(400, 3_600);
    }

    private static List<Call<Access>> arbitrary(Random random, int size) {
        List<Call<Access>> calls = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            long invoked = random.nextInt(10);
            boolean answered = random.nextInt(3) > 0;
            long value = random.nextInt(3);
            Access access = switch (random.nextInt(3)) {
                case 0 -> new Write(value);
                case 1 -> answered ? new Read(value) : new Write(value);
                default -> new CompareAndSet(random.nextInt(3), value, answered ? random.nextBoolean() : null);
            };
            calls.add(call(invoked, answered ? invoked + random.nextInt(6) : Operation.UNANSWERED, access));
        }
        return calls;
    }

    private static boolean hasOrder(List<Call<Access>> calls, int done, long state) {
        long firstAnswer = Long.MAX_VALUE;
        boolean allAnsweredAreDone = true;
        for (int i = 0; i < calls.size(); i++) {
            if ((done & 1 << i) == 0 && calls.get(i).answeredNanos() != Operation.UNANSWERED) {
                allAnsweredAreDone = false;
                firstAnswer = Math.min(firstAnswer, calls.get(i).answeredNanos());
            }
        }
        if (allAnsweredAreDone) {
            return true;
        }
        for (int i = 0; i < calls.size(); i++) {
            Call<Access> call = calls.get(i);
            Long next = (done & 1 << i) != 0 || call.invokedNanos() > firstAnswer
                    ? null
                    : REGISTER.after(state, call.operation());
            if (next != null && hasOrder(calls, done | 1 << i, next)) {
                return true;
            }
        }
        return false;
    }

    /** Prints how long it takes; the bound is in what is looked at, not in time. */
    @Test
    void judgesAThousandOperationsOfFiveProcesses() {
        long slowest = 0;
        int most = 0;
        for (int seed = 1; seed <= 20; seed++) {
            List<Call<Access>> calls = ofFiveProcesses(new Random(seed), 1_000);
            boolean corrupted = seed % 2 == 0;
            if (corrupted) {
                int read = 500;
                while (!(calls.get(read).operation() instanceof Read)) {
                    read++;
                }
                calls.set(
                        read,
                        call(calls.get(read).invokedNanos(), calls.get(read).answeredNanos(), new Read(-1)));
            }
            long begin = System.nanoTime();
            Linearizability.Result<Access> result = Linearizability.check(REGISTER, calls);
            slowest = Math.max(slowest, System.nanoTime() - begin);
            most = Math.max(most, result.configurations());
            assertThat(result.verdict())
                    .as("seed " + seed + ", " + result)
                    .isEqualTo(corrupted ? NOT_LINEARIZABLE : LINEARIZABLE);
        }
        System.out.printf(
                "History: 1,000 operations of 5 processes, a twentieth unanswered: at most %d ms and %,d configurations.%n",
                slowest / 1_000_000, most);
        assertThat(most).as("configurations that were looked at").isLessThan(200_000);
    }

    /** What a real register would have answered to five processes that each wait for their answer. */
    private static List<Call<Access>> ofFiveProcesses(Random random, int size) {
        List<Call<Access>> calls = new ArrayList<>();
        long[] free = new long[5];
        long[] late = new long[size];
        long state = 0;
        List<long[]> pending = new ArrayList<>();
        long now = 0;
        while (calls.size() < size) {
            now += 1 + random.nextInt(10);
            if (!pending.isEmpty() && random.nextInt(20) == 0) {
                // What was never answered takes effect now.
                state = pending.remove(random.nextInt(pending.size()))[0];
            }
            int process = random.nextInt(5);
            if (free[process] >= now) {
                continue;
            }
            // It takes effect now; it was asked for before, and is answered later.
            long invoked = Math.max(free[process] + 1, now - random.nextInt(20));
            long answered = now + random.nextInt(20);
            free[process] = answered;
            long value = 1 + calls.size();
            if (random.nextInt(20) == 0) {
                pending.add(new long[] {value});
                calls.add(unanswered(invoked, new Write(value)));
            } else if (random.nextBoolean()) {
                calls.add(call(invoked, answered, new Read(state)));
            } else if (random.nextBoolean()) {
                calls.add(call(invoked, answered, new Write(value)));
                state = value;
            } else {
                long expected = random.nextBoolean() ? state : late[random.nextInt(size)];
                boolean swaps = expected == state;
                calls.add(call(invoked, answered, new CompareAndSet(expected, value, swaps)));
                state = swaps ? value : state;
            }
            late[calls.size() - 1] = state;
        }
        return calls;
    }
}
