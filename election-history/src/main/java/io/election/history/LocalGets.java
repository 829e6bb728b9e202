package io.election.history;

import io.election.history.ValueOperation.Content;
import io.election.history.ValueOperation.Get;
import io.election.history.ValueWrite.Fate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Judges what members show locally: it may be behind, but it never goes back within one life, and it is not behind an index that was
 * awaited. That it was written at all is judged with the reads.
 */
final class LocalGets {

    private final String name;
    private final ValueHistory history;
    private final Map<ValueWrite, ValueReign> reigns = new HashMap<>();
    private final List<ValueWrite> removals;
    private final List<ValueWrite> inLog;
    private final List<ValueViolation> violations = new ArrayList<>();

    private LocalGets(String name, ValueHistory history) {
        this.name = name;
        this.history = history;
        ValueReign.of(history).forEach(reign -> reigns.put(reign.write, reign));
        removals = history.writes.stream()
                .filter(write -> write.first.value() == null && write.mayTakeEffect())
                .toList();
        inLog = history.writes.stream()
                .filter(write -> write.tookEffect() && write.index != ValueOperation.NO_INDEX)
                .sorted(Comparator.comparingLong(write -> write.index))
                .toList();
    }

    /** What is wrong with the gets of a history in which everything that is seen was written. */
    static List<ValueViolation> violations(String name, ValueHistory history) {
        LocalGets check = new LocalGets(name, history);
        Map<Life, List<Get>> lives = new LinkedHashMap<>();
        for (Get get : history.gets) {
            lives.computeIfAbsent(get.life(), life -> new ArrayList<>()).add(get);
            check.awaited(get);
        }
        lives.values().forEach(check::life);
        return check.violations;
    }

    // -- an index that was awaited -------------------------------------------------------------------------------

    private void awaited(Get get) {
        ValueWrite last = lastUpTo(get.minIndex());
        if (last == null) {
            return;
        }
        ValueWrite shown = writeOf(get.content());
        boolean tooOld = shown == null
                ? last.first.value() != null && !mayBeRemovedAfter(last, get)
                : !shown.equals(last) && certainlyBefore(shown, last);
        if (tooOld) {
            violations.add(new ValueViolation(
                    ValueRule.LOCAL_SHOWS_WHAT_WAS_AWAITED,
                    name,
                    ValueText.of(get) + ", but by then this had come: " + last + "."));
        }
    }

    /** The last write up to an index that is known. */
    private @Nullable ValueWrite lastUpTo(long index) {
        int low = 0;
        int high = inLog.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (inLog.get(middle).index <= index) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == 0 ? null : inLog.get(low - 1);
    }

    // -- one life ------------------------------------------------------------------------------------------------

    /** A get of a life, and the value with the greatest version that had been shown by then. */
    private record Shown(Get get, @Nullable Get greatest) {}

    /**
     * Each get is compared with the last one that was answered before it was asked for. Gets that overlap say nothing of each other.
     */
    private void life(List<Get> gets) {
        List<Shown> chain = new ArrayList<>();
        Map<String, Get> gone = new HashMap<>();
        for (Get get : gets.stream()
                .sorted(Comparator.comparingLong(Get::answeredNanos).thenComparing(Get::invokedNanos))
                .toList()) {
            Shown before = lastBefore(chain, get);
            if (before != null) {
                compare(before, gone, get);
            }
            Shown end = chain.isEmpty() ? null : chain.get(chain.size() - 1);
            if (end == null || end == before) {
                String ended = end == null ? null : end.get().content().value();
                if (ended != null && !ended.equals(get.content().value())) {
                    gone.putIfAbsent(ended, get);
                }
                chain.add(new Shown(get, greatest(end, get)));
            }
        }
    }

    private static @Nullable Shown lastBefore(List<Shown> chain, Get get) {
        int i = chain.size() - 1;
        while (i >= 0 && chain.get(i).get().answeredNanos() >= get.invokedNanos()) {
            i--;
        }
        return i < 0 ? null : chain.get(i);
    }

    private static @Nullable Get greatest(@Nullable Shown end, Get get) {
        Get greatest = end == null ? null : end.greatest();
        boolean isGreater =
                greatest == null || get.content().version() > greatest.content().version();
        return isGreater ? get : greatest;
    }

    private void compare(Shown before, Map<String, Get> gone, Get get) {
        Get replaced =
                get.content().value() == null ? null : gone.get(get.content().value());
        Get greatest = before.greatest();
        if (isOlder(get, before.get())) {
            wentBack(get, before.get());
        } else if (replaced != null && replaced.answeredNanos() < get.invokedNanos()) {
            wentBack(get, replaced);
        } else if (greatest != null && isOlder(get, greatest)) {
            wentBack(get, greatest);
        }
    }

    private void wentBack(Get get, Get before) {
        violations.add(new ValueViolation(
                ValueRule.LOCAL_NEVER_GOES_BACK,
                name,
                ValueText.of(get) + ", although before that " + ValueText.of(before) + "."));
    }

    /** Whether a get certainly shows something older than another one did. */
    private boolean isOlder(Get get, Get before) {
        ValueWrite shown = writeOf(get.content());
        ValueWrite shownBefore = writeOf(before.content());
        if (shownBefore == null) {
            return false;
        }
        return shown == null
                ? !mayBeRemovedAfter(shownBefore, get)
                : !shown.equals(shownBefore) && certainlyBefore(shown, shownBefore);
    }

    // -- which is older ------------------------------------------------------------------------------------------

    private @Nullable ValueWrite writeOf(Content content) {
        return content.value() == null ? null : history.writeOf(content.value());
    }

    private boolean certainlyBefore(ValueWrite one, ValueWrite other) {
        long version = history.version(one);
        long otherVersion = history.version(other);
        ValueReign reign = reigns.get(one);
        ValueReign otherReign = reigns.get(other);
        return one.index != ValueOperation.NO_INDEX && other.index != ValueOperation.NO_INDEX && one.index < other.index
                || version != ValueOperation.NO_VERSION
                        && otherVersion != ValueOperation.NO_VERSION
                        && version < otherVersion
                || (reign != null && otherReign != null ? reign.precedes(otherReign) : one.by() < other.from);
    }

    /** Whether a removal may have come after a write and before the end of a get. */
    private boolean mayBeRemovedAfter(ValueWrite write, Get get) {
        for (ValueWrite removal : removals) {
            boolean isBefore = removal.index != ValueOperation.NO_INDEX
                            && write.index != ValueOperation.NO_INDEX
                            && removal.index < write.index
                    || removal.fate == Fate.APPLIED && removal.by() < write.from;
            if (!isBefore && removal.from <= get.answeredNanos()) {
                return true;
            }
        }
        return false;
    }
}
