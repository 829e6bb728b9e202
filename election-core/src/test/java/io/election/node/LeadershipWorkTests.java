package io.election.node;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.election.HandoverResult;
import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.LeaderWork;
import io.election.Leadership;
import io.election.LeadershipLostException;
import io.election.NotLeaderException;
import io.election.StepDownEvent;
import io.election.core.ElectionSettings;
import io.election.core.Member;
import io.election.core.MemberKind;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Work that is done under a leadership, on whole members in real time. Nothing here depends on how long anything takes; most
 * of it is waiting for the end of a bond, side by side.
 */
@Execution(ExecutionMode.CONCURRENT)
class LeadershipWorkTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration LONG = Duration.ofMinutes(10);

    private final LocalNetwork network = new LocalNetwork();
    private final Map<String, ElectionNode> members = new LinkedHashMap<>();
    private final List<Object> events = new CopyOnWriteArrayList<>();
    private final CountDownLatch goOn = new CountDownLatch(1);

    private final LeadershipListener recorder = new LeadershipListener() {
        @Override
        public void onLeaderElected(LeaderElectedEvent event) {
            events.add(event);
        }

        @Override
        public void onStepDown(StepDownEvent event) {
            events.add(event);
        }

        @Override
        public void onLeaderChanged(LeaderChangedEvent event) {}
    };

    private ElectionNode start(String id, List<String> ids, Duration handoverTimeout) {
        return start(id, ids, handoverTimeout, Duration.ofSeconds(4));
    }

    private ElectionNode start(String id, List<String> ids, Duration handoverTimeout, Duration electionTimeout) {
        ElectionSettings settings = new ElectionSettings(
                "orders",
                id,
                ids.stream()
                        .map(each -> new Member(each, MemberKind.DATA, 0, false))
                        .toList(),
                electionTimeout,
                Duration.ofMillis(50),
                electionTimeout.multipliedBy(7).dividedBy(8),
                0.02,
                Duration.ofMillis(50),
                handoverTimeout,
                false,
                64);
        ElectionNode node = new ElectionNode(
                new NodeSettings(settings, false, Map.of(), Map.of(), false),
                new TestJournal(),
                network.of(id),
                NodeClock.SYSTEM,
                recorder,
                List.of());
        members.put(id, node);
        node.start();
        node.ready();
        return node;
    }

    private void startThree(Duration handoverTimeout) {
        List<String> ids = List.of("a", "b", "c");
        ids.forEach(id -> start(id, ids, handoverTimeout));
    }

    private Leadership leader() {
        AtomicReference<Leadership> found = new AtomicReference<>();
        await().atMost(PATIENCE).until(() -> {
            found.set(members.values().stream()
                    .map(ElectionNode::leadership)
                    .filter(Leadership::isLeader)
                    .findFirst()
                    .orElse(null));
            return found.get() != null;
        });
        return found.get();
    }

    /** A leadership that ends before its election was told is not told of at all. */
    private void awaitElected() {
        await().atMost(PATIENCE).until(() -> events.stream().anyMatch(LeaderElectedEvent.class::isInstance));
    }

    private Leadership follower(Leadership leader) {
        return members.values().stream()
                .map(ElectionNode::leadership)
                .filter(each -> each != leader)
                .findFirst()
                .orElseThrow();
    }

    private String idOf(Leadership leadership) {
        return members.entrySet().stream()
                .filter(each -> each.getValue().leadership() == leadership)
                .findFirst()
                .orElseThrow()
                .getKey();
    }

    /** Does something that only the leader may do while it leads; an election may come between, so it tries again. */
    private <T> T asLeader(java.util.function.Function<Leadership, T> work) {
        while (true) {
            try {
                return work.apply(leader());
            } catch (NotLeaderException again) {
                // Lost in between, on a machine that is busy.
            }
        }
    }

    @AfterEach
    void stopAll() {
        goOn.countDown();
        members.values().forEach(ElectionNode::stop);
        members.values()
                .forEach(node -> await().atMost(PATIENCE).until(node.stop().toCompletableFuture()::isDone));
        network.close();
    }

    // ------------------------------------------------------------------------------------------------ call and run

    @Test
    void refusesWorkOnAFollowerBeforeItBegins() {
        startThree(LONG);
        Leadership leader = leader();
        Leadership follower = follower(leader);
        await().atMost(PATIENCE).until(() -> follower.state().leaderId() != null);
        assertThatExceptionOfType(NotLeaderException.class)
                .isThrownBy(() -> follower.callWhileLeading(token -> {
                    throw new AssertionError("was called");
                }))
                .satisfies(refused -> assertThat(refused.getLeaderId()).isEqualTo(idOf(leader)));
        assertThatExceptionOfType(NotLeaderException.class).isThrownBy(follower::beginWork);
    }

    @Test
    void givesTheWorkItsTokenAndReturnsItsResult() {
        start("a", List.of("a"), LONG);
        Leadership leader = leader();
        Long used = leader.callWhileLeading(token -> token.value());
        assertThat(used).isEqualTo(leader.fencingToken().value());
        List<Long> seen = new CopyOnWriteArrayList<>();
        leader.runWhileLeading(token -> seen.add(token.value()));
        assertThat(seen).containsExactly(leader.fencingToken().value());
    }

    @Test
    void throwsWhatTheWorkThrows() {
        start("a", List.of("a"), LONG);
        IOException thrown = new IOException("on purpose");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> leader().runWhileLeading(token -> {
                    throw thrown;
                }))
                .isSameAs(thrown)
                .satisfies(failure -> assertThat(failure).hasNoSuppressedExceptions());
    }

    @Test
    void workMayHoldWork() {
        start("a", List.of("a"), LONG);
        Leadership leader = leader();
        Long difference = leader.callWhileLeading(outer -> {
            Long inner = leader.callWhileLeading(token -> token.value());
            return inner - outer.value();
        });
        assertThat(difference).isZero();
    }

    @Test
    void reportsThatTheLeaseRanOutDuringTheWork() {
        startThree(LONG);
        asLeader(leader -> {
            assertThatExceptionOfType(LeadershipLostException.class)
                    .isThrownBy(() -> leader.callWhileLeading(token -> {
                        network.cutOff(idOf(leader));
                        await().atMost(PATIENCE).until(() -> !leader.isLeader());
                        return "done";
                    }))
                    .satisfies(lost -> assertThat(lost.getTerm()).isPositive());
            return true;
        });
    }

    @Test
    void theWorksOwnFailureComesBeforeTheLossOfTheLeadership() {
        startThree(LONG);
        IOException thrown = new IOException("on purpose");
        asLeader(leader -> {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> leader.callWhileLeading(token -> {
                        network.cutOff(idOf(leader));
                        await().atMost(PATIENCE).until(() -> !leader.isLeader());
                        throw thrown;
                    }))
                    .satisfies(failure -> assertThat(failure.getSuppressed())
                            .singleElement()
                            .isInstanceOf(LeadershipLostException.class));
            return true;
        });
    }

    // ------------------------------------------------------------------------------------------------ handover

    @Test
    void aHandoverWaitsForTheWorkAndTheWorkIsNotTakenForLost() throws Exception {
        startThree(LONG);
        Leadership leader = leader();
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<String> work = CompletableFuture.supplyAsync(() -> leader.callWhileLeading(token -> {
            begun.countDown();
            awaitGoOn();
            return "done";
        }));
        begun.await();
        awaitElected();
        CompletableFuture<HandoverResult> handover = leader.handOver(null).toCompletableFuture();
        await().atMost(PATIENCE).until(() -> events.stream().anyMatch(StepDownEvent.class::isInstance));
        assertThatExceptionOfType(NotLeaderException.class)
                .as("nothing new begins")
                .isThrownBy(leader::beginWork);
        await().during(Duration.ofSeconds(1)).atMost(PATIENCE).until(() -> !handover.isDone() && nobodyLeads());
        goOn.countDown();
        assertThat(work.get(60, SECONDS)).isEqualTo("done");
        assertThat(handover.get(60, SECONDS).outcome()).isEqualTo(HandoverResult.Outcome.HANDED_OVER);
    }

    private boolean nobodyLeads() {
        return members.values().stream().noneMatch(node -> node.leadership().isLeader());
    }

    private void awaitGoOn() {
        try {
            assertThat(goOn.await(60, SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aHandoverWaitsForNoWorkLongerThanItsTimeout() throws Exception {
        startThree(Duration.ofSeconds(1));
        Leadership leader = leader();
        LeaderWork work = leader.beginWork();
        HandoverResult result = leader.handOver(null).toCompletableFuture().get(60, SECONDS);
        assertThat(result.outcome()).isEqualTo(HandoverResult.Outcome.HANDED_OVER);
        assertThat(work.stillHolds()).as("another member leads").isFalse();
        assertThat(work.end()).isFalse();
    }

    @Test
    void workThatHandsOverItselfGoesOnToItsEnd() throws Exception {
        startThree(LONG);
        Leadership leader = leader();
        AtomicReference<CompletableFuture<HandoverResult>> handover = new AtomicReference<>();
        String result = leader.callWhileLeading(token -> {
            handover.set(leader.handOver(null).toCompletableFuture());
            await().atMost(PATIENCE).until(() -> !leader.isLeader());
            return "done";
        });
        assertThat(result).isEqualTo("done");
        assertThat(handover.get().get(60, SECONDS).outcome()).isEqualTo(HandoverResult.Outcome.HANDED_OVER);
    }

    @Test
    void aStopWaitsForTheWorkOfWhoCanHandOverToNobody() throws Exception {
        // What was given up counts as alone for as long as a lease, which is to outlast this test.
        ElectionNode alone = start("a", List.of("a"), LONG, LONG);
        LeaderWork work = leader().beginWork();
        awaitElected();
        CompletableFuture<Void> stopped = alone.stop().toCompletableFuture();
        await().atMost(PATIENCE).until(() -> events.stream().anyMatch(StepDownEvent.class::isInstance));
        await().during(Duration.ofSeconds(1)).atMost(PATIENCE).until(() -> !stopped.isDone());
        assertThat(work.end()).as("nobody else could lead").isTrue();
        stopped.get(60, SECONDS);
    }

    @Test
    void aStopWaitsForNoWorkLongerThanTheHandoversTimeout() throws Exception {
        ElectionNode alone = start("a", List.of("a"), Duration.ofSeconds(1));
        LeaderWork work = leader().beginWork();
        alone.stop().toCompletableFuture().get(60, SECONDS);
        assertThat(work.end()).as("the process may end, and start anew").isFalse();
    }

    // ------------------------------------------------------------------------------------------------ confirm

    @Test
    void aLeaderIsConfirmedAndAFollowerIsNot() {
        startThree(LONG);
        await().atMost(PATIENCE).until(() -> leader().confirm(PATIENCE));
        Leadership follower = follower(leader());
        boolean confirmed = follower.confirm(PATIENCE);
        assertThat(confirmed && !follower.isLeader()).isFalse();
    }

    @Test
    void aLeaderThatIsCutOffIsNotConfirmed() {
        startThree(LONG);
        Leadership leader = leader();
        network.cutOff(idOf(leader));
        // What was sent before the cut may be answered still, but was sent before this call.
        boolean confirmed = leader.confirm(PATIENCE);
        assertThat(confirmed).isFalse();
    }

    @Test
    void aConfirmationEndsWithItsTimeout() {
        startThree(LONG);
        Leadership leader = leader();
        // Nobody answers any more: else a quorum may be quicker than a caller that waits for nothing.
        network.cutOff(idOf(leader));
        assertThat(leader.confirm(Duration.ZERO)).isFalse();
        assertThat(leader.confirm(Duration.ofSeconds(-1))).isFalse();
    }

    @Test
    void anInterruptedCallerIsNotConfirmedAndStaysInterrupted() {
        startThree(LONG);
        Leadership leader = leader();
        network.cutOff(idOf(leader));
        Thread.currentThread().interrupt();
        boolean confirmed = leader.confirm(PATIENCE);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(confirmed).isFalse();
    }
}
