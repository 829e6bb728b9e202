package io.election.sample.figures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiguresTests {

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "50, 10", "51, 11", "90, 18", "91, 19", "100, 20"})
    void takesTheNearestRank(int percent, long expected) {
        Figures figures = Figures.of(
                Figures.Unit.COUNT,
                LongStream.rangeClosed(1, 20).map(value -> 21 - value).toArray());
        assertThat(figures.percentile(percent)).isEqualTo(expected);
    }

    @Test
    void tellsTheOnlyValueFourTimes() {
        assertThat(Figures.of(Figures.Unit.NANOS, 1_234_567).row("gap"))
                .isEqualTo("| gap | 1 | 1.23 ms | 1.23 ms | 1.23 ms | 1.23 ms |");
    }

    @Test
    void sortsBelowZeroFirst() {
        Figures figures = Figures.of(Figures.Unit.NANOS, List.of(2_000_000L, -500_000L, 1_000_000_000L));
        assertThat(figures.values()).containsExactly(-500_000L, 2_000_000L, 1_000_000_000L);
        assertThat(figures.line()).isEqualTo("-0.50 ms, 2.00 ms, 1000 ms");
    }

    @Test
    void refusesNothing() {
        assertThatIllegalArgumentException().isThrownBy(() -> Figures.of(Figures.Unit.COUNT, List.of()));
    }

    @ParameterizedTest
    @CsvSource({
        "NANOS, 99990000, 99.99 ms",
        "NANOS, 100000000, 100 ms",
        "BYTES, 2048, 2048 B",
        "BYTES, 20480, 20.0 KiB",
        "BYTES, -1572864, -1.5 MiB",
        "COUNT, 31, 31"
    })
    void readsEachUnitAsAPersonDoes(Figures.Unit unit, long value, String expected) {
        assertThat(unit.format(value)).isEqualTo(expected);
    }
}
