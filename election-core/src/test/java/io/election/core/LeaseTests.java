package io.election.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LeaseTests {

    private static final long MILLI = 1_000_000;

    private final Lease lease = Lease.from(new ClockReading(0, 5_000), 750 * MILLI);

    @Test
    void endsOneDurationAfterTheSending() {
        assertThat(lease.end()).isEqualTo(new ClockReading(750 * MILLI, 5_750));
    }

    @Test
    void holdsUntilJustBeforeItsEnd() {
        assertThat(lease.holds(new ClockReading(750 * MILLI - 1, 5_749))).isTrue();
    }

    @Test
    void isEndedByTheMonotonicClockAlone() {
        assertThat(lease.holds(750 * MILLI, 5_000)).isFalse();
    }

    @Test
    void isEndedByTheWallClockAloneWhenTheMachineWasSuspended() {
        assertThat(lease.holds(1, 5_750)).isFalse();
    }

    @Test
    void isNotProlongedByAWallClockThatWasSetBack() {
        assertThat(lease.holds(750 * MILLI, 0)).isFalse();
    }

    @Test
    void survivesTheOverflowOfTheMonotonicClock() {
        ClockReading sent = new ClockReading(Long.MAX_VALUE - 10, 5_000);
        Lease across = Lease.from(sent, 750 * MILLI);
        assertThat(across.holds(sent)).isTrue();
        assertThat(across.holds(Long.MIN_VALUE, 5_001)).isTrue();
        assertThat(across.holds(Long.MAX_VALUE + 750 * MILLI - 11, 5_749)).isTrue();
        assertThat(across.holds(Long.MAX_VALUE + 750 * MILLI - 10, 5_749)).isFalse();
    }

    @Test
    void ofASoleVoterHasNoEnd() {
        assertThat(Lease.UNLIMITED.holds(Long.MIN_VALUE, Long.MAX_VALUE)).isTrue();
        assertThat(Lease.UNLIMITED.holds(Long.MAX_VALUE, 0)).isTrue();
    }
}
