package io.election.history;

import static io.election.history.ValueHistories.A;
import static io.election.history.ValueHistories.APPLIED;
import static io.election.history.ValueHistories.B;
import static io.election.history.ValueHistories.C;
import static io.election.history.ValueHistories.NOTHING;
import static io.election.history.ValueHistories.UNKNOWN;
import static io.election.history.ValueHistories.cas;
import static io.election.history.ValueHistories.read;
import static io.election.history.ValueHistories.remove;
import static io.election.history.ValueHistories.set;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.election.history.ValueOperation.Content;
import io.election.history.ValueOperation.Read;
import io.election.history.ValueOperation.Write;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Finds what {@link PlantedValues} breaks, and believes what nearly does. */
class ValueCheckTests {

    @ParameterizedTest
    @MethodSource("io.election.history.PlantedValues#planted")
    void findsWhatIsPlanted(PlantedValues.Planted planted) {
        ValueCheck.Result result = ValueCheck.check(planted.history());

        assertThat(result.undecided()).isEmpty();
        assertThat(result.violations())
                .extracting(ValueViolation::rule)
                .as("rules that were found broken")
                .containsOnly(planted.rule());
    }

    @ParameterizedTest
    @MethodSource("io.election.history.PlantedValues#nearMisses")
    void believesWhatMayHaveBeen(PlantedValues.NearMiss nearMiss) {
        ValueCheck.Result result = ValueCheck.check(nearMiss.history());

        assertThat(result.violations()).isEmpty();
        assertThat(result.isSound()).isTrue();
    }

    @Test
    void everyRuleHasAPlantedViolation() {
        assertThat(PlantedValues.planted().map(PlantedValues.Planted::rule).distinct())
                .containsExactlyInAnyOrder(ValueRule.values());
    }

    @Test
    void hasASentenceForEachRule() {
        assertThat(Arrays.stream(ValueRule.values()).map(ValueRule::toString))
                .doesNotHaveDuplicates()
                .noneMatch(String::isBlank);
    }

    @Test
    void saysWhichOperationsHaveNoOrderAndWhy() {
        List<ValueOperation> history = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            history.add(set(A, 100 * i, 100 * i + 10, "v" + i));
            history.add(read(B, 100 * i + 5, 100 * i + 30, "v" + i));
            history.add(read(B, 100 * i + 50, 100 * i + 60, "v" + i));
        }
        history.add(read(C, 7_050, 7_090, "v69"));

        assertThat(ValueCheck.check(history).violations()).singleElement().hasToString("""
                        "reads and writes of a value take effect one after the other, each within its time" does not hold for the \
                        value x: of 301 operations, these 3 cannot have come one after the other:
                          a wrote "v69" as v69 from 6900 ns to 6910 ns: applied
                          a wrote "v70" as v70 from 7000 ns to 7010 ns: applied
                          c read "v69" from 7050 ns to 7090 ns
                        "v69" was there before "v70", because this had ended: a wrote "v69" as v69 from 6900 ns to 6910 ns: applied; \
                        before this began: a wrote "v70" as v70 from 7000 ns to 7010 ns: applied.
                        But "v70" was there before "v69", because this had ended: a wrote "v70" as v70 from 7000 ns to 7010 ns: applied; \
                        before this began: c read "v69" from 7050 ns to 7090 ns.""");
    }

    @Test
    void saysWhatTookEffectTwice() {
        List<ValueOperation> history = List.of(
                set(A, 10, 20, "1", UNKNOWN),
                read(B, 22, 24, "1"),
                set(B, 25, 30, "2"),
                set(A, 33, 40, "1", APPLIED),
                read(C, 50, 60, "1"));

        assertThat(ValueCheck.check(history).violations())
                .singleElement()
                .extracting(ValueViolation::explanation)
                .asString()
                .contains("They could if 1 had taken effect twice.")
                .contains("a wrote \"1\" as 1 from 10 ns to 20 ns: unknown");
    }

    /** Its version was told to nobody but the one that removed it, and that one was not told what came of it. */
    @Test
    void believesThatWhatNobodySawWasRemovedByItsVersion() {
        List<ValueOperation> history = List.of(
                set(A, 10, 20, "1", ValueHistories.at(4)),
                ValueHistories.maySet(B, 30, "2"),
                new Write(
                        C,
                        "3",
                        40,
                        Operation.UNANSWERED,
                        "x",
                        ValueHistories.version(5),
                        null,
                        Operation.NO_TOKEN,
                        UNKNOWN),
                new Write(
                        A,
                        "4",
                        50,
                        60,
                        "x",
                        ValueHistories.NOTHING,
                        null,
                        Operation.NO_TOKEN,
                        new ValueOperation.Outcome.Applied(8, 0)));

        assertThat(ValueCheck.check(history).violations()).isEmpty();
        assertThat(ValueCheck.check(List.of(history.get(0), history.get(2), history.get(3)))
                        .violations())
                .as("without a write that it could have removed")
                .hasSize(1);
    }

    @Test
    void judgesEachNameByItself() {
        List<ValueOperation> history = List.of(
                set(A, 10, 20, "1"),
                new Read(B, 30, 40, "y", Content.ABSENT),
                new Read(B, 30, 40, "z", new Content("1", 0)));

        assertThat(ValueCheck.check(history).violations())
                .extracting(ValueViolation::name)
                .containsExactly("z");
    }

    @Test
    void saysThatItDidNotDecide() {
        List<ValueOperation> history = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            history.add(set(A, 0, 100, "v" + i));
        }
        history.add(read(B, 101, 200, "v7"));

        ValueCheck.Result result = ValueCheck.check(history, 5);

        assertThat(result.violations()).isEmpty();
        assertThat(result.undecided()).containsExactly("x");
        assertThat(result.isSound()).isFalse();
        assertThat(ValueCheck.check(history).isSound()).isTrue();
    }

    @Test
    void saysThatNothingWasRemoved() {
        List<ValueOperation> history = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            history.add(set(A, 100 * i, 100 * i + 10, "v" + i));
            history.add(remove(B, 100 * i + 40, 100 * i + 50, "r" + i, APPLIED));
            history.add(read(B, 100 * i + 60, 100 * i + 70, null));
        }
        history.add(read(C, 7_020, 7_030, null));

        assertThat(ValueCheck.check(history).violations())
                .singleElement()
                .extracting(ValueViolation::explanation)
                .isEqualTo("""
                        of 301 operations, these 2 cannot have come one after the other:
                          a wrote "v70" as v70 from 7000 ns to 7010 ns: applied
                          c read absent from 7020 ns to 7030 ns""");
    }

    @Test
    void refusesAValueOfTwoWrites() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ValueCheck.check(List.of(
                        set(A, 10, 20, "1"),
                        new ValueOperation.Write(
                                B, "2", 30, 40, "x", ValueHistories.ANYTHING, "1", Operation.NO_TOKEN, APPLIED))))
                .withMessage("value \"1\" of x is written by 1 and 2; each write must write another one");
    }

    @Test
    void refusesAnIdOfTwoWrites() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ValueCheck.check(List.of(set(A, 10, 20, "1"), cas(B, 30, 40, NOTHING, "1", APPLIED))))
                .withMessageStartingWith("id 1 stands for two writes: a wrote \"1\" as 1 from 10 ns to 20 ns");
    }

    @Test
    void refusesAnOutcomeWithoutAnAnswer() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> set(A, 10, Operation.UNANSWERED, "1", APPLIED))
                .withMessageContaining("UNANSWERED");
    }
}
