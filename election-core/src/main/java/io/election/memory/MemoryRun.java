package io.election.memory;

import io.election.StateMachine;
import io.election.core.Effect;
import io.election.core.Entry;
import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.Snapshot;
import io.election.core.StateImages;
import io.election.machine.Applied;
import io.election.machine.Replica;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The memory of a member from a start to the end of the next stop: its threads, its session, and who waits. */
public final class MemoryRun {

    /** Fetches images from other members. */
    public interface Fetcher {

        /**
         * Begins to fetch an image, and gives up whatever was fetched before.
         *
         * @param fetch what to fetch, and from whom
         */
        void fetch(Effect.FetchImage fetch);

        /** Gives up what is being fetched. */
        void giveUp();

        /**
         * Waits until nothing is written any more, after it was given up.
         *
         * @param atMost for how long
         * @return whether nothing is
         * @throws InterruptedException if the waiting thread is interrupted
         */
        boolean awaitEnd(Duration atMost) throws InterruptedException;
    }

    private final Applier applier;
    private final ImageTaker taker;
    private final Writes writes;
    private final Reads reads;
    private final Answers answers;
    private final Ticker ticker;
    private final Fetcher fetcher;
    private final StoreListeners listeners;
    private final RunParts parts;
    private final MemoryLog log;
    private volatile @Nullable Long currentAtNanos;
    /** Up to where entries were given out to be applied: all that this member knows to be committed. */
    private volatile long givenOut;

    private volatile @Nullable String failure;
    private volatile @Nullable ImageSince image;

    /** The latest image that came into being in this run. */
    private record ImageSince(LogPosition last, Instant at) {}

    MemoryRun(
            String name,
            String life,
            RunParts parts,
            MemorySettings settings,
            StateMachine machine,
            StoreListeners listeners,
            MemoryLog log) {
        this.parts = parts;
        this.log = log;
        this.fetcher = parts.fetcher();
        this.listeners = listeners;
        Duration again = parts.heartbeatInterval().dividedBy(5);
        this.answers = new Answers(name + "-answers");
        this.writes = new Writes(
                parts.nodeId(),
                life,
                settings,
                again.toNanos(),
                parts.electionTimeout().toNanos() * 2,
                parts.leadsHere(),
                parts.inputs(),
                answers);
        this.reads = new Reads(again.toNanos(), parts.inputs(), answers);
        this.ticker = new Ticker(name + "-memory", again, List.of(writes, reads, answers));
        this.taker = new ImageTaker(name + "-image", parts.images(), this::imageDone, log);
        this.applier = new Applier(
                name + "-apply", machine, parts.images(), taker, parts.recovered(), parts.inputs(), new Told());
    }

    /**
     * What a run gets from the node.
     *
     * @param nodeId this member
     * @param images where images are kept
     * @param recovered the snapshot with which the log begins
     * @param electionTimeout T
     * @param heartbeatInterval the time between a leader's heartbeats
     * @param leadsHere whether this member leads
     * @param inputs takes what the election is told and asked for
     * @param fetcher fetches images
     */
    public record RunParts(
            String nodeId,
            StateImages images,
            Snapshot recovered,
            Duration electionTimeout,
            Duration heartbeatInterval,
            BooleanSupplier leadsHere,
            Consumer<Input> inputs,
            Fetcher fetcher,
            Supplier<Currency> currency) {}

    /**
     * What this member knows of what is committed.
     *
     * @param commitIndex the index of the last entry that it knows to be committed
     * @param asOfNanos the monotonic time at which nothing more was committed, as far as its leader said; {@code null} if it knows no
     *     leader
     * @param nowNanos the monotonic time now
     */
    public record Currency(long commitIndex, @Nullable Long asOfNanos, long nowNanos) {}

    private final class Told implements Applier.Told {

        @Override
        public void applied(List<Applied> answers, long upTo) {
            writes.applied(answers);
            reads.applied(upTo);
            listeners.wake();
        }

        @Override
        public void restored(long upTo) {
            reads.applied(upTo);
            writes.sendAllAgain();
            listeners.wake();
        }

        @Override
        public void failed(String detail) {
            MemoryRun.this.failed("The state machine of this member failed: " + detail);
        }
    }

    private void failed(String why) {
        failure = why;
        String detail = why + " This member applies nothing any more.";
        writes.close(detail);
        reads.close(detail);
    }

    /** Starts the threads. */
    public void start() {
        applier.start();
        ticker.start();
    }

    /** Ends whatever waits, and the threads. */
    public void stop() {
        writes.close(null);
        reads.close("This member has stopped.");
        fetcher.giveUp();
        ticker.stop();
        answers.stop();
    }

    /**
     * Waits for the thread that applies, which may be in the application's code, and for those that write images.
     *
     * @param atMost for how long
     * @return whether all have ended
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public boolean awaitStop(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        boolean applies = !applier.stop(atMost);
        boolean fetches = !fetcher.awaitEnd(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
        boolean writes = !taker.awaitEnd(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
        return !(applies || fetches || writes);
    }

    /** Whether the thread that applies has ended, or was never started. */
    boolean isOver() {
        return applier.isOver();
    }

    /**
     * Carries out an effect of the election. Called in a step; waits for nothing.
     *
     * @param effect any effect
     * @return whether it was one of the memory's
     */
    public boolean carryOut(Effect effect) {
        if (effect instanceof Effect.Apply committed) {
            List<Entry> entries = committed.entries();
            givenOut = entries.get(entries.size() - 1).index();
            applier.apply(entries);
        } else if (effect instanceof Effect.SnapshotInstalled installed) {
            givenOut = installed.snapshot().last().index();
            image = new ImageSince(installed.snapshot().last(), Instant.now());
            applier.restore(installed.snapshot());
        } else if (effect instanceof Effect.TakeImage) {
            applier.takeImage();
        } else if (effect instanceof Effect.FetchImage fetch) {
            fetcher.fetch(fetch);
        } else if (effect instanceof Effect.ImageNotNeeded) {
            fetcher.giveUp();
        } else if (effect instanceof Effect.RetainImages retain) {
            applier.retain(retain.keep());
        } else if (effect instanceof Effect.StateDiffers differs) {
            applier.stopApplying();
            log.stateDiffers(differs.own().index());
            failed("Its state differs from its leader's after entry "
                    + differs.own().index() + ".");
        } else if (effect instanceof Effect.ProposalEnded ended) {
            writes.ended(ended.call(), ended.outcome());
        } else if (effect instanceof Effect.ReadIndexAnswered answered) {
            reads.answered(answered.call(), answered.index());
        } else if (effect instanceof Effect.Acknowledged acknowledged) {
            writes.acknowledged(acknowledged.index());
        } else {
            return false;
        }
        return true;
    }

    private void imageDone(Input written) {
        if (written instanceof Input.ImageTaken taken) {
            image = new ImageSince(taken.last(), Instant.now());
        }
        parts.inputs().accept(written);
    }

    /** When an image came into being in this run, or {@code null} if it did not. */
    @Nullable Instant imageSince(LogPosition last) {
        ImageSince latest = image;
        return latest != null && latest.last().equals(last) ? latest.at() : null;
    }

    /** Another member leads, or this one. */
    public void leaderChanged() {
        writes.sendAllAgain();
    }

    /** How long ago this member last knew that it had applied everything committed, or {@code null}. */
    @Nullable Duration age() {
        Currency known = parts.currency().get();
        Replica replica = applier.replica();
        Long asOf = known.asOfNanos();
        if (asOf != null && replica != null && replica.appliedIndex() >= Math.max(known.commitIndex(), givenOut)) {
            currentAtNanos = asOf;
        }
        Long current = currentAtNanos;
        return current == null ? null : Duration.ofNanos(Math.max(0, known.nowNanos() - current));
    }

    Writes writes() {
        return writes;
    }

    Reads reads() {
        return reads;
    }

    Applier applier() {
        return applier;
    }

    /**
     * Why this member applies nothing any more.
     *
     * @return a sentence, or {@code null} if it does
     */
    public @Nullable String failure() {
        return failure;
    }
}
