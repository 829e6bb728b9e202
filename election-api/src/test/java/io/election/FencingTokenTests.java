package io.election;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class FencingTokenTests {

    private static final long GENERATION = 1_700_000_000L;

    @Test
    void isTheGenerationTimesTwoToTheTwentiethPlusTheTerm() {
        assertThat(FencingToken.of(GENERATION, 7).value()).isEqualTo(1_700_000_000L * 1_048_576L + 7);
    }

    @Test
    void risesWithEveryTermAndWithEveryFounding() {
        assertThat(FencingToken.of(GENERATION, 8)).isGreaterThan(FencingToken.of(GENERATION, 7));
        assertThat(FencingToken.of(GENERATION + 1, 1)).isGreaterThan(FencingToken.of(GENERATION, 1 << 20));
    }

    @Test
    void isExactAsAJsonNumber() {
        long inTheYear2200 = 7_258_118_400L;
        long value = FencingToken.of(inTheYear2200, (1 << 20) - 1).value();
        assertThat(value).isLessThan(1L << 53);
        assertThat((long) (double) value).isEqualTo(value);
    }

    @Test
    void isPositive() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FencingToken(0))
                .withMessage("value must be positive, but is 0");
    }

    @Test
    void neverOverflowsInSilence() {
        assertThatExceptionOfType(ArithmeticException.class).isThrownBy(() -> FencingToken.of(1L << 44, 1));
    }

    @Test
    void readsAsItsNumber() {
        assertThat(new FencingToken(42)).hasToString("42");
    }
}
