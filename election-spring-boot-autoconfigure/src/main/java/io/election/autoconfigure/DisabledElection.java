package io.election.autoconfigure;

import io.election.FencingToken;
import io.election.HandoverResult;
import io.election.LeaderElectedEvent;
import io.election.LeaderWork;
import io.election.Leadership;
import io.election.LeadershipState;
import io.election.NotLeaderException;
import io.election.Role;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import io.election.node.LeadershipListener;
import io.election.node.NodeOperations;
import io.election.node.NodeStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands in for a node where {@code election.enabled=false}: leads from ready to stop, or never. There is no term and no
 * token, because nobody was elected.
 */
final class DisabledElection implements ElectionRuntime {

    private static final Logger logger = LoggerFactory.getLogger(DisabledElection.class);

    private final Mode.Disabled mode;
    private final LeadershipListener listener;
    private final Duration stopTimeout;
    private final Instant since = Instant.now();

    private final Leadership leadership = new DisabledLeadership();
    private final NodeOperations operations = new DisabledOperations();

    /** The leadership, while there is one; nobody else can be elected, so work in flight outlasts it unharmed. */
    private volatile boolean leader;

    /** Guards {@link #inFlight}, apart from the runtime itself, which stops while work ends. */
    private final ReentrantLock workLock = new ReentrantLock();

    private final Condition workEnded = workLock.newCondition();
    private int inFlight;

    /** Opened for good by the first gain: {@link #leader} has the last word. */
    private final CountDownLatch gained = new CountDownLatch(1);

    private @Nullable ExecutorService events;

    private volatile @Nullable Thread eventsThread;
    private volatile boolean isReady;

    /** What keeps the application from being ready, as far as that has been found out. */
    private volatile @Nullable String holds;

    DisabledElection(Mode.Disabled mode, LeadershipListener listener, Duration stopTimeout) {
        this.mode = mode;
        this.listener = listener;
        this.stopTimeout = stopTimeout;
    }

    @Override
    public Leadership leadership() {
        return leadership;
    }

    @Override
    public synchronized void start() {
        if (events == null) {
            events = Executors.newSingleThreadExecutor(task -> {
                Thread thread = new Thread(task, "election-" + mode.cluster() + "-" + mode.nodeId() + "-events");
                thread.setDaemon(true);
                eventsThread = thread;
                return thread;
            });
        }
    }

    @Override
    public synchronized void ready() {
        isReady = true;
        holds = null;
        if (events != null && mode.leads() && !leader) {
            leader = true;
            gained.countDown();
            deliver(
                    events,
                    () -> listener.onLeaderElected(new LeaderElectedEvent(mode.cluster(), mode.nodeId(), 0, null)));
        }
    }

    @Override
    public synchronized void notReady(String holding) {
        if (events == null || isReady) {
            return;
        }
        holds = holding;
        if (mode.leads()) {
            logger.warn(
                    "Member '{}' of cluster '{}' does not lead yet, although election.enabled is false, because its"
                            + " application is not ready: {}. {}",
                    mode.nodeId(),
                    mode.cluster(),
                    holding,
                    Readiness.ADVICE);
        }
    }

    @Override
    public boolean inOrder(Runnable task) {
        if (Thread.currentThread() == eventsThread) {
            task.run();
            return true;
        }
        synchronized (this) {
            ExecutorService running = events;
            if (running != null) {
                running.execute(task);
            }
            return running != null;
        }
    }

    @Override
    public synchronized CompletionStage<Void> stop() {
        ExecutorService running = events;
        if (running == null) {
            return CompletableFuture.completedFuture(null);
        }
        events = null;
        CompletableFuture<Void> stopped = new CompletableFuture<>();
        if (leader) {
            leader = false;
            deliver(
                    running,
                    () -> listener.onStepDown(
                            new StepDownEvent(mode.cluster(), mode.nodeId(), 0, StepDownReason.SHUTDOWN)));
        }
        running.execute(this::awaitWork);
        running.execute(() -> stopped.complete(null));
        running.shutdown();
        return stopped.completeOnTimeout(null, stopTimeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Within the time that the stop takes at most: the thread is a daemon, and the stop goes on without it. */
    private void awaitWork() {
        workLock.lock();
        try {
            long left = stopTimeout.toNanos();
            while (inFlight > 0 && left > 0) {
                left = workEnded.awaitNanos(left);
            }
            if (inFlight > 0) {
                logger.warn("Work that only the leader may do still runs; the application stops all the same.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            workLock.unlock();
        }
    }

    private void count(int change) {
        workLock.lock();
        try {
            inFlight += change;
            workEnded.signalAll();
        } finally {
            workLock.unlock();
        }
    }

    private static void deliver(ExecutorService events, Runnable event) {
        events.execute(() -> {
            try {
                event.run();
            } catch (RuntimeException | Error failure) {
                logger.error("A listener failed.", failure);
            }
        });
    }

    @Override
    public synchronized boolean isRunning() {
        return events != null;
    }

    @Override
    public NodeOperations operations() {
        return operations;
    }

    /** The bean of the application; apart from the runtime, so that each type has one bean. */
    private final class DisabledLeadership implements Leadership {

        @Override
        public boolean isLeader() {
            return leader;
        }

        @Override
        public LeadershipState state() {
            boolean leads = leader;
            return new LeadershipState(
                    leads, leads ? Role.LEADER : Role.FOLLOWER, 0, leads ? mode.nodeId() : null, null);
        }

        @Override
        public FencingToken fencingToken() {
            assertLeader();
            throw noToken();
        }

        @Override
        public LeaderWork beginWork() {
            // Counted first, so that a stop that comes between waits for it.
            DisabledWork begun = new DisabledWork(this);
            if (!leader) {
                begun.end();
                throw new NotLeaderException(mode.nodeId(), null);
            }
            return begun;
        }

        /** There is no quorum to ask, and nobody who could have been elected. */
        @Override
        public boolean confirm(Duration timeout) {
            return leader;
        }

        @Override
        public boolean await(Duration timeout) throws InterruptedException {
            return gained.await(timeout.toNanos(), TimeUnit.NANOSECONDS) && leader;
        }

        @Override
        public CompletionStage<HandoverResult> handOver(@Nullable String to) {
            LeadershipState state = state();
            return CompletableFuture.completedFuture(new HandoverResult(
                    state.leader() ? HandoverResult.Outcome.NO_SUCCESSOR : HandoverResult.Outcome.NOT_LEADER,
                    state.leaderId(),
                    0,
                    "election.enabled is false, so nobody else can be elected"));
        }

        /** Nobody else could be elected, so this leads on. */
        @Override
        public CompletionStage<HandoverResult> stepDown() {
            logger.warn("A step-down was asked for, but election.enabled is false: nothing changes.");
            return handOver(null);
        }

        /** Work that was begun holds to its end: nobody else can be elected. */
        @Override
        public void assertLeader() {
            if (!leader && currentWork() == null) {
                throw new NotLeaderException(mode.nodeId(), null);
            }
        }
    }

    private static IllegalStateException noToken() {
        return new IllegalStateException(
                "election.enabled is false, so nobody was elected and there is no fencing token."
                        + " Set election.enabled=true where resources check tokens.");
    }

    private final class DisabledWork implements LeaderWork {

        private final Leadership leadership;
        private final AtomicBoolean ended = new AtomicBoolean();

        DisabledWork(Leadership leadership) {
            this.leadership = leadership;
            count(1);
        }

        @Override
        public Leadership leadership() {
            return leadership;
        }

        @Override
        public long term() {
            return 0;
        }

        @Override
        public FencingToken fencingToken() {
            throw noToken();
        }

        @Override
        public boolean stillHolds() {
            return true;
        }

        @Override
        public boolean end() {
            if (ended.compareAndSet(false, true)) {
                count(-1);
            }
            return true;
        }
    }

    private final class DisabledOperations implements NodeOperations {

        @Override
        public NodeStatus status() {
            LeadershipState state = leadership.state();
            return new NodeStatus(
                    mode.cluster(),
                    mode.nodeId(),
                    false,
                    state.role(),
                    state.leader(),
                    0,
                    state.leaderId(),
                    null,
                    null,
                    !state.leader(),
                    null,
                    null,
                    null,
                    new NodeStatus.Quorum(0, 0, null),
                    List.of(),
                    0,
                    null,
                    null,
                    List.of(),
                    state.leader() ? null : since,
                    null,
                    null,
                    null,
                    false,
                    isReady ? null : holds,
                    null,
                    null);
        }

        @Override
        public boolean hearsLeader() {
            return leader;
        }
    }
}
