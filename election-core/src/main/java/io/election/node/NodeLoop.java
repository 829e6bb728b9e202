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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * One run of a member, from a start to a stop: the one thread that hands inputs to the core and carries its effects out.
 * It never waits for a disk, a peer or a listener.
 */
final class NodeLoop {

    /** Peers' messages that wait for the loop, at most; more are lost, as messages may be. */
    private static final int MAX_WAITING_MESSAGES = 4096;

    /** Peers' calls that wait for their answer, at most; the oldest, long given up by the peer, are forgotten first. */
    private static final int MAX_EXCHANGES = 1024;

    /** Effects that wait for a disk that hangs, at most; more answers are lost, as messages may be. */
    private static final int MAX_HELD = 1024;

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
    private final Thread thread;

    private final BlockingQueue<Input> inbox = new LinkedBlockingQueue<>();
    private final Map<Long, CompletableFuture<HandoverResult>> handovers = new ConcurrentHashMap<>();
    private final Map<Long, CompletableFuture<Boolean>> confirmations = new ConcurrentHashMap<>();

    /** The leadership, and those before whose work is not done yet. */
    private final Map<Long, LeaseCell> leaderships = new ConcurrentHashMap<>();

    private final AtomicLong calls = new AtomicLong();
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
    private volatile @Nullable String failure;
    private volatile Published published;

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
                inbox.add(new Input.PersistFailed(String.valueOf(cause)));
            }
        });
        this.thread = new Thread(this::run, name + "-loop");
        thread.setDaemon(true);
    }

    void start() {
        publish.accept(published);
        disk.start();
        thread.start();
        inbox.add(new Input.Tick());
    }

    /** Hands an input of this member's own to the loop. */
    void submit(Input input) {
        inbox.add(input);
    }

    /** A peer's request; the answer may come at any later time, or never. */
    void receive(Request request, Consumer<Response> reply) {
        if (!running || inbox.size() >= MAX_WAITING_MESSAGES) {
            return;
        }
        peers.heard(request.header().from());
        long exchange = exchanges.incrementAndGet();
        replies.put(exchange, reply);
        inbox.add(new Input.RequestReceived(exchange, request));
    }

    /** Submits a wish whose end somebody waits for. */
    CompletableFuture<HandoverResult> call(LongFunction<Input> wish) {
        long call = calls.incrementAndGet();
        CompletableFuture<HandoverResult> result = new CompletableFuture<>();
        handovers.put(call, result);
        inbox.add(wish.apply(call));
        if (!running) {
            endHandovers();
        }
        return result;
    }

    /** Asks for a quorum's word that this member still leads; whether it came within so long. */
    boolean confirm(long nanos) {
        long call = calls.incrementAndGet();
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        confirmations.put(call, answer);
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
            confirmations.remove(call);
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

    /** What went wrong for good, or {@code null}. */
    @Nullable String failure() {
        return failure;
    }

    /** Ends the loop and the disk's thread, waiting for each at most so long; whether nothing uses the journal any more. */
    boolean stop(Duration atMost) throws InterruptedException {
        running = false;
        inbox.add(new Input.Tick());
        thread.join(Math.max(1, atMost.toMillis()));
        boolean released = disk.stop(atMost);
        endHandovers();
        replies.clear();
        return released;
    }

    private void endHandovers() {
        ElectionView view = published.view();
        handovers
                .values()
                .forEach(result -> result.complete(new HandoverResult(
                        HandoverResult.Outcome.FAILED, view.leader(), view.term(), "this member has stopped")));
        handovers.clear();
        confirmations.values().forEach(answer -> answer.complete(false));
    }

    // ------------------------------------------------------------------------------------------------ the thread

    private void run() {
        try {
            while (running) {
                Input input = next();
                ClockReading now = clock.read();
                step(input, now);
                noticeStall(now.monotonicNanos(), "its loop was busy");
            }
        } catch (Throwable impossible) {
            fail(impossible);
        } finally {
            running = false;
            endLeadership();
            leaderships.values().forEach(ended -> ended.drain(null));
            closed.complete(null);
        }
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
            noticeStall(now + due, "the process or the machine was paused, or had no processor");
        } else {
            input = inbox.poll();
        }
        return input == null ? new Input.Tick() : input;
    }

    private void noticeStall(long sinceNanos, String what) {
        long length = clock.monotonicNanos() - sinceNanos;
        if (length > settings.heartbeatInterval().toNanos()) {
            boolean grave = length > settings.leaseDuration().toNanos() / 2;
            chronicle.stalled(Duration.ofNanos(length), what, grave);
        }
    }

    private void step(Input input, ClockReading now) {
        if (input instanceof Input.Persisted persisted) {
            durableWrite = persisted.write();
            measureStep();
        }
        if (input instanceof Input.PersistFailed failed) {
            diskFailed = true;
            failure = failed.detail();
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
     * What other threads read changes before anything leaves the process: no grant, pass or message of a new term may be
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
            } else if (effect instanceof Effect.LeaseExtended extended && cell != null) {
                // A reader that found the lease run out was faster: then it stays so, and the core hears of it.
                cell.extend(extended.lease());
            }
        }
        if (!changed
                && now.monotonicNanos() - viewedAtNanos
                        < settings.heartbeatInterval().toNanos()) {
            return;
        }
        viewedAtNanos = now.monotonicNanos();
        ElectionView view = election.view(now);
        if (view.term() != lastTerm) {
            lastTerm = view.term();
            chronicle.termChanged(lastTerm);
        }
        show(new Published(view, cell));
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
                transport.send(send.request(), new Answer(send.request()));
            }
        } else if (effect instanceof Effect.Reply reply) {
            if (!hold(reply.afterWrite(), reply)) {
                Consumer<Response> waiting = replies.remove(reply.exchange());
                if (waiting != null) {
                    waiting.accept(reply.response());
                }
            }
        } else if (effect instanceof Effect.LeadershipGained gained) {
            chronicle.elected(gained.term(), gained.token().value());
            events.elected(
                    new LeaderElectedEvent(settings.cluster(), settings.nodeId(), gained.term(), gained.token()));
        } else if (effect instanceof Effect.LeadershipEnded ended) {
            stepDown(ended.term(), ended.reason());
        } else if (effect instanceof Effect.LeaderChanged changed) {
            chronicle.leaderChanged(changed.term(), changed.leader(), settings.nodeId());
            events.changed(
                    new LeaderChangedEvent(settings.cluster(), settings.nodeId(), changed.term(), changed.leader()));
        } else if (effect instanceof Effect.HandoverEnded ended) {
            CompletableFuture<HandoverResult> waiting = handovers.remove(ended.call());
            if (waiting != null) {
                waiting.completeAsync(ended::result);
            }
        } else if (effect instanceof Effect.ConfirmEnded ended) {
            CompletableFuture<Boolean> waiting = confirmations.get(ended.call());
            if (waiting != null) {
                waiting.complete(ended.confirmed());
            }
        } else if (effect instanceof Effect.Closed) {
            closed.complete(null);
        } else if (effect instanceof Effect.Observed observed) {
            chronicle.observed(observed.observation());
        } else if (!(effect instanceof Effect.LeaseExtended || effect instanceof Effect.DrainLease)) {
            // Those two are published, before anything else is carried out, and that is all of them.
            throw new IllegalStateException("nothing carries out the effect " + effect);
        }
    }

    private void stepDown(long term, StepDownReason reason) {
        chronicle.steppedDown(term, reason);
        events.steppedDown(new StepDownEvent(settings.cluster(), settings.nodeId(), term, reason));
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

    private void fail(Throwable impossible) {
        failure = String.valueOf(impossible);
        LeaseCell led = cell;
        endLeadership();
        chronicle.failed(impossible);
        ElectionView last = published.view();
        show(new Published(ElectionNode.stopped(last), null));
        if (led != null) {
            stepDown(led.term(), StepDownReason.INTERNAL_ERROR);
        }
        if (last.leader() != null) {
            carryOut(new Effect.LeaderChanged(last.term(), null));
        }
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
                    || (request instanceof Request.Vote vote && vote.phase() == Phase.PROBE);
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
