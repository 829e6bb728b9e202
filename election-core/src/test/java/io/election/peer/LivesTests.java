package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LivesTests {

    private static final Duration T = Duration.ofSeconds(1);

    private long nanos = Long.MAX_VALUE - 1000;
    private final Lives lives = new Lives(T, () -> nanos);

    private void saw(String life) {
        lives.saw("b", life);
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    @Test
    void noticesTwoLivesThatTakeTurns() {
        saw("one");
        saw("two");
        pass(T.multipliedBy(3));
        saw("one");
        assertThat(lives.twice("b")).isFalse();
        saw("two");
        assertThat(lives.twice("b")).isTrue();
        assertThat(lives.twice("c")).isFalse();
    }

    @Test
    void noticesThemAmongMore() {
        for (int round = 0; round < 3; round++) {
            for (String life : new String[] {"one", "two", "three"}) {
                saw(life);
                pass(T);
            }
        }
        assertThat(lives.twice("b")).isTrue();
    }

    @Test
    void takesRestartsForWhatTheyAre() {
        for (int start = 0; start < 20; start++) {
            saw("life " + start);
            saw("life " + start);
            pass(T.multipliedBy(10));
            assertThat(lives.twice("b")).isFalse();
        }
    }

    @Test
    void takesARequestThatComesLateForWhatItIs() {
        saw("before");
        pass(T);
        for (int late = 0; late < 5; late++) {
            saw("after");
            saw("before");
            pass(T.dividedBy(5));
        }
        saw("after");
        pass(T.multipliedBy(10));
        saw("after");
        assertThat(lives.twice("b")).isFalse();
    }

    @Test
    void forgetsTheSecondOneSomeTimeAfterItHasGone() {
        saw("one");
        saw("two");
        pass(T.multipliedBy(3));
        saw("one");
        saw("two");
        saw("one");
        assertThat(lives.twice("b")).isTrue();
        pass(Duration.ofSeconds(40));
        saw("one");
        assertThat(lives.twice("b")).isTrue();
        pass(Duration.ofSeconds(1));
        saw("one");
        assertThat(lives.twice("b")).isFalse();
        // The one that is back after that counts anew.
        saw("two");
        assertThat(lives.twice("b")).isFalse();
        saw("one");
        assertThat(lives.twice("b")).isTrue();
    }
}
