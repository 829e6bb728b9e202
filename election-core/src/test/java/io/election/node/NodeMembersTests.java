package io.election.node;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.ClusterMembers;
import io.election.ClusterMembers.Kind;
import io.election.ClusterMembers.Standing;
import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.MemberChangeCondition;
import io.election.MemberChangeResult;
import io.election.MemberChangeResult.Outcome;
import io.election.MembersChangedEvent;
import io.election.MembersPlan;
import io.election.StepDownEvent;
import io.election.core.AutopilotSettings;
import io.election.core.ElectionSettings;
import io.election.core.ListedMember;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.Membership;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Operators change the members of a cluster of whole members in one process. Nothing here depends on how long anything takes. */
@Execution(ExecutionMode.CONCURRENT)
class NodeMembersTests {

    private static final long SECONDS_AT_MOST = 90;

    /** A change is refused, or its outcome unknown, where a member stands still for so long, as it may on a slow machine. */
    private static final Duration T = Duration.ofSeconds(5);

    private final LocalNetwork network = new LocalNetwork();
    private final Map<String, Running> running = new LinkedHashMap<>();

    /** One member and what was seen of it. */
    private static final class Running implements LeadershipListener, NodeObserver {

        final ElectionNode node;
        final List<MembersChangedEvent> events = new CopyOnWriteArrayList<>();
        final List<String> counted = new CopyOnWriteArrayList<>();

        Running(ElectionSettings settings, boolean leaves, LocalNetwork network) {
            node = new ElectionNode(
                    new NodeSettings(settings, false, Map.of(), Map.of(), false, true, leaves),
                    new TestJournal(),
                    network.of(settings.nodeId()),
                    NodeClock.SYSTEM,
                    this,
                    List.of(this));
        }

        @Override
        public void onLeaderElected(LeaderElectedEvent event) {}

        @Override
        public void onStepDown(StepDownEvent event) {}

        @Override
        public void onLeaderChanged(LeaderChangedEvent event) {}

        @Override
        public void onMembersChanged(MembersChangedEvent event) {
            events.add(event);
        }

        @Override
        public void memberChanged(String action, boolean byItself) {
            counted.add(action + (byItself ? " by itself" : ""));
        }
    }

    private Running start(String id, List<Member> listed, boolean leaves) {
        Running started = new Running(
                new ElectionSettings(
                        "orders",
                        id,
                        listed,
                        T,
                        Duration.ofMillis(50),
                        T.multipliedBy(85).dividedBy(100),
                        0.02,
                        Duration.ofMillis(50),
                        Duration.ofSeconds(10),
                        false,
                        64,
                        AutopilotSettings.OFF),
                leaves,
                network);
        running.put(id, started);
        started.node.start();
        started.node.ready();
        return started;
    }

    private static List<Member> data(String... ids) {
        return List.of(ids).stream()
                // The first leads, so that what comes before it by name comes after it by rule.
                .map(id -> new Member(id, MemberKind.DATA, 0, id.equals("a")))
                .toList();
    }

    /** All of them vote, and know their leader. */
    private void startAll(String... ids) {
        for (String id : ids) {
            start(id, data(ids), false);
        }
        settle();
    }

    private void settle() {
        await().atMost(SECONDS_AT_MOST, SECONDS).until(() -> {
            Running leader = leaderOrNull();
            return leader != null
                    && leader.node.status().members().stream()
                            .allMatch(m -> m.votingState().equals("voter"))
                    && running.values().stream()
                            .allMatch(m -> m.node.status().leaderId() != null
                                    && m.node.members().version() > 0);
        });
    }

    private Running leaderOrNull() {
        return running.values().stream()
                .filter(m -> m.node.leadership().isLeader())
                .findFirst()
                .orElse(null);
    }

    private Running leader() {
        await().atMost(SECONDS_AT_MOST, SECONDS).until(() -> leaderOrNull() != null);
        Running found = leaderOrNull();
        return found == null ? leader() : found;
    }

    private List<String> followers() {
        String leader = id(leader());
        List<String> followers = new ArrayList<>(running.keySet());
        followers.remove(leader);
        return followers;
    }

    private static String id(Running member) {
        return member.node.status().nodeId();
    }

    private ClusterMembers members(String id) {
        return running.get(id).node.members();
    }

    private static <T> T ended(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(SECONDS_AT_MOST, SECONDS).join();
    }

    private static List<String> votersOf(Running member) {
        Membership membership = member.node.published().view().membership();
        return membership == null
                ? List.of()
                : membership.members().stream()
                        .filter(m -> m.votes())
                        .map(m -> m.id())
                        .toList();
    }

    @AfterEach
    void stopAll() {
        running.values().forEach(m -> m.node.stop());
        running.values()
                .forEach(m -> await().atMost(SECONDS_AT_MOST, SECONDS)
                        .until(m.node.stop().toCompletableFuture()::isDone));
        network.close();
    }

    // ------------------------------------------------------------------------------------------------ changes

    @Test
    void aFollowerHasAMemberDemotedPromotedAndRemoved() {
        startAll("a", "b", "c", "d", "e");
        String asked = followers().get(0);
        String other = followers().get(1);
        ClusterMembers members = members(asked);

        MemberChangeResult demoted = ended(members.demote(other, MemberChangeCondition.on(1)));
        assertThat(demoted).as(demoted.detail()).returns(Outcome.DONE, MemberChangeResult::outcome);
        assertThat(votersOf(leader())).hasSize(4).doesNotContain(other);

        await().atMost(SECONDS_AT_MOST, SECONDS)
                .until(() -> members.version() == demoted.version() && standing(members, other) == Standing.SPARE);
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(() -> assertThat(
                                ended(members.promote(other, MemberChangeCondition.on(demoted.version())))
                                        .outcome())
                        .isIn(Outcome.DONE, Outcome.STALE));
        assertThat(votersOf(leader())).hasSize(5);

        long version = leader().node.members().version();
        MemberChangeResult removed = ended(members.remove(other, MemberChangeCondition.on(version)));
        assertThat(removed.outcome()).as(removed.detail()).isEqualTo(Outcome.DONE);
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(() -> assertThat(running.get(other).node.status())
                        .returns("removed", NodeStatus::votingState)
                        .satisfies(status -> assertThat(status.history())
                                .extracting(NodeStatus.HistoryEntry::what)
                                .contains("removed")));
        Running leader = leader();
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(() -> assertThat(leader.counted).contains("demote", "promote", "remove"));
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(() -> assertThat(running.get(asked).events)
                        .last()
                        .returns(removed.version(), MembersChangedEvent::version)
                        .returns(4, event -> event.voters().size()));
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(() -> assertThat(leader.node.status().history())
                        .extracting(NodeStatus.HistoryEntry::what)
                        .contains("member-demoted", "member-promoted", "member-removed"));
    }

    private static Standing standing(ClusterMembers members, String id) {
        return members.members().stream()
                .filter(m -> m.id().equals(id))
                .map(ClusterMembers.Member::standing)
                .findFirst()
                .orElse(null);
    }

    @Test
    void theLeaderHandsOverAndIsRemovedByItsSuccessor() {
        startAll("a", "b", "c", "d");
        Running leader = leader();
        MemberChangeResult result = ended(leader.node.members().remove(id(leader), MemberChangeCondition.on(1)));
        assertThat(result.outcome()).as(result.detail()).isEqualTo(Outcome.DONE);
        assertThat(leader.node.leadership().isLeader()).isFalse();
        await().atMost(SECONDS_AT_MOST, SECONDS).until(() -> leaderOrNull() != null && leaderOrNull() != leader);
        assertThat(votersOf(leader())).hasSize(3).doesNotContain(id(leader));
    }

    @Test
    void aFollowerHasTheLeaderRemovedByItsSuccessor() {
        startAll("a", "b", "c", "d");
        Running leader = leader();
        MemberChangeResult result = ended(members(followers().get(0)).remove(id(leader), MemberChangeCondition.on(1)));
        assertThat(result.outcome()).as(result.detail()).isEqualTo(Outcome.DONE);
        assertThat(votersOf(leader())).doesNotContain(id(leader));
    }

    @Test
    void whatIsRefusedSaysWhyInOneSentenceAndChangesNothing() {
        startAll("a", "b", "c");
        String asked = followers().get(0);
        String other = followers().get(1);
        ClusterMembers members = members(asked);
        refused(members.remove(other, MemberChangeCondition.on(7)), Outcome.STALE, "version 7", "version 1");
        refused(members.remove(other, MemberChangeCondition.on(1)), Outcome.NEEDS_FORCE, "voter would be left");
        refused(members.demote("z", MemberChangeCondition.on(1)), Outcome.REFUSED, "'z' is not a member");
        refused(members.promote("z", MemberChangeCondition.on(1).forced()), Outcome.REFUSED, "learner 'z'");
        refused(members.promote(" ", MemberChangeCondition.on(1)), Outcome.REFUSED, "No member has such an id");
        refused(members.changeKind("z", Kind.WITNESS, MemberChangeCondition.on(1)), Outcome.REFUSED, "'z'");
        refused(members.changeKind(other, Kind.DATA, MemberChangeCondition.on(1)), Outcome.UNCHANGED, "already");
        refused(members.promote(other, MemberChangeCondition.on(1)), Outcome.UNCHANGED, "has a vote");
        assertThat(leader().node.members().version()).isEqualTo(1);
    }

    private static void refused(CompletionStage<MemberChangeResult> change, Outcome outcome, String... why) {
        MemberChangeResult result = ended(change);
        assertThat(result.outcome()).as(result.detail()).isEqualTo(outcome);
        // Of names and clauses of the core a sentence is made.
        assertThat(Character.isUpperCase(result.detail().charAt(0))
                        || result.detail().charAt(0) == '\'')
                .as(result.detail())
                .isTrue();
        assertThat(result.detail()).contains(why).endsWith(".");
    }

    @Test
    void theLastVoterStays() {
        startAll("a");
        refused(members("a").remove("a", MemberChangeCondition.on(1).forced()), Outcome.REFUSED, "without it");
        refused(members("a").demote("a", MemberChangeCondition.on(1).forced()), Outcome.REFUSED, "without it");
        assertThat(leader().node.members().version()).isEqualTo(1);
    }

    @Test
    void changeOfKindSaysWhatTheMemberHasToDo() {
        startAll("a", "b", "c", "d", "e");
        String other = followers().get(0);
        MemberChangeResult result =
                ended(leader().node.members().changeKind(other, Kind.WITNESS, MemberChangeCondition.on(1)));
        assertThat(result.outcome()).isEqualTo(Outcome.DONE);
        assertThat(result.detail()).contains("'witness'", "directory", "learner");
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(() -> assertThat(running.get(other).node.status().votingState())
                        .isEqualTo("removed"));
    }

    @Test
    void aWishIsNeverLeftOpenWhereTheMemberStops() {
        Running alone = start("a", data("a", "b", "c"), false);
        CompletionStage<MemberChangeResult> waiting = alone.node.members().remove("b", MemberChangeCondition.on(1));
        assertThat(waiting.toCompletableFuture()).isNotDone();
        alone.node.stop();
        assertThat(ended(waiting).outcome()).isEqualTo(Outcome.UNKNOWN);
        await().atMost(SECONDS_AT_MOST, SECONDS).until(() -> !alone.node.isRunning());
        assertThat(ended(alone.node.members().remove("b", MemberChangeCondition.on(1)))
                        .outcome())
                .isEqualTo(Outcome.NO_LEADER);
    }

    @Test
    void aMemberThatLeavesOnAStopIsRemoved() {
        for (String id : List.of("a", "b", "c", "d")) {
            start(id, data("a", "b", "c", "d"), id.equals("d"));
        }
        settle();
        ended(running.get("d").node.stop());
        running.remove("d");
        assertThat(votersOf(leader())).containsExactly("a", "b", "c");
    }

    // ------------------------------------------------------------------------------------------------ plans

    @Test
    void aPlanForAListWithOthersRemovesTheSilentFirstAndTheLeaderLast() {
        startAll("a", "b", "c", "d", "e");
        Running leader = leader();
        String silent = followers().get(3);
        running.get(silent).node.stop();
        running.remove(silent);
        String demoted = followers().get(0);
        MemberChangeResult result = ended(leader.node
                .members()
                .demote(demoted, MemberChangeCondition.on(1).forced()));
        assertThat(result.outcome()).as(result.detail()).isEqualTo(Outcome.DONE);
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .until(() -> leader.node.status().members().stream()
                        .anyMatch(m -> m.id().equals(silent) && Boolean.FALSE.equals(m.reachable())));
        List<String> kept = followers();
        NodeMembers listing = new NodeMembers(leader.node, listed(kept.subList(0, 2)));

        MembersPlan plan = listing.plan();
        assertThat(plan.version()).isEqualTo(result.version());
        assertThat(plan.steps())
                .extracting(step -> step.action() + " " + step.member())
                .containsExactly(
                        "REMOVE " + silent, "PROMOTE " + demoted, "REMOVE " + kept.get(2), "REMOVE " + id(leader));
        assertThat(plan.id()).isEqualTo(listing.plan().id()).startsWith(plan.version() + "-");
        assertThat(leader.node.members().version()).as("it is only shown").isEqualTo(result.version());

        MembersPlan.Result applied = ended(listing.apply(plan, true));
        assertThat(applied.outcome()).as(applied.detail()).isEqualTo(Outcome.DONE);
        assertThat(applied.made()).isEqualTo(4);
        assertThat(votersOf(leader())).containsExactlyElementsOf(kept.subList(0, 2));
        MembersPlan.Result late = ended(members(kept.get(0)).apply(plan, true));
        assertThat(late.outcome()).as("the plan was made for another version").isEqualTo(Outcome.STALE);
    }

    private static List<ListedMember> listed(List<String> ids) {
        return ids.stream().map(id -> new ListedMember(id, MemberKind.DATA)).toList();
    }

    @Test
    void aPlanEndsAtTheFirstStepThatIsRefused() {
        startAll("a", "b", "c");
        NodeMembers listing = new NodeMembers(leader().node, listed(List.of(id(leader()))));
        MembersPlan.Result result = ended(listing.apply(listing.plan(), false));
        assertThat(result.outcome()).isEqualTo(Outcome.NEEDS_FORCE);
        assertThat(result.made()).isZero();
        assertThat(result.detail()).startsWith("0 of 2 steps are made. The next one, the removal of '");
        assertThat(leader().node.members().version()).isEqualTo(1);
    }

    @Test
    void aPlanForTheSameListHasNoSteps() {
        startAll("a", "b", "c");
        ClusterMembers members = members("b");
        assertThat(members.plan()).isEqualTo(new MembersPlan(1, List.of()));
        assertThat(ended(members.apply(members.plan(), false)).outcome()).isEqualTo(Outcome.UNCHANGED);
    }

    // ------------------------------------------------------------------------------------------------ what is shown

    @Test
    void theStateSaysOfEachMemberWhetherItIsHealthyAndWhyNot() {
        startAll("a", "b", "c");
        MembersState sound = leader().node.status().membership();
        assertThat(sound.healthy()).isTrue();
        assertThat(sound.failureTolerance()).isEqualTo(1);
        assertThat(sound.version()).isEqualTo(1);
        assertThat(sound.committed()).isTrue();
        String silent = followers().get(0);
        running.get(silent).node.stop();
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(() -> assertThat(leader().node.status().membership())
                        .returns(false, MembersState::healthy)
                        .returns(0, MembersState::failureTolerance)
                        .extracting(state -> member(state, silent))
                        .satisfies(m -> assertThat(m.reason()).startsWith("it has not answered for ")));
    }

    private static MembersState.Member member(MembersState state, String id) {
        return state.members().stream()
                .filter(m -> m.id().equals(id))
                .findFirst()
                .orElseThrow();
    }
}
