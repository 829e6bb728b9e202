package io.election.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
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

    /** With one length more the longest promise would be over: its place is taken together with that of the next one. */
    @Test
    void aLengthMoreThanItRemembersMakesTheLongestPromiseLastAsLongAsTheNext() {
        assertThat(longestPromiseAfterOneOfTenSecondsAndOthers(63)).isEqualTo(Duration.ofMillis(9900));
        assertThat(longestPromiseAfterOneOfTenSecondsAndOthers(64)).isEqualTo(Duration.ofSeconds(10));
    }

    /** One of 10 s, nine seconds later one of 9.9 s and shorter ones, and then a moment after the first one's end. */
    private static Duration longestPromiseAfterOneOfTenSecondsAndOthers(int others) {
        Bond bond = new Bond(LOCKED, SECOND);
        bond.renew("a", 3, LOCKED, 10 * SECOND);
        long later = LOCKED + 9 * SECOND;
        for (int i = 0; i < others; i++) {
            bond.renew("a", 3, later, 9 * SECOND + SECOND * 9 / 10 - i);
        }
        bond.renew("a", 3, LOCKED + 10 * SECOND, 9 * SECOND);
        return bond.longestPromise();
    }

    @Test
    void whatIsOnDiskIsNeverShorterThanAPromiseThatHasNotEnded() {
        Random random = new Random(4711);
        Bond liedTo = new Bond(LOCKED, SECOND);
        List<long[]> given = new ArrayList<>();
        long now = LOCKED;
        for (int i = 0; i < 3000; i++) {
            now += random.nextLong(SECOND / 10);
            long length = 1 + random.nextLong(20 * SECOND);
            liedTo.renew("a", 3, now, length);
            given.add(new long[] {length, now + length});
            long at = now;
            given.removeIf(promise -> promise[1] - at <= 0);
            long longest = given.stream().mapToLong(promise -> promise[0]).max().orElse(0);
            assertThat(liedTo.longestPromise()).isGreaterThanOrEqualTo(Duration.ofNanos(longest));
        }
    }
}
