package io.election.history;

import io.election.history.ValueOperation.Content;
import io.election.history.ValueOperation.Expected;
import io.election.history.ValueOperation.Get;
import io.election.history.ValueOperation.Outcome;
import io.election.history.ValueOperation.Read;
import io.election.history.ValueOperation.Write;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Which version of a name stands for which value, as far as anybody was told. */
final class ValueVersions {

    private final Map<Long, String> values = new HashMap<>();
    private final Map<String, Long> versions = new HashMap<>();

    /**
     * Learns what a history says.
     *
     * @param operations on one name
     * @param contradictions is told where a version stands for two values, or the other way round
     */
    ValueVersions(List<ValueOperation> operations, Consumer<String> contradictions) {
        for (ValueOperation operation : operations) {
            Content told = told(operation);
            if (told != null && told.value() != null && told.version() != ValueOperation.NO_VERSION) {
                String other = values.putIfAbsent(told.version(), told.value());
                Long otherVersion = versions.putIfAbsent(told.value(), told.version());
                if (other != null && !other.equals(told.value())) {
                    contradictions.accept(
                            ValueText.of(operation) + ", but that version was that of \"" + other + "\".");
                } else if (otherVersion != null && otherVersion != told.version()) {
                    contradictions.accept(
                            ValueText.of(operation) + ", but that value was in version " + otherVersion + ".");
                }
            }
        }
    }

    private static @Nullable Content told(ValueOperation operation) {
        if (operation instanceof Read read) {
            return read.content();
        }
        if (operation instanceof Get get) {
            return get.content();
        }
        Write write = (Write) operation;
        if (write.outcome() instanceof Outcome.Applied applied && write.value() != null) {
            return new Content(write.value(), applied.version());
        }
        return write.outcome() instanceof Outcome.Mismatched mismatched ? mismatched.found() : null;
    }

    /** The version of a value, or {@link ValueOperation#NO_VERSION}. */
    long of(@Nullable String value) {
        return value == null ? ValueOperation.NO_VERSION : versions.getOrDefault(value, ValueOperation.NO_VERSION);
    }

    /** The same condition, by the value instead of the version if that is known. */
    Expected resolve(Expected expected) {
        String value = expected instanceof Expected.Version version ? values.get(version.version()) : null;
        return value == null ? expected : new Expected.Value(value);
    }
}
