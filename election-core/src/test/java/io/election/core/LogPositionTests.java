package io.election.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class LogPositionTests {

    @Test
    void comparesTheTermBeforeTheIndex() {
        assertThat(new LogPosition(2, 900).isBehind(new LogPosition(3, 1))).isTrue();
        assertThat(new LogPosition(3, 1).isBehind(new LogPosition(2, 900))).isFalse();
        assertThat(new LogPosition(3, 1).isBehind(new LogPosition(3, 2))).isTrue();
        assertThat(new LogPosition(3, 2).isBehind(new LogPosition(3, 2))).isFalse();
        assertThat(LogPosition.NONE.isBehind(new LogPosition(1, 0))).isTrue();
    }

    @Test
    void isNeverNegative() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LogPosition(-1, 4))
                .withMessage("term and index must not be negative, but are -1 and 4");
        assertThatIllegalArgumentException().isThrownBy(() -> new LogPosition(1, -4));
    }
}
