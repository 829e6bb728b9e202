package io.election.core;

import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.foundedState;
import static io.election.core.MemberUnderTest.incarnationOf;
import static io.election.core.MemberUnderTest.yes;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How many heartbeats in a row may be lost until a leadership is, with the default lease and election timeout, where an answer
 * takes 20 ms. The default interval is the second one.
 */
class LostHeartbeatsTests {

    private static final Duration ROUND_TRIP = Duration.ofMillis(20);

    @ParameterizedTest
    @CsvSource({"100, 6", "200, 2", "250, 1", "375, 0"})
    void toleratesSoManyInARow(long intervalMillis, int lost) {
        assertThat(leadsAfter(intervalMillis, lost)).as("%d lost", lost).isTrue();
        assertThat(leadsAfter(intervalMillis, lost + 1)).as("%d lost", lost + 1).isFalse();
    }

    private static boolean leadsAfter(long intervalMillis, int lost) {
        MemberUnderTest a = new MemberUnderTest(settings(intervalMillis), incarnationOf("a"), foundedState(THREE));
        a.leading();
        // One round that is answered, from which the lease counts.
        answerOneRound(a);
        for (int round = 0; round < lost; round++) {
            nextRound(a);
        }
        nextRound(a);
        if (a.view().leader() == null) {
            return false;
        }
        a.pass(ROUND_TRIP);
        a.tick();
        return "a".equals(a.view().leader());
    }

    private static void answerOneRound(MemberUnderTest a) {
        nextRound(a);
        a.pass(ROUND_TRIP);
        a.answered(yes(a.sentTo("b", Request.Heartbeat.class)));
        a.answered(yes(a.sentTo("c", Request.Heartbeat.class)));
        a.outbox.clear();
    }

    /** Waits for the next heartbeats, which may be preceded by the end of the lease. */
    private static void nextRound(MemberUnderTest a) {
        a.outbox.clear();
        while (a.view().leader() != null
                && a.outbox.stream().noneMatch(send -> send.request() instanceof Request.Heartbeat)) {
            a.tickWhenDue();
        }
    }

    private static ElectionSettings settings(long intervalMillis) {
        return new ElectionSettings(
                MemberUnderTest.CLUSTER,
                "a",
                THREE,
                Duration.ofSeconds(1),
                Duration.ofMillis(intervalMillis),
                Duration.ofMillis(750),
                0.05,
                Duration.ofMillis(10),
                Duration.ofSeconds(5),
                false,
                1000);
    }
}
