package io.election.node;

import io.election.HandoverResult;
import io.election.LeaderChangedEvent;
import io.election.StepDownReason;
import io.election.core.ClockReading;
import io.election.core.Effect;
import io.election.core.EffectQueue;
import io.election.core.ElectionMachine;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.Input;
import io.election.core.Journal;
import io.election.core.MemberChange;
import io.election.core.Output;
import io.election.core.Request;
import io.election.core.Response;
import io.election.memory.MemoryRun;
import io.election.peer.PeerTransport;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * One run of a member, from a start to a stop: hands inputs to the core one at a time, and carries its effects out. Which
 * thread does so is decided by {@link Stepping}. A step never waits for a disk, a peer or a listener.
 *
 * <p>If it ends unexpectedly, for example for lack of memory, the leadership is over and its end queued for the listeners
 * before anything else, by fields and monitors that need no memory. The rest is done by the {@link Watchdog}, step by step and
 * again until there is memory for it: see {@link Outage}.
 */
final class NodeLoop {

    /** What has ended, for a person. */
    private static final String ELECTION = "its election";

    private static final String DISK = "the thread of its disk";

    /** Twice in an election timeout, and every second where that is long. */
    private static long watchNanos(Duration electionTimeout) {
        return Math.min(electionTimeout.toNanos() / 2, Duration.ofSeconds(1).toNanos());
    }

    private final ElectionSettings settings;
    private final Journal journal;
    private final ElectionMachine election;
    private final PeerTransport transport;
    private final NodeClock clock;
    private final DiskWriter disk;
    private final EventDispatcher events;
    private final Chronicle chronicle;
    private final PeerWatch peers;
    private final Runnable onGained;
    private final Stepping stepping;
    private final Callers callers = new Callers();
    private final Exchanges exchanges = new Exchanges();
    private final Leaderships leaderships;
    private final ShownView shown;
    private final StepMeasure stepMeasure;
    private final CertificateWatch certificate;
    private final Untold untold;
    private final EffectQueue effects;
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    // Guarded by the loop: see Stepping.
    private long listenersLookedAtNanos;
    private long wakeAtNanos;
    private long pingAtNanos;
    private ClockReading stepAt;
    private volatile @Nullable String storageFailure;

    // How it ended unexpectedly.
    private final Outage outage;
    private final Watchdog watchdog;
    private volatile @Nullable Throwable diskDied;

    /** Told when the core asks for a new life. */
    private volatile Consumer<Effect.StartAnew> forgets = anew -> {};

    private volatile Runnable alsoLooks = () -> {};

    private final FedMemory memory = new FedMemory();

    /** Whether no step follows any more. */
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
        this.onGained = onGained;
        this.stepAt = clock.read();
        this.wakeAtNanos = stepAt.monotonicNanos();
        this.listenersLookedAtNanos = wakeAtNanos;
        // The first comes when the others can be reached: see connected().
        this.pingAtNanos = wakeAtNanos + settings.pingInterval().toNanos();
        this.stepping = new Stepping(name + "-loop", settings, clock, chronicle, new Member());
        this.leaderships = new Leaderships(clock, chronicle, stepping::add);
        this.shown = new ShownView(settings, election, leaderships, clock, stepping, publish);
        this.stepMeasure = new StepMeasure(settings.step());
        this.certificate = new CertificateWatch(transport, chronicle);
        this.untold = new Untold(chronicle, shown.published().view().term());
        this.journal = journal;
        this.disk = new DiskWriter(name + "-disk", journal, new Written());
        this.effects = new EffectQueue(new EffectCarrier(
                settings.cluster(),
                settings.nodeId(),
                this::publish,
                disk,
                transport,
                stepping,
                exchanges,
                callers,
                events,
                untold,
                chronicle,
                peers,
                closed,
                anew -> forgets.accept(anew),
                memory,
                new UnheardRemoval(
                        settings.founding().forgets(),
                        () -> shown.published().view(),
                        chronicle,
                        peers::removedWhileCutOff,
                        anew -> forgets.accept(anew))));
        this.watchdog = new Watchdog(name + "-watch", watchNanos(settings.electionTimeout()), this::look);
        this.outage = new Outage(
                () -> transport.outOfService(Outage.OUT_OF_SERVICE),
                () -> callers.endAll(shown.published().view(), "this member's election came to an end"),
                leaderships::drainAll,
                () -> leaderships.releaseUntold(endedTerm(), events::wasTold),
                this::showThatItIsOut,
                this::tellThatItIsOut,
                exchanges::forgetAll,
                () -> closed.complete(null));
    }

    /** Says who begins a new life where the core asks for one. Called before the start. */
    void whenItForgets(Consumer<Effect.StartAnew> newForgets) {
        forgets = newForgets;
    }

    /** Says which memory the effects feed. Called before the start. */
    void feeds(MemoryRun fed) {
        memory.feed(fed);
    }

    /** Sets what else is looked after, again and again, on a thread that nothing holds up. Called before the start. */
    void whenItLooks(Runnable looked) {
        alsoLooks = looked;
    }

    void start() {
        shown.show(shown.published());
        disk.start();
        stepping.start();
        watchdog.start();
        stepping.add(new Input.Tick());
    }

    /** The transport has started: it says at once that it is there, and asks the others the same. */
    void connected() {
        stepping.add(new Input.PingDue());
    }

    /** Hands an input of this member's own to the loop. */
    void submit(Input input) {
        stepping.add(input);
    }

    /** As {@link ShownView#latest}. */
    Published latest() {
        return shown.latest();
    }

    /**
     * A peer's request, which is stepped on this thread if no other steps just now. The answer may come before this returns, at any
     * later time, or never.
     */
    void receive(Request request, Consumer<Response> reply) {
        if (!stepping.isRunning()) {
            throw new RejectedExecutionException(Outage.OUT_OF_SERVICE);
        }
        if (stepping.isFull()) {
            throw new RejectedExecutionException("too many messages wait for this member's election");
        }
        peers.heard(request.header().from());
        stepping.bring(new Input.RequestReceived(exchanges.open(reply), request));
    }

    /** Submits a wish whose end somebody waits for. */
    CompletableFuture<HandoverResult> call(LongFunction<Input> wish) {
        long call = callers.nextCall();
        CompletableFuture<HandoverResult> result = callers.handover(call);
        long askedAtNanos = clock.monotonicNanos();
        result.thenAccept(ended -> chronicle.handedOver(
                Chronicle.dashed(ended.outcome().name()), Duration.ofNanos(clock.monotonicNanos() - askedAtNanos)));
        stepping.add(wish.apply(call));
        if (!stepping.isRunning()) {
            callers.endAll(shown.published().view(), "this member has stopped");
        }
        return result;
    }

    /** Submits a wish to change the members; completed when it has ended, and never left open. */
    CompletableFuture<MemberChange.Result> changeMembers(MemberChange change, @Nullable Long builds, boolean force) {
        long call = callers.nextCall();
        CompletableFuture<MemberChange.Result> result = callers.memberChange(call);
        stepping.add(new Input.ChangeMembers(call, change, builds, force));
        if (!stepping.isRunning()) {
            callers.endAll(shown.published().view(), "this member has stopped");
        }
        return result;
    }

    /** Asks for a quorum's word that this member still leads; whether it came within so long. */
    boolean confirm(long nanos) {
        long call = callers.nextCall();
        CompletableFuture<Boolean> answer = callers.confirmation(call);
        try {
            stepping.add(new Input.Confirm(call));
            return stepping.isRunning() && answer.get(nanos, TimeUnit.NANOSECONDS);
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

    /** The listeners of a leadership that ended are done: a handover goes on, on this thread if no other steps just now. */
    void listenersDone(long term) {
        stepping.bring(() -> leaderships.listenersDone(term));
    }

    /** Waits for the listeners and the work of all leaderships that have ended; whether they were done in time. */
    boolean awaitWork(long deadlineNanos) throws InterruptedException {
        return leaderships.awaitWork(deadlineNanos);
    }

    /**
     * Completed when the member has handed over what it had, or its loop has ended.
     *
     * @param leaves whether it has itself removed from the cluster first
     */
    CompletableFuture<Void> close(boolean leaves) {
        if (leaderships.current() != null) {
            long askedAtNanos = clock.monotonicNanos();
            closed.thenRun(
                    () -> chronicle.handedOver("stopped", Duration.ofNanos(clock.monotonicNanos() - askedAtNanos)));
        }
        stepping.add(new Input.Close(leaves));
        return closed;
    }

    /** Does what one of its threads would do next, on the caller's, if they were never started; whether there was anything. */
    boolean turn() {
        return disk.writeQueued() || events.deliverNext() || stepping.turn(wakeAtNanos);
    }

    /** When it has something to do at the latest, if it was never started. */
    long wakeAtNanos() {
        return wakeAtNanos;
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
        stepping.stop(atMost);
        boolean released = disk.stop(atMost);
        watchdog.stop(atMost);
        callers.endAll(shown.published().view(), "this member has stopped");
        exchanges.forgetAll();
        return released;
    }

    // ------------------------------------------------------------------------------------------------ a step

    /** The core, with what belongs to each of its steps. */
    private final class Member implements Stepping.Member {

        @Override
        public void step(Input input, ClockReading now) {
            NodeLoop.this.step(input, now);
        }

        @Override
        public long dueNanos() {
            return wakeAtNanos - pingAtNanos < 0 ? wakeAtNanos : pingAtNanos;
        }

        /** A loop that is busy all the time exchanges no pings. */
        @Override
        public Input whatIsDue(long nowNanos) {
            if (pingAtNanos - nowNanos > 0) {
                return new Input.Tick();
            }
            pingAtNanos = nowNanos + settings.pingInterval().toNanos();
            return new Input.PingDue();
        }

        @Override
        public void ended(@Nullable Throwable cause) {
            end(cause);
        }
    }

    private void step(Input input, ClockReading now) {
        if (input instanceof Input.Persisted) {
            measureStep();
        } else if (input instanceof Input.PersistFailed write) {
            storageFailure = write.detail();
            exchanges.forgetAll();
        }
        stepAt = now;
        shown.hear(input);
        Output output = election.step(input, now);
        wakeAtNanos = output.wakeAtNanos();
        effects.step(input, output.effects());
        untold.tell(shown.published().view().term());
        peers.tick(now.monotonicNanos(), shown.published().view().leader() != null);
        long limit = settings.electionTimeout().toNanos();
        if (now.monotonicNanos() - listenersLookedAtNanos > limit) {
            listenersLookedAtNanos = now.monotonicNanos();
            if (events.isBlocked(System.nanoTime(), limit)) {
                chronicle.aside(() -> events.reportBlocked(System.nanoTime(), limit));
            }
            certificate.look(now);
        }
    }

    private void measureStep() {
        long measured = stepMeasure.measure();
        if (measured != 0) {
            stepping.add(new Input.StepMeasured(measured));
        }
    }

    private void publish(List<Effect> ofStep) {
        boolean gained = false;
        // Not by an iterator: this is done for each message.
        for (int i = 0; i < ofStep.size(); i++) {
            Effect effect = ofStep.get(i);
            gained |= effect instanceof Effect.LeadershipGained;
            leaderships.apply(effect);
        }
        shown.update(ofStep, stepAt);
        if (gained) {
            onGained.run();
        }
    }

    /** What the disk's thread reports. A write that is done is stepped there. */
    private final class Written implements DiskWriter.Outcome {

        @Override
        public void persisted(long write, Duration took) {
            stepMeasure.synced(took);
            stepping.bring(new Input.Persisted(write));
        }

        @Override
        public void failed(Throwable cause) {
            if (cause instanceof Error) {
                // No fault of the disk, and there may be no memory for an input.
                diskDied(cause);
            } else {
                stepping.add(new Input.PersistFailed(String.valueOf(cause)));
            }
        }
    }

    /**
     * This member's memory is an older copy, or another process has a copy of it. What that one promised is not known here, as
     * after a disk that failed, so this member takes no part any more. The directory says so to each later start.
     */
    void memoryIsCopied(String reason) {
        try {
            journal.condemn(reason);
        } catch (IOException e) {
            chronicle.note(
                    Level.ERROR, "cannot write that down, so its next start does not know it: {}", String.valueOf(e));
        }
        chronicle.memoryIsCopied(reason);
        stepping.add(new Input.PersistFailed(reason));
    }

    // ------------------------------------------------------------------------------------------------ its own end

    private void diskDied(Throwable cause) {
        diskDied = cause;
        stepping.endFor(cause);
    }

    /** Called by who has the loop, with the last that is done there; with a cause it needs no memory. */
    private void end(@Nullable Throwable cause) {
        if (over) {
            return;
        }
        leaderships.end();
        if (cause == null) {
            leaderships.drainAll();
            closed.complete(null);
        } else {
            outage.begin(cause == diskDied ? DISK : ELECTION, cause, events.fail());
        }
        over = true;
        watchdog.wake();
    }

    /** Called by the watchdog, again and again. */
    private void look() {
        if (over || stepping.endIfDead(Outage.DIED)) {
            if (outage.hasBegun()) {
                outage.goOn();
            }
        } else if (diskDied == null && disk.hasDied()) {
            diskDied(Outage.DIED);
        }
        events.replaceDeadThread();
        transport.lookAfter();
        alsoLooks.run();
    }

    private long endedTerm() {
        return outage.endedTerm();
    }

    private void showThatItIsOut() {
        ElectionView last = lastView();
        shown.show(Published.stopped(last));
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
            chronicle.leaderChanged(lastView().term(), null);
        }
    }

    private ElectionView lastView() {
        ElectionView last = lastView;
        if (last == null) {
            last = shown.published().view();
            lastView = last;
        }
        return last;
    }
}
