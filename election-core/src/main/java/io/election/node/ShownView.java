package io.election.node;

import io.election.core.ClockReading;
import io.election.core.DurableRecord;
import io.election.core.Effect;
import io.election.core.ElectionMachine;
import io.election.core.ElectionSettings;
import io.election.core.Input;
import io.election.core.Observation;
import io.election.core.Payload;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What other threads see of the election. It is published in the step that changes it, but for the presence of the members:
 * that is looked at once in an election timeout, and when somebody asks, because hardly anybody does.
 */
final class ShownView {

    /** How long a reader waits for a step, which hardly takes longer. */
    private static final long WITHIN_MILLIS = 100;

    private final ElectionMachine election;
    private final Leaderships leaderships;
    private final NodeClock clock;
    private final Stepping stepping;
    private final Consumer<Published> publish;
    private final long heartbeatNanos;
    private final long timeoutNanos;
    private volatile Published published;
    private @Nullable LeaderWord word;

    /** When what is shown was looked at; guarded, with all of it, by the lock, at which those wait who want it newer. */
    private final Object lock = new Object();

    private volatile long viewedAtNanos;
    private volatile boolean wanted;

    ShownView(
            ElectionSettings settings,
            ElectionMachine election,
            Leaderships leaderships,
            NodeClock clock,
            Stepping stepping,
            Consumer<Published> publish) {
        this.election = election;
        this.leaderships = leaderships;
        this.clock = clock;
        this.stepping = stepping;
        this.publish = publish;
        this.heartbeatNanos = settings.heartbeatInterval().toNanos();
        this.timeoutNanos = settings.electionTimeout().toNanos();
        ClockReading now = clock.read();
        this.viewedAtNanos = now.monotonicNanos();
        this.published = new Published(election.view(now), null);
    }

    Published published() {
        return published;
    }

    void show(Published latest) {
        published = latest;
        publish.accept(latest);
    }

    /** What is shown, no older than a heartbeat if a step follows within {@value #WITHIN_MILLIS} ms. */
    Published latest() {
        long begunNanos = System.nanoTime();
        long seenNanos = viewedAtNanos;
        if (!stepping.isRunning() || clock.monotonicNanos() - seenNanos < heartbeatNanos || stepping.isMine()) {
            return published;
        }
        wanted = true;
        stepping.add(new Input.Tick());
        synchronized (lock) {
            long left = WITHIN_MILLIS;
            while (stepping.isRunning() && viewedAtNanos == seenNanos && left > 0) {
                try {
                    lock.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return published;
                }
                left = WITHIN_MILLIS - (System.nanoTime() - begunNanos) / 1_000_000;
            }
        }
        return published;
    }

    /** Takes note of what a leader says. Called in each step, before it is shown. */
    void hear(Input input) {
        word = LeaderWord.after(word, input);
    }

    /** Shows what a step has changed, with all of its effects, or what somebody waits for. Called in each step. */
    void update(List<Effect> effects, ClockReading at) {
        boolean asked = wanted;
        if (!asked && at.monotonicNanos() - viewedAtNanos < timeoutNanos && !anyChanges(effects)) {
            return;
        }
        wanted = false;
        show(new Published(election.view(at), leaderships.current(), word));
        viewedAtNanos = at.monotonicNanos();
        if (asked) {
            synchronized (lock) {
                lock.notifyAll();
            }
        }
    }

    private static boolean anyChanges(List<Effect> effects) {
        for (int i = 0; i < effects.size(); i++) {
            if (changes(effects.get(i))) {
                return true;
            }
        }
        return false;
    }

    /** What applications write changes only where the log ends, thousands of times in a second. */
    private static boolean isOfCommands(Effect.Persist persist) {
        List<DurableRecord> records = persist.records();
        for (int i = 0; i < records.size(); i++) {
            if (!(records.get(i) instanceof DurableRecord.EntryAppended appended
                    && appended.entry().payload() instanceof Payload.Application)) {
                return false;
            }
        }
        return true;
    }

    /** Whether more than the presence of members may look different after an effect. */
    private static boolean changes(Effect effect) {
        return !(effect instanceof Effect.Send
                || effect instanceof Effect.Reply
                || effect instanceof Effect.LeaseExtended
                || effect instanceof Effect.DrainLease
                || effect instanceof Effect.ConfirmEnded
                || effect instanceof Effect.ProposalEnded
                || effect instanceof Effect.ReadIndexAnswered
                || effect instanceof Effect.Acknowledged
                || effect instanceof Effect.Apply
                || effect instanceof Effect.TakeImage
                || effect instanceof Effect.FetchImage
                || effect instanceof Effect.ImageNotNeeded
                || effect instanceof Effect.RetainImages
                || (effect instanceof Effect.Persist persist && isOfCommands(persist))
                || (effect instanceof Effect.Observed observed
                        && observed.observation() instanceof Observation.HeartbeatAcknowledged));
    }
}
