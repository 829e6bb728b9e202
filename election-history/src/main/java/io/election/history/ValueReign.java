package io.election.history;

import io.election.history.ValueOperation.Expected;
import io.election.history.ValueOperation.Read;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The time in which one value was there, as far as it was seen. It is one span, as the value is written once. The write and all reads
 * of it lie within. So of two values the one comes wholly before the other if anything of it was answered before anything of the other
 * was asked for (Gibbons and Korach, "Testing Shared Memories", 1997).
 */
final class ValueReign {

    final ValueWrite write;
    /** It had begun by then. */
    private long begunBy = Operation.UNANSWERED;

    /** Why. */
    private List<? extends ValueOperation> begun = List.of();
    /** It had not ended before. */
    private long lastsTo = Operation.UNKNOWN;

    /** Why. */
    private List<? extends ValueOperation> lasting = List.of();

    private ValueReign(ValueWrite write) {
        this.write = write;
        include(write.from, write.by(), write.attempts);
    }

    private void include(long from, long by, List<? extends ValueOperation> what) {
        if (by < begunBy) {
            begunBy = by;
            begun = what;
        }
        if (from > lastsTo) {
            lastsTo = from;
            lasting = what;
        }
    }

    /** All values of a history that certainly were there, in the order of their writes. */
    static List<ValueReign> of(ValueHistory history) {
        Map<ValueWrite, ValueReign> reigns = new HashMap<>();
        List<ValueReign> inOrder = new ArrayList<>();
        for (ValueWrite write : history.writes) {
            if (write.tookEffect() && write.first.value() != null) {
                ValueReign reign = new ValueReign(write);
                reigns.put(write, reign);
                inOrder.add(reign);
            }
        }
        for (Read read : history.reads) {
            ValueReign reign = reigns.get(writeOf(history, read.content().value()));
            if (reign != null) {
                reign.include(read.invokedNanos(), read.answeredNanos(), List.of(read));
            }
        }
        for (ValueWrite other : history.writes) {
            String value = other.found != null
                    ? other.found.value()
                    : other.tookEffect() && history.resolve(other.first.expected()) instanceof Expected.Value expected
                            ? expected.value()
                            : null;
            ValueReign reign = reigns.get(writeOf(history, value));
            if (reign != null) {
                reign.include(other.from, other.by(), other.attempts);
            }
        }
        return inOrder;
    }

    private static @Nullable ValueWrite writeOf(ValueHistory history, @Nullable String value) {
        return value == null ? null : history.writeOf(value);
    }

    /** Whether all of it certainly comes before the other. */
    boolean precedes(ValueReign other) {
        return begunBy < other.lastsTo;
    }

    /** What shows that it comes before the other: operations that had ended, and such as began only then. By the writes if they do. */
    private Signs before(ValueReign other) {
        boolean byWrite = begunBy < other.write.from;
        long from = byWrite ? other.write.from : other.lastsTo;
        return new Signs(write.by() < from ? write.attempts : begun, byWrite ? other.write.attempts : other.lasting);
    }

    private record Signs(List<? extends ValueOperation> ended, List<? extends ValueOperation> began) {}

    /** Two values of which each comes before the other, so that there is no order. */
    record Conflict(ValueReign one, ValueReign other) {

        /** Operations that show it, in the order of their invocations. */
        List<ValueOperation> operations() {
            Signs first = one.before(other);
            Signs second = other.before(one);
            Stream<ValueOperation> operations = Stream.of(
                            one.write.attempts,
                            other.write.attempts,
                            first.ended(),
                            first.began(),
                            second.ended(),
                            second.began())
                    .flatMap(List::stream);
            return operations
                    .distinct()
                    .sorted(Comparator.comparingLong(ValueOperation::invokedNanos))
                    .toList();
        }

        /** Why, for a person to read. */
        String why() {
            return why(one, other) + ".\nBut " + why(other, one) + ".";
        }

        private static String why(ValueReign one, ValueReign other) {
            Signs signs = one.before(other);
            return "\"" + one.write.first.value() + "\" was there before \"" + other.write.first.value()
                    + "\", because this had ended: " + ValueText.of(signs.ended()) + "; before this began: "
                    + ValueText.of(signs.began());
        }
    }

    /** The earliest such two. */
    static Optional<Conflict> conflict(ValueHistory history) {
        List<ValueReign> reigns = of(history);
        long earliest = Long.MAX_VALUE;
        Conflict conflict = null;
        for (int i = 1; i < reigns.size(); i++) {
            ValueReign other = reigns.get(i);
            for (int j = 0; j < i; j++) {
                ValueReign one = reigns.get(j);
                long latest = Math.max(one.lastsTo, other.lastsTo);
                if (latest < earliest && one.precedes(other) && other.precedes(one)) {
                    earliest = latest;
                    conflict = new Conflict(one, other);
                }
            }
        }
        return Optional.ofNullable(conflict);
    }
}
