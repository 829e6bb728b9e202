package io.election.node;

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
import io.election.core.Journal;
import io.election.core.Observation;
import io.election.core.Output;
import io.election.core.Phase;
import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.PeerCallback;
import io.election.peer.PeerTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * One run of a member, from a start to a stop: the one thread that hands inputs to the core and carries its effects out.
 * It never waits for a disk, a peer or a listener.
 *
 * <p>If it comes to an end of itself, as for lack of memory, the leadership is over and its end queued for the listeners
 * before anything else, by fields and monitors that need no memory. The rest is done by the {@link Watchdog}, step by step and
 * again until there is memory for it: see {@link Outage}.
 */
final class NodeLoop {

    /** Peers' messages that wait for the loop, at most; more are lost, as messages may be. */
    private static final int MAX_WAITING_MESSAGES = 4096;

    /** Peers' calls that wait for their answer, at most; the oldest, long given up by the peer, are forgotten first. */
    private static final int MAX_EXCHANGES = 1024;

    /** Effects that wait for a disk that hangs, at most; more answers are lost, as messages may be. */
    private static final int MAX_HELD = 1024;

    /** What came to an end, for a person. */
    private static final String ELECTION = "its election";

    private static final String DISK = "the thread of its disk";

    /** What every thread may read of the member: replaced as a whole, so that all of it belongs together. */
    record Published(ElectionView view, @Nullable LeaseCell cell) {}

    private final ElectionSettings settings;
    private final ElectionMachine election;
    private final PeerTransport transport;
    private final NodeClock clock;
    private final DiskWriter disk;
    private final EventDispatcher events;
    private final Chronicle chronicle;
    private final PeerWatch peers;
    private final Consumer<Published> publish;
    private final Runnable onGained;
    private final Pauses pauses;
    private final Thread thread;

    private final BlockingQueue<Input> inbox = new LinkedBlockingQueue<>();
    private final Callers callers = new Callers();

    /** The leadership, and those before whose work is not done yet. */
    private final Map<Long, LeaseCell> leaderships = new ConcurrentHashMap<>();

    private final AtomicLong exchanges = new AtomicLong();
    private final Map<Long, Consumer<Response>> replies = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Consumer<Response>> eldest) {
            return size() > MAX_EXCHANGES;
        }
    });
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final AtomicLong lastSyncNanos = new AtomicLong();
    private final AtomicLong lastRoundTripNanos = new AtomicLong();

    // The loop's own.
    private final TreeMap<Long, List<Effect>> held = new TreeMap<>();
    private int heldCount;
    private long listenersLookedAtNanos;
    private long viewedAtNanos;
    private @Nullable LeaseCell cell;
    private long durableWrite;
    private long wakeAtNanos;
    private long slowestSyncNanos;
    private long stepNanos;
    private long lastTerm;
    private boolean diskFailed;
    private volatile boolean running = true;
    private volatile @Nullable String storageFailure;
    private volatile Published published;

    // How it came to an end of itself.
    private final Outage outage;
    private final Watchdog watchdog;
    private volatile @Nullable Throwable diskDied;

    /** Whether the thread will touch nothing any more. */
    private volatile boolean over;

    private @Nullable ElectionView lastView;

    NodeLoop(
            String name,
            ElectionSettings settings,
            ElectionMachine election,
            Journal journal,
            PeerTransport transport,
            NodeClock clock,
            EventDispatcher events,
            Chronicle chronicle,
            PeerWatch peers,
            Consumer<Published> publish,
            Runnable onGained) {
        this.settings = settings;
        this.election = election;
        this.transport = transport;
        this.clock = clock;
        this.events = events;
        this.chronicle = chronicle;
        this.peers = peers;
        this.publish = publish;
        this.onGained = onGained;
        this.published = new Published(election.view(clock.read()), null);
        this.lastTerm = published.view().term();
        this.wakeAtNanos = clock.monotonicNanos();
        this.listenersLookedAtNanos = wakeAtNanos;
        this.viewedAtNanos = wakeAtNanos;
        this.disk = new DiskWriter(name + "-disk", journal, new DiskWriter.Outcome() {
            @Override
            public void persisted(long write, Duration took) {
                lastSyncNanos.set(took.toNanos());
                inbox.add(new Input.Persisted(write));
            }

            @Override
            public void failed(Throwable cause) {
                if (cause instanceof Error) {
                    // No fault of the disk. Seen within a heartbeat, and there may be no memory for an input.
                    diskDied = cause;
                } else {
                    inbox.add(new Input.PersistFailed(String.valueOf(cause)));
                }
            }
        });
        this.thread = new Thread(this::run, name + "-loop");
        thread.setDaemon(true);
        this.watchdog =
                new Watchdog(name + "-watch", settings.heartbeatInterval().toNanos(), this::look);
        this.pauses = new Pauses(settings, clock, chronicle);
        this.outage = new Outage(
                () -> transport.outOfService(Outage.OUT_OF_SERVICE),
                () -> callers.endAll(published.view(), "this member's election came to an end"),
                this::drainAll,
                this::releaseUntold,
                this::showThatItIsOut,
                this::tellThatItIsOut,
                replies::clear,
                () -> closed.complete(null));
    }

    void start() {
        publish.accept(published);
        disk.start();
        thread.start();
        watchdog.start();
        inbox.add(new Input.Tick());
    }

    /** Hands an input of this member's own to the loop. */
    void submit(Input input) {
        inbox.add(input);
    }

    /** A peer's request; the answer may come at any later time, or never. */
    void receive(Request request, Consumer<Response> reply) {
        if (!running) {
            throw new RejectedExecutionException(Outage.OUT_OF_SERVICE);
        }
        if (inbox.size() >= MAX_WAITING_MESSAGES) {
            throw new RejectedExecutionException("too many messages wait for this member's election");
        }
        peers.heard(request.header().from());
        long exchange = exchanges.incrementAndGet();
        replies.put(exchange, reply);
        inbox.add(new Input.RequestReceived(exchange, request));
    }

    /** Submits a wish whose end somebody waits for. */
    CompletableFuture<HandoverResult> call(LongFunction<Input> wish) {
        long call = callers.nextCall();
        CompletableFuture<HandoverResult> result = callers.handover(call);
        inbox.add(wish.apply(call));
        if (!running) {
            callers.endAll(published.view(), "this member has stopped");
        }
        return result;
    }

    /** Asks for a quorum's word that this member still leads; whether it came within so long. */
    boolean confirm(long nanos) {
        long call = callers.nextCall();
        CompletableFuture<Boolean> answer = callers.confirmation(call);
        try {
            inbox.add(new Input.Confirm(call));
            return running && answer.get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a confirmation never fails", e);
        } finally {
            callers.waitsNoLonger(call);
        }
    }

    /** The listeners of a leadership that ended are done. */
    void listenersDone(long term) {
        LeaseCell ended = leaderships.get(term);
        if (ended != null) {
            ended.listenersDone();
        }
    }

    /** Nothing is in flight any more under a leadership that ended. */
    private void workDone(long term) {
        leaderships.remove(term);
        inbox.add(new Input.LeadershipWorkDone(term));
    }

    /** Waits for the listeners and the work of all leaderships that have ended; whether they were done in time. */
    boolean awaitWork(long deadlineNanos) throws InterruptedException {
        for (LeaseCell ended : leaderships.values()) {
            if (!ended.awaitDrained(Math.max(0, deadlineNanos - System.nanoTime()))) {
                return false;
            }
        }
        return true;
    }

    /** Completed when the member has handed over what it had, or its loop has ended. */
    CompletableFuture<Void> close() {
        inbox.add(new Input.Close());
        return closed;
    }

    /** What went wrong with the journal for good, or {@code null}. */
    @Nullable String storageFailure() {
        return storageFailure;
    }

    /** What else ended this member's part for good, or {@code null}. */
    @Nullable String failure() {
        return outage.describe();
    }

    /** Ends the loop and the disk's thread, waiting for each at most so long; whether nothing uses the journal any more. */
    boolean stop(Duration atMost) throws InterruptedException {
        running = false;
        inbox.add(new Input.Tick());
        thread.join(Math.max(1, atMost.toMillis()));
        boolean released = disk.stop(atMost);
        watchdog.stop(atMost);
        callers.endAll(published.view(), "this member has stopped");
        replies.clear();
        return released;
    }

    // ------------------------------------------------------------------------------------------------ the thread

    private void run() {
        String what = ELECTION;
        Throwable cause = null;
        try {
            while (running && diskDied == null) {
                Input input = next();
                ClockReading now = clock.read();
                pauses.noticeJump(now);
                step(input, now);
                pauses.noticeStall(now.monotonicNanos(), "its loop was busy");
            }
            what = DISK;
            cause = diskDied;
        } catch (Throwable impossible) {
            cause = impossible;
        } finally {
            running = false;
            endLeadership();
            if (cause == null) {
                drainAll();
                closed.complete(null);
            } else {
                outage.begin(what, cause, events.fail());
            }
            over = true;
            watchdog.wake();
        }
    }

    private void drainAll() {
        leaderships.values().forEach(ended -> ended.drain(null));
    }

    private Input next() {
        long now = clock.monotonicNanos();
        // Never asleep for longer than a heartbeat, so that a pause of the whole process shows.
        long due = Math.min(wakeAtNanos - now, settings.heartbeatInterval().toNanos());
        Input input = null;
        if (due > 0) {
            try {
                input = inbox.poll(due, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                // Nobody has business interrupting this thread; the time is looked at again.
                input = new Input.Tick();
            }
            pauses.noticeStall(now + due, "the process or the machine was paused, or had no processor");
        } else {
            input = inbox.poll();
        }
        return input == null ? new Input.Tick() : input;
    }

    private void step(Input input, ClockReading now) {
        if (input instanceof Input.Persisted persisted) {
            durableWrite = persisted.write();
            measureStep();
        }
        if (input instanceof Input.PersistFailed write) {
            diskFailed = true;
            storageFailure = write.detail();
            // What waits for a write that never comes is never said.
            held.clear();
            heldCount = 0;
            replies.clear();
        }
        Output output = election.step(input, now);
        wakeAtNanos = output.wakeAtNanos();
        publishFirst(output.effects(), now);
        if (input instanceof Input.Persisted) {
            release();
        }
        output.effects().forEach(this::carryOut);
        peers.tick(now.monotonicNanos(), published.view().leader() != null);
        long limit = settings.electionTimeout().toNanos();
        if (now.monotonicNanos() - listenersLookedAtNanos > limit) {
            listenersLookedAtNanos = now.monotonicNanos();
            chronicle.aside(() -> events.reportBlocked(System.nanoTime(), limit));
        }
    }

    /** The candidacies of two neighbours in rank are at least a round trip and two disk writes apart. */
    private void measureStep() {
        long sync = lastSyncNanos.get();
        // A slow write counts at once, a fast one little by little.
        slowestSyncNanos = sync > slowestSyncNanos ? sync : slowestSyncNanos - (slowestSyncNanos - sync) / 8;
        long step = Math.max(settings.step().toNanos(), lastRoundTripNanos.get() + 2 * slowestSyncNanos);
        if (step != stepNanos) {
            stepNanos = step;
            inbox.add(new Input.StepMeasured(step));
        }
    }

    /**
     * What other threads read changes before anything leaves the process: no grant, TimeoutNow or message of a new term may be
     * on its way while somebody here still reads "leader" (safety rule 8).
     */
    private void publishFirst(List<Effect> effects, ClockReading now) {
        boolean gained = false;
        boolean changed = false;
        for (Effect effect : effects) {
            changed |= changesView(effect);
            if (effect instanceof Effect.DrainLease drain) {
                drain(drain);
            } else if (effect instanceof Effect.LeadershipEnded) {
                endLeadership();
            } else if (effect instanceof Effect.LeadershipGained gain) {
                cell = new LeaseCell(
                        gain.term(),
                        gain.token(),
                        gain.lease(),
                        clock,
                        () -> inbox.add(new Input.LeaseLapsed(gain.term())),
                        () -> workDone(gain.term()));
                leaderships.put(gain.term(), cell);
                gained = true;
            } else if (effect instanceof Effect.LeaseExtended extended
                    && cell != null
                    && !cell.extend(extended.lease())) {
                // A reader that found the lease run out was faster: then it stays so. The core hears of it also where
                // the reader had no memory to say so.
                inbox.add(new Input.LeaseLapsed(cell.term()));
            }
        }
        if (!changed
                && now.monotonicNanos() - viewedAtNanos
                        < settings.heartbeatInterval().toNanos()) {
            return;
        }
        viewedAtNanos = now.monotonicNanos();
        ElectionView view = election.view(now);
        show(new Published(view, cell));
        if (view.term() != lastTerm) {
            lastTerm = view.term();
            chronicle.termChanged(lastTerm);
        }
        if (gained) {
            onGained.run();
        }
    }

    /** Whether more than the presence of members may look different after an effect; that may lag by a heartbeat. */
    private static boolean changesView(Effect effect) {
        return !(effect instanceof Effect.Send
                || effect instanceof Effect.Reply
                || effect instanceof Effect.LeaseExtended
                || effect instanceof Effect.DrainLease
                || effect instanceof Effect.ConfirmEnded
                || (effect instanceof Effect.Observed observed
                        && observed.observation() instanceof Observation.HeartbeatAcknowledged));
    }

    private void show(Published latest) {
        published = latest;
        publish.accept(latest);
    }

    private void endLeadership() {
        LeaseCell ended = cell;
        if (ended != null) {
            ended.end();
            cell = null;
        }
    }

    private void drain(Effect.DrainLease drain) {
        LeaseCell of = leaderships.get(drain.term());
        if (of != null) {
            of.drain(drain.lease());
            if (drain.lease() == null && of.inFlight() > 0) {
                chronicle.workOutOfTime(drain.term(), of.inFlight());
            }
        }
    }

    private void carryOut(Effect effect) {
        if (effect instanceof Effect.Persist persist) {
            if (!diskFailed) {
                disk.write(persist);
            }
        } else if (effect instanceof Effect.Send send) {
            if (!hold(send.afterWrite(), send)) {
                let(send);
            }
        } else if (effect instanceof Effect.Reply reply) {
            if (!hold(reply.afterWrite(), reply)) {
                let(reply);
            }
        } else if (effect instanceof Effect.LeadershipGained gained) {
            tell(effect);
            events.elected(
                    new LeaderElectedEvent(settings.cluster(), settings.nodeId(), gained.term(), gained.token()));
        } else if (effect instanceof Effect.LeadershipEnded ended) {
            // Before it is told, which takes memory.
            events.steppedDown(new StepDownEvent(settings.cluster(), settings.nodeId(), ended.term(), ended.reason()));
            tell(effect);
        } else if (effect instanceof Effect.LeaderChanged changed) {
            tell(effect);
            events.changed(
                    new LeaderChangedEvent(settings.cluster(), settings.nodeId(), changed.term(), changed.leader()));
        } else if (effect instanceof Effect.TransferEnded ended) {
            callers.ended(ended);
        } else if (effect instanceof Effect.ConfirmEnded ended) {
            callers.ended(ended);
        } else if (effect instanceof Effect.Closed) {
            closed.complete(null);
        } else if (effect instanceof Effect.Observed) {
            tell(effect);
        } else if (!(effect instanceof Effect.LeaseExtended || effect instanceof Effect.DrainLease)) {
            // Those two are published, before anything else is carried out, and that is all of them.
            throw new IllegalStateException("nothing carries out the effect " + effect);
        }
    }

    /** Lets a message go. One that cannot go for lack of memory is lost, as messages may be; whoever waits finds out by time. */
    private void let(Effect message) {
        try {
            if (message instanceof Effect.Send send) {
                transport.send(send.request(), new Answer(send.request()));
            } else if (message instanceof Effect.Reply reply) {
                Consumer<Response> waiting = replies.remove(reply.exchange());
                if (waiting != null) {
                    waiting.accept(reply.response());
                }
            }
        } catch (Error lost) {
            leftOut(lost);
        }
    }

    /** Tells people, for which no election ends: a sentence for which there is no memory is left out. */
    private void tell(Effect effect) {
        try {
            if (effect instanceof Effect.LeadershipGained gained) {
                chronicle.elected(gained.term(), gained.token().value());
            } else if (effect instanceof Effect.LeadershipEnded ended) {
                chronicle.steppedDown(ended.term(), ended.reason());
            } else if (effect instanceof Effect.LeaderChanged changed) {
                chronicle.leaderChanged(changed.term(), changed.leader(), settings.nodeId());
            } else if (effect instanceof Effect.Observed observed) {
                chronicle.observed(observed.observation());
            }
        } catch (Error unsaid) {
            leftOut(unsaid);
        }
    }

    private void leftOut(Error failure) {
        if (LackOfMemory.in(failure) == null) {
            throw failure;
        }
        chronicle.leftOut();
    }

    /** Keeps what must follow a write until that is durable; on a failed disk for ever (safety rule 1). */
    private boolean hold(long afterWrite, Effect effect) {
        if (afterWrite <= durableWrite) {
            return false;
        }
        if (!diskFailed && heldCount < MAX_HELD) {
            held.computeIfAbsent(afterWrite, write -> new ArrayList<>()).add(effect);
            heldCount++;
        } else if (effect instanceof Effect.Reply reply) {
            replies.remove(reply.exchange());
        }
        return true;
    }

    private void release() {
        while (!held.isEmpty() && held.firstKey() <= durableWrite) {
            List<Effect> released = held.pollFirstEntry().getValue();
            heldCount -= released.size();
            released.forEach(this::carryOut);
        }
    }

    // ------------------------------------------------------------------------------------------------ its own end

    /** Called by the watchdog, again and again. */
    private void look() {
        if (over || !thread.isAlive()) {
            if (!over) {
                // Gone without having done its last.
                endLeadership();
                running = false;
                outage.begin(ELECTION, Outage.DIED, events.fail());
                over = true;
            }
            if (outage.hasBegun()) {
                outage.goOn();
            }
        } else if (diskDied == null && disk.hasDied()) {
            diskDied = Outage.DIED;
        }
        events.replaceDeadThread();
    }

    /** No listener will end the leadership of which none was told. */
    private void releaseUntold() {
        leaderships.forEach((term, led) -> {
            if (term == -outage.endedTerm() || !events.wasTold(term)) {
                led.listenersDone();
            }
        });
    }

    private void showThatItIsOut() {
        ElectionView last = lastView();
        show(new Published(ElectionNode.stopped(last), null));
        if (last.leader() != null) {
            events.changed(new LeaderChangedEvent(settings.cluster(), settings.nodeId(), last.term(), null));
        }
    }

    private void tellThatItIsOut() {
        chronicle.failed(outage.what(), outage.cause());
        if (outage.endedTerm() != 0) {
            chronicle.steppedDown(Math.abs(outage.endedTerm()), StepDownReason.INTERNAL_ERROR);
        }
        if (lastView().leader() != null) {
            chronicle.leaderChanged(lastView().term(), null, settings.nodeId());
        }
    }

    private ElectionView lastView() {
        ElectionView last = lastView;
        if (last == null) {
            last = published.view();
            lastView = last;
        }
        return last;
    }

    /** Brings a peer's answer back to the loop. */
    private final class Answer implements PeerCallback {

        private final Request request;
        private final long sentAtNanos = clock.monotonicNanos();

        Answer(Request request) {
            this.request = request;
        }

        @Override
        public void answered(Response response) {
            peers.answered(response.header().from());
            // Only what no disk takes part in tells of the network.
            boolean noDisk = request instanceof Request.Heartbeat
                    || (request instanceof Request.Vote vote && vote.phase() == Phase.PRE_VOTE);
            if (noDisk) {
                lastRoundTripNanos.set(clock.monotonicNanos() - sentAtNanos);
            }
            if (inbox.size() < MAX_WAITING_MESSAGES) {
                inbox.add(new Input.ResponseReceived(response));
            }
        }

        @Override
        public void failed(String detail) {
            peers.failed(request.header().to(), detail);
            notSent(detail);
        }

        @Override
        public void notSent(String detail) {
            if (inbox.size() < MAX_WAITING_MESSAGES) {
                inbox.add(new Input.Unanswered(request.header().requestId()));
            }
        }
    }
}
