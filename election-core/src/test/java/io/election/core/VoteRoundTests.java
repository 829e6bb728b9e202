package io.election.core;

import static io.election.core.VoteRound.Result.LOST;
import static io.election.core.VoteRound.Result.PENDING;
import static io.election.core.VoteRound.Result.WON;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class VoteRoundTests {

    private static final long MILLI = 1_000_000L;
    private static final long NOW = Long.MAX_VALUE - 5 * MILLI;
    private static final long CAP = 1000 * MILLI;
    private static final Refusal BEHIND = Refusal.behind(RefusalReason.LOG_BEHIND, new LogPosition(4, 9));

    private static VoteRound round(boolean founding, String... voters) {
        VoteRound round = new VoteRound(Phase.PRE_VOTE, 5, founding, Set.of(voters), null, new FoundersClocks(0));
        round.grant("a", "a-1");
        return round;
    }

    private static Refusal bound(long millis) {
        return Refusal.bound(Duration.ofMillis(millis), "l");
    }

    @Test
    void isWonByAMajorityOfThreeAndOfFour() {
        VoteRound three = round(false, "a", "b", "c");
        assertThat(three.result()).isEqualTo(PENDING);
        three.grant("b", "b-1");
        assertThat(three.result()).isEqualTo(WON);

        VoteRound four = round(false, "a", "b", "c", "d");
        four.grant("b", "b-1");
        assertThat(four.result()).as("half of four is no majority").isEqualTo(PENDING);
        four.grant("d", "d-1");
        assertThat(four.result()).isEqualTo(WON);
    }

    @Test
    void countsEachVoterOnce() {
        VoteRound round = round(false, "a", "b", "c", "d", "e");
        round.grant("b", "b-1");
        round.grant("b", "b-1");
        round.grant("b", "b-1");
        assertThat(round.granted()).containsExactly("a", "b");
        assertThat(round.result()).isEqualTo(PENDING);
    }

    @Test
    void doesNotCountWhoHasNoVote() {
        VoteRound round = round(false, "a", "b", "c");
        round.grant("observer", "o-1");
        assertThat(round.granted()).containsExactly("a");
        assertThat(round.incarnations()).isEqualTo(Map.of("a", "a-1"));
    }

    @Test
    void ofAFoundingNeedsEveryVoter() {
        VoteRound round = round(true, "a", "b", "c");
        round.grant("b", "b-1");
        assertThat(round.needed()).isEqualTo(3);
        assertThat(round.result()).isEqualTo(PENDING);
        round.refuse("c", Refusal.of(RefusalReason.LIST_DIFFERS), NOW, CAP);
        assertThat(round.result()).isEqualTo(LOST);
    }

    @Test
    void isLostOnceTooManyRefuseForGood() {
        VoteRound round = round(false, "a", "b", "c");
        round.refuse("b", BEHIND, NOW, CAP);
        assertThat(round.result()).isEqualTo(PENDING);
        round.refuse("c", Refusal.of(RefusalReason.STALE_TERM), NOW, CAP);
        assertThat(round.result()).isEqualTo(LOST);
        assertThat(round.refused()).isEqualTo(Map.of("b", BEHIND, "c", Refusal.of(RefusalReason.STALE_TERM)));
    }

    @Test
    void isNotLostWhileTheRefusersAreOnlyBound() {
        VoteRound round = round(false, "a", "b", "c");
        round.refuse("b", bound(300), NOW, CAP);
        round.refuse("c", bound(200), NOW, CAP);
        assertThat(round.result()).isEqualTo(PENDING);
        assertThat(round.isHeldUp()).isTrue();
    }

    @Test
    void aRefusalTakesNoGrantBack() {
        VoteRound round = round(false, "a", "b", "c");
        round.grant("b", "b-1");
        round.refuse("b", BEHIND, NOW, CAP);
        assertThat(round.result()).isEqualTo(WON);
        assertThat(round.refused()).isEmpty();
    }

    @Test
    void asksAgainWhenAQuorumCouldBeFree() {
        VoteRound five = round(false, "a", "b", "c", "d", "e");
        five.refuse("b", bound(300), NOW, CAP);
        five.refuse("c", bound(200), NOW, CAP);
        five.refuse("d", bound(900), NOW, CAP);
        five.refuse("e", bound(400), NOW, CAP);
        // It needs three: itself, c after 200 ms, b after 300 ms.
        assertThat(five.quorumFreeAtNanos(NOW)).isEqualTo(NOW + 300 * MILLI);
        assertThat(five.quorumFreeAtNanos(NOW + 250 * MILLI)).isEqualTo(NOW + 300 * MILLI);
        assertThat(five.quorumFreeAtNanos(NOW + 300 * MILLI)).isEqualTo(NOW + 300 * MILLI);
    }

    @Test
    void waitsForTheLastBondIfAllThatMayStillGrantAreNeeded() {
        VoteRound round = round(false, "a", "b", "c");
        round.grant("a", "a-1");
        round.refuse("b", BEHIND, NOW, CAP);
        round.refuse("c", bound(300), NOW, CAP);
        assertThat(round.quorumFreeAtNanos(NOW)).isEqualTo(NOW + 300 * MILLI);
    }

    @Test
    void asksTheSilentOnesOnceAnIntervalAndTheBoundOnesWhenTheirBondEnds() {
        VoteRound round = round(false, "a", "b", "c");
        assertThat(round.toAsk(NOW, 100 * MILLI)).containsExactly("b", "c");
        round.asked("b", 1, NOW);
        round.asked("c", 2, NOW);
        round.refuse("c", bound(30), NOW, CAP);
        assertThat(round.toAsk(NOW, 100 * MILLI)).isEmpty();
        assertThat(round.nextAskNanos(NOW, 100 * MILLI, NOW + CAP)).isEqualTo(NOW + 30 * MILLI);
        assertThat(round.toAsk(NOW + 30 * MILLI, 100 * MILLI)).containsExactly("c");
        assertThat(round.toAsk(NOW + 100 * MILLI, 100 * MILLI)).containsExactly("b", "c");
    }

    /** A connection may break where the voter behind it is well. */
    @Test
    void asksAVoterWhoseRequestFailedAtOnceThenLaterThenOnceAnInterval() {
        VoteRound round = round(false, "a", "b");
        long at = NOW;
        for (long wait : new long[] {0, 25, 50}) {
            round.asked("b", 1, at);
            assertThat(round.nextAskNanos(at, 100 * MILLI, NOW + CAP)).isEqualTo(at + 100 * MILLI);
            at += MILLI;
            round.unanswered("b", 1, at);
            assertThat(round.nextAskNanos(at, 100 * MILLI, NOW + CAP)).isEqualTo(at + wait * MILLI);
            at += wait * MILLI;
            assertThat(round.toAsk(at - 1, 100 * MILLI)).isEmpty();
            assertThat(round.toAsk(at, 100 * MILLI)).containsExactly("b");
        }
        for (int i = 0; i < 3; i++) {
            round.asked("b", 1, at);
            round.unanswered("b", 1, at + MILLI);
            assertThat(round.nextAskNanos(at + MILLI, 100 * MILLI, NOW + CAP)).isEqualTo(at + 100 * MILLI);
            at += 100 * MILLI;
        }
    }

    @Test
    void anEarlierRoundsFailureIsNoneOfThisRound() {
        VoteRound round = round(false, "a", "b");
        round.asked("b", 2, NOW);
        round.unanswered("b", 1, NOW);
        assertThat(round.nextAskNanos(NOW, 100 * MILLI, NOW + CAP)).isEqualTo(NOW + 100 * MILLI);
    }

    /** It has a lasting reason, and a request of an earlier attempt fails late. */
    @Test
    void aFailureAsksNobodyWhoRefusedForGood() {
        VoteRound round = round(false, "a", "b", "c");
        round.asked("b", 1, NOW);
        round.asked("c", 2, NOW);
        round.refuse("b", BEHIND, NOW, CAP);
        round.unanswered("b", 1, NOW);
        assertThat(round.toAsk(NOW, 100 * MILLI)).isEmpty();
    }

    /** Each of its answers says that it is free in a nanosecond. */
    @Test
    void asksABoundVoterAtMostFiftyTimesAnInterval() {
        VoteRound round = round(false, "a", "b");
        round.asked("b", 1, NOW);
        round.refuse("b", Refusal.bound(Duration.ofNanos(1), "l"), NOW, CAP);
        long next = NOW + 2 * MILLI;
        assertThat(round.nextAskNanos(NOW, 100 * MILLI, NOW + CAP)).isEqualTo(next);
        assertThat(round.toAsk(next - 1, 100 * MILLI)).isEmpty();
        assertThat(round.toAsk(next, 100 * MILLI)).containsExactly("b");
    }

    @Test
    void believesNoBondLongerThanTheCap() {
        VoteRound round = round(false, "a", "b", "c");
        round.refuse("b", bound(3_600_000), NOW, CAP);
        round.refuse("c", bound(3_600_000), NOW, CAP);
        assertThat(round.quorumFreeAtNanos(NOW)).isEqualTo(NOW + CAP);
    }

    @Test
    void asksNobodyWhoRefusedForGood() {
        VoteRound round = round(false, "a", "b", "c", "d");
        round.refuse("b", BEHIND, NOW, CAP);
        round.grant("c", "c-1");
        assertThat(round.toAsk(NOW, 100 * MILLI)).containsExactly("d");
    }

    @Test
    void hasNobodyLeftToAskWhenAllHaveAnswered() {
        VoteRound round = round(false, "a", "b", "c");
        round.grant("b", "b-1");
        round.grant("c", "c-1");
        assertThat(round.toAsk(NOW, 1)).isEmpty();
        assertThat(round.nextAskNanos(NOW, 1, NOW + CAP)).isEqualTo(NOW + CAP);
    }

    @Test
    void knowsItsOwnRequests() {
        VoteRound round = round(false, "a", "b", "c");
        round.asked("b", 41, NOW);
        round.asked("b", 42, NOW);
        assertThat(round.hasAsked(41)).isTrue();
        assertThat(round.hasAsked(42)).isTrue();
        assertThat(round.hasAsked(43)).isFalse();
    }
}
