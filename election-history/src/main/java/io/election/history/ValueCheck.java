package io.election.history;

import io.election.history.Linearizability.Verdict;
import io.election.history.ValueHistory.Demands;
import io.election.history.ValueOperation.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Judges a store of named values by what its clients saw: that all is as if one operation came after the other, each at an instant
 * between its invocation and its answer (linearizability: Herlihy and Wing, "Linearizability: A Correctness Condition for Concurrent
 * Objects", 1990), that a write takes effect once at most and not at all if it was refused, and that what a member shows locally does
 * not go back.
 *
 * <p>Each name is judged alone: a store is linearizable exactly if each of its values is (Herlihy and Wing's locality). The order is
 * looked for with {@link Linearizability}, the search of Wing and Gong (1993) with Lowe's memory of what was tried (2017). A write whose
 * outcome is not known may take effect at any time after it was asked for, also after the end of the history, or never. What is known
 * of log indexes and versions narrows the search, and has to agree with the times. Two values of which each has to come before the other
 * are found without a search (Gibbons and Korach, 1997).
 *
 * <p>It concludes only what follows in every way in which the operations can have come about. It relies on values that are each
 * written by one write, on times of one clock, and on a store that is empty at first.
 */
public final class ValueCheck {

    /** How many combinations of operations and state are looked at for one order before the search gives up: some 150 MB. */
    private static final int MOST_CONFIGURATIONS = 1_000_000;

    private static final Demands ALL = new Demands(true, true);
    private static final Demands WITHOUT_LOG = new Demands(false, true);
    private static final Demands TIMES_ONLY = new Demands(false, false);

    /**
     * What was found.
     *
     * @param violations one for each thing that is wrong; none if all may have been well
     * @param undecided the names for which the search for an order gave up, because there are too many possibilities; nothing is
     *     said of their order, not even that it may have been well
     */
    public record Result(List<ValueViolation> violations, List<String> undecided) {

        /** Keeps copies. */
        public Result {
            violations = List.copyOf(violations);
            undecided = List.copyOf(undecided);
        }

        /** Whether all was judged, and all may have been well. */
        public boolean isSound() {
            return violations.isEmpty() && undecided.isEmpty();
        }
    }

    private final int mostConfigurations;
    private final List<ValueViolation> violations = new ArrayList<>();
    private final List<String> undecided = new ArrayList<>();

    private ValueCheck(int mostConfigurations) {
        this.mostConfigurations = mostConfigurations;
    }

    /**
     * Judges a history.
     *
     * @param history what all clients did and saw, in any order
     * @throws IllegalArgumentException if a value is written by two writes, or an id stands for two writes
     */
    public static Result check(Iterable<? extends ValueOperation> history) {
        return check(history, MOST_CONFIGURATIONS);
    }

    /**
     * Judges a history within a bound.
     *
     * @param history what all clients did and saw, in any order
     * @param mostConfigurations how many combinations of operations and state are looked at for one order before the search gives up;
     *     each takes some 150 bytes
     * @throws IllegalArgumentException if a value is written by two writes, or an id stands for two writes
     */
    public static Result check(Iterable<? extends ValueOperation> history, int mostConfigurations) {
        Map<String, List<ValueOperation>> byName = new LinkedHashMap<>();
        Map<String, Write> byId = new HashMap<>();
        for (ValueOperation operation : history) {
            byName.computeIfAbsent(operation.name(), name -> new ArrayList<>()).add(operation);
            if (operation instanceof Write write) {
                Write other = byId.putIfAbsent(write.id(), write);
                if (other != null && !write.isSameWrite(other)) {
                    throw new IllegalArgumentException("id " + write.id() + " stands for two writes: "
                            + ValueText.of(other) + "; " + ValueText.of(write));
                }
            }
        }
        ValueCheck check = new ValueCheck(mostConfigurations);
        byName.forEach(check::judge);
        return new Result(check.violations, check.undecided);
    }

    private void judge(String name, List<ValueOperation> operations) {
        List<ValueViolation> contradictions = new ArrayList<>();
        ValueVersions versions = new ValueVersions(
                operations, text -> contradictions.add(new ValueViolation(ValueRule.FOLLOWS_THE_LOG, name, text)));
        ValueHistory history = new ValueHistory(name, operations, versions);
        // What is wrong by itself makes everything after it doubtful.
        List<ValueViolation> found =
                new ArrayList<>(history.violations.isEmpty() ? contradictions : history.violations);
        if (found.isEmpty()) {
            ValueViolation noOrder = order(name, operations, versions, history);
            found.addAll(noOrder == null ? LocalGets.violations(name, history) : List.of(noOrder));
        }
        violations.addAll(found);
    }

    private @Nullable ValueViolation order(
            String name, List<ValueOperation> operations, ValueVersions versions, ValueHistory history) {
        ValueReign.Conflict conflict = ValueReign.conflict(history).orElse(null);
        if (conflict != null) {
            return new NoOrder(name, operations, versions, TIMES_ONLY, mostConfigurations)
                    .violation(ValueRule.ONE_AFTER_THE_OTHER, conflict.operations(), conflict.why());
        }
        Verdict verdict = order(history, ALL);
        if (verdict == Verdict.UNDECIDED) {
            undecided.add(name);
        }
        if (verdict != Verdict.NOT_LINEARIZABLE) {
            return null;
        }
        // The least that has no order is what is wrong; what is not decided is not said.
        ValueRule rule = ValueRule.FOLLOWS_THE_LOG;
        Demands demands = ALL;
        if (order(history, WITHOUT_LOG) == Verdict.NOT_LINEARIZABLE) {
            rule = ValueRule.TOKENS_NEVER_FALL;
            demands = WITHOUT_LOG;
            if (order(history, TIMES_ONLY) == Verdict.NOT_LINEARIZABLE) {
                rule = ValueRule.ONE_AFTER_THE_OTHER;
                demands = TIMES_ONLY;
            }
        }
        NoOrder noOrder = new NoOrder(name, operations, versions, demands, mostConfigurations);
        return noOrder.violation(rule, noOrder.smallestPart(), "");
    }

    private Verdict order(ValueHistory history, Demands demands) {
        return history.order(demands, mostConfigurations).verdict();
    }
}
