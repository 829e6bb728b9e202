package io.election.history;

import io.election.history.ValueOperation.Expected;
import io.election.history.ValueOperation.Read;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

    private String begun = "";
    /** It had not ended before. */
    private long lastsTo = Operation.UNKNOWN;

    private String lasting = "";

    private ValueReign(ValueWrite write) {
        this.write = write;
        include(write.from, write.by(), write.toString());
    }

    private void include(long from, long by, String what) {
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
                reign.include(read.invokedNanos(), read.answeredNanos(), ValueText.of(read));
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
                reign.include(other.from, other.by(), other.toString());
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

    /** Why it comes before the other, for a person to read. */
    String why(ValueReign other) {
        return "\"" + write.first.value() + "\" was there before \"" + other.write.first.value()
                + "\", because this had ended: " + begun + "; before this began: " + other.lasting;
    }
}
