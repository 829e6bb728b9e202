package io.election.history;

import io.election.history.ValueOperation.Content;
import io.election.history.ValueOperation.Expected;
import io.election.history.ValueOperation.Get;
import io.election.history.ValueOperation.Outcome;
import io.election.history.ValueOperation.Read;
import io.election.history.ValueOperation.Write;
import java.util.List;
import java.util.stream.Collectors;

/** Operations on named values, for a person to read. */
final class ValueText {

    private ValueText() {}

    static String of(ValueOperation operation) {
        return operation.life() + " " + what(operation) + " from " + Reign.at(operation.invokedNanos()) + " to "
                + Reign.at(operation.answeredNanos()) + answer(operation);
    }

    static String of(List<? extends ValueOperation> operations) {
        return operations.stream().map(ValueText::of).collect(Collectors.joining(", and "));
    }

    private static String what(ValueOperation operation) {
        if (operation instanceof Read read) {
            return "read " + read.content();
        }
        if (operation instanceof Get get) {
            return "was shown " + get.content()
                    + (get.minIndex() == ValueOperation.NO_INDEX ? "" : " after index " + get.minIndex());
        }
        Write write = (Write) operation;
        return (write.value() == null ? "removed" : "wrote " + new Content(write.value(), ValueOperation.NO_VERSION))
                + expected(write.expected()) + " as " + write.id()
                + (write.token() == Operation.NO_TOKEN ? "" : " under token " + write.token());
    }

    private static String expected(Expected expected) {
        if (expected instanceof Expected.Anything) {
            return "";
        }
        if (expected instanceof Expected.Absent) {
            return " where nothing is";
        }
        return expected instanceof Expected.Value value
                ? " in place of \"" + value.value() + "\""
                : " in place of version " + ((Expected.Version) expected).version();
    }

    private static String answer(ValueOperation operation) {
        if (!(operation instanceof Write write)) {
            return "";
        }
        Outcome outcome = write.outcome();
        if (outcome instanceof Outcome.Applied applied) {
            return ": applied" + index(applied.index())
                    + (applied.version() == ValueOperation.NO_VERSION ? "" : " in version " + applied.version());
        }
        if (outcome instanceof Outcome.Mismatched mismatched) {
            return ": refused" + index(mismatched.index()) + " because something else was there"
                    + (mismatched.found() == null ? "" : ", " + mismatched.found());
        }
        if (outcome instanceof Outcome.Stale stale) {
            return ": refused" + index(stale.index()) + " because of its token";
        }
        return outcome instanceof Outcome.NotApplied ? ": surely not applied" : ": unknown";
    }

    private static String index(long index) {
        return index == ValueOperation.NO_INDEX ? "" : " at index " + index;
    }
}
