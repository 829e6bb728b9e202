package io.election.core;

import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.entry;
import static io.election.core.MemberUnderTest.membership;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An impossible message cannot be made (safety rule 14). */
class MessageTests {

    private static final Header HEADER = new Header(1, "orders", "c-1", "a", "a-1", true, "b", "b-1", 1);
    private static final Duration T = Duration.ofSeconds(1);
    private static final long LIMIT = 1L << 40;

    @Test
    void termsEndBeforeTwoToTheFortieth() {
        assertThatNoException().isThrownBy(() -> new Request.Heartbeat(HEADER, LIMIT - 1, T, 0, null));
        String message = "term must be at least 0 and below 2^40, but is " + LIMIT;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Heartbeat(HEADER, LIMIT, T, 0, null))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Vote(HEADER, Phase.VOTE, LIMIT, LogPosition.NONE, null, 0, null, null))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Append(HEADER, LIMIT, T, 0, LogPosition.NONE, List.of(entry(1, 1))))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new Request.InstallBase(HEADER, LIMIT, T, 0, new Base(at(1, 1), membership(THREE), null)))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Handover(HEADER, new Pass("a", LIMIT), LogPosition.NONE))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Response.Vote(HEADER, Phase.VOTE, 1, LIMIT, null))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Response.Vote(HEADER, Phase.VOTE, LIMIT, 1, null))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Response.Heartbeat(HEADER, LIMIT, null, LogPosition.NONE, null))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Response.Append(HEADER, LIMIT, null, 0))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Response.Handover(HEADER, LIMIT, null))
                .withMessage(message);
    }

    @Test
    void noTermIsNegative() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Heartbeat(HEADER, -1, T, 0, null))
                .withMessage("term must be at least 0 and below 2^40, but is -1");
    }

    @Test
    void nobodyStandsInTermZero() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Vote(HEADER, Phase.PROBE, 0, LogPosition.NONE, null, 0, null, null))
                .withMessage("term must be positive, but is 0");
    }

    @Test
    void aPromiseOfMoreThanAnHourIsNotAskedFor() {
        assertThatNoException().isThrownBy(() -> new Request.Heartbeat(HEADER, 1, Duration.ofHours(1), 0, null));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new Request.Heartbeat(HEADER, 1, Duration.ofHours(1).plusNanos(1), 0, null))
                .withMessage("promise must be at least 0 and at most PT1H, but is PT1H0.000000001S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Heartbeat(HEADER, 1, Duration.ofNanos(-1), 0, null));
    }

    @Test
    void indexesAreNotNegative() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Heartbeat(HEADER, 1, T, -1, null))
                .withMessage("commitIndex must not be negative, but is -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Response.Append(HEADER, 1, null, -1))
                .withMessage("index must not be negative, but is -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Entry(0, 1, new Payload.Withheld()))
                .withMessage("index and term must be positive, but are 0 and 1");
    }

    @Test
    void entriesFollowEachOtherWithoutAGap() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Append(HEADER, 3, T, 0, at(1, 1), List.of(entry(3, 3))))
                .withMessageContaining("but entry LogPosition[term=3, index=3] does not");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Append(HEADER, 3, T, 0, at(1, 1), List.of(entry(2, 3), entry(4, 3))));
    }

    @Test
    void entriesDoNotFallBackInTermNorRunAheadOfTheLeader() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Append(HEADER, 3, T, 0, at(1, 1), List.of(entry(2, 3), entry(3, 2))));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Append(HEADER, 3, T, 0, at(2, 1), List.of(entry(2, 1))));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Append(HEADER, 3, T, 0, at(1, 1), List.of(entry(2, 4))));
    }

    @Test
    void aBaseToInstallHoldsAMembershipOfThisOrAnEarlierTerm() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Request.InstallBase(HEADER, 3, T, 0, Base.EMPTY));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.InstallBase(HEADER, 3, T, 0, new Base(at(1, 1), null, null)));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new Request.InstallBase(HEADER, 3, T, 0, new Base(at(4, 1), membership(THREE), null)));
    }

    @Test
    void aPassSpeaksOfTheTermOfWhoGivesIt() {
        assertThat(new Request.Handover(HEADER, new Pass("a", 7), at(1, 1)).term())
                .isEqualTo(7);
    }

    @Test
    void onlyABoundRefusalSaysForHowLong() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Refusal(RefusalReason.BOUND, null, null, null));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Refusal(RefusalReason.STALE_TERM, T, null, null))
                .withMessage("boundFor belongs to BOUND, but reason is STALE_TERM");
    }

    @Test
    void aWitnessIsSentPlacesAndMembershipsOnly() {
        Entry data = entry(4, 2);
        Entry change = new Entry(5, 2, new Payload.MembershipChange(membership(THREE)));
        Entry founding = new Entry(1, 1, new Payload.Opening("a", null, membership(THREE)));
        Entry opening = new Entry(6, 3, new Payload.Opening("a", at(2, 500), null));
        assertThat(data.forWitness()).isEqualTo(new Entry(4, 2, new Payload.Withheld()));
        assertThat(opening.forWitness()).isEqualTo(new Entry(6, 3, new Payload.Withheld()));
        assertThat(change.forWitness()).isEqualTo(change);
        assertThat(founding.forWitness()).isEqualTo(founding);
    }
}
