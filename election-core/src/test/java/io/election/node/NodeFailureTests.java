package io.election.node;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.election.HandoverResult;
import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import io.election.core.ClockReading;
import io.election.core.Effect;
import io.election.core.ElectionMachine;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.Input;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.Output;
import io.election.core.Request;
import io.election.peer.PeerCallback;
import io.election.peer.PeerHandler;
import io.election.peer.PeerTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A leader some part of which runs out of memory, or fails in another way that it cannot recover from. */
@Timeout(120)
class NodeFailureTests {

    private static final long SECONDS_AT_MOST = 60;

    private final List<Object> heard = new CopyOnWriteArrayList<>();
    private final AtomicInteger counted = new AtomicInteger();
    private final AtomicInteger saidToBeOut = new AtomicInteger();
    private final AtomicInteger failuresOfSayingSo = new AtomicInteger();
    private final TestJournal journal = new TestJournal();
    private volatile @Nullable Error sending;
    private volatile @Nullable Error counting;
    private volatile boolean losesItsLease;
    private volatile boolean ignoresHandovers;
    private volatile @Nullable Request sent;
    private @Nullable PeerHandler handler;
    private @Nullable ElectionNode running;

    /** The real election, with a step added in which its leadership ends after a message. */
    private final class Scripted implements ElectionMachine {

        private final ElectionMachine real;

        Scripted(ElectionMachine real) {
            this.real = real;
        }

        @Override
        public Output step(Input input, ClockReading clock) {
            if (ignoresHandovers && input instanceof Input.TransferLeadership) {
                return new Output(List.of(), clock.monotonicNanos());
            }
            Output output = real.step(input, clock);
            Request message = sent;
            if (losesItsLease && message != null) {
                losesItsLease = false;
                List<Effect> effects = new ArrayList<>();
                effects.add(new Effect.Send(message));
                effects.add(new Effect.LeadershipEnded(real.view(clock).term(), StepDownReason.LEASE_LOST));
                return new Output(effects, output.wakeAtNanos());
            }
            return output;
        }

        @Override
        public ElectionView view(ClockReading at) {
            return real.view(at);
        }
    }

    private final PeerTransport transport = new PeerTransport() {
        @Override
        public void start(PeerHandler opened) {
            handler = opened;
        }

        @Override
        public void members(Set<String> members) {}

        @Override
        public void send(Request request, PeerCallback callback) {
            sent = request;
            Error failure = sending;
            if (failure != null) {
                throw failure;
            }
            callback.failed("nobody there");
        }

        @Override
        public void outOfService(String why) {
            if (failuresOfSayingSo.getAndDecrement() > 0) {
                throw new OutOfMemoryError("of this test");
            }
            saidToBeOut.incrementAndGet();
        }

        @Override
        public void close() {}
    };

    private final LeadershipListener listener = new LeadershipListener() {
        @Override
        public void onLeaderElected(LeaderElectedEvent event) {
            heard.add(event);
        }

        @Override
        public void onStepDown(StepDownEvent event) {
            heard.add(event);
        }

        @Override
        public void onLeaderChanged(LeaderChangedEvent event) {}
    };

    private final NodeObserver observer = new NodeObserver() {
        @Override
        public void termChanged() {
            counted.incrementAndGet();
            Error failure = counting;
            if (failure != null) {
                throw failure;
            }
        }

        @Override
        public void roundEnded(String outcome) {
            counted.incrementAndGet();
            Error failure = counting;
            if (failure != null) {
                throw failure;
            }
        }
    };

    /** A sole voter, which leads at once, and has an observer to send to. */
    private ElectionNode start() {
        ElectionSettings settings = new ElectionSettings(
                "orders",
                "a",
                List.of(new Member("a", MemberKind.DATA, 0, false), new Member("o", MemberKind.OBSERVER, 0, false)),
                Duration.ofSeconds(2),
                Duration.ofMillis(20),
                Duration.ofMillis(1700),
                0.02,
                Duration.ofMillis(50),
                Duration.ofSeconds(10),
                false,
                64);
        ElectionNode node = new ElectionNode(
                new NodeSettings(settings, false, Map.of(), Map.of(), false),
                (of, memory, since) -> new Scripted(ElectionFactory.REAL.create(of, memory, since)),
                journal,
                transport,
                NodeClock.SYSTEM,
                listener,
                List.of(observer));
        running = node;
        node.start();
        node.ready();
        return node;
    }

    private ElectionNode leading() {
        ElectionNode node = start();
        await().atMost(SECONDS_AT_MOST, SECONDS).until(() -> heard.size() == 1 && sent != null);
        return node;
    }

    @AfterEach
    void stop() {
        if (running != null) {
            running.stop().toCompletableFuture().orTimeout(60, SECONDS).join();
        }
    }

    private void awaitStepDown(StepDownReason reason) {
        await().atMost(SECONDS_AT_MOST, SECONDS).until(() -> heard.size() == 2);
        LeaderElectedEvent elected = (LeaderElectedEvent) heard.get(0);
        assertThat(heard.get(1)).isEqualTo(new StepDownEvent("orders", "a", elected.term(), reason));
    }

    /** Not leader is shown before anything else of a step; what was to follow must not be lost with it. */
    @Test
    void anEndThatWasShownIsToldAlsoIfTheLoopDiesBeforeItTellsIt() {
        ElectionNode node = leading();
        sending = new StackOverflowError("of this test");
        losesItsLease = true;
        awaitStepDown(StepDownReason.INTERNAL_ERROR);
        assertThat(node.leadership().isLeader()).isFalse();
    }

    @Test
    void messagesAndCountsForWhichThereIsNoMemoryEndNoLeadership() {
        counting = new OutOfMemoryError("of this test");
        ElectionNode node = leading();
        await().atMost(SECONDS_AT_MOST, SECONDS).until(() -> counted.get() > 0);
        sending = new OutOfMemoryError("of this test");
        sent = null;
        await().atMost(SECONDS_AT_MOST, SECONDS).until(() -> sent != null);
        sent = null;
        await().atMost(SECONDS_AT_MOST, SECONDS).until(() -> sent != null);
        assertThat(node.leadership().isLeader()).isTrue();
        assertThat(node.status().failure()).isNull();
        assertThat(heard).hasSize(1);
    }

    @Test
    void aMemberWhoseElectionEndedAnswersItsPeersAtOnceAndEndsWhatItsCallersWaitFor() {
        ignoresHandovers = true;
        ElectionNode node = leading();
        CompletableFuture<HandoverResult> waiting =
                node.leadership().handOver("o").toCompletableFuture();
        failuresOfSayingSo.set(3);
        sending = new StackOverflowError("of this test");
        awaitStepDown(StepDownReason.INTERNAL_ERROR);

        assertThat(waiting.orTimeout(60, SECONDS).join().outcome()).isEqualTo(HandoverResult.Outcome.FAILED);
        await().atMost(SECONDS_AT_MOST, SECONDS).until(() -> saidToBeOut.get() > 0);
        assertThat(saidToBeOut)
                .as("tried until it could be said, and not again")
                .hasValue(1);
        Request asked = sent;
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> handler.handle(asked, response -> {}))
                .withMessageContaining("takes no part until it is restarted");
        await().atMost(SECONDS_AT_MOST, SECONDS)
                .untilAsserted(() -> assertThat(node.status().history())
                        .extracting(NodeStatus.HistoryEntry::what)
                        .contains("failed", "stepped-down"));
        assertThat(node.status().failure())
                .isEqualTo("its election came to an end: java.lang.StackOverflowError: of this test");
        assertThat(node.status().leaderId()).isNull();
    }

    /** The first write of all, with its vote, is one that the disk's thread has no memory for. */
    @Test
    void aDiskThreadThatRunsOutOfMemoryIsNoFailureOfTheJournal() {
        journal.fail(new OutOfMemoryError("of this test"));
        ElectionNode node = start();
        await().atMost(SECONDS_AT_MOST, SECONDS).until(() -> node.status().failure() != null);
        assertThat(node.status().failure())
                .isEqualTo("the thread of its disk came to an end: java.lang.OutOfMemoryError: of this test");
        assertThat(node.status().storageFailure()).isNull();
        await().atMost(SECONDS_AT_MOST, SECONDS).until(() -> saidToBeOut.get() == 1);
        assertThat(heard).isEmpty();
    }

    @Test
    void aMemberWhoseElectionEndedCanBeStartedAgain() {
        ElectionNode node = leading();
        sending = new StackOverflowError("of this test");
        awaitStepDown(StepDownReason.INTERNAL_ERROR);
        sending = null;
        node.stop().toCompletableFuture().orTimeout(60, SECONDS).join();
        node.start();
        node.ready();
        await().atMost(SECONDS_AT_MOST, SECONDS).until(node.leadership()::isLeader);
        assertThat(node.status().failure()).isNull();
    }

    @Test
    void aWatchdogLooksAgainWhateverALookThrows() throws InterruptedException {
        AtomicInteger looks = new AtomicInteger();
        Watchdog watchdog = new Watchdog("watch-of-a-test", Duration.ofMillis(1).toNanos(), () -> {
            if (looks.incrementAndGet() % 2 == 1) {
                throw new OutOfMemoryError("of this test");
            }
            throw new IllegalStateException("of this test");
        });
        watchdog.start();
        await().atMost(SECONDS_AT_MOST, SECONDS).until(() -> looks.get() > 10);
        watchdog.stop(Duration.ofSeconds(SECONDS_AT_MOST));
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("watch-of-a-test");
    }
}
