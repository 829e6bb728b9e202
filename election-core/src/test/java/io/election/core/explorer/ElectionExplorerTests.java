package io.election.core.explorer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Explores the real machines of three members, in every order within small bounds, and judges each state by what users
 * see, what leaves members, and what their disks hold. Prints what was explored.
 */
class ElectionExplorerTests {

    static Stream<Scope> inEveryOrderAndWithOneDeviation() {
        return Scopes.all().stream().filter(scope -> isOrdinary(scope.bounds()));
    }

    static Stream<Scope> withNoneAndWithTwo() {
        return Scopes.all().stream().filter(scope -> !isOrdinary(scope.bounds()));
    }

    /** The others take most of the time. */
    private static boolean isOrdinary(Bounds bounds) {
        return bounds.isAnyOrder() || bounds.deviations() == 1;
    }

    @ParameterizedTest
    @MethodSource("inEveryOrderAndWithOneDeviation")
    void everyRuleHolds(Scope scope) {
        explore(scope);
    }

    @Tag("thorough")
    @ParameterizedTest
    @MethodSource("withNoneAndWithTwo")
    void everyRuleHoldsOverLongSchedulesToo(Scope scope) {
        explore(scope);
    }

    private static void explore(Scope scope) {
        Explorer.Result result = Explorer.explore(scope);

        System.out.println("Explored " + result);
        assertThat(result.violation()).isNull();
        assertThat(result.depth()).isEqualTo(scope.bounds().depth());
        assertThat(result.isCut()).isFalse();
    }

    @Test
    void findsTheSameStatesHoweverManyProcessorsTakePart() throws Exception {
        Scope scope = Scopes.BOND.with(Scopes.BOND.bounds().depth(5));
        Explorer.Result first = Explorer.explore(scope);
        ForkJoinPool one = new ForkJoinPool(1);
        try {
            Explorer.Result second = one.submit(() -> Explorer.explore(scope)).get();

            assertThat(List.of(second.states(), second.transitions(), second.beyondTheMessages()))
                    .isEqualTo(List.of(first.states(), first.transitions(), first.beyondTheMessages()));
        } finally {
            one.shutdown();
        }
    }
}
