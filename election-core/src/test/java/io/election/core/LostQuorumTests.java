package io.election.core;

import static io.election.core.MemberUnderTest.CLUSTER;
import static io.election.core.MemberUnderTest.CLUSTER_ID;
import static io.election.core.MemberUnderTest.T;
import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.foundedState;
import static io.election.core.MemberUnderTest.incarnationOf;
import static io.election.core.MemberUnderTest.only;
import static io.election.core.MemberUnderTest.settings;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Members in memory whose quorum has forgotten forget as well, and no others do (safety rule 16). */
class LostQuorumTests {

    private static final List<Member> FIVE = List.of(data("a"), data("b"), data("c"), data("d"), data("e"));
    private static final List<Member> THREE = MemberUnderTest.THREE;

    /** A survivor, bound to nobody, that knows no leader. */
    private static MemberUnderTest survivor(String id, List<Member> members, FoundingSettings founding) {
        MemberUnderTest member = new MemberUnderTest(
                settings(id, members).withFounding(founding), incarnationOf(id), foundedState(members));
        return member.free();
    }

    private static MemberUnderTest survivor(List<Member> members) {
        return survivor(
                "e".equals(members.get(members.size() - 1).id()) ? "e" : "c", members, FoundingSettings.IN_MEMORY);
    }

    /** The light exchange begins. Returns what it is that each voter is asked last. */
    private static Map<String, Request.Announce> asks(MemberUnderTest member, List<Effect> effects) {
        member.pass(T);
        member.outbox.clear();
        effects.addAll(member.step(new Input.PingDue()));
        Map<String, Request.Announce> asked = new TreeMap<>();
        for (Effect.Send send : List.copyOf(member.outbox)) {
            if (send.request() instanceof Request.Announce announce) {
                asked.put(announce.header().to(), announce);
            }
        }
        return asked;
    }

    private static List<Effect> answersAsNew(MemberUnderTest member, Request.Announce asked, String incarnation) {
        Header header = asked.header();
        return member.answered(new Response.Announce(
                new Header(
                        1,
                        CLUSTER,
                        null,
                        header.to(),
                        incarnation,
                        false,
                        header.from(),
                        header.fromIncarnation(),
                        header.requestId()),
                Refusal.of(RefusalReason.WRONG_CLUSTER),
                null,
                null));
    }

    private static List<Effect> answersAsSettled(MemberUnderTest member, Request.Announce asked, String incarnation) {
        Header header = asked.header();
        return member.answered(new Response.Announce(
                new Header(
                        1,
                        CLUSTER,
                        CLUSTER_ID,
                        header.to(),
                        incarnation,
                        true,
                        header.from(),
                        header.fromIncarnation(),
                        header.requestId()),
                null,
                null,
                null));
    }

    private static List<Effect.StartAnew> begun(List<Effect> effects) {
        return only(effects, Effect.StartAnew.class);
    }

    /** In each of so many rounds these answer as new. Returns all that came of it, up to the beginning of the next round. */
    private static List<Effect> rounds(MemberUnderTest member, int rounds, String... asNew) {
        List<Effect> effects = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            Map<String, Request.Announce> asked = asks(member, effects);
            for (String id : asNew) {
                if (asked.containsKey(id)) {
                    effects.addAll(answersAsNew(member, asked.get(id), id + "-2"));
                }
            }
        }
        asks(member, effects);
        return effects;
    }

    @Test
    void aSurvivorForgetsOnceAQuorumIsNewInTwoRounds() {
        assertThat(begun(rounds(survivor(THREE), 1, "a", "b"))).isEmpty();
        MemberUnderTest c = survivor(THREE);
        List<Effect.StartAnew> begun = begun(rounds(c, 2, "a", "b"));
        assertThat(begun).hasSize(1);
        assertThat(begun.get(0).why())
                .isEqualTo("the memory of a, b is new, and the others are no quorum of the 3 voters");
        assertThat(begun.get(0).token())
                .isEqualTo(c.view().membership().token(c.view().term()));
    }

    @Test
    void aQuorumThatMayRememberIsWaitedFor() {
        assertThat(begun(rounds(survivor(THREE), 4, "a")))
                .as("b is only silent")
                .isEmpty();
        assertThat(begun(rounds(survivor(FIVE), 4, "a", "b")))
                .as("c and d are only silent")
                .isEmpty();
        assertThat(begun(rounds(survivor(FIVE), 4, "a", "b", "c"))).hasSize(1);
    }

    @Test
    void onDiskNobodyForgets() {
        assertThat(begun(rounds(survivor("c", THREE, FoundingSettings.ON_DISK), 4, "a", "b")))
                .isEmpty();
    }

    @Test
    void whoHearsALeaderForgetsNothing() {
        MemberUnderTest c = survivor(THREE);
        rounds(c, 1, "a", "b");
        c.receive(c.heartbeat("a", 3));
        c.outbox.clear();
        assertThat(begun(c.step(new Input.PingDue()))).isEmpty();
        assertThat(c.outbox)
                .as("no round while there is a leader")
                .noneMatch(send -> send.request() instanceof Request.Announce);
        c.pass(T);
        assertThat(begun(rounds(c, 1, "a", "b")))
                .as("it begins again with the first round")
                .isEmpty();
    }

    @Test
    void aBoundMemberWaitsForTheEndOfItsBond() {
        MemberUnderTest c = survivor("c", THREE, FoundingSettings.IN_MEMORY);
        List<Effect> effects = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Map<String, Request.Announce> asked = asks(c, effects);
            effects.addAll(answersAsNew(c, asked.get("a"), "a-2"));
            effects.addAll(answersAsNew(c, asked.get("b"), "b-2"));
        }
        // A vote that it gives now holds it back for a while.
        c.receive(c.vote("b", 7));
        c.pass(Duration.ofNanos(1));
        effects.addAll(c.step(new Input.PingDue()));
        assertThat(begun(effects)).isEmpty();
        assertThat(begun(c.tickWhenDue())).hasSize(1);
    }

    @Test
    void aVoterThatBelongsToAnotherClusterRemembersNothingOfThisOne() {
        MemberUnderTest c = survivor(THREE);
        List<Effect> effects = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Map<String, Request.Announce> asked = asks(c, effects);
            effects.addAll(answersAsNew(c, asked.get("a"), "a-2"));
            Header header = asked.get("b").header();
            effects.addAll(c.answered(new Response.Announce(
                    new Header(1, CLUSTER, "c-0", "b", "b-1", true, "c", header.fromIncarnation(), header.requestId()),
                    Refusal.of(RefusalReason.WRONG_CLUSTER),
                    null,
                    null)));
        }
        asks(c, effects);
        assertThat(begun(effects)).hasSize(1);
    }

    /** A founder that the founding's entry has not reached yet counts all the same. */
    @Test
    void aFounderWithoutItsFirstEntryHasForgottenNothing() {
        MemberUnderTest c = survivor(THREE);
        List<Effect> effects = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Map<String, Request.Announce> asked = asks(c, effects);
            effects.addAll(answersAsNew(c, asked.get("a"), "a-1"));
            effects.addAll(answersAsNew(c, asked.get("b"), "b-2"));
        }
        asks(c, effects);
        assertThat(begun(effects)).isEmpty();
    }

    /**
     * The counter-example of Michael, Ports, Sharma and Szekeres. E lags behind, and hears no leader. A forgets, answers E, and is
     * let in again, so it counts. Then B does the same, and then C. Each was new when it answered E, and there was a quorum at every instant.
     */
    @Test
    void memoriesThatWereNewOneAfterTheOtherAreNoLostQuorum() {
        MemberUnderTest e = survivor(FIVE);
        List<Effect> effects = new ArrayList<>();
        for (String isNew : List.of("a", "b", "c")) {
            Map<String, Request.Announce> asked = asks(e, effects);
            for (String voter : List.of("a", "b", "c")) {
                boolean wasLetIn = voter.compareTo(isNew) < 0;
                effects.addAll(
                        voter.equals(isNew)
                                ? answersAsNew(e, asked.get(voter), voter + "-2")
                                : answersAsSettled(e, asked.get(voter), voter + (wasLetIn ? "-2" : "-1")));
            }
        }
        asks(e, effects);
        asks(e, effects);
        assertThat(begun(effects)).isEmpty();
    }

    /** The same within one round: who answered first may count by the time at which the last one answers. */
    @Test
    void memoriesThatWereNewInOneRoundNeedNotHaveBeenSoAtOneInstant() {
        MemberUnderTest e = survivor(FIVE);
        List<Effect> effects = new ArrayList<>();
        Map<String, Request.Announce> asked = asks(e, effects);
        for (String voter : List.of("a", "b", "c")) {
            effects.addAll(answersAsNew(e, asked.get(voter), voter + "-2"));
        }
        asked = asks(e, effects);
        effects.addAll(answersAsSettled(e, asked.get("a"), "a-2"));
        effects.addAll(answersAsSettled(e, asked.get("b"), "b-2"));
        effects.addAll(answersAsNew(e, asked.get("c"), "c-2"));
        asks(e, effects);
        assertThat(begun(effects)).isEmpty();
    }

    /** It may have been let in, and forgotten again, in between. */
    @Test
    void anotherNewMemoryOfAMemberDoesNotSpeakForTheFirst() {
        MemberUnderTest c = survivor(THREE);
        List<Effect> effects = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Map<String, Request.Announce> asked = asks(c, effects);
            effects.addAll(answersAsNew(c, asked.get("a"), "a-" + (i + 2)));
            effects.addAll(answersAsNew(c, asked.get("b"), "b-2"));
        }
        asks(c, effects);
        assertThat(begun(effects)).isEmpty();
    }

    @Test
    void anAnswerThatIsLateBelongsToNoLaterRound() {
        MemberUnderTest c = survivor(THREE);
        List<Effect> effects = new ArrayList<>();
        Map<String, Request.Announce> first = asks(c, effects);
        effects.addAll(answersAsNew(c, first.get("b"), "b-2"));
        Map<String, Request.Announce> second = asks(c, effects);
        effects.addAll(answersAsNew(c, second.get("b"), "b-2"));
        effects.addAll(answersAsNew(c, first.get("a"), "a-2"));
        Map<String, Request.Announce> third = asks(c, effects);
        effects.addAll(answersAsNew(c, third.get("b"), "b-2"));
        effects.addAll(answersAsNew(c, second.get("a"), "a-2"));
        asks(c, effects);
        assertThat(begun(effects)).isEmpty();
    }
}
