package io.election.autoconfigure;

import io.election.ClusterMembers;
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
import io.election.core.LogKeys;
import io.election.core.MemberChange;
import io.election.node.FollowerStatus;
import io.election.node.LeadershipListener;
import io.election.node.MembersState;
import io.election.node.NodeOperations;
import io.election.node.NodeStatus;
import io.election.node.WhyNobodyLeads;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Takes the place of a node where {@code election.enabled=false}: it leads from the moment the application is ready until it
 * stops, or never. There is no term and no token, because nobody was elected.
 */
final class DisabledElection implements ElectionRuntime {

    private static final Logger logger = LoggerFactory.getLogger(DisabledElection.class);

    private final Mode.Disabled mode;
    private final LeadershipListener listener;
    private final Duration stopTimeout;
    private final Instant since = Instant.now();

    private final Leadership leadership = new DisabledLeadership();
    private final NodeOperations operations = new DisabledOperations();

    /** Whether this application leads. Nobody else can be elected, so work in flight is safe even after it has ended. */
    private volatile boolean leader;

    private final WorkCount inFlight = new WorkCount();

    /** Opened once, when the leadership is first gained; {@link #leader} decides. */
    private final CountDownLatch gained = new CountDownLatch(1);

    private @Nullable ExecutorService events;

    private volatile @Nullable Thread eventsThread;
    private volatile boolean isReady;

    /** What keeps the application from becoming ready, if that is known. */
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
    public ClusterMembers members() {
        return DisabledMembers.INSTANCE;
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
            at(logger.atWarn())
                    .addKeyValue(LogKeys.REASON, holding)
                    .log(
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

    /** Waits no longer than the stop may take. The thread is a daemon, so it does not keep the JVM alive. */
    private void awaitWork() {
        try {
            if (!inFlight.awaitNone(stopTimeout)) {
                at(logger.atWarn())
                        .addKeyValue(LogKeys.DURATION, stopTimeout.toMillis())
                        .log(
                                "Leader-only work is still running. The application stops without waiting for it any longer.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private LoggingEventBuilder at(LoggingEventBuilder line) {
        return line.addKeyValue(LogKeys.CLUSTER, mode.cluster()).addKeyValue(LogKeys.NODE, mode.nodeId());
    }

    private void deliver(ExecutorService events, Runnable event) {
        events.execute(() -> {
            try {
                event.run();
            } catch (RuntimeException | Error failure) {
                at(logger.atError()).setCause(failure).log("A listener of the leadership's events failed.");
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

    /** The application's bean. Not the runtime itself, so that there is one bean of each type. */
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
            // Counted before the check, so that a concurrent stop waits for it.
            DisabledWork begun = new DisabledWork(this);
            if (!leader) {
                begun.end();
                throw new NotLeaderException(mode.nodeId(), null);
            }
            return begun;
        }

        /** There is no quorum to ask, and nobody else could have been elected. */
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

        /** Nobody else could be elected, so this application remains the leader. */
        @Override
        public CompletionStage<HandoverResult> stepDown() {
            at(logger.atWarn())
                    .log(
                            "A step-down was requested, but election.enabled is false: this application remains the leader.");
            return handOver(null);
        }

        /** Work that has begun may finish: nobody else can be elected. */
        @Override
        public void assertLeader() {
            if (!leader && currentWork() == null) {
                throw new NotLeaderException(mode.nodeId(), null);
            }
        }
    }

    private static IllegalStateException noToken() {
        return new IllegalStateException(
                "There is no fencing token, because election.enabled is false and nobody was elected."
                        + " Set election.enabled=true where resources check tokens.");
    }

    private final class DisabledWork implements LeaderWork {

        private final Leadership leadership;
        private final AtomicBoolean ended = new AtomicBoolean();

        DisabledWork(Leadership leadership) {
            this.leadership = leadership;
            inFlight.begin();
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
                inFlight.end();
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
                    null,
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
                    new NodeStatus.Quorum(0, 0, null, null, null),
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
                    null,
                    null,
                    null,
                    MembersState.NONE,
                    null,
                    false,
                    null,
                    null,
                    state.leader()
                            ? null
                            : new WhyNobodyLeads(
                                    "no election is held here, and this application does not lead"
                                            + " (election.when-disabled)",
                                    List.of()),
                    null);
        }

        @Override
        public FollowerStatus following() {
            return new FollowerStatus(
                    false,
                    0,
                    leadership.state().leaderId(),
                    null,
                    null,
                    null,
                    0,
                    null,
                    "unknown",
                    true,
                    "election.enabled is false");
        }

        @Override
        public boolean hearsLeader() {
            return leader;
        }

        @Override
        public CompletionStage<MemberChange.Result> changeMembers(
                MemberChange change, @Nullable Long builds, boolean force) {
            return CompletableFuture.completedFuture(
                    new MemberChange.Result(MemberChange.Outcome.REFUSED, 0, "election.enabled is false"));
        }
    }
}
