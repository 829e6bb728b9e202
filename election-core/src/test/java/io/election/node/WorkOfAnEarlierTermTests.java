package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.election.FencingToken;
import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.LeaderWork;
import io.election.Leadership;
import io.election.LeadershipLostException;
import io.election.StepDownEvent;
import io.election.WorkResult;
import io.election.core.ElectionSettings;
import io.election.core.Member;
import io.election.core.MemberKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Work that was begun in one term and still runs in a later one of the same member. The clock stands still between the places
 * at which a test moves it, so that no leadership is lost by chance.
 */
@SuppressWarnings("try") // A scope is opened to be closed.
class WorkOfAnEarlierTermTests {

    private static final Duration T = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<LocalNetwork> networks = new ArrayList<>();
    private final SetClock clock = new SetClock();
    private final List<ElectionNode> nodes = new ArrayList<>();
    private final ExecutorService otherThread = Executors.newSingleThreadExecutor();
    private final Leadership leadership = start("orders");

    /** One member that can lead, and a witness, without whose answers its lease runs out. */
    private Leadership start(String cluster) {
        LocalNetwork network = new LocalNetwork();
        networks.add(network);
        start(cluster, "w", network);
        Leadership started = start(cluster, "a", network).leadership();
        awaitElection(started, 0);
        return started;
    }

    private ElectionNode start(String cluster, String id, LocalNetwork network) {
        ElectionSettings settings = new ElectionSettings(
                cluster,
                id,
                List.of(new Member("a", MemberKind.DATA, 0, false), new Member("w", MemberKind.WITNESS, 0, false)),
                T,
                Duration.ofMillis(50),
                Duration.ofMillis(750),
                0.02,
                Duration.ofMillis(50),
                Duration.ofSeconds(1),
                false,
                64);
        LeadershipListener nobody = new LeadershipListener() {
            @Override
            public void onLeaderElected(LeaderElectedEvent event) {}

            @Override
            public void onStepDown(StepDownEvent event) {}

            @Override
            public void onLeaderChanged(LeaderChangedEvent event) {}
        };
        ElectionNode node = new ElectionNode(
                new NodeSettings(settings, false, Map.of(), Map.of(), false),
                new TestJournal(),
                network.of(id),
                clock,
                nobody,
                List.of());
        nodes.add(node);
        node.start();
        node.ready();
        return node;
    }

    private void awaitElection(Leadership leadership, long after) {
        await().atMost(PATIENCE).until(() -> {
            if (leadership.isLeader() && leadership.term() > after) {
                return true;
            }
            clock.advance(T.dividedBy(2));
            return false;
        });
    }

    /** The lease runs out, and the same member is elected once more. */
    private void loseAndWinAgain() {
        long term = leadership.term();
        lose();
        awaitElection(leadership, term);
    }

    private void lose() {
        await().atMost(PATIENCE).until(() -> {
            // An answer of the witness may come between, and extend the lease.
            clock.advance(T.multipliedBy(10));
            return !leadership.isLeader();
        });
    }

    private <T> T elsewhere(Callable<T> task) {
        try {
            return otherThread.submit(task).get(60, TimeUnit.SECONDS);
        } catch (ExecutionException ex) {
            if (ex.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(ex);
        } catch (Exception ex) {
            throw new IllegalStateException(ex);
        }
    }

    private static void assertLost(long term, ThrowingCallable call) {
        assertThatExceptionOfType(LeadershipLostException.class)
                .isThrownBy(call)
                .satisfies(lost -> assertThat(lost.getTerm()).isEqualTo(term));
    }

    @AfterEach
    void stopAll() {
        otherThread.shutdownNow();
        nodes.forEach(ElectionNode::stop);
        nodes.forEach(node -> await().atMost(PATIENCE).until(node.stop().toCompletableFuture()::isDone));
        networks.forEach(LocalNetwork::close);
    }

    // ------------------------------------------------------------------------------------------------ on its own
    // thread

    @Test
    void getsItsOwnTokenAndNeverThatOfTheLaterTerm() {
        FencingToken first = leadership.fencingToken();
        long term = leadership.term();
        assertLost(
                term,
                () -> leadership.runWhileLeading(token -> {
                    assertThat(token).isEqualTo(first);
                    assertThat(leadership.fencingToken()).isEqualTo(first);
                    loseAndWinAgain();
                    assertThat(leadership.isLeader()).as("the member leads").isTrue();
                    assertLost(term, leadership::fencingToken);
                    assertThat(elsewhere(leadership::fencingToken))
                            .as("who does no work gets the member's")
                            .isGreaterThan(first);
                }));
        assertThat(leadership.fencingToken()).isGreaterThan(first);
        assertThat(leadership.currentWork()).isNull();
    }

    @Test
    void isNotLetOnByTheLaterTerm() {
        long term = leadership.term();
        LeaderWork work = leadership.beginWork();
        try (LeaderWork.Scope here = work.open()) {
            leadership.assertLeader();
            loseAndWinAgain();
            assertLost(term, leadership::assertLeader);
        }
        leadership.assertLeader();
        assertThat(work.stillHolds()).isFalse();
        assertThat(work.end()).isFalse();
    }

    @Test
    void beginsNothingUnderTheLaterTerm() {
        long term = leadership.term();
        AtomicInteger calls = new AtomicInteger();
        assertLost(
                term,
                () -> leadership.callWhileLeading(outer -> {
                    assertThat(leadership.<Integer, RuntimeException>callWhileLeading(inner -> calls.incrementAndGet()))
                            .isOne();
                    loseAndWinAgain();
                    assertLost(term, () -> leadership.callWhileLeading(inner -> calls.incrementAndGet()));
                    assertLost(term, () -> leadership.tryCallWhileLeading(inner -> calls.incrementAndGet()));
                    assertLost(term, leadership::beginWork);
                    return "done";
                }));
        assertThat(calls).hasValue(1);
        leadership.runWhileLeading(token -> calls.incrementAndGet());
        assertThat(calls).as("the thread is free of the earlier work").hasValue(2);
    }

    @Test
    void theWorksOwnFailureIsNotSaidTwice() {
        assertThatExceptionOfType(LeadershipLostException.class)
                .isThrownBy(() -> leadership.runWhileLeading(token -> {
                    loseAndWinAgain();
                    leadership.fencingToken();
                }))
                .satisfies(lost -> assertThat(lost).hasNoSuppressedExceptions());
    }

    @Test
    void innerWorkGivesTheThreadBackToTheOuter() {
        LeaderWork outer = leadership.beginWork();
        LeaderWork inner = leadership.beginWork();
        try (LeaderWork.Scope around = outer.open()) {
            assertThat(leadership.currentWork()).isSameAs(outer);
            try (LeaderWork.Scope within = inner.open()) {
                assertThat(leadership.currentWork()).isSameAs(inner);
            }
            assertThat(leadership.currentWork()).isSameAs(outer);
        }
        assertThat(leadership.currentWork()).isNull();
        inner.end();
        outer.end();
    }

    @Test
    void aScopeIsClosedByTheThreadThatOpenedIt() {
        LeaderWork work = leadership.beginWork();
        LeaderWork.Scope scope = work.open();
        assertThatIllegalStateException()
                .isThrownBy(() -> elsewhere(() -> {
                    scope.close();
                    return true;
                }))
                .withMessageContaining(Thread.currentThread().getName());
        assertThat(leadership.currentWork()).isSameAs(work);
        scope.close();
        scope.close();
        assertThat(leadership.currentWork()).isNull();
        work.end();
    }

    @Test
    void theWorkOfOneClusterIsNotThatOfAnother() {
        Leadership reports = start("reports");
        leadership.runWhileLeading(ordersToken -> {
            assertThat(reports.currentWork()).isNull();
            reports.runWhileLeading(reportsToken -> {
                assertThat(leadership.fencingToken()).isEqualTo(ordersToken);
                assertThat(reports.fencingToken()).isEqualTo(reportsToken);
            });
        });
    }

    // ------------------------------------------------------------------------------------------------ on other threads

    @Test
    void keepsItsTokenOnTheThreadsThatItIsHandedTo() {
        long term = leadership.term();
        LeaderWork work = leadership.beginWork();
        FencingToken first = work.fencingToken();
        assertThat(elsewhere(() -> work.<FencingToken, RuntimeException>call(token -> leadership.fencingToken())))
                .isEqualTo(first);
        assertThat(elsewhere(work.wrap(leadership::fencingToken))).isEqualTo(first);
        assertThat(elsewhere(() -> {
                    work.run(token -> {
                        loseAndWinAgain();
                        assertLost(term, leadership::fencingToken);
                    });
                    return leadership.fencingToken();
                }))
                .as("that thread has left the work")
                .isGreaterThan(first);
        work.end();
    }

    @Test
    void beginsNoPartAfterTheLoss() {
        long term = leadership.term();
        LeaderWork work = leadership.beginWork();
        AtomicInteger parts = new AtomicInteger();
        Runnable part = work.wrap((Runnable) parts::incrementAndGet);
        part.run();
        loseAndWinAgain();
        assertLost(term, part::run);
        assertLost(
                term,
                () -> work.wrap((Callable<Integer>) parts::incrementAndGet).call());
        assertLost(term, () -> work.call(token -> parts.incrementAndGet()));
        assertLost(term, () -> work.run(token -> parts.incrementAndGet()));
        assertLost(term, work::assertStillHolds);
        assertThat(parts).hasValue(1);
        assertThat(work.fencingToken()).as("to be refused by the resource").isLessThan(leadership.fencingToken());
        work.end();
    }

    @Test
    void isCarriedByWhateverTaskItHandsToAnExecutor() {
        long term = leadership.term();
        LeaderWork work = leadership.beginWork();
        List<Object> seen = new ArrayList<>();
        Runnable task = () -> {
            try {
                seen.add(leadership.fencingToken());
            } catch (LeadershipLostException lost) {
                seen.add(lost.getTerm());
            }
        };
        assertThat(LeaderWork.carry(task)).as("nothing to carry").isSameAs(task);
        Runnable carried = work.call(token -> LeaderWork.carry(task));
        elsewhere(Executors.callable(carried));
        loseAndWinAgain();
        elsewhere(Executors.callable(carried));
        elsewhere(Executors.callable(task));
        assertThat(seen).containsExactly(work.fencingToken(), term, leadership.fencingToken());
        work.end();
    }

    // ------------------------------------------------------------------------------------------------ what became of
    // it

    @Test
    void aResultSaysWhetherTheWorkRanAndWhetherItsLeadershipOutlivedIt() {
        long term = leadership.term();
        assertThat(leadership.<String, RuntimeException>tryCallWhileLeading(token -> "done"))
                .isEqualTo(new WorkResult<>(WorkResult.Outcome.EXECUTED, "done", term, null))
                .matches(WorkResult::wasExecuted);
        assertThat(leadership.<String, RuntimeException>tryCallWhileLeading(token -> {
                    loseAndWinAgain();
                    return "done";
                }))
                .isEqualTo(new WorkResult<>(WorkResult.Outcome.LOST, null, term, null));
        long later = leadership.term();
        assertThat(leadership.tryRunWhileLeading(token -> {
                    loseAndWinAgain();
                    leadership.assertLeader();
                }))
                .as("noticed by the work itself")
                .isEqualTo(new WorkResult<>(WorkResult.Outcome.LOST, null, later, null));
        // Otherwise the witness would elect it again at once, because nobody else could lead.
        await().atMost(PATIENCE).until(nodes.get(0).stop().toCompletableFuture()::isDone);
        lose();
        assertThat(leadership
                        .tryRunWhileLeading(token -> {
                            throw new AssertionError("was called");
                        })
                        .outcome())
                .isEqualTo(WorkResult.Outcome.SKIPPED);
    }

    @Test
    void whatTheWorkThrowsIsThrownWithoutAResult() {
        assertThatExceptionOfType(java.io.IOException.class)
                .isThrownBy(() -> leadership.tryCallWhileLeading(token -> {
                    loseAndWinAgain();
                    throw new java.io.IOException("on purpose");
                }))
                .satisfies(failure -> assertThat(failure.getSuppressed())
                        .singleElement()
                        .isInstanceOf(LeadershipLostException.class));
    }
}
