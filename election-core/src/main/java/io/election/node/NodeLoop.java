package io.election.node;

import io.election.HandoverResult;
import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import io.election.core.ClockReading;
import io.election.core.Effect;
import io.election.core.EffectQueue;
import io.election.core.ElectionMachine;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.Input;
import io.election.core.Journal;
import io.election.core.ListedMember;
import io.election.core.Observation;
import io.election.core.Output;
import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.PeerTransport;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One run of a member, from a start to a stop: the one thread that hands inputs to the core and carries its effects out.
 * It never waits for a disk, a peer or a listener.
 *
 * <p>If it ends unexpectedly, for example for lack of memory, the leadership is over and its end queued for the listeners
 * before anything else, by fields and monitors that need no memory. The rest is done by the {@link Watchdog}, step by step and
 * again until there is memory for it: see {@link Outage}.
 */
final class NodeLoop {

    /** What has ended, for a person. */
    private static final String ELECTION = "its election";

    private static final String DISK = "the thread of its disk";

    /** How long a reader waits for the loop, which answers within a step. */
    private static final long VIEW_WITHIN_MILLIS = 100;

    /** Twice in an election timeout, and every second where that is long. */
    private static long watchNanos(Duration electionTimeout) {
        return Math.min(electionTimeout.toNanos() / 2, Duration.ofSeconds(1).toNanos());
    }

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

    private final Inbox inbox = new Inbox();
    private final Callers callers = new Callers();
    private final Exchanges exchanges = new Exchanges();
    private final Leaderships leaderships;
    private final StepMeasure stepMeasure;
    private final CertificateWatch certificate;
    private final EffectQueue effects = new EffectQueue(new Carrier());
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    private final Untold untold;

    // The loop's own.
    private long listenersLookedAtNanos;
    private long wakeAtNanos;
    private long pingAtNanos;
    private ClockReading stepAt;
    private volatile boolean running = true;
    private volatile @Nullable String storageFailure;
    private volatile Published published;

    /** When what is shown was looked at; guarded, with all of it, by the lock, at which those wait who want it newer. */
    private final Object viewLock = new Object();

    private volatile long viewedAtNanos;
    private volatile boolean viewWanted;

    // How it ended unexpectedly.
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
        this.leaderships = new Leaderships(clock, chronicle, inbox::add);
        this.stepMeasure = new StepMeasure(settings.step());
        this.certificate = new CertificateWatch(transport, chronicle);
        this.published = new Published(election.view(clock.read()), null);
        this.untold = new Untold(chronicle, published.view().term());
        this.stepAt = clock.read();
        this.wakeAtNanos = stepAt.monotonicNanos();
        this.listenersLookedAtNanos = wakeAtNanos;
        this.viewedAtNanos = wakeAtNanos;
        this.pingAtNanos = wakeAtNanos;
        this.disk = new DiskWriter(name + "-disk", journal, new DiskWriter.Outcome() {
            @Override
            public void persisted(long write, Duration took) {
                stepMeasure.synced(took);
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
        this.watchdog = new Watchdog(name + "-watch", watchNanos(settings.electionTimeout()), this::look);
        this.pauses = new Pauses(settings, clock, chronicle);
        this.outage = new Outage(
                () -> transport.outOfService(Outage.OUT_OF_SERVICE),
                () -> callers.endAll(published.view(), "this member's election came to an end"),
                leaderships::drainAll,
                () -> leaderships.releaseUntold(endedTerm(), events::wasTold),
                this::showThatItIsOut,
                this::tellThatItIsOut,
                exchanges::forgetAll,
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

    /**
     * What is shown, no older than a heartbeat if the loop answers within {@value #VIEW_WITHIN_MILLIS} ms. It is not looked at
     * for every heartbeat, because hardly anybody asks.
     */
    Published latest() {
        long heartbeat = settings.heartbeatInterval().toNanos();
        long begunNanos = System.nanoTime();
        long seenNanos = viewedAtNanos;
        if (!running || clock.monotonicNanos() - seenNanos < heartbeat || Thread.currentThread() == thread) {
            return published;
        }
        viewWanted = true;
        inbox.add(new Input.Tick());
        synchronized (viewLock) {
            long left = VIEW_WITHIN_MILLIS;
            while (running && viewedAtNanos == seenNanos && left > 0) {
                try {
                    viewLock.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return published;
                }
                left = VIEW_WITHIN_MILLIS - (System.nanoTime() - begunNanos) / 1_000_000;
            }
        }
        return published;
    }

    /** A peer's request; the answer may come at any later time, or never. */
    void receive(Request request, Consumer<Response> reply) {
        if (!running) {
            throw new RejectedExecutionException(Outage.OUT_OF_SERVICE);
        }
        if (inbox.isFull()) {
            throw new RejectedExecutionException("too many messages wait for this member's election");
        }
        peers.heard(request.header().from());
        inbox.add(new Input.RequestReceived(exchanges.open(reply), request));
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
        leaderships.listenersDone(term);
    }

    /** Waits for the listeners and the work of all leaderships that have ended; whether they were done in time. */
    boolean awaitWork(long deadlineNanos) throws InterruptedException {
        return leaderships.awaitWork(deadlineNanos);
    }

    /** Completed when the member has handed over what it had, or its loop has ended. */
    CompletableFuture<Void> close() {
        inbox.add(new Input.Close());
        return closed;
    }

    /** Does what one of its threads would do next, on the caller's, if they were never started; whether there was anything. */
    boolean turn() {
        if (disk.writeQueued() || events.deliverNext()) {
            return true;
        }
        Input input = inbox.next(0);
        if (input == null && clock.monotonicNanos() - wakeAtNanos < 0) {
            return false;
        }
        step(input == null ? new Input.Tick() : input, clock.read());
        return true;
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
        running = false;
        inbox.add(new Input.Tick());
        thread.join(Math.max(1, atMost.toMillis()));
        boolean released = disk.stop(atMost);
        watchdog.stop(atMost);
        callers.endAll(published.view(), "this member has stopped");
        exchanges.forgetAll();
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
            leaderships.end();
            if (cause == null) {
                leaderships.drainAll();
                closed.complete(null);
            } else {
                outage.begin(what, cause, events.fail());
            }
            over = true;
            watchdog.wake();
        }
    }

    private Input next() {
        long now = clock.monotonicNanos();
        // Never asleep for much longer than a heartbeat, so that a pause of the whole process shows. A follower whose
        // leader sends in time is woken by that alone.
        long due = Math.min(
                Math.min(wakeAtNanos, pingAtNanos) - now,
                settings.heartbeatInterval().toNanos() * 3 / 2);
        Input input = inbox.next(due);
        if (due > 0) {
            pauses.noticeStall(now + due, "the process or the machine was paused, or had no processor");
        }
        return input == null ? whatIsDue() : input;
    }

    /** A loop that is busy all the time exchanges no pings. */
    private Input whatIsDue() {
        long now = clock.monotonicNanos();
        if (pingAtNanos - now > 0) {
            return new Input.Tick();
        }
        pingAtNanos = now + settings.pingInterval().toNanos();
        return new Input.PingDue();
    }

    private void step(Input input, ClockReading now) {
        if (input instanceof Input.Persisted) {
            measureStep();
        } else if (input instanceof Input.PersistFailed write) {
            storageFailure = write.detail();
            exchanges.forgetAll();
        }
        stepAt = now;
        Output output = election.step(input, now);
        wakeAtNanos = output.wakeAtNanos();
        effects.step(input, output.effects());
        untold.tell(published.view().term());
        peers.tick(now.monotonicNanos(), published.view().leader() != null);
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
            inbox.add(new Input.StepMeasured(measured));
        }
    }

    /** Carries out what the queue of effects lets go. */
    private final class Carrier implements EffectQueue.Sink {

        /**
         * What other threads read changes before anything leaves the process: no grant, TimeoutNow or message of a new term may be
         * on its way while somebody here still reads "leader" (safety rule 8).
         */
        @Override
        public void publish(List<Effect> effects) {
            boolean gained = false;
            boolean changed = false;
            for (Effect effect : effects) {
                changed |= changesView(effect);
                gained |= effect instanceof Effect.LeadershipGained;
                leaderships.apply(effect);
            }
            showView(changed);
            if (gained) {
                onGained.run();
            }
        }

        @Override
        public void write(Effect.Persist persist) {
            disk.write(persist);
        }

        @Override
        public void send(Effect.Send send) {
            try {
                Request request = send.request();
                transport.send(request, new LoopAnswer(request, inbox, peers));
            } catch (Error lost) {
                // Lost, as messages may be; whoever waits finds out by time.
                chronicle.leftOut(lost);
            }
        }

        @Override
        public void reply(Effect.Reply reply) {
            try {
                exchanges.answer(reply.exchange(), reply.response());
            } catch (Error lost) {
                chronicle.leftOut(lost);
            }
        }

        @Override
        public void dropped(Effect.Reply reply) {
            exchanges.forget(reply.exchange());
        }

        @Override
        public void carryOut(Effect effect) {
            NodeLoop.this.carryOut(effect);
        }
    }

    /**
     * Whether more than the presence of members may look different after an effect. That may lag by an election timeout, unless
     * somebody asks for it.
     */
    private static boolean changesView(Effect effect) {
        return !(effect instanceof Effect.Send
                || effect instanceof Effect.Reply
                || effect instanceof Effect.LeaseExtended
                || effect instanceof Effect.DrainLease
                || effect instanceof Effect.ConfirmEnded
                || (effect instanceof Effect.Observed observed
                        && observed.observation() instanceof Observation.HeartbeatAcknowledged));
    }

    private void showView(boolean changed) {
        boolean wanted = viewWanted;
        long limit = settings.electionTimeout().toNanos();
        if (!changed && !wanted && stepAt.monotonicNanos() - viewedAtNanos < limit) {
            return;
        }
        viewWanted = false;
        show(new Published(election.view(stepAt), leaderships.current()));
        viewedAtNanos = stepAt.monotonicNanos();
        if (wanted) {
            synchronized (viewLock) {
                viewLock.notifyAll();
            }
        }
    }

    private void show(Published latest) {
        published = latest;
        publish.accept(latest);
    }

    private void carryOut(Effect effect) {
        String cluster = settings.cluster();
        String nodeId = settings.nodeId();
        if (effect instanceof Effect.LeadershipGained gained) {
            events.elected(new LeaderElectedEvent(cluster, nodeId, gained.term(), gained.token()));
            untold.add(effect);
        } else if (effect instanceof Effect.LeadershipEnded ended) {
            events.steppedDown(new StepDownEvent(cluster, nodeId, ended.term(), ended.reason()));
            untold.add(effect);
        } else if (effect instanceof Effect.LeaderChanged changed) {
            events.changed(new LeaderChangedEvent(cluster, nodeId, changed.term(), changed.leader()));
            untold.add(effect);
        } else if (effect instanceof Effect.TransferEnded ended) {
            callers.ended(ended);
        } else if (effect instanceof Effect.ConfirmEnded ended) {
            callers.ended(ended);
        } else if (effect instanceof Effect.Closed) {
            closed.complete(null);
        } else if (effect instanceof Effect.MembersChanged changed) {
            members(changed);
        } else if (effect instanceof Effect.MemberChangeEnded ended) {
            callers.ended(ended);
        } else if (effect instanceof Effect.ContactLearnt) {
            untold.add(effect);
        } else if (effect instanceof Effect.Apply committed) {
            StateMachine.NONE.apply(committed.entries());
        } else if (effect instanceof Effect.SnapshotInstalled installed) {
            StateMachine.NONE.install(installed.snapshot());
        } else if (effect instanceof Effect.Observed) {
            untold.add(effect);
        } else if (!(effect instanceof Effect.LeaseExtended || effect instanceof Effect.DrainLease)) {
            // Those two are published, before anything else is carried out, and that is all of them.
            throw new IllegalStateException("nothing carries out the effect " + effect);
        }
    }

    private void members(Effect.MembersChanged changed) {
        Set<String> ids =
                changed.members().stream().map(ListedMember::id).collect(Collectors.toCollection(TreeSet::new));
        transport.members(ids);
        peers.members(ids);
        chronicle.membersChanged(ids);
    }

    // ------------------------------------------------------------------------------------------------ its own end

    /** Called by the watchdog, again and again. */
    private void look() {
        if (over || !thread.isAlive()) {
            if (!over) {
                // Gone without having done its last.
                leaderships.end();
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
        transport.lookAfter();
    }

    private long endedTerm() {
        return outage.endedTerm();
    }

    private void showThatItIsOut() {
        ElectionView last = lastView();
        show(Published.stopped(last));
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
            last = published.view();
            lastView = last;
        }
        return last;
    }
}
