package io.election.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuorumTests {

    @ParameterizedTest
    @CsvSource({"1,1", "2,2", "3,2", "4,3", "5,3", "6,4", "7,4", "8,5", "9,5"})
    void isAStrictMajorityOfAllVoters(int voters, int needed) {
        assertThat(Quorum.of(voters)).isEqualTo(needed);
        assertThat(2 * Quorum.of(voters)).as("any two share a member").isGreaterThan(voters);
    }

    @Test
    void doesNotExistForNobody() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Quorum.of(0))
                .withMessage("voters must be positive, but is 0");
    }
}
