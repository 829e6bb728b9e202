package io.election.sample.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LeaderlessTimeTests {

    private static final long OPEN = Long.MAX_VALUE;

    private static Recording of(String member, Recording.Leadership... leaderships) {
        return new Recording(member, List.of(leaderships), List.of(), List.of(), List.of(), 0, false);
    }

    private static Recording.Leadership led(long from, long lastTrue, long toFalse) {
        return new Recording.Leadership(from, lastTrue, toFalse, 1);
    }

    @Test
    void isNothingWhereOneLeadsThroughout() {
        assertThat(LeaderlessTime.between(List.of(of("a", led(10, 11, OPEN)), of("b")), 100, 200))
                .isZero();
    }

    @Test
    void isWhatLiesBetweenTwoLeaders() {
        List<Recording> recordings = List.of(of("a", led(10, 120, 122)), of("b", led(150, 151, OPEN)));
        assertThat(LeaderlessTime.between(recordings, 100, 200)).isEqualTo(30);
    }

    @Test
    void addsUpAllGaps() {
        List<Recording> recordings =
                List.of(of("a", led(10, 120, 122), led(170, 171, OPEN)), of("b", led(130, 160, 161)));
        assertThat(LeaderlessTime.between(recordings, 100, 200)).isEqualTo(20);
    }

    @Test
    void countsWhatIsMissingAtTheEnd() {
        assertThat(LeaderlessTime.between(List.of(of("a", led(10, 120, 122))), 100, 200))
                .isEqualTo(80);
    }

    @Test
    void leavesOutWhoLedBeforeOrAfter() {
        List<Recording> recordings = List.of(
                of("a", led(10, 50, 51), led(110, 180, 181)), of("b", led(60, 105, 106)), of("c", led(210, 211, OPEN)));
        assertThat(LeaderlessTime.between(recordings, 100, 180)).isEqualTo(5);
    }
}
