package io.election.node;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.election.HandoverResult;
import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.NotLeaderException;
import io.election.Role;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import io.election.core.ElectionSettings;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.Request;
import io.election.peer.PeerCallback;
import io.election.peer.PeerHandler;
import io.election.peer.PeerTransport;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Whole members in one process, in real time. Nothing here depends on how long anything takes. */
@Execution(ExecutionMode.CONCURRENT)
class ElectionNodeTests {

    private static final long SECONDS_AT_MOST = 90;

    private final LocalNetwork network = new LocalNetwork();
    private final Map<String, Running> members = new LinkedHashMap<>();

    /** One member and all that was seen of it. */
    private static final class Running implements LeadershipListener, NodeObserver {
        final TestJournal journal;
        final ElectionNode node;
        final List<Object> events = new CopyOnWriteArrayList<>();
        final AtomicInteger acknowledged = new AtomicInteger();
        final AtomicInteger failedListeners = new AtomicInteger();
        final CountDownLatch goOn = new CountDownLatch(1);
        volatile boolean blocks;

        Running(String id, List<Member> listed, TestJournal journal, PeerTransport transport) {
            this.journal = journal;
            this.node = new ElectionNode(
                    new NodeSettings(settings(id, listed), false, Map.of(), Map.of("b", "https://b"), false),
                    journal,
                    transport,
                    NodeClock.SYSTEM,
                    this,
                    List.of(this));
        }

        boolean leads() {
            return node.leadership().isLeader();
        }

        boolean leadsAndWasTold() {
            List<Object> pairs = pairs();
            return leads()
                    && !pairs.isEmpty()
                    && pairs.get(pairs.size() - 1) instanceof LeaderElectedEvent elected
                    && elected.term() == node.status().term();
        }

        List<Object> pairs() {
            return events.stream()
                    .filter(e -> !(e instanceof LeaderChangedEvent))
                    .toList();
        }

        @Override
        public void onLeaderElected(LeaderElectedEvent event) {
            events.add(event);
            while (blocks) {
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        @Override
        public void onStepDown(StepDownEvent event) {
            events.add(event);
        }

        @Override
        public void onLeaderChanged(LeaderChangedEvent event) {
            events.add(event);
        }

        @Override
        public void heartbeatAcknowledged(String peer, Duration roundTrip) {
            acknowledged.incrementAndGet();
        }

        @Override
        public void listenerFailed() {
            failedListeners.incrementAndGet();
        }
    }

    private static ElectionSettings settings(String id, List<Member> listed) {
        return new ElectionSettings(
                "orders",
                id,
                listed,
                Duration.ofSeconds(2),
                Duration.ofMillis(50),
                Duration.ofMillis(1700),
                0.02,
                Duration.ofMillis(50),
                Duration.ofSeconds(10),
                false,
                64);
    }

    private static List<Member> data(String... ids) {
        return List.of(ids).stream()
                .map(id -> new Member(id, MemberKind.DATA, 0, false))
                .toList();
    }

    private Running start(String id, List<Member> listed) {
        Running started = new Running(id, listed, new TestJournal(), network.of(id));
        members.put(id, started);
        started.node.start();
        started.node.ready();
        return started;
    }

    private void startThree() {
        for (String id : List.of("a", "b", "c")) {
            start(id, data("a", "b", "c"));
        }
    }

    /** Who leads, once its election was delivered: a leadership that ends before that delivers neither event. */
    private Running leader() {
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .until(() -> members.values().stream().anyMatch(Running::leadsAndWasTold));
        return members.values().stream()
                .filter(Running::leadsAndWasTold)
                .findFirst()
                .orElseGet(this::leader);
    }

    private Running other(Running than) {
        return members.values().stream().filter(m -> m != than).findFirst().orElseThrow();
    }

    private static void join(ElectionNode node) {
        await().atMost(SECONDS_AT_MOST, SECONDS).until(node.stop().toCompletableFuture()::isDone);
    }

    @AfterEach
    void stopAll() {
        members.values().forEach(m -> {
            m.blocks = false;
            m.goOn.countDown();
            m.journal.goOn();
        });
        members.values().forEach(m -> m.node.stop());
        members.values().forEach(m -> join(m.node));
        network.close();
    }

    @Test
    void oneOfThreeLeadsAndAllAgreeOnIt() {
        startThree();
        await().atMost(SECONDS_AT_MOST, SECONDS).untilAsserted(() -> {
            assertThat(members.values()).filteredOn(Running::leads).hasSize(1);
            String leaderId = leader().node.status().nodeId();
            assertThat(members.values())
                    .allSatisfy(m ->
                            assertThat(m.node.leadership().state().leaderId()).isEqualTo(leaderId));
        });
        Running leader = leader();
        LeaderElectedEvent elected = (LeaderElectedEvent) leader.pairs().get(0);
        assertThat(elected.fencingToken()).isEqualTo(leader.node.leadership().fencingToken());
        assertThat(elected.fencingToken().value() >> 20)
                .isEqualTo(leader.node.status().generation());
        assertThat(other(leader).pairs()).isEmpty();
        assertThatExceptionOfType(NotLeaderException.class)
                .isThrownBy(() -> other(leader).node.leadership().fencingToken());
    }

    @Test
    void aHandoverMovesTheLeadershipAndTheEventsComeInPairs() {
        startThree();
        Running before = leader();
        Running after = other(before);
        String to = after.node.status().nodeId();
        HandoverResult result = before.node
                .leadership()
                .handOver(to)
                .toCompletableFuture()
                .orTimeout(60, SECONDS)
                .join();
        assertThat(result.outcome()).isEqualTo(HandoverResult.Outcome.HANDED_OVER);
        assertThat(result.leaderId()).isEqualTo(to);
        await().atMost(SECONDS_AT_MOST, SECONDS).until(after::leads);
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(() -> assertThat(before.pairs()).hasSize(2));
        LeaderElectedEvent elected = (LeaderElectedEvent) before.pairs().get(0);
        assertThat(before.pairs().get(1))
                .isEqualTo(new StepDownEvent("orders", elected.nodeId(), elected.term(), StepDownReason.HANDED_OVER));
        assertThat(after.node.leadership().fencingToken()).isGreaterThan(elected.fencingToken());
    }

    @Test
    void aHandoverWaitsForTheListenersOfTheOldLeadership() {
        startThree();
        Running before = leader();
        before.blocks = true;
        // The Elected of this leadership may have been delivered before; a new leadership's blocks for sure.
        Running after = other(before);
        before.node
                .leadership()
                .handOver(after.node.status().nodeId())
                .toCompletableFuture()
                .join();
        await().atMost(SECONDS_AT_MOST, SECONDS).until(after::leads);
        after.node
                .leadership()
                .handOver(before.node.status().nodeId())
                .toCompletableFuture()
                .join();
        await().atMost(SECONDS_AT_MOST, SECONDS).until(before::leads);
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(() -> assertThat(before.pairs()).hasSize(3));
        var third = before.node.leadership().handOver(null).toCompletableFuture();
        await().atMost(SECONDS_AT_MOST, SECONDS).until(() -> !before.leads());
        assertThat(third).as("the listener still runs").isNotDone();
        assertThat(before.node.status().role()).isEqualTo(Role.LEADER);
        before.blocks = false;
        before.goOn.countDown();
        await().atMost(SECONDS_AT_MOST, SECONDS).until(third::isDone);
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(() -> assertThat(before.pairs()).hasSize(4));
    }

    @Test
    void aHangingDiskDoesNotHoldUpTheHeartbeats() throws InterruptedException {
        startThree();
        Running leader = leader();
        leader.journal.hang();
        letInANewMemory(other(leader).node.status().nodeId());
        leader.journal.hung.await();
        int before = leader.acknowledged.get();
        await().atMost(SECONDS_AT_MOST, SECONDS).until(() -> leader.acknowledged.get() > before + 100);
    }

    /** The leader has something to write while it leads: an entry that names the new memory. */
    private void letInANewMemory(String id) {
        Running old = members.get(id);
        join(old.node);
        start(id, data("a", "b", "c"));
    }

    @Test
    void aBlockingListenerDelaysTheEventsBehindItButNotTheElection() {
        for (String id : List.of("a", "b", "c")) {
            Running member = new Running(id, data("a", "b", "c"), new TestJournal(), network.of(id));
            member.blocks = true;
            members.put(id, member);
            member.node.start();
            member.node.ready();
        }
        Running leader = leader();
        int before = leader.acknowledged.get();
        await().atMost(SECONDS_AT_MOST, SECONDS).until(() -> leader.acknowledged.get() > before + 100);
    }

    @Test
    void aFailedJournalEndsTheLeadershipAndIsTold() {
        startThree();
        Running leader = leader();
        leader.journal.fail(new IOException("no space left"));
        letInANewMemory(other(leader).node.status().nodeId());
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(() -> assertThat(leader.pairs())
                        .last()
                        .isInstanceOfSatisfying(
                                StepDownEvent.class,
                                e -> assertThat(e.reason()).isEqualTo(StepDownReason.STORAGE_FAILED)));
        assertThat(leader.leads()).isFalse();
        assertThat(leader.node.status().storageFailure()).contains("no space left");
    }

    @Test
    void afterAStopAnotherLeadsAndAStartMakesAFollower() {
        startThree();
        Running first = leader();
        join(first.node);
        assertThat(first.leads()).isFalse();
        assertThat(first.node.isRunning()).isFalse();
        assertThat(first.node.leadership().state().leaderId()).isNull();
        assertThat(first.pairs())
                .hasSize(2)
                .last()
                .isInstanceOfSatisfying(
                        StepDownEvent.class, e -> assertThat(e.reason()).isEqualTo(StepDownReason.SHUTDOWN));
        Running second = leader();
        assertThat(second).isNotSameAs(first);
        first.node.start();
        first.node.ready();
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .until(() -> first.node.leadership().state().leaderId() != null);
        assertThat(first.node.status().term()).isGreaterThan(1);
    }

    @Test
    void aMemberCutOffFromAllOthersStepsDown() {
        startThree();
        Running leader = leader();
        network.cutOff(leader.node.status().nodeId());
        await().atMost(SECONDS_AT_MOST, SECONDS).until(() -> !leader.leads());
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .until(() -> members.values().stream().anyMatch(m -> m != leader && m.leads()));
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(() -> assertThat(leader.pairs())
                        .last()
                        .isEqualTo(new StepDownEvent(
                                "orders",
                                leader.node.status().nodeId(),
                                ((LeaderElectedEvent) leader.pairs().get(0)).term(),
                                StepDownReason.LEASE_LOST)));
    }

    @Test
    void aSoleMemberLeadsAtOnceAndAwaitReturns() throws InterruptedException {
        Running sole = start("a", data("a"));
        assertThat(sole.node.leadership().await(Duration.ofSeconds(SECONDS_AT_MOST)))
                .isTrue();
        assertThat(sole.node.status().leaseRemaining()).isNull();
        assertThat(leader()).isSameAs(sole);
        join(sole.node);
        assertThat(sole.leads()).isFalse();
        assertThat(sole.node.leadership().await(Duration.ofMillis(1))).isFalse();
        assertThat(sole.pairs()).hasSize(2);
    }

    @Test
    void beforeTheStartAndAfterTheStopNobodyLeadsAndWishesAreAnswered() {
        Running idle = new Running("a", data("a", "b"), new TestJournal(), network.of("a"));
        assertThat(idle.leads()).isFalse();
        assertThat(idle.node
                        .leadership()
                        .handOver("b")
                        .toCompletableFuture()
                        .join()
                        .outcome())
                .isEqualTo(HandoverResult.Outcome.NOT_LEADER);
        assertThat(idle.node
                        .leadership()
                        .stepDown()
                        .toCompletableFuture()
                        .join()
                        .outcome())
                .isEqualTo(HandoverResult.Outcome.NOT_LEADER);
        assertThat(idle.node.stop().toCompletableFuture()).isDone();
    }

    @Test
    void anElectionThatFailsInAWayThatMustNotHappenLeadsNobodyAndSaysSo() {
        AtomicBoolean broken = new AtomicBoolean();
        PeerTransport transport = new PeerTransport() {
            @Override
            public void start(PeerHandler handler) {}

            @Override
            public void members(Set<String> members) {}

            @Override
            public void send(Request request, PeerCallback callback) {
                if (broken.get()) {
                    throw new IllegalStateException("broken");
                }
                callback.failed("nobody there");
            }

            @Override
            public void close() {}
        };
        List<Member> soleVoter =
                List.of(new Member("a", MemberKind.DATA, 0, false), new Member("o", MemberKind.OBSERVER, 0, false));
        Running a = new Running("a", soleVoter, new TestJournal(), transport);
        members.put("a", a);
        a.node.start();
        a.node.ready();
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(() -> assertThat(a.pairs()).hasSize(1));
        broken.set(true);
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(() -> assertThat(a.events)
                        .endsWith(
                                new StepDownEvent("orders", "a", 1, StepDownReason.INTERNAL_ERROR),
                                new LeaderChangedEvent("orders", "a", 1, null)));
        assertThat(a.leads()).isFalse();
        assertThat(a.node.status().role()).isEqualTo(Role.FOLLOWER);
        assertThat(a.node.status().failure())
                .contains("its election came to an end")
                .contains("broken");
        assertThat(a.node.status().storageFailure()).isNull();
        assertThat(a.node.leadership().state().leaderId()).isNull();
    }
}
