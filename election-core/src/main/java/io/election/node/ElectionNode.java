package io.election.node;

import io.election.FencingToken;
import io.election.HandoverResult;
import io.election.LeaderWork;
import io.election.Leadership;
import io.election.LeadershipLostException;
import io.election.LeadershipState;
import io.election.NotLeaderException;
import io.election.Role;
import io.election.core.ClockReading;
import io.election.core.ElectionMachine;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.EnrolledMember;
import io.election.core.Input;
import io.election.core.Journal;
import io.election.core.Lease;
import io.election.core.LogPosition;
import io.election.core.MemberListDiffersException;
import io.election.core.MemberPresence;
import io.election.core.Membership;
import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.MemberState;
import io.election.peer.PeerHandler;
import io.election.peer.PeerTransport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member of a cluster: joins the election, its journal, its peers and its clock, and owns every thread of them. Two
 * nodes of two clusters, or of one, live side by side in one JVM.
 *
 * <p>Its threads are daemon platform threads: one loop, one for the disk, one for the events, one that watches these, and one
 * that comes and goes for the log. The loop waits for none of them.
 */
public final class ElectionNode implements NodeOperations {

    private static final Logger logger = LoggerFactory.getLogger(ElectionNode.class);

    private final NodeSettings settings;
    private final ElectionSettings election;
    private final ElectionFactory elections;
    private final Journal journal;
    private final PeerTransport transport;
    private final NodeClock clock;
    private final LeadershipListener listener;
    private final Chronicle chronicle;
    private final Leadership leadership = new NodeLeadership();

    /** Completed at the next gain; replaced by the loop alone. */
    private volatile CompletableFuture<Void> nextGain = new CompletableFuture<>();

    /** Since when no loop of this member has run: what was promised before is what the next start has to impose. */
    private ClockReading idleSince;

    private @Nullable LogPosition position;
    private volatile NodeLoop.Published published;
    private volatile @Nullable Instant leaderlessSince = Instant.now();
    private volatile @Nullable NodeLoop loop;
    private volatile boolean ready;

    /** What keeps the application from being ready, once that takes long. */
    private volatile @Nullable String holds;

    private volatile @Nullable EventDispatcher events;
    private volatile @Nullable PeerWatch peers;
    private @Nullable CompletableFuture<Void> stopping;
    private volatile boolean journalHangs;

    /**
     * Joins the parts; starts nothing.
     *
     * @param settings what the configuration says
     * @param journal this member's durable memory; opened by each start, released by each stop, and closed by the caller
     * @param transport carries messages to the peers and back
     * @param clock the clocks; {@link NodeClock#SYSTEM} but in tests
     * @param listener takes the events
     * @param observers count what happens
     * @throws MemberListDiffersException if the cluster was founded with another list of members
     */
    public ElectionNode(
            NodeSettings settings,
            Journal journal,
            PeerTransport transport,
            NodeClock clock,
            LeadershipListener listener,
            List<NodeObserver> observers) {
        this(settings, ElectionFactory.REAL, journal, transport, clock, listener, observers);
    }

    /**
     * Joins the parts; starts nothing.
     *
     * @param settings what the configuration says
     * @param elections makes what decides for this member; {@link ElectionFactory#REAL} but in tests of applications
     * @param journal this member's durable memory; opened by each start, released by each stop, and closed by the caller
     * @param transport carries messages to the peers and back
     * @param clock the clocks; {@link NodeClock#SYSTEM} but in tests
     * @param listener takes the events
     * @param observers count what happens
     * @throws MemberListDiffersException if the cluster was founded with another list of members
     */
    public ElectionNode(
            NodeSettings settings,
            ElectionFactory elections,
            Journal journal,
            PeerTransport transport,
            NodeClock clock,
            LeadershipListener listener,
            List<NodeObserver> observers) {
        this.settings = settings;
        this.election = settings.election();
        this.elections = elections;
        this.journal = journal;
        this.transport = transport;
        this.clock = clock;
        this.listener = listener;
        // After a journal that is there has been locked, and before anything of this life is promised.
        this.idleSince = clock.read();
        this.chronicle = new Chronicle(election.cluster(), election.nodeId(), observers);
        this.published = new NodeLoop.Published(newElection().view(idleSince), null);
    }

    private ElectionMachine newElection() {
        return elections.create(election, journal, idleSince);
    }

    /**
     * The leadership as an application sees it.
     *
     * @return one object for the life of this node, valid before the start and after the stop
     */
    public Leadership leadership() {
        return leadership;
    }

    /**
     * Opens the journal and starts to vote. Does nothing on a node that runs; may be called again after a stop.
     *
     * @throws UncheckedIOException if the journal cannot be opened
     * @throws MemberListDiffersException if the cluster was founded with another list of members
     * @throws RuntimeException whatever the transport throws if it cannot receive; the node has then stopped again
     */
    public void start() {
        awaitStop();
        NodeLoop begun = begin();
        if (begun == null) {
            return;
        }
        try {
            transport.start(new PeerHandler() {
                @Override
                public void handle(Request request, Consumer<Response> reply) {
                    begun.receive(request, reply);
                }

                @Override
                public @Nullable MemberState describe(String asker) {
                    return ElectionNode.this.describe(asker);
                }
            });
        } catch (RuntimeException e) {
            // A member that nobody can reach must not take part: what has begun is ended, then the caller learns why.
            stop().toCompletableFuture().join();
            throw e;
        }
    }

    /** What this member says of itself to a peer that asks whether it is there. */
    private @Nullable MemberState describe(String asker) {
        PeerWatch watch = peers;
        if (watch == null) {
            return null;
        }
        ElectionView view = published.view();
        Membership membership = view.membership();
        String named = membership == null
                ? null
                : membership
                        .member(asker)
                        .map(EnrolledMember::incarnation)
                        .filter(incarnation -> !incarnation.isEmpty())
                        .orElse(null);
        return new MemberState(
                ready,
                holds,
                journal.incarnation(),
                LostMemories.isSettled(view, election.nodeId()),
                membership == null ? null : membership.clusterId(),
                named,
                election.listed(),
                watch.judgedWithoutMemory());
    }

    /** A start during a stop comes after it. */
    private void awaitStop() {
        CompletableFuture<Void> ending;
        synchronized (this) {
            ending = stopping;
        }
        if (ending != null) {
            ending.join();
        }
    }

    private synchronized @Nullable NodeLoop begin() {
        if (loop != null) {
            return null;
        }
        if (journalHangs) {
            throw new IllegalStateException("Member '" + election.nodeId() + "' cannot be started again: a write to its"
                    + " journal has hung since it was stopped. Repair the disk, and restart the process.");
        }
        ElectionMachine machine = takeUp();
        String name = "election-" + election.cluster() + "-" + election.nodeId();
        AtomicReference<@Nullable NodeLoop> started = new AtomicReference<>();
        EventDispatcher dispatcher = new EventDispatcher(
                name + "-events",
                listener,
                settings.interruptListeners(),
                term -> {
                    NodeLoop running = started.get();
                    if (running != null) {
                        running.listenersDone(term);
                    }
                },
                chronicle::listenerFailed);
        PeerWatch watch =
                new PeerWatch(election, journal.incarnation(), clock, chronicle, transport, () -> published.view());
        chronicle.peers(watch);
        NodeLoop created = new NodeLoop(
                name,
                election,
                machine,
                journal,
                transport,
                clock,
                dispatcher,
                chronicle,
                watch,
                this::publish,
                this::announceGain);
        started.set(created);
        chronicle.started(
                journal.state().hardState().term(), journal.state().hardState().votedFor());
        dispatcher.start();
        created.start();
        LogPosition known = position;
        if (known != null) {
            created.submit(new Input.PositionAdvanced(known));
        }
        events = dispatcher;
        peers = watch;
        loop = created;
        stopping = null;
        ready = false;
        holds = null;
        return created;
    }

    /** Opens the memory, and takes up the life that is in it. */
    private ElectionMachine takeUp() {
        try {
            if (journal.open()) {
                // safety rule 5: another process may have made promises until now.
                idleSince = clock.read();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            return newElection();
        } catch (RuntimeException e) {
            releaseJournal();
            throw e;
        }
    }

    /** From here on another process may be this member: the next start reads anew what there is then. */
    private void releaseJournal() {
        try {
            journal.release();
        } catch (IOException e) {
            logger.warn("The journal of member '{}' could not be released: {}", election.nodeId(), String.valueOf(e));
        }
    }

    /** Says that the application is ready: the node may stand for election, and delivers its events. */
    public synchronized void ready() {
        EventDispatcher dispatcher = events;
        NodeLoop running = loop;
        if (dispatcher != null && running != null) {
            dispatcher.ready();
            running.submit(new Input.Ready());
            ready = true;
            if (holds != null) {
                holds = null;
                chronicle.readyAfterAll();
            }
        }
    }

    /**
     * Says that the application takes long to become ready, and so keeps this member from standing. It is told to people and
     * shown until {@link #ready()}.
     *
     * @param holding what the application is doing, without a full stop
     * @param advice what to do about it, in whole sentences
     */
    public synchronized void notReady(String holding, String advice) {
        if (loop != null && !ready) {
            holds = holding;
            chronicle.notReady(holding, advice);
        }
    }

    /**
     * Tells whether the node was told that the application is ready, since its latest start.
     *
     * @return whether {@link #ready()} was called, though what it says may still be on its way
     */
    public boolean isReady() {
        return ready;
    }

    /**
     * Hands over if it leads, delivers the events that are left, and stops. Takes as long as the handover timeout at most,
     * and little more where a disk hangs.
     *
     * @return completed, never exceptionally, when it has stopped
     */
    public synchronized CompletionStage<Void> stop() {
        NodeLoop running = loop;
        EventDispatcher dispatcher = events;
        if (stopping != null) {
            return stopping;
        }
        CompletableFuture<Void> stopped = new CompletableFuture<>();
        if (running == null || dispatcher == null) {
            stopped.complete(null);
            return stopped;
        }
        stopping = stopped;
        Thread stopper = new Thread(
                () -> {
                    try {
                        stop(running, dispatcher);
                    } catch (RuntimeException e) {
                        logger.error("Stopping member '{}' failed.", election.nodeId(), e);
                    } finally {
                        stopped.complete(null);
                    }
                },
                "election-" + election.cluster() + "-" + election.nodeId() + "-stop");
        stopper.setDaemon(true);
        stopper.start();
        return stopped;
    }

    private void stop(NodeLoop running, EventDispatcher dispatcher) {
        long timeout = election.handoverTimeout().toNanos();
        long begun = System.nanoTime();
        long deadline = begun + timeout + election.electionTimeout().toNanos();
        try {
            awaitClose(running.close(), deadline);
            if (!running.awaitWork(begun + timeout)) {
                logger.warn(
                        "Work under the leadership of member '{}' still runs; it stops all the same.",
                        election.nodeId());
            }
            transport.close();
            journalHangs =
                    !running.stop(Duration.ofNanos(Math.max(1, Math.min(timeout, deadline - System.nanoTime()))));
            if (!journalHangs) {
                releaseJournal();
            }
            dispatcher.stop(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
        } catch (InterruptedException e) {
            // Only this node's own thread runs this, and nobody interrupts it; if somebody does, the stop ends early.
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            loop = null;
            events = null;
            peers = null;
            idleSince = clock.read();
            ElectionView last = published.view();
            publish(new NodeLoop.Published(stopped(last), null));
            chronicle.stopped(last.term());
        }
        flushLog();
    }

    private void flushLog() {
        try {
            chronicle.flush(Duration.ofSeconds(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void awaitClose(CompletableFuture<Void> closed, long deadlineNanos) throws InterruptedException {
        try {
            closed.get(Math.max(1, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            logger.warn("The handover did not end in time; the member stops without it.");
        } catch (ExecutionException e) {
            throw new IllegalStateException("a close never fails", e);
        }
    }

    /** What a member that takes part no longer knows: its term and log, but no leader. */
    static ElectionView stopped(ElectionView last) {
        return new ElectionView(
                Role.FOLLOWER,
                last.term(),
                last.votedFor(),
                null,
                last.lastLeaderContactNanos(),
                last.initialElection(),
                last.last(),
                last.commitIndex(),
                last.membership(),
                last.voters(),
                last.needed(),
                null,
                last.members(),
                last.storageFailed(),
                last.listDiffers(),
                last.lastEnd());
    }

    /**
     * Whether this node has started, and not stopped.
     *
     * @return {@code true} from a start to the end of the next stop
     */
    public boolean isRunning() {
        return loop != null;
    }

    /**
     * Says how far the application's own log is, durably (safety rule 3). Only for a node whose settings say that the
     * application supplies its position.
     *
     * @param term the term in which the last record was written
     * @param offset its place in that log
     */
    public synchronized void positionAdvanced(long term, long offset) {
        LogPosition advanced = new LogPosition(term, offset);
        position = advanced;
        NodeLoop running = loop;
        if (running != null) {
            running.submit(new Input.PositionAdvanced(advanced));
        }
    }

    /** Has what decides for this member look at the time at once. Does nothing on a node that does not run. */
    public void wake() {
        NodeLoop running = loop;
        if (running != null) {
            running.submit(new Input.Tick());
        }
    }

    /**
     * Waits until the listeners have returned from all events that have come until now. Does not wait where a listener
     * itself asks, nor on a node that does not run.
     *
     * @param timeout how long to wait at most
     * @return {@code false} if the time ran out first
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public boolean awaitEvents(Duration timeout) throws InterruptedException {
        EventDispatcher dispatcher = events;
        return dispatcher == null || dispatcher.awaitDelivered(nanos(timeout));
    }

    /**
     * Has something done on the thread of the events, after all that have come until now; at once if it is asked for on that
     * thread. What is asked for before {@link #ready()} is done after that.
     *
     * @param task must not throw
     * @return {@code false} on a node that does not run, where it is not done
     */
    public boolean inOrder(Runnable task) {
        EventDispatcher dispatcher = events;
        return dispatcher != null && dispatcher.inOrder(task);
    }

    private void publish(NodeLoop.Published latest) {
        if (latest.view().leader() != null) {
            leaderlessSince = null;
        } else if (leaderlessSince == null) {
            leaderlessSince = Instant.now();
        }
        published = latest;
    }

    private CompletionStage<HandoverResult> call(LongFunction<Input> wish) {
        NodeLoop running = loop;
        if (running == null) {
            ElectionView view = published.view();
            return CompletableFuture.completedFuture(new HandoverResult(
                    HandoverResult.Outcome.NOT_LEADER, view.leader(), view.term(), "this member has not started"));
        }
        return running.call(wish).minimalCompletionStage();
    }

    private void announceGain() {
        CompletableFuture<Void> gained = nextGain;
        nextGain = new CompletableFuture<>();
        gained.complete(null);
    }

    // ------------------------------------------------------------------------------------------------ what is shown

    @Override
    public NodeStatus status() {
        ClockReading now = clock.read();
        NodeLoop.Published latest = published;
        ElectionView view = latest.view();
        LeaseCell cell = latest.cell();
        boolean leader = cell != null && cell.holds();
        Membership membership = view.membership();
        NodeLoop running = loop;
        PeerWatch watch = peers;
        List<String> withoutMemory = watch == null ? List.of() : watch.withoutMemory();
        return new NodeStatus(
                election.cluster(),
                election.nodeId(),
                settings.standalone(),
                view.role(),
                leader,
                view.term(),
                view.leader(),
                url(view.leader()),
                instant(view.lastLeaderContactNanos(), now),
                view.initialElection(),
                leader && cell != null ? remaining(cell.lease(), now) : null,
                leader && cell != null ? Long.valueOf(cell.token().value()) : null,
                view.votedFor(),
                new NodeStatus.Quorum(view.voters(), view.needed(), view.reachable()),
                view.members().stream().map(m -> member(m, view, watch, now)).toList(),
                view.commitIndex(),
                membership == null ? null : membership.clusterId(),
                membership == null ? null : membership.generation(),
                chronicle.history(),
                leaderlessSince,
                running == null ? null : running.storageFailure(),
                running == null ? null : running.failure(),
                watch == null ? null : watch.listDifference(),
                cell != null && !leader,
                holds,
                watch == null ? null : watch.rival(),
                withoutMemory.isEmpty() ? null : "This member " + LostMemories.describe(withoutMemory));
    }

    @Override
    public boolean hearsLeader() {
        NodeLoop.Published latest = published;
        ElectionView view = latest.view();
        LeaseCell cell = latest.cell();
        if (cell != null) {
            return cell.holds();
        }
        Long heard = view.lastLeaderContactNanos();
        return view.leader() != null
                && heard != null
                && clock.monotonicNanos() - heard < election.leaseDuration().toNanos();
    }

    private NodeStatus.Member member(
            MemberPresence presence, ElectionView view, @Nullable PeerWatch watch, ClockReading now) {
        boolean self = presence.id().equals(election.nodeId());
        ReachedPeer reached = watch == null ? null : watch.reached(presence.id());
        // A leader hears from all of them all the time; a follower knows only what came of its own questions.
        Boolean reachable = presence.reachable();
        if (reached != null && reached.reachable() != null && !self && view.role() != Role.LEADER) {
            reachable = reached.reachable();
        }
        boolean answers = Boolean.TRUE.equals(reachable) && reached != null && reached.lastErrorSince() != null;
        MemberPresence.VotingState voting = presence.votingState();
        if (self && voting == MemberPresence.VotingState.UNKNOWN && watch != null && watch.isStrange()) {
            voting = MemberPresence.VotingState.CATCHING_UP;
        }
        return new NodeStatus.Member(
                presence.id(),
                settings.peerUrls().get(presence.id()),
                Chronicle.dashed(presence.kind().name()),
                Chronicle.dashed(voting.name()),
                reachable,
                later(instant(presence.lastContactNanos(), now), reached == null ? null : reached.lastContact()),
                presence.roundTrip() != null || reached == null ? presence.roundTrip() : reached.roundTrip(),
                presence.matchIndex(),
                // One call that failed among others that did not is nothing to show.
                reached == null || answers ? null : reached.lastError(),
                reached == null || answers ? null : reached.lastErrorSince(),
                self ? Boolean.valueOf(ready) : reached == null ? null : reached.ready());
    }

    private static @Nullable Instant later(@Nullable Instant one, @Nullable Instant other) {
        return one == null || (other != null && other.isAfter(one)) ? other : one;
    }

    private static @Nullable Instant instant(@Nullable Long nanos, ClockReading now) {
        return nanos == null
                ? null
                : Instant.ofEpochMilli(now.wallMillis()).minusNanos(Math.max(0, now.monotonicNanos() - nanos));
    }

    private static @Nullable Duration remaining(@Nullable Lease lease, ClockReading now) {
        ClockReading end = lease == null ? null : lease.end();
        return end == null
                ? null
                : Duration.ofNanos(Math.max(
                        0,
                        Math.min(
                                end.monotonicNanos() - now.monotonicNanos(),
                                Duration.ofMillis(end.wallMillis() - now.wallMillis())
                                        .toNanos())));
    }

    private @Nullable String url(@Nullable String member) {
        return member == null ? null : settings.clientUrls().get(member);
    }

    /** Half of all nanoseconds there are is for ever, and the sum with a time stays comparable by difference. */
    private static long nanos(Duration timeout) {
        Duration longest = Duration.ofNanos(Long.MAX_VALUE / 2);
        return (timeout.compareTo(longest) < 0 ? timeout : longest).toNanos();
    }

    /** The bean of the application. */
    private final class NodeLeadership implements Leadership {

        @Override
        public boolean isLeader() {
            LeaseCell cell = published.cell();
            return cell != null && cell.holds();
        }

        @Override
        public LeadershipState state() {
            NodeLoop.Published latest = published;
            LeaseCell cell = latest.cell();
            ElectionView view = latest.view();
            return new LeadershipState(
                    cell != null && cell.holds(), view.role(), view.term(), view.leader(), url(view.leader()));
        }

        @Override
        public FencingToken fencingToken() {
            LeaderWork work = currentWork();
            if (work != null) {
                work.assertStillHolds();
                return work.fencingToken();
            }
            NodeLoop.Published latest = published;
            LeaseCell cell = latest.cell();
            if (cell == null || !cell.holds()) {
                throw new NotLeaderException(election.nodeId(), latest.view().leader());
            }
            return cell.token();
        }

        @Override
        public void assertLeader() {
            fencingToken();
        }

        @Override
        public LeaderWork beginWork() {
            NodeLoop.Published latest = published;
            LeaseCell cell = latest.cell();
            LeaderWork begun = cell == null ? null : cell.begin(this);
            if (begun == null) {
                throw new NotLeaderException(election.nodeId(), latest.view().leader());
            }
            LeaderWork outer = currentWork();
            if (outer != null && outer.term() != begun.term()) {
                begun.end();
                throw new LeadershipLostException(outer.term());
            }
            return begun;
        }

        @Override
        public boolean confirm(Duration timeout) {
            LeaseCell cell = published.cell();
            NodeLoop running = loop;
            LeaderWork work = currentWork();
            // Work of an earlier term must not take the confirmation of a later one for its own.
            if (cell == null || running == null || work != null && work.term() != cell.term()) {
                return false;
            }
            return cell.holds() && running.confirm(nanos(timeout)) && cell.holds();
        }

        @Override
        public boolean await(Duration timeout) throws InterruptedException {
            long deadline = System.nanoTime() + nanos(timeout);
            while (true) {
                CompletableFuture<Void> gain = nextGain;
                if (isLeader()) {
                    return true;
                }
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                try {
                    gain.get(left, TimeUnit.NANOSECONDS);
                } catch (TimeoutException e) {
                    return isLeader();
                } catch (ExecutionException e) {
                    throw new IllegalStateException("a gain never fails", e);
                }
            }
        }

        @Override
        public CompletionStage<HandoverResult> handOver(@Nullable String to) {
            return call(number -> new Input.TransferLeadership(number, to));
        }

        @Override
        public CompletionStage<HandoverResult> stepDown() {
            return call(Input.StepDown::new);
        }
    }
}
