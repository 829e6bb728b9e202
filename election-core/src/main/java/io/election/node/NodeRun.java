package io.election.node;

import io.election.EarlierTokens;
import io.election.core.Contact;
import io.election.core.ElectionMachine;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.Input;
import io.election.core.Journal;
import io.election.core.LogKeys;
import io.election.memory.MemoryRun;
import io.election.peer.PeerTransport;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of a member, from a start to the end of the next stop: its loop, the thread of its events, the watch on its peers. */
final class NodeRun {

    private static final Logger logger = LoggerFactory.getLogger(ElectionNode.class);

    /** A name service may show a new member late. */
    private static final Duration MISSING_FOR_LONG = Duration.ofSeconds(30);

    private final ElectionSettings election;
    private final PeerTransport transport;
    private final EventDispatcher events;
    private final PeerWatch peers;
    private final KnownEditions editions;
    private final NodeLoop loop;
    private final Chronicle chronicle;
    private final String name;
    private final @Nullable FoundMembers found;
    private volatile @Nullable MemoryRun memory;
    private volatile @Nullable ImageServer images;
    private volatile @Nullable Rehearsal rehearsal;
    private volatile @Nullable EarlierTokensQuestion tokens;

    /** Joins the parts of a run; starts nothing. */
    NodeRun(
            String name,
            NodeSettings settings,
            ElectionMachine machine,
            Journal journal,
            PeerTransport transport,
            NodeClock clock,
            LeadershipListener listener,
            Chronicle chronicle,
            Supplier<ElectionView> view,
            Consumer<Published> publish,
            Runnable onGained) {
        this.name = name;
        this.chronicle = chronicle;
        this.election = settings.election();
        this.transport = transport;
        AtomicReference<@Nullable NodeLoop> created = new AtomicReference<>();
        this.events = new EventDispatcher(
                name + "-events",
                new ListenerReports(election.cluster(), election.nodeId()),
                new CountedListener(listener, chronicle),
                settings.interruptListeners(),
                term -> {
                    NodeLoop running = created.get();
                    if (running != null) {
                        running.listenersDone(term);
                    }
                },
                chronicle::listenerFailed);
        AddressBook addresses = new AddressBook(settings, transport, chronicle);
        this.peers = new PeerWatch(election, journal.incarnation(), clock, chronicle, transport, view, addresses);
        this.editions = new KnownEditions(
                journal.incarnation(), journal::edition, clock::monotonicNanos, election.electionTimeout(), reason -> {
                    NodeLoop running = created.get();
                    if (running != null) {
                        running.memoryIsCopied(reason);
                    }
                });
        peers.editions(editions);
        this.loop = new NodeLoop(
                name, election, machine, journal, transport, clock, events, chronicle, peers, publish, onGained);
        created.set(loop);
        chronicle.peers(peers);
        Finding finding = settings.finding();
        this.found = finding == null
                ? null
                : new FoundMembers(
                        settings,
                        finding,
                        transport,
                        addresses,
                        chronicle,
                        clock,
                        () -> peers.failures(Set.of()).isEmpty(),
                        peers::saidOfLeaders,
                        view,
                        loop::submit,
                        MISSING_FOR_LONG);
        if (found != null) {
            peers.others(found);
        }
    }

    /** The transport has started. */
    void connected() {
        loop.connected();
        if (found != null) {
            found.start();
        }
    }

    NodeLoop loop() {
        return loop;
    }

    EventDispatcher events() {
        return events;
    }

    PeerWatch peers() {
        return peers;
    }

    KnownEditions editions() {
        return editions;
    }

    /** Says which memory this run feeds, and who gives its images to other members. Called before the start. */
    void feeds(MemoryRun fed, ImageServer server) {
        memory = fed;
        images = server;
        loop.feeds(fed);
    }

    /** Who gives the images of this member's state to others, or {@code null} if it has none. */
    @Nullable ImageServer images() {
        return images;
    }

    void start() {
        events.start();
        loop.start();
        MemoryRun fed = memory;
        if (fed != null) {
            fed.start();
        }
        Contact own = peers.addresses().own();
        if (own != null) {
            // From the beginning on, it can say where it is reached.
            loop.submit(new Input.ContactIs(own));
        }
    }

    /** Asks which fencing tokens were given earlier, until this life belongs to a cluster. */
    void ask(EarlierTokens earlier) {
        EarlierTokensQuestion question = new EarlierTokensQuestion(
                name + "-tokens",
                earlier,
                loop::submit,
                () -> loop.latest().view().membership() != null,
                chronicle);
        tokens = question;
        question.start();
    }

    /** Rehearses a handover, unless that was done in this process before. Called by one thread at a time. */
    void rehearse(BooleanSupplier calm) {
        // Nobody else is listed where members find each other.
        boolean hasPeers = found != null
                || election.members().stream()
                                .filter(member -> member.kind().votes())
                                .count()
                        > 1;
        if (rehearsal == null && hasPeers && election.self().kind().votes()) {
            Rehearsal begun = new Rehearsal(name + "-rehearsal", calm, chronicle);
            rehearsal = begun;
            try {
                begun.start();
            } catch (Error failure) {
                // A member without a thread for it goes without a rehearsal.
                chronicle.leftOut(failure);
            }
        }
    }

    /**
     * Hands over if it leads, stops the transport and the loop, and delivers the events that are left.
     *
     * @param leaves whether it has itself removed from the cluster first
     * @param releaseJournal called once nothing uses the journal any more
     * @return whether that was so; otherwise a write to it hangs
     */
    boolean stop(boolean leaves, Runnable releaseJournal) {
        if (leaves) {
            chronicle.leaves();
        }
        long timeout = election.handoverTimeout().toNanos();
        long begun = System.nanoTime();
        Rehearsal rehearsing = rehearsal;
        if (rehearsing != null) {
            rehearsing.stop();
        }
        long deadline = begun + timeout + election.electionTimeout().toNanos();
        awaitClose(loop.close(leaves), deadline);
        if (!uninterrupted(() -> loop.awaitWork(begun + timeout))) {
            logger.atWarn()
                    .addKeyValue(LogKeys.CLUSTER, election.cluster())
                    .addKeyValue(LogKeys.NODE, election.nodeId())
                    .log(
                            "Member '{}' of cluster '{}' stops although work under its leadership is still running.",
                            election.nodeId(),
                            election.cluster());
        }
        EarlierTokensQuestion question = tokens;
        if (question != null) {
            question.close();
        }
        if (found != null) {
            found.close();
        }
        MemoryRun fed = memory;
        if (fed != null) {
            fed.stop();
        }
        transport.close();
        ImageServer serving = images;
        if (serving != null) {
            serving.stop();
        }
        boolean released = uninterrupted(() ->
                loop.stop(Duration.ofNanos(Math.max(1, Math.min(timeout, deadline - System.nanoTime())))));
        if (fed != null) {
            uninterrupted(() -> fed.awaitStop(Duration.ofNanos(Math.max(1, deadline - System.nanoTime()))));
        }
        if (released) {
            releaseJournal.run();
        }
        uninterrupted(() -> events.stop(Duration.ofNanos(Math.max(1, deadline - System.nanoTime()))));
        if (rehearsing != null) {
            uninterrupted(() -> rehearsing.join(Duration.ofSeconds(1)));
        }
        return released;
    }

    /** A part of a stop that waits, for a time that is bounded. */
    private interface Wait {

        boolean until() throws InterruptedException;
    }

    /**
     * Waits however often this thread is interrupted, as by a container that is torn down: a stop that ended there would leave
     * a loop that leads, and another start a second one beside it (safety rule 2). The thread is this node's own and ends with
     * the stop, so nobody misses the interrupt; the journal's files would be closed by it.
     */
    private static boolean uninterrupted(Wait wait) {
        while (true) {
            try {
                return wait.until();
            } catch (InterruptedException again) {
                // What is left of the time is waited for.
                continue;
            }
        }
    }

    private void awaitClose(CompletableFuture<Void> closed, long deadlineNanos) {
        boolean inTime = uninterrupted(() -> isCompleted(closed, deadlineNanos - System.nanoTime()));
        if (!inTime) {
            logger.atWarn()
                    .addKeyValue(LogKeys.CLUSTER, election.cluster())
                    .addKeyValue(LogKeys.NODE, election.nodeId())
                    .log(
                            "Member '{}' of cluster '{}' stops without having handed its leadership over: the handover did"
                                    + " not end in time.",
                            election.nodeId(),
                            election.cluster());
        }
    }

    private static boolean isCompleted(CompletableFuture<Void> closed, long nanos) throws InterruptedException {
        try {
            closed.get(Math.max(1, nanos), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a close never fails", e);
        }
    }
}
