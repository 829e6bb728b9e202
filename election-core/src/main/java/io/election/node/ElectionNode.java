package io.election.node;

import io.election.ClusterMembers;
import io.election.EarlierTokens;
import io.election.FencingToken;
import io.election.HandoverResult;
import io.election.Leadership;
import io.election.core.ClockReading;
import io.election.core.Effect;
import io.election.core.ElectionMachine;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.Input;
import io.election.core.Journal;
import io.election.core.LogKeys;
import io.election.core.LogPosition;
import io.election.core.MemberChange;
import io.election.core.Membership;
import io.election.core.ProposalCheck;
import io.election.memory.Memory;
import io.election.peer.KnownLink;
import io.election.peer.PeerTransport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * One member of a cluster: joins the election, its journal, its peers and its clock, and owns every thread of them. Two
 * nodes of two clusters, or of one, live side by side in one JVM.
 *
 * <p>Its threads are daemon platform threads: one for the loop, one for the disk, one for the events, one that watches these and the
 * transport, and one that comes and goes for the log. The loop, which the thread that brings an input may run, waits for none of them.
 */
public final class ElectionNode implements NodeOperations {

    private static final Logger logger = LoggerFactory.getLogger(ElectionNode.class);

    /** After so many election timeouts without a leader the log says why there is none. */
    private static final int LEADERLESS_FOR_LONG = 10;

    private final NodeSettings settings;
    private final ElectionSettings election;
    private final ElectionFactory elections;
    private final Journal journal;
    private final NodeMemory memory;
    private final PeerTransport transport;
    private final NodeClock clock;
    private final LeadershipListener listener;
    private final Chronicle chronicle;
    private final Leadership leadership = new NodeLeadership(this);
    private final ClusterMembers members;
    private final StatusDisplay display;

    /** Completed at the next gain; replaced by the loop alone. */
    private volatile CompletableFuture<Void> nextGain = new CompletableFuture<>();

    /** Since when no loop of this member has run: what was promised before is what the next start has to impose. */
    private ClockReading idleSince;

    private @Nullable LogPosition position;
    private volatile Published published;
    private volatile @Nullable Instant leaderlessSince = Instant.now();
    private volatile @Nullable NodeRun run;
    private volatile boolean ready;

    /** What keeps the application from being ready, once that takes long. */
    private volatile @Nullable String holds;

    private boolean rehearses;
    /** Who is asked before a founding, or {@code null}. */
    private @Nullable EarlierTokens earlierTokens;
    /** Whether the application wants this member to run. */
    private boolean wanted;

    /** The highest token of a cluster that an earlier life of this member has forgotten. */
    private @Nullable FencingToken token;

    private @Nullable CompletableFuture<Void> stopping;
    private volatile boolean journalHangs;

    /**
     * Joins the parts; starts nothing.
     *
     * @param settings what the configuration says
     * @param journal this member's durable memory; opened by each start, released by each stop, and closed by the caller
     * @param transport carries messages to the peers and back
     * @param clock the clocks; {@link NodeClock#SYSTEM} except in tests
     * @param listener takes the events
     * @param observers count what happens
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
     * @param elections makes what decides for this member; {@link ElectionFactory#REAL} except in tests of applications
     * @param journal this member's durable memory; opened by each start, released by each stop, and closed by the caller
     * @param transport carries messages to the peers and back
     * @param clock the clocks; {@link NodeClock#SYSTEM} except in tests
     * @param listener takes the events
     * @param observers count what happens
     */
    public ElectionNode(
            NodeSettings settings,
            ElectionFactory elections,
            Journal journal,
            PeerTransport transport,
            NodeClock clock,
            LeadershipListener listener,
            List<NodeObserver> observers) {
        this(settings, elections, journal, transport, clock, listener, observers, null);
    }

    /**
     * Joins the parts; starts nothing.
     *
     * @param settings what the configuration says; the election's settings need not name the memory's
     * @param elections makes what decides for this member; {@link ElectionFactory#REAL} except in tests of applications
     * @param journal this member's durable memory; opened by each start, released by each stop, and closed by the caller
     * @param transport carries messages to the peers and back
     * @param clock the clocks; {@link NodeClock#SYSTEM} except in tests
     * @param listener takes the events
     * @param observers count what happens
     * @param memory the replicated memory, or {@code null} if the log feeds no state machine
     */
    public ElectionNode(
            NodeSettings settings,
            ElectionFactory elections,
            Journal journal,
            PeerTransport transport,
            NodeClock clock,
            LeadershipListener listener,
            List<NodeObserver> observers,
            @Nullable Memory memory) {
        this.settings = settings;
        this.election = settings.election();
        this.chronicle = new Chronicle(election.cluster(), election.nodeId(), observers);
        this.memory = new NodeMemory(memory, election, this::published, clock, chronicle);
        this.elections = elections;
        this.journal = journal;
        this.transport = transport;
        this.clock = clock;
        this.listener = listener;
        // After a journal that is there has been locked, and before anything of this life is promised.
        this.idleSince = clock.read();
        this.members = new NodeMembers(this, election.listed());
        this.display = new StatusDisplay(settings, journal.outlivesTheProcess(), clock, chronicle, transport, memory);
        // The state machine may be made long after this node, so nothing is asked of it before the start.
        this.published = new Published(newElection(election, ProposalCheck.NONE).view(idleSince), null);
    }

    private ElectionMachine newElection(ElectionSettings own, ProposalCheck check) {
        ElectionSettings asking =
                earlierTokens == null ? own : own.withFounding(own.founding().askingForTokens());
        return elections.create(asking, journal, idleSince, check);
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
     * Who belongs to the cluster, and how that is changed.
     *
     * @return one object for the life of this node, valid before the start and after the stop
     */
    public ClusterMembers members() {
        return members;
    }

    /**
     * Opens the journal and starts to vote. Does nothing on a node that runs; may be called again after a stop.
     *
     * @throws UncheckedIOException if the journal cannot be opened
     * @throws RuntimeException whatever the transport throws if it cannot receive; the node has then stopped again
     */
    public void start() {
        awaitStop();
        synchronized (this) {
            wanted = true;
        }
        run();
    }

    private void run() {
        NodeRun begun = begin();
        if (begun == null) {
            return;
        }
        try {
            transport.start(new PeerRequests(this, begun, election, journal.incarnation()));
            begun.connected();
        } catch (RuntimeException e) {
            // A member that nobody can reach must not take part: what has begun is ended, then the caller learns why.
            stop().toCompletableFuture().join();
            throw e;
        }
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

    private synchronized @Nullable NodeRun begin() {
        if (run != null || !wanted) {
            return null;
        }
        if (journalHangs) {
            throw new IllegalStateException("Member '" + election.nodeId() + "' of cluster '" + election.cluster()
                    + "' cannot be started again: a write to its journal hung when it was stopped. Repair the disk, and"
                    + " restart the process.");
        }
        memory.checkFree();
        ElectionMachine machine = takeUp();
        boolean founded = machine.view(idleSince).membership() != null;
        NodeRun created = new NodeRun(
                threadName(),
                settings,
                machine,
                journal,
                transport,
                clock,
                listener,
                chronicle,
                () -> published.view(),
                this::publish,
                this::announceGain);
        chronicle.started(
                journal.state().hardState().term(), journal.state().hardState().votedFor());
        if (!journal.outlivesTheProcess() && !settings.standalone()) {
            chronicle.startedInMemory(journal.incarnation(), settings.finding() != null);
        }
        String recovered = journal.recovered();
        if (recovered != null) {
            chronicle.note(Level.WARN, "{reason}.", recovered);
            chronicle.event("recovered", recovered);
        }
        created.loop().whenItForgets(anew -> beginAnew(created, anew));
        memory.begin(threadName(), created, journal, transport, leadership);
        created.loop().whenItLooks(this::sayWhyNobodyLeads);
        created.start();
        FencingToken known = token;
        if (known != null) {
            created.loop().submit(new Input.TokenKnown(known));
        }
        EarlierTokens earlier = earlierTokens;
        if (earlier != null && !founded) {
            created.ask(earlier);
        }
        LogPosition advanced = position;
        if (advanced != null) {
            created.loop().submit(new Input.PositionAdvanced(advanced));
        }
        run = created;
        stopping = null;
        ready = false;
        holds = null;
        return created;
    }

    private String threadName() {
        return "election-" + election.cluster() + "-" + election.nodeId();
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
            memory.checkLog(journal.state());
            return newElection(memory.settings(), memory.check());
        } catch (RuntimeException e) {
            releaseJournal();
            throw e;
        }
    }

    /** From here on another process may be this member: the next start reads again what is there. */
    private void releaseJournal() {
        try {
            journal.release();
        } catch (IOException e) {
            logger.atWarn()
                    .addKeyValue(LogKeys.CLUSTER, election.cluster())
                    .addKeyValue(LogKeys.NODE, election.nodeId())
                    .addKeyValue(LogKeys.REASON, e)
                    .log(
                            "Member '{}' of cluster '{}' could not release its journal: {}",
                            election.nodeId(),
                            election.cluster(),
                            String.valueOf(e));
        }
    }

    /** Says that the application is ready: the node may stand for election, and delivers its events. */
    public synchronized void ready() {
        NodeRun running = run;
        if (running != null) {
            running.events().ready();
            running.loop().submit(new Input.Ready());
            ready = true;
            if (rehearses) {
                running.rehearse(() -> published.isCalm());
            }
            if (holds != null) {
                holds = null;
                chronicle.readyAfterAll();
            }
        }
    }

    /** Lets this node rehearse a handover once it is ready, unless one was rehearsed in this process before. */
    public synchronized void rehearse() {
        rehearses = true;
    }

    /**
     * Has somebody asked which fencing tokens were given earlier, before this member founds a cluster. Called before the start.
     *
     * @param tokens who is asked, on a thread of its own, by each life of this member that belongs to no cluster yet
     */
    public synchronized void askBeforeFounding(EarlierTokens tokens) {
        earlierTokens = tokens;
    }

    /**
     * Says that the application takes long to become ready, which keeps this member from standing. It is logged, and shown
     * until {@link #ready()}.
     *
     * @param holding what the application is doing, without a full stop
     * @param advice what to do about it, in whole sentences
     */
    public synchronized void notReady(String holding, String advice) {
        if (run != null && !ready) {
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
    public CompletionStage<Void> stop() {
        return stopForGood(settings.leavesOnStop());
    }

    /**
     * Stops for good: as {@link #stop}, but has itself removed from the cluster first. It votes until that is committed, because the
     * others may need it for that. If there is no leader to ask, or the handover timeout is over, it stops without; then it is
     * missed like a member that died.
     *
     * @return completed, never exceptionally, when it has stopped
     */
    public CompletionStage<Void> leave() {
        return stopForGood(true);
    }

    private synchronized CompletionStage<Void> stopForGood(boolean leaves) {
        wanted = false;
        return stop(leaves);
    }

    /**
     * What this life holds is worth nothing any more (safety rule 16). It ends, and another one begins with an empty memory, unless the
     * application stops this member meanwhile. Called in a step, which waits for none of it.
     */
    private void beginAnew(NodeRun forgetting, Effect.StartAnew anew) {
        Thread thread = new Thread(() -> beginAnewNow(forgetting, anew), threadName() + "-anew");
        thread.setDaemon(true);
        thread.start();
    }

    private void beginAnewNow(NodeRun forgetting, Effect.StartAnew anew) {
        CompletionStage<Void> ended;
        boolean wasReady;
        synchronized (this) {
            if (run != forgetting || stopping != null) {
                return;
            }
            chronicle.beginsAnew(anew.why());
            wasReady = ready;
            token = anew.token() == null ? token : anew.token();
            ended = stop(false);
        }
        ended.toCompletableFuture().join();
        try {
            run();
        } catch (RuntimeException e) {
            chronicle.note(Level.ERROR, "could not begin a new life: {reason}. Restart it.", String.valueOf(e));
            return;
        }
        if (wasReady) {
            ready();
        }
    }

    private synchronized CompletionStage<Void> stop(boolean leaves) {
        NodeRun running = run;
        if (stopping != null) {
            return stopping;
        }
        CompletableFuture<Void> stopped = new CompletableFuture<>();
        if (running == null) {
            stopped.complete(null);
            return stopped;
        }
        stopping = stopped;
        Thread stopper = new Thread(
                () -> {
                    try {
                        stop(running, leaves);
                    } catch (RuntimeException e) {
                        logger.atError()
                                .addKeyValue(LogKeys.CLUSTER, election.cluster())
                                .addKeyValue(LogKeys.NODE, election.nodeId())
                                .setCause(e)
                                .log(
                                        "Member '{}' of cluster '{}' failed to stop in good order.",
                                        election.nodeId(),
                                        election.cluster());
                    } finally {
                        stopped.complete(null);
                    }
                },
                threadName() + "-stop");
        stopper.setDaemon(true);
        stopper.start();
        return stopped;
    }

    private void stop(NodeRun running, boolean leaves) {
        journalHangs = !running.stop(leaves, this::releaseJournal);
        synchronized (this) {
            run = null;
            idleSince = clock.read();
            ElectionView last = published.view();
            publish(Published.stopped(last));
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

    /**
     * Whether this node has started, and not stopped.
     *
     * @return {@code true} from a start to the end of the next stop
     */
    public boolean isRunning() {
        return run != null;
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
        NodeLoop running = loop();
        if (running != null) {
            running.submit(new Input.PositionAdvanced(advanced));
        }
    }

    /** Has what decides for this member look at the time at once. Does nothing on a node that does not run. */
    public void wake() {
        NodeLoop running = loop();
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
        NodeRun running = run;
        return running == null || running.events().awaitDelivered(NodeLeadership.nanos(timeout));
    }

    /**
     * Has something done on the thread of the events, after all that have come until now; at once if it is asked for on that
     * thread. What is asked for before {@link #ready()} is done after that.
     *
     * @param task must not throw
     * @return {@code false} on a node that does not run, where it is not done
     */
    public boolean inOrder(Runnable task) {
        NodeRun running = run;
        return running != null && running.events().inOrder(task);
    }

    private void publish(Published latest) {
        if (latest.view().leader() != null) {
            leaderlessSince = null;
        } else if (leaderlessSince == null) {
            leaderlessSince = Instant.now();
        }
        published = latest;
    }

    /** Hands a wish to the loop; completed when it has ended. */
    CompletionStage<HandoverResult> call(LongFunction<Input> wish) {
        NodeLoop running = loop();
        if (running == null) {
            ElectionView view = published.view();
            return CompletableFuture.completedFuture(new HandoverResult(
                    HandoverResult.Outcome.NOT_LEADER, view.leader(), view.term(), "this member has not started"));
        }
        return running.call(wish).minimalCompletionStage();
    }

    @Override
    public CompletableFuture<MemberChange.Result> changeMembers(
            MemberChange change, @Nullable Long builds, boolean force) {
        NodeLoop running = loop();
        if (running == null) {
            return CompletableFuture.completedFuture(new MemberChange.Result(
                    MemberChange.Outcome.NOT_LEADER,
                    Membership.versionOf(published.view().membership()),
                    "this member has not started"));
        }
        return running.changeMembers(change, builds, force).copy();
    }

    private void announceGain() {
        CompletableFuture<Void> gained = nextGain;
        nextGain = new CompletableFuture<>();
        gained.complete(null);
    }

    // ------------------------------------------------------------------------------------------------ what is shown

    @Override
    public NodeStatus status() {
        NodeRun running = run;
        return display.status(
                latest(running),
                running == null ? null : running.peers(),
                leaderlessSince,
                running == null ? null : running.loop().storageFailure(),
                running == null ? null : running.loop().failure(),
                ready,
                holds);
    }

    /** How this member reaches the others, for them to know. */
    List<KnownLink> links(NodeRun running) {
        return display.links(latest(running), running.peers());
    }

    /** A leader that is replaced in time is nothing to explain. */
    private void sayWhyNobodyLeads() {
        Instant since = leaderlessSince;
        if (since != null) {
            Duration length = Duration.between(since, Instant.now());
            if (length.compareTo(election.electionTimeout().multipliedBy(LEADERLESS_FOR_LONG)) > 0) {
                chronicle.nobodyLeads(length, () -> status().whyNobodyLeads());
            }
        }
    }

    /** What is known now, the presence of the members included, which is published only once in a while. */
    private Published latest(@Nullable NodeRun running) {
        return running == null ? published : running.loop().latest();
    }

    @Override
    public FollowerStatus following() {
        NodeRun running = run;
        Published latest = latest(running);
        String storageFailure = running == null ? null : running.loop().storageFailure();
        return display.following(
                latest,
                running == null ? null : running.peers(),
                latest.cell() == null && hearsLeader(latest.view()),
                storageFailure != null || running == null
                        ? storageFailure
                        : running.loop().failure());
    }

    @Override
    public boolean hearsLeader() {
        LeaseCell cell = published.cell();
        return cell == null ? hearsLeader(latest(run).view()) : cell.holds();
    }

    private boolean hearsLeader(ElectionView view) {
        Long heard = view.lastLeaderContactNanos();
        return view.leader() != null
                && heard != null
                && clock.monotonicNanos() - heard < election.leaseDuration().toNanos();
    }

    // ------------------------------------------------------------------------------------------------ the leadership

    /** What other threads read of the election now. */
    Published published() {
        return published;
    }

    /** The loop that runs now, or {@code null}. */
    @Nullable NodeLoop loop() {
        NodeRun running = run;
        return running == null ? null : running.loop();
    }

    /** Completed at the next gain. */
    CompletableFuture<Void> nextGain() {
        return nextGain;
    }

    @Nullable String holds() {
        return holds;
    }

    String nodeId() {
        return election.nodeId();
    }

    @Nullable String clientUrl(@Nullable String member) {
        if (member == null) {
            return null;
        }
        NodeRun running = run;
        return running == null
                ? settings.clientUrls().get(member)
                : running.peers().addresses().clientUrl(member);
    }
}
