package io.election.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Whether operations that overlapped can have come one after the other: each at some instant between its invocation and its
 * answer, with the outcome that its caller saw. The search is that of Wing and Gong ("Testing and Verifying Concurrent
 * Objects", 1993), with Lowe's memory of what was tried ("Testing for Linearizability", 2017): a set of operations that have
 * taken effect, with the state that they lead to, is looked at once.
 *
 * <p>An operation that was never answered may take effect at any time after its invocation, or never. Most of the possible orders
 * differ only in when such operations take effect without anybody noticing. So one takes effect only just before an operation
 * that would not have been possible, or would have led elsewhere, without it; any other order has an equivalent one of that form,
 * found by moving the unanswered operation back, or leaving it out. Of equal unanswered operations the earliest comes first.
 *
 * <p>An operation that {@linkplain Model#losesNothing loses nothing} by taking effect at once does so, and no other order is looked at.
 *
 * @param <S> states of the model
 * @param <O> operations of the model
 */
public final class Linearizability<S, O> {

    /** How many combinations of operations and state are looked at before the search gives up. */
    private static final int MOST_CONFIGURATIONS = 2_000_000;

    /**
     * An operation with its times; answered at {@link Operation#UNANSWERED} if its outcome is not known.
     *
     * @param <O> operations of the model
     */
    public record Call<O>(long invokedNanos, long answeredNanos, O operation) {}

    /** What was found. */
    public enum Verdict {
        /** There is such an order. */
        LINEARIZABLE,
        /** There is none. */
        NOT_LINEARIZABLE,
        /** There are too many possibilities to look at. */
        UNDECIDED
    }

    /**
     * What was found.
     *
     * @param blocked an operation that could not follow, at the point up to which the search came; {@code null} if there is an
     *     order
     * @param state the state there, for a person to read
     * @param configurations how many combinations were looked at
     */
    public record Result<O>(Verdict verdict, @Nullable Call<O> blocked, String state, int configurations) {}

    /** An invocation or an answer, in a list that is linked in both directions. */
    private static final class Entry {
        final int call;
        final boolean invocation;
        Entry previous = this;
        Entry next = this;

        @Nullable Entry answer;

        Entry(int call, boolean invocation) {
            this.call = call;
            this.invocation = invocation;
        }

        void unlink() {
            previous.next = next;
            next.previous = previous;
        }

        void link() {
            previous.next = this;
            next.previous = this;
        }
    }

    /**
     * The operations that have taken effect, the state, and which unanswered one was the last of them, if it was. The set of
     * operations is told apart by 128 bits, in which each operation has a random pattern: a long history has too many
     * operations to keep whole sets of them.
     */
    private record Configuration(
            long pattern,
            long otherPattern,
            Object state,
            int last,
            @Nullable Object before) {}

    /**
     * A step of the search that can be taken back; {@code last} and {@code before} are as they were before it. Instead of one that is
     * settled nothing else is tried.
     */
    private record Step<S>(
            Entry entry, S state, int last, @Nullable S before, boolean settled) {}

    private final Model<S, O> model;
    private final int mostConfigurations;
    private final List<Call<O>> calls;
    private final Entry head = new Entry(-1, false);
    private final boolean[] done;
    private final long[] patterns;
    private final long[] otherPatterns;
    /** By call: the unanswered call before it that is equal to it, or -1. */
    private final int[] twin;

    private final Set<Configuration> seen = new HashSet<>();
    private final Deque<Step<S>> steps = new ArrayDeque<>();
    private S state;
    private long pattern;
    private long otherPattern;
    private int last = -1;
    private @Nullable S before;
    private int open;
    private int fewestOpen = Integer.MAX_VALUE;
    private @Nullable Call<O> blocked;
    private String blockedIn = "";

    private Linearizability(Model<S, O> model, List<Call<O>> calls, int mostConfigurations) {
        this.model = model;
        this.mostConfigurations = mostConfigurations;
        this.calls = calls.stream()
                .sorted(Comparator.comparingLong(Call::invokedNanos))
                .toList();
        this.done = new boolean[calls.size()];
        SplittableRandom random = new SplittableRandom(calls.size());
        this.patterns = random.longs(calls.size()).toArray();
        this.otherPatterns = random.longs(calls.size()).toArray();
        this.twin = new int[calls.size()];
        this.state = model.initial();
        linkEntries();
    }

    private void linkEntries() {
        List<Entry> entries = new ArrayList<>();
        Map<O, Integer> latest = new HashMap<>();
        for (int i = 0; i < calls.size(); i++) {
            Entry invocation = new Entry(i, true);
            entries.add(invocation);
            twin[i] = -1;
            if (isAnswered(i)) {
                Entry answer = new Entry(i, false);
                invocation.answer = answer;
                entries.add(answer);
                open++;
            } else {
                Integer earlier = latest.put(calls.get(i).operation(), i);
                twin[i] = earlier == null ? -1 : earlier;
            }
        }
        // Of what touches, the invocation comes first: the two may have come in either order.
        entries.sort(Comparator.comparingLong(this::nanos).thenComparing(entry -> !entry.invocation));
        Entry end = head;
        for (Entry entry : entries) {
            entry.previous = end;
            entry.next = head;
            end.next = entry;
            head.previous = entry;
            end = entry;
        }
    }

    private long nanos(Entry entry) {
        Call<O> call = calls.get(entry.call);
        return entry.invocation ? call.invokedNanos() : call.answeredNanos();
    }

    private boolean isAnswered(int call) {
        return calls.get(call).answeredNanos() != Operation.UNANSWERED;
    }

    /**
     * Looks for an order.
     *
     * @param model what the operations do one after the other
     * @param calls the operations, in any order; of one partition only, such as one key
     */
    public static <S, O> Result<O> check(Model<S, O> model, List<Call<O>> calls) {
        return check(model, calls, MOST_CONFIGURATIONS);
    }

    /**
     * Looks for an order, within a bound.
     *
     * @param mostConfigurations after how many combinations of operations and state the search gives up; each takes some 150 bytes
     */
    static <S, O> Result<O> check(Model<S, O> model, List<Call<O>> calls, int mostConfigurations) {
        return new Linearizability<>(model, calls, mostConfigurations).search();
    }

    private Result<O> search() {
        boolean goesOn = true;
        Entry entry = settle();
        while (goesOn && open > 0) {
            if (entry.invocation && takesEffect(entry, false)) {
                if (seen.size() > mostConfigurations) {
                    return new Result<>(Verdict.UNDECIDED, blocked, blockedIn, seen.size());
                }
                entry = settle();
            } else if (entry.invocation) {
                entry = entry.next;
            } else {
                note(entry);
                Entry last = takeBack();
                goesOn = last != null;
                entry = last == null ? head : last.next;
            }
        }
        return goesOn
                ? new Result<>(Verdict.LINEARIZABLE, null, "", seen.size())
                : new Result<>(Verdict.NOT_LINEARIZABLE, blocked, blockedIn, seen.size());
    }

    /**
     * Lets everything take effect that loses nothing by it. Another way to the same operations and state has failed if they were seen
     * before; then this way is at its end.
     *
     * @return where to go on
     */
    private Entry settle() {
        Entry entry = head.next;
        while (entry.invocation) {
            int call = entry.call;
            O operation = calls.get(call).operation();
            S next = isAnswered(call) ? model.after(state, operation) : null;
            if (next == null
                    || !model.losesNothing(state, operation, next)
                    || isPossibleBeforeTheLast(operation, next)) {
                entry = entry.next;
            } else if (takesEffect(entry, true)) {
                entry = head.next;
            } else {
                // Stands for the end of the list: nothing can follow.
                return head;
            }
        }
        return head.next;
    }

    /** An answer that was reached before its operation took effect, or the end of the list: how far the search has come. */
    private void note(Entry entry) {
        if (open < fewestOpen && entry != head) {
            fewestOpen = open;
            blocked = calls.get(entry.call);
            blockedIn = state.toString();
        }
    }

    /** Lets an operation take effect next, if it can and that was not tried before. */
    private boolean takesEffect(Entry entry, boolean settled) {
        int call = entry.call;
        boolean answered = isAnswered(call);
        O operation = calls.get(call).operation();
        S next = model.after(state, operation);
        if (next == null || !answered && isIdle(call, next) || isPossibleBeforeTheLast(operation, next)) {
            return false;
        }
        set(call, true);
        int newLast = answered ? -1 : call;
        S newBefore = answered ? null : state;
        if (!seen.add(new Configuration(pattern, otherPattern, next, newLast, newBefore))) {
            set(call, false);
            return false;
        }
        steps.push(new Step<>(entry, state, last, before, settled));
        state = next;
        last = newLast;
        before = newBefore;
        entry.unlink();
        if (entry.answer != null) {
            entry.answer.unlink();
            open--;
        }
        return true;
    }

    /** Whether an unanswered operation changes nothing, or another one that is equal to it comes first. */
    private boolean isIdle(int call, S next) {
        return next.equals(state) || twin[call] >= 0 && !done[twin[call]];
    }

    /**
     * Whether the last operation was an unanswered one, and this one leads to the same state without it, or before it. Then
     * another branch of the search looks at that.
     */
    private boolean isPossibleBeforeTheLast(O operation, S next) {
        if (before == null) {
            return false;
        }
        S without = model.after(before, operation);
        return without != null
                && (without.equals(next)
                        || next.equals(model.after(without, calls.get(last).operation())));
    }

    /** Takes the last step back that was not settled, and all after it; {@code null} if there is none. */
    private @Nullable Entry takeBack() {
        while (!steps.isEmpty()) {
            Step<S> step = steps.pop();
            takeBack(step);
            if (!step.settled()) {
                return step.entry();
            }
        }
        return null;
    }

    private void takeBack(Step<S> step) {
        Entry entry = step.entry();
        if (entry.answer != null) {
            entry.answer.link();
            open++;
        }
        entry.link();
        set(entry.call, false);
        state = step.state();
        last = step.last();
        before = step.before();
    }

    private void set(int call, boolean isDone) {
        done[call] = isDone;
        pattern ^= patterns[call];
        otherPattern ^= otherPatterns[call];
    }
}
