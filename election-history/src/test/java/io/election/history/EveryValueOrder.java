package io.election.history;

import io.election.history.ValueOperation.Content;
import io.election.history.ValueOperation.Expected;
import io.election.history.ValueOperation.Get;
import io.election.history.ValueOperation.Outcome;
import io.election.history.ValueOperation.Read;
import io.election.history.ValueOperation.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether a small history of one name has an order, by trying every one, without any cleverness. Of a write that is asked for again
 * after it was surely not applied it knows nothing.
 */
final class EveryValueOrder {

    /** Something that has to come at one instant, or may, from a time on until it is answered. */
    private record Unit(long from, long by, boolean required, ValueOperation operation) {}

    /** What is there at one point of an order. */
    private record At(@Nullable String value, long token, long index, long version) {}

    private final List<Unit> units = new ArrayList<>();
    private final Map<Long, String> versions = new HashMap<>();
    private final Map<String, Long> versionOf = new HashMap<>();
    private boolean impossible;

    private EveryValueOrder(List<ValueOperation> history) {
        Map<String, List<Write>> writes = new LinkedHashMap<>();
        for (ValueOperation operation : history) {
            if (operation instanceof Write write) {
                writes.computeIfAbsent(write.id(), id -> new ArrayList<>()).add(write);
                if (write.outcome() instanceof Outcome.Applied applied && write.value() != null) {
                    learn(new Content(write.value(), applied.version()));
                } else if (write.outcome() instanceof Outcome.Mismatched mismatched && mismatched.found() != null) {
                    learn(mismatched.found());
                }
            } else if (operation instanceof Read read) {
                learn(read.content());
                units.add(new Unit(read.invokedNanos(), read.answeredNanos(), true, read));
            } else {
                Get get = (Get) operation;
                learn(get.content());
                units.add(new Unit(Long.MIN_VALUE, get.answeredNanos(), true, get));
            }
        }
        writes.values().forEach(this::add);
    }

    private void learn(Content content) {
        if (content.version() != 0) {
            String value = versions.put(content.version(), content.value());
            Long version = versionOf.put(content.value(), content.version());
            impossible |= value != null && !value.equals(content.value());
            impossible |= version != null && version != content.version();
        }
    }

    private void add(List<Write> times) {
        long from = times.stream().mapToLong(Write::invokedNanos).min().orElseThrow();
        Write told = null;
        for (Write time : times) {
            if (time.outcome() instanceof Outcome.NotApplied) {
                return;
            }
            if (!(time.outcome() instanceof Outcome.Unknown)
                    && (told == null || time.answeredNanos() < told.answeredNanos())) {
                told = time;
            }
        }
        units.add(
                told == null
                        ? new Unit(from, Long.MAX_VALUE, false, times.get(0))
                        : new Unit(from, told.answeredNanos(), true, told));
    }

    static boolean exists(List<ValueOperation> history) {
        EveryValueOrder orders = new EveryValueOrder(history);
        return !orders.impossible
                && orders.from(new At(null, Long.MIN_VALUE, 0, 0), new ArrayList<>(List.of("")), 0, Map.of());
    }

    /** Whether the units that are not done can follow. */
    private boolean from(At at, List<String> shown, int done, Map<Long, String> guessed) {
        long firstAnswer = Long.MAX_VALUE;
        boolean all = true;
        for (int i = 0; i < units.size(); i++) {
            if ((done & 1 << i) == 0 && units.get(i).required()) {
                all = false;
                firstAnswer = Math.min(firstAnswer, units.get(i).by());
            }
        }
        if (all) {
            return true;
        }
        for (int i = 0; i < units.size(); i++) {
            if ((done & 1 << i) == 0 && units.get(i).from() <= firstAnswer) {
                Map<Long, String> guesses = new HashMap<>(guessed);
                At next = after(at, shown, units.get(i).operation(), guesses);
                if (next != null) {
                    List<String> shownNext = new ArrayList<>(shown);
                    shownNext.add(next.value());
                    if (from(next, shownNext, done | 1 << i, guesses)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private @Nullable At after(At at, List<String> shown, ValueOperation operation, Map<Long, String> guesses) {
        if (operation instanceof Read read) {
            return is(at.value(), read.content().value()) ? at : null;
        }
        if (operation instanceof Get get) {
            return get.content().value() == null || shown.contains(get.content().value()) ? at : null;
        }
        Write write = (Write) operation;
        long index = index(write.outcome());
        if (index != 0 && index < at.index()) {
            return null;
        }
        long newIndex = index == 0 ? at.index() : index;
        if (write.outcome() instanceof Outcome.Stale) {
            return new At(at.value(), at.token(), newIndex, at.version());
        }
        if (write.outcome() instanceof Outcome.Mismatched mismatched) {
            boolean fits = write.expected() instanceof Expected.Absent && at.value() == null
                    || write.expected() instanceof Expected.Value value && is(at.value(), value.value())
                    || write.expected() instanceof Expected.Version version
                            && versions.containsKey(version.version())
                            && is(at.value(), versions.get(version.version()));
            boolean found = mismatched.found() == null
                    || is(at.value(), mismatched.found().value());
            return !fits && found ? new At(at.value(), at.token(), newIndex, at.version()) : null;
        }
        long version = write.outcome() instanceof Outcome.Applied applied ? applied.version() : 0;
        if (version == 0 && write.value() != null) {
            version = versionOf.getOrDefault(write.value(), 0L);
        }
        boolean tokenFalls = write.token() != Operation.NO_TOKEN && write.token() < at.token();
        if (!fits(at, write.expected(), guesses) || tokenFalls || version != 0 && version < at.version()) {
            return null;
        }
        return new At(
                write.value(),
                write.token() == Operation.NO_TOKEN ? at.token() : write.token(),
                newIndex,
                version == 0 ? at.version() : version);
    }

    private boolean fits(At at, Expected expected, Map<Long, String> guesses) {
        if (expected instanceof Expected.Absent) {
            return at.value() == null;
        }
        if (expected instanceof Expected.Value value) {
            return is(at.value(), value.value());
        }
        if (expected instanceof Expected.Version version) {
            if (versions.containsKey(version.version())) {
                return is(at.value(), versions.get(version.version()));
            }
            if (at.value() == null || versionOf.containsKey(at.value())) {
                return false;
            }
            String other = guesses.putIfAbsent(version.version(), at.value());
            return other == null || other.equals(at.value());
        }
        return true;
    }

    private static boolean is(@Nullable String one, @Nullable String other) {
        return one == null ? other == null : one.equals(other);
    }

    private static long index(Outcome outcome) {
        if (outcome instanceof Outcome.Applied applied) {
            return applied.index();
        }
        if (outcome instanceof Outcome.Mismatched mismatched) {
            return mismatched.index();
        }
        return outcome instanceof Outcome.Stale stale ? stale.index() : 0;
    }
}
