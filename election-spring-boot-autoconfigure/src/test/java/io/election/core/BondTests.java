package io.election.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BondTests {

    private static final long SECOND = 1_000_000_000L;
    private static final long LOCKED = Long.MAX_VALUE - SECOND / 2;

    private final Bond bond = new Bond(LOCKED, SECOND);

    @Test
    void ofAStartIsToNobodyAndHoldsForOnePromise() {
        assertThat(bond.leader()).isNull();
        assertThat(bond.holds(LOCKED)).isTrue();
        assertThat(bond.holds(LOCKED + SECOND - 1)).isTrue();
        assertThat(bond.holds(LOCKED + SECOND)).isFalse();
        assertThat(bond.longestPromise()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void toALeaderReplacesTheOneBefore() {
        Bond startedWithALongPromise = new Bond(LOCKED, 10 * SECOND);
        startedWithALongPromise.renew("a", 3, LOCKED + 1, SECOND);
        assertThat(startedWithALongPromise.leader()).isEqualTo("a");
        assertThat(startedWithALongPromise.holds(LOCKED + SECOND)).isTrue();
        assertThat(startedWithALongPromise.holds(LOCKED + 1 + SECOND)).isFalse();
    }

    @Test
    void remembersEveryPromiseUntilItEnds() {
        bond.renew("a", 3, LOCKED, 10 * SECOND);
        bond.renew("b", 4, LOCKED + 2 * SECOND, SECOND);
        assertThat(bond.longestPromise()).isEqualTo(Duration.ofSeconds(10));
        bond.renew("b", 4, LOCKED + 10 * SECOND - 1, SECOND);
        assertThat(bond.longestPromise()).isEqualTo(Duration.ofSeconds(10));
        bond.renew("b", 4, LOCKED + 10 * SECOND, SECOND);
        assertThat(bond.longestPromise()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void isToAnotherLeaderOfTheSameTermOnly() {
        assertThat(bond.isToAnother("a", 3)).isFalse();
        bond.renew("a", 3, LOCKED, SECOND);
        assertThat(bond.isToAnother("a", 3)).isFalse();
        assertThat(bond.isToAnother("b", 3)).isTrue();
        assertThat(bond.isToAnother("b", 4)).isFalse();
    }
}
