package io.election.history;

import io.election.history.ValueOperation.Content;
import io.election.history.ValueOperation.Expected;
import io.election.history.ValueOperation.Outcome;
import io.election.history.ValueOperation.Read;
import io.election.history.ValueOperation.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Whether a history without an order would have one if one of its writes had taken effect a second time. */
final class SecondEffect {

    private SecondEffect() {}

    /**
     * Tries that.
     *
     * @param hasOrder whether operations have an order
     */
    static boolean explains(List<ValueOperation> part, ValueWrite write, Predicate<List<ValueOperation>> hasOrder) {
        String value = String.valueOf(write.first.value());
        long[] reads = part.stream()
                .filter(operation -> operation instanceof Read read
                        && value.equals(read.content().value()))
                .mapToLong(ValueOperation::invokedNanos)
                .sorted()
                .distinct()
                .toArray();
        for (long from : reads) {
            if (hasOrder.test(withSecond(part, write.first, value, from))) {
                return true;
            }
        }
        return false;
    }

    /** The same, with a second write to which all reads from a time on belong. */
    private static List<ValueOperation> withSecond(List<ValueOperation> part, Write write, String value, long from) {
        String second = value + " again";
        List<ValueOperation> changed = new ArrayList<>();
        for (ValueOperation operation : part) {
            if (operation instanceof Read read && value.equals(read.content().value()) && read.invokedNanos() >= from) {
                changed.add(new Read(
                        read.life(), read.invokedNanos(), read.answeredNanos(), read.name(), new Content(second, 0)));
            } else {
                changed.add(operation);
            }
        }
        changed.add(new Write(
                write.life(),
                write.id() + " again",
                write.invokedNanos(),
                Operation.UNANSWERED,
                write.name(),
                new Expected.Anything(),
                second,
                write.token(),
                new Outcome.Unknown()));
        return changed;
    }
}
