package io.election.core;

import static io.election.core.MemberUnderTest.HANDOVER;
import static io.election.core.MemberUnderTest.HEARTBEAT;
import static io.election.core.MemberUnderTest.STEP;
import static io.election.core.MemberUnderTest.T;
import static io.election.core.MemberUnderTest.answerFrom;
import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.founded;
import static io.election.core.MemberUnderTest.no;
import static io.election.core.MemberUnderTest.witness;
import static io.election.core.MemberUnderTest.yes;
import static org.assertj.core.api.Assertions.assertThat;

import io.election.Role;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What runs out does so at its instant, and not with the first heartbeat after it: the core asks to be woken then. A
 * leader's heartbeats are shifted here, so that none of them falls on the instant in question.
 */
class ElectionWakeUpTests {

    private static final Duration MS = Duration.ofMillis(1);

    /** Ticks every 60 ms, answered by these, until less than 60 ms are left of a time; what is left. */
    private static Duration nearly(MemberUnderTest member, Duration time, String... peers) {
        Duration left = time;
        Duration stride = MS.multipliedBy(60);
        while (left.compareTo(stride) > 0) {
            member.tickAfter(stride);
            for (Effect.Send send : List.copyOf(member.outbox)) {
                if (send.request() instanceof Request.Heartbeat heartbeat
                        && List.of(peers).contains(heartbeat.header().to())) {
                    member.answered(yes(heartbeat));
                }
            }
            member.outbox.removeIf(send -> send.request() instanceof Request.Heartbeat);
            left = left.minus(stride);
        }
        // With one more heartbeat at this instant, the next is farther away than what is left.
        Duration almost = left.minus(MS);
        member.tickAfter(almost);
        return MS;
    }

    private static MemberUnderTest elected(MemberUnderTest a, String voter) {
        a.ready();
        a.tickWhenDue();
        a.answered(yes(a.sentTo(voter, Request.Vote.class)));
        a.write();
        a.answered(yes(a.sentTo(voter, Request.Vote.class)));
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
        return a;
    }

    @Test
    void anOpeningRunsOutOfTimeAtItsInstant() {
        MemberUnderTest a = elected(founded("a"), "b");
        Duration left = nearly(a, T.multipliedBy(2));
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
        assertThat(a.untilDue()).isEqualTo(left);
        a.tickWhenDue();
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void listenersRunOutOfTimeAtTheirInstant() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.TransferLeadership(1, "b"));
        Duration left = nearly(a, HANDOVER, "b", "c");
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
        assertThat(a.untilDue()).isEqualTo(left);
        a.tickWhenDue();
        assertThat(a.sentTo("b", Request.TimeoutNow.class).proof()).isEqualTo(new TransferProof("a", 2));
    }

    @Test
    void anAppendIsGivenUpAtItsInstant() {
        MemberUnderTest a = founded("a").leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        a.write();
        a.answered(yes(a.sentTo("b", Request.Append.class)));
        a.outbox.clear();
        Duration left = nearly(a, T, "b", "c");
        assertThat(a.outbox).isEmpty();
        assertThat(a.untilDue()).isEqualTo(left);
        a.tickWhenDue();
        assertThat(a.sentTo("c", Request.Append.class).entries()).hasSize(1);
    }

    @Test
    void aWitnessHasWaitedLongEnoughAtItsInstant() {
        MemberUnderTest a =
                founded("a", List.of(data("a"), data("b"), witness("w"))).leading();
        a.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        a.write();
        // Refused, so that it is not under way: what is waited for is the witness alone.
        Request.Append toB = a.sentTo("b", Request.Append.class);
        a.answered(
                new Response.Append(answerFrom(toB), 2, new Refusal(RefusalReason.UNAVAILABLE, null, null, null), 0));
        Duration left = nearly(a, T, "b", "w");
        a.outbox.clear();
        assertThat(a.untilDue()).isEqualTo(left);
        a.tickWhenDue();
        assertThat(a.sentTo("w", Request.Append.class).entries()).hasSize(1);
    }

    @Test
    void aPreVoteRunsOutOfTimeThoughItsVotersAreBoundForLonger() {
        MemberUnderTest a = founded("a");
        a.ready();
        a.tickWhenDue();
        a.pass(HEARTBEAT);
        Refusal bound = new Refusal(RefusalReason.BOUND, T, null, "l");
        a.answered(no(a.sentTo("b", Request.Vote.class), 1, bound));
        a.answered(no(a.sentTo("c", Request.Vote.class), 1, bound));
        assertThat(a.untilDue()).isEqualTo(T.minus(HEARTBEAT));
    }

    @Test
    void theOrderOfStandingBeginsWhenTheApplicationIsReady() {
        MemberUnderTest b = founded("b");
        b.tickAfter(T.multipliedBy(3));
        b.ready();
        assertThat(b.view().role()).isEqualTo(Role.FOLLOWER);
        assertThat(b.untilDue()).isEqualTo(STEP);
    }
}
