package io.election.history;

import io.election.history.ValueOperation.Content;
import io.election.history.ValueOperation.Expected;
import io.election.history.ValueOperation.Get;
import io.election.history.ValueOperation.Outcome;
import io.election.history.ValueOperation.Read;
import io.election.history.ValueOperation.Write;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Looks for a small part of a history of one name that has no order by itself. First for the earliest answer with which there is none,
 * and then for what can be left out before it. What is left out is such that an order of the whole, if there were one, would be an
 * order of the rest: reads and refusals, and values with all that names them.
 */
final class SmallestPart {

    /** How often the search for an order is asked. */
    private static final int MOST_TRIALS = 400;

    private final ValueVersions versions;
    private final Predicate<List<ValueOperation>> hasNoOrder;
    private int trials;

    /**
     * Prepares.
     *
     * @param versions of the whole history
     * @param hasNoOrder whether a part certainly has no order
     */
    SmallestPart(ValueVersions versions, Predicate<List<ValueOperation>> hasNoOrder) {
        this.versions = versions;
        this.hasNoOrder = hasNoOrder;
    }

    /** A part of a history that has no order, in order of the invocations. */
    List<ValueOperation> of(List<ValueOperation> whole) {
        List<ValueOperation> part = untilTheFirstAnswer(whole);
        List<ValueOperation> clear =
                part.stream().filter(operation -> !isVague(operation)).toList();
        if (clear.size() < part.size() && hasNoOrder.test(clear)) {
            part = clear;
        }
        List<ValueOperation> left;
        do {
            left = part;
            part = withoutWhatIsNotNeeded(part);
        } while (part.size() < left.size() && trials < MOST_TRIALS);
        return part.stream()
                .sorted(Comparator.comparingLong(ValueOperation::invokedNanos))
                .toList();
    }

    // -- the end -------------------------------------------------------------------------------------------------

    private List<ValueOperation> untilTheFirstAnswer(List<ValueOperation> whole) {
        long[] answers = whole.stream()
                .mapToLong(ValueOperation::answeredNanos)
                .filter(nanos -> nanos != Operation.UNANSWERED)
                .sorted()
                .distinct()
                .toArray();
        int low = 0;
        int high = answers.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (hasNoOrder.test(until(whole, answers[middle]))) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        List<ValueOperation> part = high < 0 ? whole : until(whole, answers[high]);
        return hasNoOrder.test(part) ? part : whole;
    }

    /** What was known at a time. */
    private static List<ValueOperation> until(List<ValueOperation> whole, long nanos) {
        List<ValueOperation> part = new ArrayList<>();
        for (ValueOperation operation : whole) {
            if (operation.answeredNanos() <= nanos) {
                part.add(operation);
            } else if (operation.invokedNanos() <= nanos && operation instanceof Write write) {
                part.add(new Write(
                        write.life(),
                        write.id(),
                        write.invokedNanos(),
                        Operation.UNANSWERED,
                        write.name(),
                        write.expected(),
                        write.value(),
                        write.token(),
                        new Outcome.Unknown()));
            }
        }
        return part;
    }

    // -- what is not needed --------------------------------------------------------------------------------------

    /** Leaves out halves, quarters and so on, down to single operations. */
    private List<ValueOperation> withoutWhatIsNotNeeded(List<ValueOperation> whole) {
        List<ValueOperation> part = whole;
        for (int chunk = (whole.size() + 1) / 2; chunk > 0; chunk /= 2) {
            int from = 0;
            while (from < part.size() && trials < MOST_TRIALS) {
                List<ValueOperation> rest = without(part, part.subList(from, Math.min(part.size(), from + chunk)));
                trials++;
                if (rest.size() < part.size() && hasNoOrder.test(rest)) {
                    part = rest;
                } else {
                    from += chunk;
                }
            }
        }
        return part;
    }

    private List<ValueOperation> without(List<ValueOperation> whole, List<ValueOperation> leftOut) {
        boolean keepsValues = whole.stream().anyMatch(this::isVague);
        Set<ValueOperation> operations = new HashSet<>();
        Set<String> removals = new HashSet<>();
        Set<String> values = new HashSet<>();
        for (ValueOperation operation : leftOut) {
            if (!(operation instanceof Write write) || changesNothing(write)) {
                operations.add(operation);
            } else if (!keepsValues && write.value() != null) {
                values.add(write.value());
            } else if (!keepsValues) {
                removals.add(write.id());
            }
        }
        for (boolean more = true; more; ) {
            more = false;
            for (ValueOperation operation : whole) {
                if (operation instanceof Write write && write.value() != null && names(write, values)) {
                    more |= values.add(write.value());
                }
            }
        }
        List<ValueOperation> rest = whole.stream()
                .filter(operation -> !operations.contains(operation) && !names(operation, values))
                .toList();
        Span absence = new Span(rest);
        return rest.stream()
                .filter(operation -> !(operation instanceof Write write
                        && removals.contains(write.id())
                        && rest.stream()
                                .filter(other ->
                                        other instanceof Write time && time.id().equals(write.id()))
                                .allMatch(absence::isUntouchedBy)))
                .toList();
    }

    /** The time in which something needs that nothing is there. A removal that cannot be the reason of any of that can be left out. */
    private static final class Span {

        private final long from;
        private final long to;
        /** What is removed by then is replaced before anything needs that nothing is there. */
        private final long replacedFrom;

        Span(List<ValueOperation> part) {
            List<ValueOperation> needing =
                    part.stream().filter(SmallestPart::needsAbsence).toList();
            from = needing.stream()
                    .mapToLong(ValueOperation::invokedNanos)
                    .min()
                    .orElse(Long.MAX_VALUE);
            to = needing.stream().mapToLong(ValueOperation::answeredNanos).max().orElse(Long.MIN_VALUE);
            replacedFrom = part.stream()
                    .filter(operation -> operation instanceof Write write
                            && write.value() != null
                            && write.outcome() instanceof Outcome.Applied
                            && write.answeredNanos() < from)
                    .mapToLong(ValueOperation::invokedNanos)
                    .max()
                    .orElse(Long.MIN_VALUE);
        }

        boolean isUntouchedBy(ValueOperation removal) {
            boolean isApplied = removal instanceof Write write && write.outcome() instanceof Outcome.Applied;
            return removal.invokedNanos() > to || isApplied && removal.answeredNanos() < replacedFrom;
        }
    }

    /** Whether an operation is a write of one of the values, or is about one. */
    private boolean names(ValueOperation operation, Set<String> values) {
        if (operation instanceof Read read) {
            return isOneOf(read.content(), values);
        }
        if (operation instanceof Get get) {
            return isOneOf(get.content(), values);
        }
        Write write = (Write) operation;
        return write.value() != null && values.contains(write.value())
                || versions.resolve(write.expected()) instanceof Expected.Value expected
                        && values.contains(expected.value())
                || write.outcome() instanceof Outcome.Mismatched mismatched && isOneOf(mismatched.found(), values);
    }

    private static boolean isOneOf(@Nullable Content content, Set<String> values) {
        return content != null && content.value() != null && values.contains(content.value());
    }

    /** Whether it was refused, or removes what is not there. */
    private static boolean changesNothing(Write write) {
        return write.outcome() instanceof Outcome.Mismatched
                || write.outcome() instanceof Outcome.Stale
                || write.outcome() instanceof Outcome.NotApplied
                || write.value() == null && write.expected() instanceof Expected.Absent;
    }

    /**
     * Whether it needs that something is not there, or something that is not known. Then another value may be needed for nothing else
     * than to be there instead.
     */
    private boolean isVague(ValueOperation operation) {
        return operation instanceof Write write
                && (write.outcome() instanceof Outcome.Mismatched mismatched && mismatched.found() == null
                        || versions.resolve(write.expected()) instanceof Expected.Version);
    }

    private static boolean needsAbsence(ValueOperation operation) {
        if (operation instanceof Read read) {
            return read.content().value() == null;
        }
        return operation instanceof Write write
                && (write.expected() instanceof Expected.Absent
                        || write.outcome() instanceof Outcome.Mismatched mismatched
                                && mismatched.found() != null
                                && mismatched.found().value() == null);
    }
}
