package io.election.history;

import io.election.history.Linearizability.Call;
import io.election.history.ValueModel.Act;
import io.election.history.ValueModel.Place;
import io.election.history.ValueOperation.Expected;
import io.election.history.ValueOperation.Get;
import io.election.history.ValueOperation.Read;
import io.election.history.ValueOperation.Write;
import io.election.history.ValueWrite.Fate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The history of one named value: which write each value is of, what became of the writes as far as somebody saw it, and whether
 * there is an order of all.
 */
final class ValueHistory {

    /**
     * What has to hold in an order beside times and values.
     *
     * @param log whether log indexes and versions have to rise
     * @param tokens whether tokens must not fall
     */
    record Demands(boolean log, boolean tokens) {}

    final List<ValueWrite> writes = new ArrayList<>();
    final List<Read> reads = new ArrayList<>();
    final List<Get> gets = new ArrayList<>();
    /** What is wrong without looking for an order. */
    final List<ValueViolation> violations = new ArrayList<>();

    private final String name;
    private final ValueVersions versions;
    private final Map<String, ValueWrite> byValue = new HashMap<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    /** Writes that were seen, with what they expected still to be looked at. */
    private final Deque<ValueWrite> seen = new ArrayDeque<>();
    /** Values that should not have been seen, and were said to be. */
    private final Set<String> reported = new HashSet<>();

    /**
     * Sorts operations, and finds what is wrong without looking for an order.
     *
     * @param operations on that name
     * @param versions which are known, of this history or one that it is a part of
     */
    ValueHistory(String name, List<ValueOperation> operations, ValueVersions versions) {
        this.name = name;
        this.versions = versions;
        Map<String, List<Write>> attempts = new LinkedHashMap<>();
        for (ValueOperation operation : operations) {
            if (operation instanceof Read read) {
                reads.add(read);
            } else if (operation instanceof Get get) {
                gets.add(get);
            } else {
                Write write = (Write) operation;
                attempts.computeIfAbsent(write.id(), id -> new ArrayList<>()).add(write);
            }
        }
        attempts.values().forEach(times -> add(new ValueWrite(times)));
        look();
    }

    private void add(ValueWrite write) {
        writes.add(write);
        String value = write.first.value();
        if (write.contradiction != null) {
            found(ValueRule.ONCE_AT_MOST, write.contradiction + ".");
        }
        if (value != null) {
            ValueWrite other = byValue.put(value, write);
            if (other != null) {
                throw new IllegalArgumentException("value \"" + value + "\" of " + name + " is written by "
                        + other.first.id() + " and " + write.first.id() + "; each write must write another one");
            }
            numbers.put(value, numbers.size() + 1);
        }
    }

    private void found(ValueRule rule, String explanation) {
        violations.add(new ValueViolation(rule, name, explanation));
    }

    // -- what was seen -------------------------------------------------------------------------------------------

    private void look() {
        reads.forEach(read -> saw(read.content().value(), read.answeredNanos(), ValueText.of(read)));
        gets.forEach(get -> saw(get.content().value(), get.answeredNanos(), ValueText.of(get)));
        for (ValueWrite write : writes) {
            if (write.found != null) {
                saw(write.found.value(), write.by(), write.toString());
            }
            if (write.fate == Fate.APPLIED) {
                seen.add(write);
            }
        }
        while (!seen.isEmpty()) {
            ValueWrite write = seen.remove();
            if (versions.resolve(write.first.expected()) instanceof Expected.Value expected) {
                saw(expected.value(), write.by(), write.toString());
            }
        }
        oneSuccessor();
    }

    /** Somebody saw by a time that a value had been written. */
    private void saw(@Nullable String value, long nanos, String who) {
        if (value == null) {
            return;
        }
        ValueWrite write = byValue.get(value);
        if (write != null && write.mayTakeEffect() && write.from <= nanos) {
            if (write.see(nanos)) {
                seen.add(write);
            }
        } else if (reported.add(value)) {
            found(
                    write == null || write.mayTakeEffect()
                            ? ValueRule.ONLY_WHAT_WAS_WRITTEN
                            : ValueRule.REFUSED_IS_NEVER_SEEN,
                    who + ", but "
                            + (write == null
                                    ? "nobody wrote \"" + value + "\"."
                                    : write.mayTakeEffect() ? "only later " + write + "." : write + "."));
        }
    }

    /** No two writes replace one value. */
    private void oneSuccessor() {
        Map<Expected, ValueWrite> successors = new HashMap<>();
        for (ValueWrite write : writes) {
            Expected expected = versions.resolve(write.first.expected());
            if (write.tookEffect() && (expected instanceof Expected.Value || expected instanceof Expected.Version)) {
                ValueWrite other = successors.putIfAbsent(expected, write);
                if (other != null) {
                    found(
                            ValueRule.ONE_AFTER_THE_OTHER,
                            "Two writes took the place of the same one: " + other + "; " + write + ".");
                }
            }
        }
    }

    // -- what is known -------------------------------------------------------------------------------------------

    @Nullable ValueWrite writeOf(String value) {
        return byValue.get(value);
    }

    /** The version that a write made, or {@link ValueOperation#NO_VERSION}. */
    long version(ValueWrite write) {
        return Math.max(write.toldVersion(), versions.of(write.first.value()));
    }

    Expected resolve(Expected expected) {
        return versions.resolve(expected);
    }

    // -- an order ------------------------------------------------------------------------------------------------

    /** Looks for an order of all operations. */
    Linearizability.Result<Act> order(Demands demands, int mostConfigurations) {
        List<Call<Act>> calls = calls(demands);
        boolean[] versionIsKnown = new boolean[numbers.size() + 1];
        versionIsKnown[ValueModel.ABSENT] = true;
        numbers.forEach((value, number) -> versionIsKnown[number] = versions.of(value) != ValueOperation.NO_VERSION);
        ValueModel model = new ValueModel(calls.stream().map(Call::operation).toList(), versionIsKnown);
        return Linearizability.check(model, calls, mostConfigurations);
    }

    private List<Call<Act>> calls(Demands demands) {
        Places inLog = new Places(demands.log(), write -> isJudged(write) ? write.index : 0);
        Places inVersions = new Places(demands.log(), write -> write.tookEffect() ? version(write) : 0);
        long[] tokens = writes.stream()
                .filter(ValueWrite::tookEffect)
                .mapToLong(write -> write.first.token())
                .filter(token -> token != Operation.NO_TOKEN)
                .sorted()
                .toArray();
        boolean anyChance = writes.stream().anyMatch(this::isVague);
        List<ValueWrite> unwanted = unwanted();
        boolean absenceMatters = anyChance || anybodyNeedsAbsence();
        List<Call<Act>> calls = new ArrayList<>();
        for (ValueWrite write : writes) {
            Place place = inLog.of(write);
            boolean changes = write.tookEffect()
                    || write.fate == Fate.OPEN && (write.first.value() == null ? absenceMatters : anyChance);
            if (changes) {
                long token = demands.tokens() ? write.first.token() : Operation.NO_TOKEN;
                calls.add(new Call<>(
                        write.from,
                        write.by(),
                        new Act(
                                needs(versions.resolve(write.first.expected())),
                                ValueModel.NONE,
                                number(write.first.value()),
                                token,
                                write.tookEffect(),
                                token == Operation.NO_TOKEN ? 0 : lower(tokens, token),
                                place,
                                inVersions.of(write),
                                mayMakeWay(write, unwanted))));
            } else if (write.fate == Fate.MISMATCHED || write.fate == Fate.STALE) {
                int needs = write.found == null ? ValueModel.ANY : number(write.found.value());
                int excludes = write.fate == Fate.STALE
                        ? ValueModel.NONE
                        : Math.max(ValueModel.NONE, needs(versions.resolve(write.first.expected())));
                calls.add(new Call<>(write.from, write.by(), unchanging(needs, excludes, place)));
            }
        }
        for (Read read : reads) {
            calls.add(new Call<>(
                    read.invokedNanos(),
                    read.answeredNanos(),
                    unchanging(number(read.content().value()), ValueModel.NONE, Place.NOWHERE)));
        }
        return calls;
    }

    private static Act unchanging(int needs, int excludes, Place place) {
        return new Act(needs, excludes, ValueModel.NONE, Operation.NO_TOKEN, true, 0, place, Place.NOWHERE, false);
    }

    private static boolean isJudged(ValueWrite write) {
        return write.tookEffect() || write.fate == Fate.MISMATCHED || write.fate == Fate.STALE;
    }

    /** Whether it needs that some value is not there, or one that is not known. Then writes that nobody saw may matter. */
    private boolean isVague(ValueWrite write) {
        int needs = needs(versions.resolve(write.first.expected()));
        return write.fate == Fate.MISMATCHED && write.found == null && needs >= ValueModel.ABSENT
                // One that may have removed what nobody saw, if somebody wrote that.
                || (write.tookEffect() || write.fate == Fate.OPEN && write.first.value() == null)
                        && needs == ValueModel.OF_UNKNOWN_VERSION;
    }

    /** The writes of what some refusal needs not to be there. */
    private List<ValueWrite> unwanted() {
        Set<Integer> excluded = writes.stream()
                .filter(write -> write.fate == Fate.MISMATCHED)
                .map(write -> needs(versions.resolve(write.first.expected())))
                .collect(Collectors.toSet());
        return writes.stream()
                .filter(write -> write.mayTakeEffect() && excluded.contains(number(write.first.value())))
                .toList();
    }

    /** Whether a write may take effect just after one whose value some refusal needs not to be there. */
    private static boolean mayMakeWay(ValueWrite write, List<ValueWrite> unwanted) {
        return unwanted.stream().anyMatch(other -> other.from <= write.by() && write.from <= other.by());
    }

    private boolean anybodyNeedsAbsence() {
        return reads.stream().anyMatch(read -> read.content().value() == null)
                || writes.stream()
                        .anyMatch(write -> write.found != null && write.found.value() == null
                                || write.tookEffect() && write.first.expected() instanceof Expected.Absent);
    }

    private int needs(Expected expected) {
        if (expected instanceof Expected.Anything) {
            return ValueModel.ANY;
        }
        if (expected instanceof Expected.Absent) {
            return ValueModel.ABSENT;
        }
        return expected instanceof Expected.Value value ? number(value.value()) : ValueModel.OF_UNKNOWN_VERSION;
    }

    private int number(@Nullable String value) {
        return value == null ? ValueModel.ABSENT : numbers.getOrDefault(value, ValueModel.NEVER);
    }

    private static int lower(long[] sorted, long key) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sorted[middle] < key) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The order of the writes by a number that some of them have. */
    private final class Places {

        private final ToLongFunction<ValueWrite> key;
        private final long[] sorted;

        Places(boolean demanded, ToLongFunction<ValueWrite> key) {
            this.key = demanded ? key : write -> 0;
            sorted = writes.stream()
                    .mapToLong(this.key)
                    .filter(number -> number != 0)
                    .sorted()
                    .toArray();
        }

        Place of(ValueWrite write) {
            long number = key.applyAsLong(write);
            if (number == 0) {
                return Place.NOWHERE;
            }
            int before = lower(sorted, number);
            return new Place(before, lower(sorted, number + 1) - before);
        }
    }
}
