package io.election.core;

import static io.election.core.MemberUnderTest.CLUSTER;
import static io.election.core.MemberUnderTest.CLUSTER_ID;
import static io.election.core.MemberUnderTest.GENERATION;
import static io.election.core.MemberUnderTest.LEASE;
import static io.election.core.MemberUnderTest.T;
import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.foundedState;
import static io.election.core.MemberUnderTest.incarnationOf;
import static io.election.core.MemberUnderTest.only;
import static io.election.core.MemberUnderTest.refusal;
import static io.election.core.MemberUnderTest.settings;
import static io.election.core.MemberUnderTest.told;
import static org.assertj.core.api.Assertions.assertThat;

import io.election.Role;
import io.election.StepDownReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Two clusters of one name: the one with the higher generation wins (safety rule 16). */
class RivalClustersTests {

    private static final String OTHER = "c-0";

    private static MemberUnderTest onDisk(String id) {
        return MemberUnderTest.founded(id);
    }

    private static MemberUnderTest inMemory(String id) {
        return new MemberUnderTest(
                settings(id, THREE).withFounding(FoundingSettings.IN_MEMORY), incarnationOf(id), foundedState(THREE));
    }

    /** A member of another cluster says which one, and who leads there. */
    private static List<Effect> hears(
            MemberUnderTest member, String clusterId, long generation, @Nullable String leader) {
        Header header =
                new Header(1, CLUSTER, clusterId, "x", "x-1", true, member.settings.nodeId(), null, member.exchange);
        return member.receive(
                new Request.Announce(header, MemberKind.DATA, null, new Allegiance(generation, leader), null));
    }

    private static boolean isGivenUp(MemberUnderTest leader) {
        return leader.view().role() == Role.FOLLOWER;
    }

    @Test
    void aLeaderGivesWayToOneOfAHigherGeneration() {
        MemberUnderTest a = onDisk("a").leading();
        List<Effect> effects = hears(a, OTHER, GENERATION + 1, "y");
        assertThat(only(effects, Effect.LeadershipEnded.class))
                .containsExactly(new Effect.LeadershipEnded(2, StepDownReason.SUPERSEDED));
        assertThat(told(effects)).contains(new Observation.Superseded(OTHER, GENERATION + 1, "y", false));
        assertThat(a.view().leader()).isNull();
    }

    @Test
    void ofTwoClustersOfOneGenerationTheHigherIdWins() {
        MemberUnderTest a = onDisk("a").leading();
        hears(a, "b-9", GENERATION, "y");
        assertThat(isGivenUp(a)).as("a lower id").isFalse();
        hears(a, "c-2", GENERATION, "y");
        assertThat(isGivenUp(a)).as("a higher id").isTrue();
    }

    @Test
    void aLowerGenerationIsNotHeeded() {
        MemberUnderTest a = onDisk("a").leading();
        hears(a, "z-9", GENERATION - 1, "y");
        assertThat(isGivenUp(a)).isFalse();
    }

    @Test
    void aClusterWithoutALeaderIsNotHeeded() {
        MemberUnderTest a = onDisk("a").leading();
        hears(a, OTHER, GENERATION + 1, null);
        assertThat(isGivenUp(a)).isFalse();
    }

    @Test
    void aMemberThatHoldsNothingGivesNothingUp() {
        MemberUnderTest a = new MemberUnderTest(
                settings("a", THREE).withFounding(FoundingSettings.IN_MEMORY), "a-1", DurableState.NEW);
        assertThat(told(hears(a, OTHER, GENERATION + 1, "y"))).noneMatch(Observation.Superseded.class::isInstance);
    }

    @Test
    void whoHasGivenItsClusterUpNeitherVotesNorFollowsNorStandsThere() {
        MemberUnderTest b = onDisk("b").free();
        b.ready();
        hears(b, OTHER, GENERATION + 1, "y");
        Refusal superseded = refusal(RefusalReason.SUPERSEDED);
        Request.Vote vote = b.vote("a", 5);
        assertThat(only(b.receive(vote), Effect.Reply.class))
                .containsExactly(b.replies(vote, b.view().term(), superseded, 0));
        Request.Heartbeat heartbeat = b.heartbeat("a", 5);
        assertThat(only(b.receive(heartbeat), Effect.Reply.class))
                .containsExactly(b.replies(heartbeat, b.view().term(), superseded, at(1, 1), 0));
        b.tickAfter(T.multipliedBy(20));
        assertThat(b.view().role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void onDiskItStaysOutOfBothAndSaysSoOnce() {
        MemberUnderTest a = onDisk("a").leading();
        hears(a, OTHER, GENERATION + 1, "y");
        List<Effect> later = new ArrayList<>(hears(a, OTHER, GENERATION + 1, "y"));
        later.addAll(a.tickAfter(T.multipliedBy(5)));
        assertThat(only(later, Effect.StartAnew.class)).isEmpty();
        assertThat(told(later)).noneMatch(Observation.Superseded.class::isInstance);
    }

    @Test
    void inMemoryItBeginsANewLifeOnceItIsBoundToNobody() {
        MemberUnderTest b = inMemory("b").free();
        b.receive(b.heartbeat("a", 2));
        List<Effect> effects = hears(b, OTHER, GENERATION + 1, "y");
        assertThat(told(effects)).contains(new Observation.Superseded(OTHER, GENERATION + 1, "y", true));
        assertThat(only(effects, Effect.StartAnew.class)).as("bound to a").isEmpty();
        assertThat(b.untilDue()).isLessThanOrEqualTo(T);
        assertThat(only(b.tickAfter(T.minusMillis(1)), Effect.StartAnew.class)).isEmpty();
        List<Effect.StartAnew> begun = only(b.tickAfter(Duration.ofMillis(1)), Effect.StartAnew.class);
        assertThat(begun).hasSize(1);
        assertThat(begun.get(0).token())
                .as("the highest of its cluster that it knows")
                .isEqualTo(b.view().membership().token(2));
    }

    @Test
    void afterThatThisLifeTakesNoPartAnyMore() {
        MemberUnderTest b = inMemory("b").free();
        assertThat(only(hears(b, OTHER, GENERATION + 1, "y"), Effect.StartAnew.class))
                .hasSize(1);
        assertThat(b.receive(b.vote("a", 5))).isEmpty();
        assertThat(b.tickAfter(T)).isEmpty();
    }

    @Test
    void aLeaderInMemoryHasStoppedLeadingBeforeItForgets() {
        MemberUnderTest a = inMemory("a").leading();
        List<Effect> effects = new ArrayList<>(hears(a, OTHER, GENERATION + 1, "y"));
        assertThat(only(effects, Effect.LeadershipEnded.class)).hasSize(1);
        effects.addAll(a.tickAfter(LEASE));
        List<Class<?>> order = effects.stream()
                .<Class<?>>map(Effect::getClass)
                .filter(kind -> kind == Effect.LeadershipEnded.class || kind == Effect.StartAnew.class)
                .toList();
        assertThat(order).containsExactly(Effect.LeadershipEnded.class, Effect.StartAnew.class);
    }

    @Test
    void eachOfTwoClustersTellsTheOtherWhomItFollows() {
        MemberUnderTest a = onDisk("a").leading();
        // c was restarted with another list, and belongs to another cluster by now.
        a.tickAfter(Duration.ofMillis(100));
        Request.Heartbeat asked = a.sentTo("c", Request.Heartbeat.class);
        Header foreign = new Header(
                1, CLUSTER, OTHER, "c", "c-2", true, "a", "a-1", asked.header().requestId());
        a.answered(new Response.Heartbeat(foreign, 3, refusal(RefusalReason.WRONG_CLUSTER), at(3, 3), null));
        a.outbox.clear();
        a.step(new Input.PingDue());
        Request.Announce announced = a.sentTo("c", Request.Announce.class);
        assertThat(announced.allegiance()).isEqualTo(new Allegiance(GENERATION, "a"));
        Header answer = new Header(
                1,
                CLUSTER,
                OTHER,
                "c",
                "c-2",
                true,
                "a",
                "a-1",
                announced.header().requestId());
        a.answered(
                new Response.Announce(answer, refusal(RefusalReason.WRONG_CLUSTER), "d", null, GENERATION + 5, null));
        assertThat(isGivenUp(a)).isTrue();
    }

    @Test
    void whoeverIsAskedAnswersWithItsClusterAndItsLeader() {
        MemberUnderTest b = onDisk("b").free();
        b.receive(b.heartbeat("a", 2));
        Response.Announce answer = (Response.Announce) only(hears(b, "c-0", GENERATION - 1, "y"), Effect.Reply.class)
                .get(0)
                .response();
        assertThat(answer.generation()).isEqualTo(GENERATION);
        assertThat(answer.leader()).isEqualTo("a");
        assertThat(answer.header().clusterId()).isEqualTo(CLUSTER_ID);
    }

    @Test
    void membersOfAnotherClusterAreAskedOnlyWhileTheyAreHeard() {
        MemberUnderTest b = onDisk("b").free();
        b.receive(b.heartbeat("a", 2));
        hears(b, OTHER, GENERATION - 1, "y");
        b.step(new Input.PingDue());
        b.sentTo("x", Request.Announce.class);
        b.pass(b.settings.pingInterval().multipliedBy(4).plusMillis(1));
        b.receive(b.heartbeat("a", 2));
        b.step(new Input.PingDue());
        assertThat(b.outbox).noneMatch(send -> send.request().header().to().equals("x"));
    }

    @Test
    void aMemberThatHoldsNothingFollowsOneClusterAtATime() {
        MemberUnderTest d =
                new MemberUnderTest(settings("d", List.of(MemberUnderTest.data("d"))), "d-1", DurableState.NEW);
        d.free();
        d.receive(d.heartbeat("a", 1));
        Header header = new Header(1, CLUSTER, OTHER, "y", "y-1", true, "d", null, 77);
        Request.Heartbeat ofAnother = new Request.Heartbeat(header, 1, T, 1, null);
        assertThat(told(d.receive(ofAnother)))
                .as("each cluster has terms of its own")
                .noneMatch(Observation.TwoLeaders.class::isInstance);
        assertThat(d.view().leader()).isEqualTo("a");
        d.pass(T);
        d.receive(ofAnother);
        assertThat(d.view().leader()).as("bound to nobody any more").isEqualTo("y");
    }
}
