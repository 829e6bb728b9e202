package io.election.memory;

import io.election.MemoryUnavailableException;
import io.election.core.Input;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who waits until this member has applied enough: up to an index, or up to what was committed when a quorum was asked (thesis, section
 * 6.4). Those who ask while one question is under way share the next one.
 */
final class Reads implements Ticker.Ticked {

    private final long againNanos;
    private final Consumer<Input> inputs;
    private final Executor answers;
    private final List<Waiting> waiting = new ArrayList<>();
    private List<Waiting> asking = new ArrayList<>();
    private List<Waiting> asksNext = new ArrayList<>();
    private long call;
    private long askAgainNanos;
    private boolean underWay;
    private long applied;
    private @Nullable String closed;

    /** Somebody who waits for an index, which is -1 as long as it is being asked for. */
    private static final class Waiting {
        private final long deadlineNanos;
        private final CompletableFuture<Long> answer = new CompletableFuture<>();
        private long index = -1;

        private Waiting(long deadlineNanos) {
            this.deadlineNanos = deadlineNanos;
        }
    }

    Reads(long againNanos, Consumer<Input> inputs, Executor answers) {
        this.againNanos = againNanos;
        this.inputs = inputs;
        this.answers = answers;
        this.askAgainNanos = System.nanoTime();
    }

    /** Waits until an index is applied; completed with the applied index. */
    synchronized CompletionStage<Long> awaitApplied(long index, Duration timeout) {
        if (applied >= index) {
            return CompletableFuture.completedFuture(applied);
        }
        Waiting wait = new Waiting(deadline(timeout));
        wait.index = index;
        return add(wait);
    }

    /** Waits until all is applied that is committed now; completed with the applied index. */
    synchronized CompletionStage<Long> awaitCurrent(Duration timeout) {
        Waiting wait = new Waiting(deadline(timeout));
        CompletionStage<Long> answer = add(wait);
        if (closed == null) {
            asksNext.add(wait);
            ask();
        }
        return answer;
    }

    private static long deadline(Duration timeout) {
        Duration longest = Duration.ofDays(365);
        return System.nanoTime() + (timeout.compareTo(longest) < 0 ? timeout : longest).toNanos();
    }

    private CompletionStage<Long> add(Waiting wait) {
        if (closed != null) {
            wait.answer.completeExceptionally(new MemoryUnavailableException(closed));
        } else {
            waiting.add(wait);
        }
        return wait.answer;
    }

    private void ask() {
        if (underWay || asksNext.isEmpty() || System.nanoTime() - askAgainNanos < 0) {
            return;
        }
        underWay = true;
        asking = asksNext;
        asksNext = new ArrayList<>();
        inputs.accept(new Input.ReadIndex(++call));
    }

    /** The leader has answered, or nobody has: then the index is 0. Called in a step of the election. */
    synchronized void answered(long ofCall, long index) {
        if (!underWay || ofCall != call) {
            return;
        }
        underWay = false;
        if (index > 0) {
            asking.forEach(wait -> wait.index = index);
            tellWhoHasEnough();
        } else {
            asksNext.addAll(asking);
            askAgainNanos = System.nanoTime() + againNanos;
        }
        asking = new ArrayList<>();
        ask();
    }

    /** Everything up to an index is applied. */
    synchronized void applied(long upTo) {
        applied = Math.max(applied, upTo);
        tellWhoHasEnough();
    }

    private void tellWhoHasEnough() {
        long upTo = applied;
        for (Iterator<Waiting> all = waiting.iterator(); all.hasNext(); ) {
            Waiting wait = all.next();
            if (wait.index >= 0 && wait.index <= upTo) {
                all.remove();
                answers.execute(() -> wait.answer.complete(upTo));
            }
        }
    }

    @Override
    public synchronized void tick(long nowNanos) {
        for (Iterator<Waiting> all = waiting.iterator(); all.hasNext(); ) {
            Waiting wait = all.next();
            if (nowNanos - wait.deadlineNanos >= 0) {
                all.remove();
                asksNext.remove(wait);
                String missing = wait.index < 0
                        ? "No leader confirmed in time what is committed."
                        : "This member had applied entry " + applied + " and not yet " + wait.index + " in time.";
                answers.execute(() -> wait.answer.completeExceptionally(new MemoryUnavailableException(missing)));
            }
        }
        ask();
    }

    /** Nothing is applied any more. */
    synchronized void close(String because) {
        closed = because;
        waiting.forEach(wait ->
                answers.execute(() -> wait.answer.completeExceptionally(new MemoryUnavailableException(because))));
        waiting.clear();
        asksNext.clear();
    }
}
