package io.election.core;

import static io.election.core.MemberUnderTest.HEARTBEAT;
import static io.election.core.MemberUnderTest.LEASE;
import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.done;
import static io.election.core.MemberUnderTest.founded;
import static io.election.core.MemberUnderTest.no;
import static io.election.core.MemberUnderTest.only;
import static io.election.core.MemberUnderTest.refusal;
import static io.election.core.MemberUnderTest.yes;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A leader that asks a quorum whether it still leads (thesis, section 6.4). */
class ElectionConfirmTests {

    private static final List<Member> FIVE = List.of(data("a"), data("b"), data("c"), data("d"), data("e"));

    private static Effect ended(long call, boolean confirmed) {
        return new Effect.ConfirmEnded(call, confirmed);
    }

    private static List<Effect.ConfirmEnded> answers(List<Effect> effects) {
        return only(effects, Effect.ConfirmEnded.class);
    }

    @Test
    void heartbeatsAtOnceAndIsConfirmedByAQuorumsAcknowledgements() {
        MemberUnderTest a = founded("a", FIVE).leading();
        a.pass(HEARTBEAT.dividedBy(2));
        assertThat(only(a.step(new Input.Confirm(1)), Effect.Send.class))
                .extracting(send -> send.request().getClass().getSimpleName() + " to "
                        + send.request().header().to())
                .containsExactly("Heartbeat to b", "Heartbeat to c", "Heartbeat to d", "Heartbeat to e");
        assertThat(answers(a.answered(yes(a.sentTo("e", Request.Heartbeat.class)))))
                .as("two of five")
                .isEmpty();
        assertThat(answers(a.answered(yes(a.sentTo("c", Request.Heartbeat.class)))))
                .containsExactly(new Effect.ConfirmEnded(1, true));
        assertThat(answers(a.answered(yes(a.sentTo("d", Request.Heartbeat.class)))))
                .as("answered once")
                .isEmpty();
    }

    @Test
    void whatWasSentBeforeTheCallConfirmsNothing() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(HEARTBEAT);
        Request.Heartbeat earlier = a.sentTo("b", Request.Heartbeat.class);
        Request.Heartbeat earlierToC = a.sentTo("c", Request.Heartbeat.class);
        assertThat(a.step(new Input.Confirm(1)))
                .as("a round is under way: the next one begins once a quorum has acknowledged it")
                .isEmpty();
        List<Effect> acknowledged = a.answered(yes(earlier));
        assertThat(answers(acknowledged)).isEmpty();
        assertThat(only(acknowledged, Effect.Send.class)).hasSize(2);
        assertThat(answers(a.answered(yes(earlierToC)))).isEmpty();
        assertThat(answers(a.answered(yes(a.sentTo("c", Request.Heartbeat.class)))))
                .containsExactly(new Effect.ConfirmEnded(1, true));
    }

    @Test
    void aRoundThatNobodyAcknowledgesHoldsTheNextOneUpForATenthOfTheInterval() {
        MemberUnderTest a = founded("a").leading();
        a.tickAfter(HEARTBEAT);
        a.step(new Input.Confirm(1));
        assertThat(a.untilDue()).isEqualTo(HEARTBEAT.dividedBy(10));
        a.tickWhenDue();
        assertThat(answers(a.answered(yes(a.sentTo("c", Request.Heartbeat.class)))))
                .containsExactly(new Effect.ConfirmEnded(1, true));
    }

    @Test
    void anAcknowledgementTwiceOverIsOneMembers() {
        MemberUnderTest a = founded("a", FIVE).leading();
        a.pass(HEARTBEAT.dividedBy(2));
        a.step(new Input.Confirm(1));
        a.answered(yes(a.sentTo("b", Request.Heartbeat.class)));
        a.tickAfter(HEARTBEAT);
        assertThat(answers(a.answered(yes(a.sentTo("b", Request.Heartbeat.class)))))
                .isEmpty();
    }

    @Test
    void manyCallersShareARoundAndRoundsKeepATenthOfTheIntervalApart() {
        MemberUnderTest a = founded("a").leading();
        int rounds = 0;
        for (int call = 1; call <= 100; call++) {
            a.pass(Duration.ofMillis(1));
            rounds += only(a.step(new Input.Confirm(call)), Effect.Send.class).size() / 2;
        }
        assertThat(rounds).as("in 100 ms, 10 ms apart").isEqualTo(10);
        assertThat(answers(a.settle("b", "c"))).hasSize(100).allMatch(Effect.ConfirmEnded::confirmed);
    }

    @Test
    void aRefusalConfirmsNothing() {
        MemberUnderTest a = founded("a").leading();
        a.pass(HEARTBEAT.dividedBy(2));
        a.step(new Input.Confirm(1));
        assertThat(answers(
                        a.answered(no(a.sentTo("b", Request.Heartbeat.class), 0, refusal(RefusalReason.UNAVAILABLE)))))
                .isEmpty();
    }

    @Test
    void aMemberThatDoesNotLeadIsNotConfirmed() {
        assertThat(founded("a").step(new Input.Confirm(1))).containsExactly(ended(1, false));
        MemberUnderTest opening = founded("a");
        opening.ready();
        opening.tickWhenDue();
        opening.answered(yes(opening.sentTo("b", Request.Vote.class)));
        opening.write();
        opening.answered(yes(opening.sentTo("b", Request.Vote.class)));
        assertThat(opening.view().role()).as("elected, its term not opened").isEqualTo(io.election.Role.LEADER);
        assertThat(done(opening.step(new Input.Confirm(2)))).containsExactly(ended(2, false));
    }

    @Test
    void theEndOfTheLeadershipRefusesWhoWaits() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.Confirm(1));
        assertThat(answers(a.receive(a.heartbeat("b", 3)))).containsExactly(new Effect.ConfirmEnded(1, false));

        MemberUnderTest lapsing = founded("a").leading();
        lapsing.step(new Input.Confirm(2));
        assertThat(answers(lapsing.tickAfter(LEASE))).containsExactly(new Effect.ConfirmEnded(2, false));

        MemberUnderTest handing = founded("a").leading();
        handing.step(new Input.Confirm(3));
        assertThat(answers(handing.step(new Input.TransferLeadership(7, "b"))))
                .as("the lease is given up")
                .containsExactly(new Effect.ConfirmEnded(3, false));
        assertThat(answers(handing.step(new Input.Confirm(4)))).containsExactly(new Effect.ConfirmEnded(4, false));
    }

    @Test
    void aSoleVoterIsItsOwnQuorum() {
        MemberUnderTest sole = founded("a", List.of(data("a")));
        sole.ready();
        sole.settle();
        assertThat(answers(sole.step(new Input.Confirm(1)))).containsExactly(new Effect.ConfirmEnded(1, true));
    }
}
