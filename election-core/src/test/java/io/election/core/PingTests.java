package io.election.core;

import static io.election.core.MemberUnderTest.HEARTBEAT;
import static io.election.core.MemberUnderTest.STEP;
import static io.election.core.MemberUnderTest.T;
import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.founded;
import static io.election.core.MemberUnderTest.observer;
import static io.election.core.MemberUnderTest.only;
import static io.election.core.MemberUnderTest.told;
import static org.assertj.core.api.Assertions.assertThat;

import io.election.Role;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The light exchange between voters: it changes nothing on either side, and measures the round trip. */
class PingTests {

    /** Members in whatever state, each made anew and alike. */
    enum Kind {
        NOT_READY(() -> founded("b").free()),
        BOUND(() -> {
            MemberUnderTest b = founded("b");
            b.ready();
            b.receive(b.heartbeat("a", 1));
            b.pass(Duration.ofMillis(900));
            return b;
        }),
        BOND_ENDS_NOW(() -> {
            MemberUnderTest b = founded("b");
            b.ready();
            b.receive(b.heartbeat("a", 1));
            b.pass(T);
            return b;
        }),
        VOTED(() -> {
            MemberUnderTest b = founded("b").free();
            b.receive(b.vote("a", 2));
            b.write();
            b.ready();
            return b;
        }),
        PRE_CANDIDATE(() -> {
            MemberUnderTest b = founded("b");
            b.ready();
            b.tickWhenDue();
            assertThat(b.view().role()).isEqualTo(Role.PRE_CANDIDATE);
            return b;
        }),
        CANDIDATE(() -> {
            MemberUnderTest b = founded("b");
            b.ready();
            b.tickWhenDue();
            b.answered(MemberUnderTest.yes(b.sentTo("a", Request.Vote.class)));
            assertThat(b.view().role()).isEqualTo(Role.CANDIDATE);
            return b;
        }),
        LEADER(() -> founded("b").leading()),
        /** Its lease has nearly ended, and nobody answers. */
        LEADER_ALONE(() -> {
            MemberUnderTest b = founded("b").leading();
            b.tickAfter(Duration.ofMillis(740));
            return b;
        }),
        CLOSING(() -> {
            MemberUnderTest b = founded("b").free();
            b.step(new Input.Close());
            return b;
        });

        private final Supplier<MemberUnderTest> made;

        Kind(Supplier<MemberUnderTest> made) {
            this.made = made;
        }
    }

    /** What both do from now on, the same inputs given. */
    private static void liveOnAlike(MemberUnderTest one, MemberUnderTest other) {
        assertThat(one.view()).isEqualTo(other.view());
        for (int i = 0; i < 20; i++) {
            assertThat(one.untilDue()).isEqualTo(other.untilDue());
            assertThat(one.tickWhenDue()).isEqualTo(other.tickWhenDue());
            assertThat(one.view()).isEqualTo(other.view());
        }
    }

    // ------------------------------------------------------------------------------------------------ who is asked

    @ParameterizedTest
    @EnumSource
    void aPingIsAnsweredAndChangesNothing(Kind kind) {
        MemberUnderTest pinged = kind.made.get();
        MemberUnderTest other = kind.made.get();
        Request.Ping ping = new Request.Ping(pinged.from("c"));

        List<Effect> effects = new java.util.ArrayList<>(pinged.receive(ping));
        Effect.Reply reply = only(effects, Effect.Reply.class).get(0);
        effects.remove(reply);

        assertThat(reply).isEqualTo(new Effect.Reply(pinged.exchange, new Response.Ping(pinged.answerTo(ping)), 0));
        assertThat(effects).isEqualTo(other.tick());
        liveOnAlike(pinged, other);
    }

    @Test
    void aPingOfAnotherClustersMemberChangesNothing() {
        MemberUnderTest b = Kind.BOUND.made.get();
        ElectionView before = b.view();
        Header known = b.from("c");
        Header foreign = new Header(
                known.protocol(),
                known.cluster(),
                "another",
                known.from(),
                known.fromIncarnation(),
                true,
                known.to(),
                known.toIncarnation(),
                known.requestId());

        b.receive(new Request.Ping(foreign));

        assertThat(b.view()).isEqualTo(before);
    }

    // ------------------------------------------------------------------------------------------------ who asks

    @ParameterizedTest
    @EnumSource
    void theAnswerToAPingChangesNothingWhereItIsNotSlow(Kind kind) {
        MemberUnderTest asker = kind.made.get();
        MemberUnderTest other = kind.made.get();
        asker.outbox.clear();
        other.outbox.clear();
        assertThat(asker.step(new Input.PingDue())).isEqualTo(other.step(new Input.PingDue()));
        if (asker.outbox.stream().noneMatch(send -> send.request() instanceof Request.Ping)) {
            assertThat(asker.view().role()).isEqualTo(Role.LEADER);
            return;
        }
        Request.Ping ping = asker.sentTo("c", Request.Ping.class);

        assertThat(asker.answered(MemberUnderTest.yes(ping)))
                .isEqualTo(other.step(new Input.Unanswered(ping.header().requestId())));

        List<MemberPresence> seen = asker.view().members();
        assertThat(seen.get(2).roundTrip()).isEqualTo(Duration.ZERO);
        assertThat(seen.get(2).reachable()).isTrue();
        assertThat(other.view().members().get(2).reachable()).isNull();
        for (int i = 0; i < 20; i++) {
            assertThat(asker.untilDue()).isEqualTo(other.untilDue());
            assertThat(asker.tickWhenDue()).isEqualTo(other.tickWhenDue());
        }
    }

    /** The member may have died between its vote and the answer to a ping that it was sent before. */
    @Test
    void anAnswerThatReachesALeaderIsNoSignOfLife() {
        MemberUnderTest b = founded("b");
        b.ready();
        b.step(new Input.PingDue());
        Request.Ping answered = b.sentTo("c", Request.Ping.class);
        Request.Ping failed = b.sentTo("a", Request.Ping.class);
        b.leading();
        b.tickAfter(Duration.ofMillis(700));
        ElectionView before = b.view();

        b.answered(MemberUnderTest.yes(answered));
        b.step(new Input.Unanswered(failed.header().requestId()));

        assertThat(b.view()).isEqualTo(before);
        assertThat(only(b.step(new Input.TransferLeadership(7, "a")), Effect.TransferEnded.class))
                .as("a may lead")
                .isEmpty();
    }

    // ------------------------------------------------------------------------------------------------ who is pinged

    private static List<String> pinged(MemberUnderTest member) {
        return only(member.step(new Input.PingDue()), Effect.Send.class).stream()
                .map(send -> send.request().header().to())
                .toList();
    }

    @Test
    void votersPingEachOtherAndTheirLeaderOnceInAWhile() {
        MemberUnderTest b = founded("b", List.of(data("a"), data("b"), data("c"), observer("o")));
        b.ready();
        assertThat(pinged(b)).containsExactly("a", "c");
        b.receive(b.heartbeat("a", 1));
        assertThat(pinged(b)).containsExactly("c");
        assertThat(pinged(b)).containsExactly("c");
        assertThat(pinged(b)).containsExactly("c");
        assertThat(pinged(b)).containsExactly("a", "c");
    }

    @Test
    void aLeaderAnObserverAndAMemberWithoutItsDiskPingNobody() {
        assertThat(pinged(founded("a").leading())).isEmpty();
        assertThat(pinged(founded("o", List.of(data("a"), data("b"), observer("o")))))
                .isEmpty();
        MemberUnderTest failed = founded("b");
        failed.step(new Input.PersistFailed("of this test"));
        assertThat(pinged(failed)).isEmpty();
    }

    // ------------------------------------------------------------------------------------------------ the round trip

    private static MemberUnderTest measuring(MemberUnderTest member, String peer, Duration roundTrip) {
        member.step(new Input.PingDue());
        Request.Ping ping = member.sentTo(peer, Request.Ping.class);
        member.pass(roundTrip);
        member.answered(MemberUnderTest.yes(ping));
        return member;
    }

    @Test
    void neighboursInRankStandARoundTripFurtherApart() {
        MemberUnderTest b = measuring(founded("b", THREE), "a", Duration.ofMillis(200));
        b.ready();
        b.pass(Duration.ofMillis(800));
        b.tick();
        assertThat(b.view().role()).isEqualTo(Role.FOLLOWER);
        assertThat(b.untilDue()).isEqualTo(STEP.plusMillis(200));
    }

    /** Of three, two make a quorum: the nearer one is enough. */
    @Test
    void aFarMemberThatIsNotNeededWidensNoStep() {
        MemberUnderTest b = measuring(founded("b", THREE), "c", Duration.ofMillis(500));
        measuring(b, "a", Duration.ofMillis(20));
        b.ready();
        b.pass(Duration.ofMillis(480));
        b.tick();
        assertThat(b.untilDue()).isEqualTo(STEP.plusMillis(20));
    }

    @Test
    void noMemberDelaysAnElectionByMoreThanTHoweverSlowlyItAnswers() {
        MemberUnderTest b = measuring(founded("b", THREE), "a", Duration.ofSeconds(8));
        // Its application is ready only now, from when on it counts its step.
        b.ready();
        b.tick();
        assertThat(b.untilDue()).isEqualTo(T.plus(STEP));
    }

    @Test
    void oneSlowAnswerAmongFastOnesDoesNotCount() {
        MemberUnderTest b = measuring(founded("b", THREE), "a", Duration.ofMillis(300));
        measuring(b, "a", Duration.ofMillis(2));
        measuring(b, "a", Duration.ofMillis(2));
        assertThat(b.view().members().get(0).roundTrip()).isEqualTo(Duration.ofMillis(2));
    }

    /** The grant has to reach it, and its heartbeat has to come back. */
    @Test
    void aVoteGivenToAFarCandidateHoldsBackForARoundTripToIt() {
        MemberUnderTest a = measuring(founded("a", THREE), "c", Duration.ofMillis(400));
        measuring(a, "b", Duration.ofMillis(20));
        a.free();
        a.receive(a.vote("c", 2));
        a.write();
        a.ready();
        assertThat(a.untilDue()).isEqualTo(STEP.plusMillis(400));
    }

    @Test
    void asManyPathsStayWarmAsALeaderWouldHaveHeartbeatsUnderWay() {
        MemberUnderTest b = measuring(founded("b", THREE), "c", Duration.ofMillis(500));
        assertThat(pinged(b)).filteredOn("c"::equals).hasSize(7);
        MemberUnderTest far = measuring(founded("b", THREE), "c", Duration.ofSeconds(5));
        assertThat(pinged(far)).filteredOn("c"::equals).hasSize(RoundTrips.MOST_AT_A_TIME);
        MemberUnderTest near = measuring(founded("b", THREE), "c", HEARTBEAT.minusMillis(1));
        assertThat(pinged(near)).filteredOn("c"::equals).hasSize(1);
    }

    @Test
    void saysOnceThatTheRoundTripIsTooLongForTheSettingsAndOnceThatItNoLongerIs() {
        MemberUnderTest b = founded("b", THREE);
        b.step(new Input.PingDue());
        Request.Ping ping = b.sentTo("c", Request.Ping.class);
        b.pass(Duration.ofMillis(551));
        assertThat(told(b.answered(MemberUnderTest.yes(ping))))
                .containsExactly(new Observation.RoundTripJudged(
                        Duration.ofMillis(551), Duration.ofMillis(550), Duration.ofMillis(1200), true));
        b.step(new Input.PingDue());
        ping = b.sentTo("c", Request.Ping.class);
        b.pass(Duration.ofMillis(700));
        assertThat(told(b.answered(MemberUnderTest.yes(ping)))).isEmpty();
        for (int i = 0; i < 3; i++) {
            b.step(new Input.PingDue());
            ping = b.sentTo("c", Request.Ping.class);
            b.pass(Duration.ofMillis(5));
            assertThat(told(b.answered(MemberUnderTest.yes(ping))))
                    .hasSize(i == 2 ? 1 : 0)
                    .allMatch(Observation.RoundTripJudged.class::isInstance);
        }
    }
}
