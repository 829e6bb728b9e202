package io.election.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.election.FencingToken;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every fence does, whatever it remembers with. */
@Timeout(300)
abstract class FenceContract {

    /** One name for each test, for stores that outlive it. */
    private final String resource = "orders-" + UUID.randomUUID();

    /** Guards as an application would, in a transaction where one is needed. */
    abstract void guard(String resource, FencingToken token);

    private void guard(long token) {
        guard(resource, new FencingToken(token));
    }

    private void assertStale(String resource, long presented, long current) {
        assertThatThrownBy(() -> guard(resource, new FencingToken(presented)))
                .isInstanceOfSatisfying(StaleFencingTokenException.class, stale -> {
                    assertThat(stale.getResource()).isEqualTo(resource);
                    assertThat(stale.getPresented()).isEqualTo(new FencingToken(presented));
                    assertThat(stale.getCurrent()).isEqualTo(new FencingToken(current));
                    assertThat(stale)
                            .hasMessage("The fencing token " + presented + " is stale: '" + resource + "' has seen "
                                    + current + ", of a leader elected later.");
                });
    }

    @Test
    void letsTheSameTokenPassAgain() {
        guard(7);
        assertThatCode(() -> guard(7)).doesNotThrowAnyException();
    }

    @Test
    void refusesALowerTokenAndNamesBoth() {
        guard(7);
        guard(8);
        assertStale(resource, 7, 8);
    }

    @Test
    void aRefusalChangesNothing() {
        guard(7);
        assertStale(resource, 3, 7);
        assertStale(resource, 5, 7);
        assertThatCode(() -> guard(7)).doesNotThrowAnyException();
    }

    @Test
    void remembersEachResourceByItself() {
        guard(8);
        String other = resource.toUpperCase(java.util.Locale.ROOT);
        guard(other, new FencingToken(3));
        assertStale(other, 2, 3);
        assertStale(resource, 7, 8);
    }

    @ParameterizedTest
    @CsvSource({
        "9, 10",
        "99, 100",
        "1, 9223372036854775807",
        "9223372036854775806, 9223372036854775807",
        "9007199254740992, 9007199254740993",
        "1000000000000000000, 1000000000000000001",
        "2147483647, 2147483648"
    })
    void comparesAsNumbersOverAllOfALong(long lower, long higher) {
        guard(lower);
        guard(higher);
        assertStale(resource, lower, higher);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a{b}", "Müller", "a\nb", "\u0000", "a\u007f"})
    void refusesWhatIsNoName(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> guard(name, new FencingToken(1)));
    }

    @Test
    void takesNamesOfUpTo255Characters() {
        String longest = resource + "x".repeat(ResourceName.MAX_LENGTH - resource.length());
        guard(longest, new FencingToken(5));
        assertStale(longest, 4, 5);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> guard(longest + "x", new FencingToken(5)))
                .withMessageContaining("255")
                .withMessageContaining("256");
    }

    @Test
    void takesEveryVisibleCharacterButBraces() {
        StringBuilder all = new StringBuilder(resource);
        for (char c = '!'; c <= '~'; c++) {
            all.append(c == '{' || c == '}' ? '-' : c);
        }
        guard(all.toString(), new FencingToken(5));
        assertStale(all.toString(), 4, 5);
    }

    /**
     * The heart of it: no call that begins after a higher token's guard has ended may pass. The lower token's holder has passed
     * before the higher one comes, and goes on until it has been refused several times.
     */
    @Test
    void racingHoldersNeverPassAfterAHigherToken() throws Exception {
        for (int round = 0; round < rounds(); round++) {
            List<Call> calls = supersede(resource + "-" + round, 25);
            assertThat(calls.stream().filter(call -> call.accepted && call.token == 2))
                    .as("the higher holder's calls, round %d", round)
                    .hasSize(25);
            assertThat(calls.stream().filter(call -> call.token == 1).map(Call::accepted))
                    .as("the lower holder passed, and was refused from then on, round %d", round)
                    .startsWith(true)
                    .endsWith(false)
                    .isSortedAccordingTo(Comparator.reverseOrder());
            long fenced = calls.stream()
                    .filter(call -> call.accepted && call.token == 2)
                    .mapToLong(Call::ended)
                    .reduce((one, other) -> one - other < 0 ? one : other)
                    .orElseThrow();
            assertThat(calls.stream().filter(call -> call.accepted && call.token == 1 && call.began - fenced > 0))
                    .as(
                            "round %d: calls that passed although they began after the higher token's first had ended",
                            round)
                    .isEmpty();
        }
    }

    @Test
    void manyHoldersAtOnceLeaveTheHighestToken() throws Exception {
        List<Call> calls = race(resource, 6, 8);
        assertThat(calls).filteredOn(call -> call.token == 6).allMatch(call -> call.accepted);
        assertStale(resource, 5, 6);
    }

    /** How often two holders race. */
    int rounds() {
        return 5;
    }

    /** Tells a failure that a busy store may answer with, and after which the call is made again, from an error. */
    boolean mayBeTriedAgain(RuntimeException failure) {
        return false;
    }

    /** What a holder's call did. */
    record Call(long token, long began, long ended, boolean accepted) {}

    private List<Call> race(String resource, int holders, int times) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(holders);
        try {
            CyclicBarrier start = new CyclicBarrier(holders);
            List<Future<List<Call>>> running = new ArrayList<>();
            for (long token = 1; token <= holders; token++) {
                FencingToken own = new FencingToken(token);
                running.add(threads.submit(() -> {
                    start.await(60, TimeUnit.SECONDS);
                    List<Call> calls = new ArrayList<>();
                    while (calls.size() < times) {
                        calls.add(call(resource, own));
                    }
                    return calls;
                }));
            }
            List<Call> calls = new ArrayList<>();
            for (Future<List<Call>> holder : running) {
                calls.addAll(holder.get(120, TimeUnit.SECONDS));
            }
            return calls;
        } finally {
            threads.shutdownNow();
        }
    }

    /** A holder that calls until it is refused for the fifth time, and one that comes once the first has passed. */
    private List<Call> supersede(String resource, int times) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            CountDownLatch passed = new CountDownLatch(1);
            Future<List<Call>> lower = threads.submit(() -> {
                List<Call> calls = new ArrayList<>();
                int refused = 0;
                while (refused < 5) {
                    Call call = call(resource, new FencingToken(1));
                    calls.add(call);
                    refused += call.accepted ? 0 : 1;
                    passed.countDown();
                }
                return calls;
            });
            assertThat(passed.await(60, TimeUnit.SECONDS)).isTrue();
            List<Call> calls = new ArrayList<>();
            while (calls.size() < times) {
                calls.add(call(resource, new FencingToken(2)));
            }
            calls.addAll(lower.get(120, TimeUnit.SECONDS));
            return calls;
        } finally {
            threads.shutdownNow();
        }
    }

    private Call call(String resource, FencingToken token) {
        while (true) {
            long began = System.nanoTime();
            try {
                guard(resource, token);
                return new Call(token.value(), began, System.nanoTime(), true);
            } catch (StaleFencingTokenException ex) {
                return new Call(token.value(), began, System.nanoTime(), false);
            } catch (RuntimeException ex) {
                if (!mayBeTriedAgain(ex)) {
                    throw ex;
                }
            }
        }
    }
}
