package io.election.history;

import static io.election.history.Histories.A;
import static io.election.history.Histories.A2;
import static io.election.history.Histories.B;
import static io.election.history.Histories.C;
import static io.election.history.Histories.closed;
import static io.election.history.Histories.confirmed;
import static io.election.history.Histories.elected;
import static io.election.history.Histories.history;
import static io.election.history.Histories.mayHaveWritten;
import static io.election.history.Histories.no;
import static io.election.history.Histories.read;
import static io.election.history.Histories.refused;
import static io.election.history.Histories.steppedDown;
import static io.election.history.Histories.stoodStill;
import static io.election.history.Histories.token;
import static io.election.history.Histories.told;
import static io.election.history.Histories.wrote;
import static io.election.history.Histories.yes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.election.history.Operation.GuardedWrite;
import io.election.history.Operation.Outcome;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** For each rule planted histories that break it, and beside each one that nearly does and has to be believed. */
class HistoryCheckTests {

    private static final Duration EVENTS_WITHIN = Duration.ofNanos(50);

    /** A history in which something is wrong. */
    record Planted(String what, Set<Rule> rules, List<Operation> history) {

        static Planted breaks(Rule rule, String what, Operation... operations) {
            return new Planted(what, EnumSet.of(rule), Histories.history(operations));
        }

        @Override
        public String toString() {
            return what;
        }
    }

    /** A history in which all may have been well. */
    record NearMiss(String what, List<Operation> history) {

        static NearMiss of(String what, Operation... operations) {
            return new NearMiss(what, Histories.history(operations));
        }

        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Planted> planted() {
        return Stream.of(
                Planted.breaks(
                        Rule.ONE_LEADER_AT_A_TIME,
                        "both were seen to lead before and after the other",
                        yes(A, 10, 12, 101),
                        yes(B, 20, 22, 102),
                        yes(A, 30, 32, 101),
                        yes(B, 40, 42, 102)),
                Planted.breaks(
                        Rule.ONE_LEADER_AT_A_TIME,
                        "one answer lies within another's leadership",
                        yes(A, 10, 12, 101),
                        yes(B, 20, 22, 102),
                        yes(A, 30, 32, 101)),
                Planted.breaks(
                        Rule.ONE_LEADER_AT_A_TIME,
                        "both answers were found at the same instant",
                        yes(A, 10, 10, 101),
                        yes(B, 10, 10, 102)),
                Planted.breaks(
                        Rule.ONE_LEADER_AT_A_TIME,
                        "a token was obtained within another's leadership",
                        yes(A, 10, 12, 101),
                        token(B, 20, 22, 102),
                        token(A, 30, 32, 101)),
                Planted.breaks(
                        Rule.ONE_LEADER_AT_A_TIME,
                        "an answer whose token could not be had lies within another's leadership",
                        yes(A, 10, 12, 101),
                        yes(B, 20, 22, Operation.NO_TOKEN),
                        yes(A, 30, 32, 101)),
                Planted.breaks(
                        Rule.LEADERSHIP_IS_UNBROKEN,
                        "true, false, and true again under the same token",
                        yes(A, 10, 12, 101),
                        no(A, 20, 22),
                        yes(A, 30, 32, 101)),
                Planted.breaks(
                        Rule.TOKENS_ARE_UNIQUE,
                        "two members lead under one token, one after the other",
                        yes(A, 10, 12, 101),
                        yes(B, 20, 22, 101)),
                Planted.breaks(
                        Rule.TOKENS_ARE_UNIQUE,
                        "a member leads in two lives under one token",
                        yes(A, 10, 12, 101),
                        yes(A2, 20, 22, 101)),
                Planted.breaks(
                        Rule.TOKENS_ARE_UNIQUE,
                        "a member writes under the token of another's leadership",
                        elected(A, 10, 101),
                        wrote(B, 20, 22, 101, 1)),
                Planted.breaks(
                        Rule.TOKENS_RISE, "a later leader has a lower token", yes(A, 10, 12, 102), yes(B, 20, 22, 101)),
                Planted.breaks(
                        Rule.TOKENS_RISE,
                        "a greater token was used before a leadership with a lower one was seen",
                        wrote(A, 10, 12, 102, 1),
                        yes(B, 20, 22, 101)),
                Planted.breaks(
                        Rule.TOKENS_RISE,
                        "a listener is told of a lower token after a greater one",
                        elected(A, 10, 102),
                        steppedDown(A, 11, 102),
                        elected(A, 20, 101)),
                Planted.breaks(
                        Rule.EVENTS_PAIR_UP,
                        "elected twice",
                        elected(A, 10, 101),
                        elected(A, 20, 102),
                        yes(A, 21, 22, 102)),
                Planted.breaks(Rule.EVENTS_PAIR_UP, "an end without a beginning", steppedDown(A, 10, 101)),
                Planted.breaks(
                        Rule.EVENTS_PAIR_UP,
                        "an end told twice",
                        elected(A, 10, 101),
                        steppedDown(A, 20, 101),
                        steppedDown(A, 21, 101)),
                Planted.breaks(
                        Rule.EVENTS_PAIR_UP,
                        "the end of another leadership",
                        elected(A, 10, 101),
                        steppedDown(A, 20, 102)),
                Planted.breaks(
                        Rule.EVENTS_PAIR_UP,
                        "the end before the beginning",
                        steppedDown(A, 10, 101),
                        elected(A, 20, 101)),
                Planted.breaks(
                        Rule.EVENTS_PAIR_UP, "closed, and not told of the end", elected(A, 10, 101), closed(A, 20)),
                Planted.breaks(
                        Rule.EVENTS_COME_IN_TIME, "never told that it leads", yes(A, 10, 10, 101), yes(A, 61, 61, 101)),
                Planted.breaks(
                        Rule.EVENTS_COME_IN_TIME,
                        "told late that it leads",
                        yes(A, 10, 10, 101),
                        yes(A, 62, 62, 101),
                        elected(A, 63, 101)),
                Planted.breaks(
                        Rule.EVENTS_COME_IN_TIME,
                        "never told that it no longer leads",
                        elected(A, 10, 101),
                        no(A, 20, 22),
                        no(A, 70, 73)),
                Planted.breaks(
                        Rule.EVENTS_COME_IN_TIME,
                        "told late that it no longer leads",
                        elected(A, 10, 101),
                        no(A, 20, 22),
                        steppedDown(A, 73, 101)),
                Planted.breaks(
                        Rule.EVENTS_FIT_ANSWERS,
                        "true after the end was told",
                        yes(A, 8, 9, 101),
                        elected(A, 10, 101),
                        steppedDown(A, 20, 101),
                        yes(A, 21, 22, 101)),
                Planted.breaks(
                        Rule.EVENTS_FIT_ANSWERS,
                        "confirmed after the end was told",
                        elected(A, 10, 101),
                        steppedDown(A, 20, 101),
                        confirmed(A, 21, 22, 101)),
                Planted.breaks(
                        Rule.ONE_LEADER_A_TERM,
                        "two were told that they lead in a term",
                        new Operation.Elected(A, 10, 1, 101),
                        new Operation.SteppedDown(A, 15, 1, "REQUESTED"),
                        new Operation.Elected(B, 20, 1, 102)),
                Planted.breaks(
                        Rule.ONE_LEADER_A_TERM,
                        "two were told of different leaders of a term",
                        told(A, 10, 101, "a"),
                        told(B, 11, 101, "c")),
                Planted.breaks(
                        Rule.ENDS_ARE_INNOCENT,
                        "stepped down because there are two leaders",
                        elected(A, 10, 101),
                        steppedDown(A, 20, 101, "TWO_LEADERS")),
                Planted.breaks(
                        Rule.WRITES_ARE_FENCED,
                        "an older token is accepted after a newer one",
                        wrote(B, 10, 12, 102, 1),
                        wrote(A, 20, 22, 101, 2)),
                Planted.breaks(
                        Rule.WRITES_ARE_FENCED,
                        "an older token is accepted after a newer one was read",
                        mayHaveWritten(B, 10, 102, 1),
                        read(C, 20, 22, 102, 1),
                        wrote(A, 30, 32, 101, 2)),
                Planted.breaks(
                        Rule.WRITES_ARE_FENCED,
                        "the greatest token is refused",
                        wrote(A, 10, 12, 101, 1),
                        refused(A, 20, 22, 101, 2)),
                Planted.breaks(
                        Rule.WRITES_ARE_FENCED,
                        "an accepted write is lost",
                        wrote(A, 10, 12, 101, 1),
                        wrote(A, 20, 22, 101, 2),
                        read(C, 30, 32, 101, 1)),
                Planted.breaks(
                        Rule.WRITES_ARE_FENCED,
                        "a write that may have taken effect comes and goes",
                        wrote(A, 10, 12, 101, 1),
                        mayHaveWritten(A, 20, 101, 2),
                        read(C, 30, 32, 101, 2),
                        read(C, 40, 42, 101, 1)),
                Planted.breaks(
                        Rule.WRITES_ARE_FENCED,
                        "a write takes effect before it was asked for",
                        read(C, 5, 8, 101, 1),
                        wrote(A, 10, 12, 101, 1)),
                Planted.breaks(
                        Rule.CONFIRMED_WAS_LATEST,
                        "confirmed after another had begun to lead",
                        yes(A, 8, 9, 101),
                        yes(B, 10, 12, 102),
                        confirmed(A, 20, 30, 101)),
                Planted.breaks(
                        Rule.CONFIRMED_WAS_LATEST,
                        "confirmed after another's token was used",
                        wrote(B, 10, 12, 102, 1),
                        confirmed(A, 20, 30, 101)));
    }

    static Stream<NearMiss> nearMisses() {
        return Stream.of(
                NearMiss.of(
                        "the answers of two overlap, and can have been found one after the other",
                        yes(A, 10, 30, 101),
                        yes(B, 20, 40, 102)),
                NearMiss.of(
                        "an answer lasts longer than all of another's leadership",
                        yes(A, 10, 100, 101),
                        yes(B, 20, 22, 102),
                        yes(B, 30, 32, 102)),
                NearMiss.of(
                        "an answer begins within another's leadership and ends after it",
                        yes(A, 10, 12, 101),
                        yes(A, 30, 32, 101),
                        yes(B, 20, 31, 102)),
                NearMiss.of(
                        "a token may have been that of a later leadership than the answer",
                        yes(A, 10, 12, 101),
                        yes(A, 20, 40, 101),
                        yes(B, 15, 21, 102),
                        yes(B, 50, 51, 102)),
                NearMiss.of(
                        "false before and after a leadership",
                        no(A, 5, 11),
                        yes(A, 10, 12, 101),
                        yes(A, 30, 32, 101),
                        no(A, 31, 35)),
                NearMiss.of(
                        "lost and regained under a greater token",
                        yes(A, 10, 12, 101),
                        no(A, 20, 22),
                        yes(A, 30, 32, 102)),
                NearMiss.of(
                        "a listener is told of a leadership after a later one was seen elsewhere",
                        elected(A, 40, 101),
                        yes(B, 20, 22, 102),
                        steppedDown(A, 41, 101)),
                NearMiss.of(
                        "a leadership that ended at once has no events",
                        yes(A, 10, 12, 101),
                        no(A, 20, 22),
                        no(A, 90, 92)),
                NearMiss.of("killed while it led", yes(A, 10, 12, 101), elected(A, 13, 101), yes(A2, 90, 92, 102)),
                NearMiss.of(
                        "told of both ends in time",
                        yes(A, 10, 10, 101),
                        yes(A, 61, 61, 101),
                        elected(A, 60, 101),
                        no(A, 70, 72),
                        steppedDown(A, 122, 101)),
                NearMiss.of(
                        "told late because the process stood still",
                        elected(A, 10, 101),
                        no(A, 20, 22),
                        stoodStill(A, 23, 90),
                        steppedDown(A, 100, 101)),
                NearMiss.of(
                        "true was found before the end was told, and read after it",
                        yes(A, 8, 9, 101),
                        elected(A, 10, 101),
                        yes(A, 19, 30, 101),
                        steppedDown(A, 20, 101)),
                NearMiss.of(
                        "all were told of the same leader, and of none",
                        told(A, 10, 101, "a"),
                        told(B, 11, 101, "a"),
                        told(B, 12, 101, null)),
                NearMiss.of(
                        "an older token is accepted while a newer one is being accepted",
                        wrote(B, 10, 25, 102, 1),
                        wrote(A, 20, 30, 101, 2)),
                NearMiss.of(
                        "an older token is accepted although a newer write was asked for long ago",
                        mayHaveWritten(B, 10, 102, 1),
                        wrote(A, 20, 22, 101, 2),
                        read(C, 30, 32, 101, 2),
                        read(C, 40, 42, 102, 1)),
                NearMiss.of(
                        "an older token is refused because of a write of which nobody was told",
                        wrote(A, 10, 12, 101, 1),
                        mayHaveWritten(B, 15, 102, 2),
                        refused(A, 20, 22, 101, 3)),
                NearMiss.of(
                        "two that were not answered take effect in the other order, much later",
                        mayHaveWritten(A, 10, 101, 1),
                        mayHaveWritten(A, 11, 101, 2),
                        read(C, 100, 102, Operation.NO_TOKEN, 0),
                        read(C, 110, 112, 101, 2),
                        read(C, 120, 122, 101, 1)),
                NearMiss.of(
                        "confirmed while another's leadership begins",
                        yes(A, 8, 9, 101),
                        confirmed(A, 20, 30, 101),
                        yes(B, 15, 25, 102)),
                NearMiss.of(
                        "confirmed after another had led under a lower token",
                        yes(B, 10, 12, 101),
                        confirmed(A, 20, 30, 102)));
    }

    @ParameterizedTest
    @MethodSource("planted")
    void findsWhatIsPlanted(Planted planted) {
        assertThat(HistoryCheck.violations(planted.history(), EVENTS_WITHIN))
                .extracting(Violation::rule)
                .as("rules that were found broken")
                .isNotEmpty()
                .containsOnlyElementsOf(planted.rules());
    }

    @ParameterizedTest
    @MethodSource("nearMisses")
    void believesWhatMayHaveBeen(NearMiss nearMiss) {
        assertThat(HistoryCheck.violations(nearMiss.history(), EVENTS_WITHIN)).isEmpty();
    }

    @Test
    void everyRuleHasAPlantedViolation() {
        assertThat(planted().flatMap(planted -> planted.rules().stream()).distinct())
                .containsExactlyInAnyOrder(Rule.values());
    }

    @Test
    void saysWhoLedWhenAndHowThatIsKnown() {
        assertThat(HistoryCheck.violations(
                        history(yes(A, 10, 12, 101), yes(A2, 20, 22, 102), yes(A, 30, 32, 101)), EVENTS_WITHIN))
                .singleElement()
                .hasToString(
                        "\"no two members lead at the same instant\" does not hold: a under token 101 (begun by 12 ns:"
                                + " Answer; still at 30 ns: Answer), and a (life 2) under token 102 (begun by 22 ns: Answer;"
                                + " still at 20 ns: Answer).");
    }

    @Test
    void saysWhichTokenFell() {
        assertThat(HistoryCheck.violations(history(wrote(B, 10, 12, 102, 1), wrote(A, 20, 22, 101, 2)), EVENTS_WITHIN))
                .extracting(Violation::explanation)
                .containsExactly("resource r: a wrote under token 101 from 20 ns to 22 ns, after b had written under"
                        + " token 102 by 12 ns.");
    }

    @Test
    void judgesEachResourceByItself() {
        List<Operation> history =
                history(wrote(B, 10, 12, 102, 1), new GuardedWrite(A, 20, 22, "another", 101, 2, Outcome.ACCEPTED));

        assertThat(HistoryCheck.violations(history, EVENTS_WITHIN)).isEmpty();
    }

    @Test
    void refusesAnAnswerToAWriteWhoseOutcomeIsUnknown() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GuardedWrite(A, 20, 22, "r", 101, 2, Outcome.UNKNOWN))
                .withMessageContaining("UNKNOWN");
    }

    @Test
    void hasASentenceForEachRule() {
        assertThat(Arrays.stream(Rule.values()).map(Rule::toString))
                .doesNotHaveDuplicates()
                .noneMatch(String::isBlank);
    }
}
