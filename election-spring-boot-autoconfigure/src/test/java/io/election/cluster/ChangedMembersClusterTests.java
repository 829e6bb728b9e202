package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.ClusterMembers;
import io.election.MemberChangeCondition;
import io.election.MemberChangeResult;
import io.election.MembersChangedEvent;
import io.election.actuate.MembersDescriptor;
import io.election.cluster.TestCluster.Member;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.health.contributor.Status;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Operators change the members of a cluster that runs, at the endpoint of any member and in code. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
@Tag("cluster")
class ChangedMembersClusterTests {

    @TempDir
    Path directory;

    private final JsonMapper json = new JsonMapper();

    private static ClusterMembers members(Member member) {
        return member.context().getBean(ClusterMembers.class);
    }

    private static MembersDescriptor state(Member member) {
        return member.status().membership();
    }

    private static String standing(Member at, String id) {
        return state(at).members().stream()
                .filter(m -> m.id().equals(id))
                .map(MembersDescriptor.Member::standing)
                .findFirst()
                .orElse("not there");
    }

    private static MemberChangeResult ended(CompletionStage<MemberChangeResult> change) {
        return change.toCompletableFuture()
                .orTimeout(TestCluster.PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    /** All vote, and the leader counts on each of them. */
    private static Member settled(TestCluster cluster, int voters) {
        Member leader = cluster.leader();
        await().atMost(TestCluster.PATIENCE)
                .until(() -> state(leader).voters() == voters && state(leader).healthy());
        return leader;
    }

    private JsonNode shown(TestCluster cluster, Member asked, String id) throws Exception {
        for (JsonNode member : cluster.get(asked, "members").get("members")) {
            if (member.get("id").asString().equals(id)) {
                return member;
            }
        }
        throw new AssertionError("'" + id + "' is not shown by '" + asked.id() + "'");
    }

    @Test
    void anyMemberTellsOfEachWhetherItIsThereAndWhetherItIsHealthyAndWhyNot() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, true, "a", "b", "o")
                .with("election.members[2].kind", "observer")
                .startAll()) {
            cluster.leader();
            for (Member asked : cluster.members()) {
                for (Member other : cluster.members()) {
                    await().atMost(TestCluster.PATIENCE).untilAsserted(() -> {
                        JsonNode member = shown(cluster, asked, other.id());
                        assertThat(member.get("presence").asString()).isEqualTo(asked == other ? "self" : "reached");
                        assertThat(member.get("healthy").asBoolean())
                                .as(member.toString())
                                .isTrue();
                    });
                }
                assertThat(shown(cluster, asked, "o").get("standing").asString())
                        .isEqualTo("observer");
            }
            cluster.stop("b");
            for (Member asked : cluster.members()) {
                await().atMost(TestCluster.PATIENCE).untilAsserted(() -> {
                    JsonNode gone = shown(cluster, asked, "b");
                    assertThat(gone.get("presence").asString()).isEqualTo("not-reached");
                    assertThat(gone.get("healthy").asBoolean()).isFalse();
                    assertThat(gone.get("reason").asString()).startsWith("it has not answered for ");
                });
            }
            cluster.stop("o");
            await().atMost(TestCluster.PATIENCE)
                    .untilAsserted(() -> assertThat(shown(cluster, cluster.member("a"), "o")
                                    .get("presence")
                                    .asString())
                            .isEqualTo("not-reached"));
        }
    }

    @Test
    void anOperatorDemotesPromotesAndRemovesMembersAtAnyMemberAndTheLeaderToo() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, false, "a", "b", "c", "d").startAll()) {
            Member leader = settled(cluster, 4);
            Member asked = cluster.others(leader).get(0);
            Member other = cluster.others(leader).get(1);

            JsonNode demoted = cluster.post(
                    asked, "members", "{'action':'demote','member':'" + other.id() + "','version':1}", 200);
            long version = demoted.get("version").asLong();
            assertThat(demoted.get("outcome").asString()).isEqualTo("DONE");
            await().atMost(TestCluster.PATIENCE)
                    .until(() -> standing(asked, other.id()).equals("spare"));
            cluster.post(asked, "members", "{'action':'promote','member':'" + other.id() + "','version':1}", 409);

            JsonNode plan = cluster.get(leader, "plan");
            assertThat(plan.get("steps").get(0).get("action").asString()).isEqualTo("promote");
            JsonNode applied =
                    cluster.post(leader, "plan", "{'plan':'" + plan.get("plan").asString() + "'}", 200);
            assertThat(applied.get("made").asInt()).isEqualTo(1);
            assertThat(applied.get("version").asLong()).isGreaterThan(version);
            assertThat(state(leader).voters()).isEqualTo(4);

            long last = applied.get("version").asLong();
            JsonNode removed = cluster.post(
                    leader,
                    "members",
                    "{'action':'remove','member':'" + leader.id() + "','version':" + last + "}",
                    200);
            assertThat(removed.get("outcome").asString()).isEqualTo("DONE");
            Member successor = cluster.leaderAmong(cluster.others(leader));
            assertThat(state(successor).voters()).isEqualTo(3);
            assertThat(leader.leadership().isLeader()).isFalse();
            await().atMost(TestCluster.PATIENCE)
                    .until(() -> leader.health().getStatus().equals(Status.OUT_OF_SERVICE));

            assertThat(successor.health().getStatus()).isEqualTo(Status.UP);
            assertThat(successor.health().getDetails()).containsKey("membersDiffer");
            await().atMost(TestCluster.PATIENCE)
                    .untilAsserted(() -> assertThat(asked.application().events)
                            .filteredOn(MembersChangedEvent.class::isInstance)
                            .last()
                            .satisfies(event -> assertThat(((MembersChangedEvent) event).voters())
                                    .hasSize(3)
                                    .doesNotContain(leader.id())));
        }
    }

    @Test
    void aMemberThatLeavesOnAStopIsRemovedAndGetsItsVoteBackByItself() throws Exception {
        try (TestCluster cluster = TestCluster.bare(directory, "a", "b", "c")
                .with("election.leave-on-stop", true)
                .with("election.promotion.stabilisation", "200ms")
                .startAll()) {
            Member leader = settled(cluster, 3);
            Member leaving = cluster.others(leader).get(0);
            cluster.stop(leaving.id());
            await().atMost(TestCluster.PATIENCE).until(() -> state(leader).voters() == 2);
            assertThat(standing(leader, leaving.id())).isEqualTo("not there");

            cluster.start(leaving.id());
            await().atMost(TestCluster.PATIENCE).until(() -> state(leader).voters() == 3);
            // The history is written when the messages of a step have left, so it may lag behind the view.
            await().atMost(TestCluster.PATIENCE)
                    .untilAsserted(() -> assertThat(leader.status().history())
                            .filteredOn(event -> event.what().startsWith("member-"))
                            .extracting(event -> event.what() + " " + event.reason())
                            .containsExactly(
                                    "member-removed " + leaving.id() + ": it leaves",
                                    "member-promoted " + leaving.id() + ": it has kept up for PT0.2S"));
        }
    }

    @Test
    void whatIsRefusedIsRefusedAtEveryMember() throws Exception {
        try (TestCluster cluster = TestCluster.bare(directory, "a", "b", "c").startAll()) {
            Member leader = settled(cluster, 3);
            Member silent = cluster.others(leader).get(1);
            for (Member asked : List.of(leader, cluster.others(leader).get(0))) {
                assertThat(ended(members(asked).remove(silent.id(), MemberChangeCondition.on(1))))
                        .returns(MemberChangeResult.Outcome.NEEDS_FORCE, MemberChangeResult::outcome);
                assertThat(ended(members(asked).promote("z", MemberChangeCondition.on(1))))
                        .returns(MemberChangeResult.Outcome.REFUSED, MemberChangeResult::outcome);
            }
            assertThat(state(leader).version()).isEqualTo(1);
        }
    }
}
