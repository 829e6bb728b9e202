package io.election.history;

import io.election.history.Linearizability.Verdict;
import io.election.history.ValueHistory.Demands;
import io.election.history.ValueOperation.Expected;
import io.election.history.ValueOperation.Write;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Says of which operations on a name there is no order. */
final class NoOrder {

    /** No more operations are listed. */
    private static final int MOST_LISTED = 40;

    /** How many times as long as for the whole is looked for a small part. */
    private static final int EFFORT = 3;

    private final String name;
    private final List<ValueOperation> whole;
    private final ValueVersions versions;
    private final Demands demands;
    private final int mostConfigurations;
    private final Map<String, ValueWrite> writes = new HashMap<>();
    private long configurations;

    /**
     * Prepares.
     *
     * @param whole all operations on the name
     * @param demands what cannot be met
     */
    NoOrder(String name, List<ValueOperation> whole, ValueVersions versions, Demands demands, int mostConfigurations) {
        this.name = name;
        this.whole = whole;
        this.versions = versions;
        this.demands = demands;
        this.mostConfigurations = mostConfigurations;
        new ValueHistory(name, whole, versions).writes.forEach(write -> writes.put(write.first.id(), write));
    }

    /** A small part of the operations that has no order by itself, with all that is known of them. */
    List<ValueOperation> smallestPart() {
        return new SmallestPart(versions, this::hasNone)
                .of(whole).stream().map(this::withItsAnswer).toList();
    }

    private ValueOperation withItsAnswer(ValueOperation operation) {
        ValueWrite write = operation instanceof Write asked ? writes.get(asked.id()) : null;
        return write == null
                ? operation
                : write.attempts.stream()
                        .filter(time -> time.invokedNanos() == operation.invokedNanos())
                        .findFirst()
                        .orElseThrow();
    }

    private boolean hasNone(List<ValueOperation> part) {
        ValueHistory history = new ValueHistory(name, part, versions);
        if (!history.violations.isEmpty() || configurations > (long) EFFORT * mostConfigurations) {
            return false;
        }
        Linearizability.Result<?> result = history.order(demands, mostConfigurations);
        configurations += result.configurations();
        return result.verdict() == Verdict.NOT_LINEARIZABLE;
    }

    /**
     * Says what is wrong.
     *
     * @param part operations that have no order
     * @param why a reason, if there is a short one
     */
    ValueViolation violation(ValueRule rule, List<ValueOperation> part, String why) {
        StringBuilder text = new StringBuilder(
                "of " + whole.size() + " operations, these " + part.size() + " cannot have come one after the other:");
        if (part.size() > MOST_LISTED) {
            text.append("\n  ").append(part.size() - MOST_LISTED).append(" earlier ones");
        }
        part.stream()
                .skip(Math.max(0, part.size() - MOST_LISTED))
                .forEach(operation -> text.append("\n  ").append(ValueText.of(operation)));
        String twice = twice(part);
        if (twice != null) {
            text.append("\nThey could if ").append(twice).append(" had taken effect twice.");
        }
        if (!why.isEmpty()) {
            text.append("\n").append(why);
        }
        return new ValueViolation(twice == null ? rule : ValueRule.ONCE_AT_MOST, name, text.toString());
    }

    /**
     * The id of a write that was asked for more than once, or whose outcome was not known, with which there is an order if it takes
     * effect a second time.
     */
    private @Nullable String twice(List<ValueOperation> part) {
        if (part.size() > MOST_LISTED) {
            return null;
        }
        List<ValueOperation> closed = withoutConditionsOnOthers(part);
        for (ValueWrite write : new ValueHistory(name, closed, versions).writes) {
            ValueWrite asked = writes.get(write.first.id());
            if (asked != null
                    && asked.isDoubtful()
                    && write.first.value() != null
                    && SecondEffect.explains(closed, write, this::hasOne)) {
                return write.first.id();
            }
        }
        return null;
    }

    private boolean hasOne(List<ValueOperation> part) {
        ValueHistory history = new ValueHistory(name, part, new ValueVersions(part, text -> {}));
        return history.violations.isEmpty()
                && history.order(demands, mostConfigurations).verdict() == Verdict.LINEARIZABLE;
    }

    /** The same, with no condition where the write of what was expected is not part of it. */
    private List<ValueOperation> withoutConditionsOnOthers(List<ValueOperation> part) {
        Set<String> values = new HashSet<>();
        for (ValueOperation operation : part) {
            if (operation instanceof Write write && write.value() != null) {
                values.add(write.value());
            }
        }
        return part.stream()
                .map(operation -> withoutConditionOnOthers(operation, values))
                .toList();
    }

    private ValueOperation withoutConditionOnOthers(ValueOperation operation, Set<String> values) {
        if (!(operation instanceof Write write)
                || write.outcome() instanceof ValueOperation.Outcome.Mismatched
                || !(versions.resolve(write.expected()) instanceof Expected.Value expected)
                || values.contains(expected.value())) {
            return operation;
        }
        return new Write(
                write.life(),
                write.id(),
                write.invokedNanos(),
                write.answeredNanos(),
                write.name(),
                new Expected.Anything(),
                write.value(),
                write.token(),
                write.outcome());
    }
}
