package io.election.sample.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LedgerCheckTests {

    private static LedgerLine line(long number, long token, String member) {
        return new LedgerLine(number, token, member);
    }

    @Test
    void findsNothingInALedgerOfSeveralLeaders() {
        assertThat(LedgerCheck.faults(List.of(line(1, 101, "a"), line(2, 101, "a"), line(3, 104, "b"))))
                .isEmpty();
        assertThat(LedgerCheck.faults(List.of())).isEmpty();
    }

    @Test
    void findsAGap() {
        assertThat(LedgerCheck.faults(List.of(line(1, 101, "a"), line(3, 101, "a"))))
                .containsExactly("After line 1 comes line 3.");
    }

    @Test
    void findsThatTheBeginningIsMissing() {
        assertThat(LedgerCheck.faults(List.of(line(2, 101, "a")))).containsExactly("After line 0 comes line 2.");
    }

    @Test
    void findsADuplicate() {
        assertThat(LedgerCheck.faults(List.of(line(1, 101, "a"), line(2, 101, "a"), line(2, 102, "b"))))
                .containsExactly("Line 2 appears twice; the second one is by b.");
    }

    @Test
    void findsALineOutOfOrder() {
        assertThat(LedgerCheck.faults(List.of(line(1, 101, "a"), line(3, 101, "a"), line(2, 101, "a"))))
                .containsExactly("After line 1 comes line 3.", "Line 2 was written after line 3.");
    }

    @Test
    void findsATokenThatFalls() {
        assertThat(LedgerCheck.faults(List.of(line(1, 101, "a"), line(2, 102, "b"), line(3, 101, "a"))))
                .containsExactly("Line 3 was written by a under token 101, after b had written under 102.");
    }

    @Test
    void findsATokenThatTwoUsed() {
        assertThat(LedgerCheck.faults(List.of(line(1, 101, "a"), line(2, 101, "b"))))
                .containsExactly("Token 101 was used by a, and by b.");
    }
}
