package io.election.history;

import io.election.history.ValueOperation.Content;
import io.election.history.ValueOperation.Outcome;
import io.election.history.ValueOperation.Write;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A write with all the times that it was asked for. It takes effect once at most, so all that was told of it is of one instant.
 */
final class ValueWrite {

    /** What is known of a write. */
    enum Fate {
        /** It took effect. */
        APPLIED,
        /** It was judged and refused, because something else was there. */
        MISMATCHED,
        /** It was judged and refused, because of its token. */
        STALE,
        /** It did not take effect and never will. */
        NEVER,
        /** It may take effect, at any time after {@link ValueWrite#from}, or never. */
        OPEN
    }

    /** As it was first asked for. */
    final Write first;

    /** The times that it was asked for, in order. */
    final List<Write> attempts;

    final Fate fate;

    /** It does not take effect, and is not judged, before. */
    final long from;

    /** Where it is in the log, or {@link ValueOperation#NO_INDEX}. */
    final long index;

    /** What was there instead of what was expected, if that is known. */
    final @Nullable Content found;

    /** Why what was told cannot all be so; {@code null} if it can. */
    final @Nullable String contradiction;

    /** It has taken effect by then, or was judged, if it ever is; {@link Operation#UNANSWERED} if there is no such time. */
    private long by = Operation.UNANSWERED;

    /** Somebody saw that it had taken effect. */
    private boolean seen;

    ValueWrite(List<Write> times) {
        attempts = times.stream()
                .sorted(Comparator.comparingLong(Write::invokedNanos))
                .toList();
        first = attempts.get(0);
        List<Write> told = attempts.stream().filter(ValueWrite::isJudged).toList();
        List<Write> possible = attempts.stream().filter(this::isPossible).toList();
        from = possible.isEmpty() ? Operation.UNANSWERED : possible.get(0).invokedNanos();
        if (told.isEmpty()) {
            fate = possible.isEmpty() ? Fate.NEVER : Fate.OPEN;
            index = ValueOperation.NO_INDEX;
            found = null;
            contradiction = null;
            return;
        }
        Outcome outcome = told.get(0).outcome();
        fate = outcome instanceof Outcome.Applied
                ? Fate.APPLIED
                : outcome instanceof Outcome.Mismatched ? Fate.MISMATCHED : Fate.STALE;
        by = told.stream().mapToLong(Write::answeredNanos).min().orElseThrow();
        index = told.stream().mapToLong(time -> index(time.outcome())).max().orElseThrow();
        found = told.stream()
                .map(time -> time.outcome() instanceof Outcome.Mismatched mismatched ? mismatched.found() : null)
                .filter(content -> content != null)
                .findFirst()
                .orElse(null);
        contradiction = contradiction(told);
    }

    private @Nullable String contradiction(List<Write> told) {
        Write one = told.get(0);
        for (Write other : told) {
            if (!agree(one.outcome(), other.outcome())
                    || index(other.outcome()) != index && index(other.outcome()) != 0) {
                return "it was judged twice: " + ValueText.of(one) + "; " + ValueText.of(other);
            }
        }
        for (Write other : attempts) {
            if (other.outcome() instanceof Outcome.NotApplied && from > by) {
                return ValueText.of(one) + ", but also " + ValueText.of(other);
            }
        }
        return null;
    }

    private static boolean agree(Outcome one, Outcome other) {
        if (one instanceof Outcome.Applied applied && other instanceof Outcome.Applied again) {
            return agree(applied.version(), again.version()) && agree(applied.index(), again.index());
        }
        if (one instanceof Outcome.Mismatched mismatched && other instanceof Outcome.Mismatched again) {
            return agree(mismatched.index(), again.index())
                    && (mismatched.found() == null
                            || again.found() == null
                            || mismatched.found().equals(again.found()));
        }
        return one instanceof Outcome.Stale stale
                && other instanceof Outcome.Stale again
                && agree(stale.index(), again.index());
    }

    private static boolean agree(long one, long other) {
        return one == other || one == 0 || other == 0;
    }

    private static boolean isJudged(Write time) {
        return !(time.outcome() instanceof Outcome.Unknown || time.outcome() instanceof Outcome.NotApplied);
    }

    /**
     * Whether a write may take effect by having been asked for at that time. An answer "surely not applied" is of all times that it was
     * asked for until then, but for one that overlaps and had another answer.
     */
    private boolean isPossible(Write time) {
        return attempts.stream()
                .noneMatch(other -> other.outcome() instanceof Outcome.NotApplied
                        && (other.equals(time)
                                || other.invokedNanos() >= time.invokedNanos()
                                        && !(isJudged(time) && time.answeredNanos() > other.invokedNanos())));
    }

    private static long index(Outcome outcome) {
        if (outcome instanceof Outcome.Applied applied) {
            return applied.index();
        }
        if (outcome instanceof Outcome.Mismatched mismatched) {
            return mismatched.index();
        }
        return outcome instanceof Outcome.Stale stale ? stale.index() : ValueOperation.NO_INDEX;
    }

    /** The version that a client was told, or {@link ValueOperation#NO_VERSION}. */
    long toldVersion() {
        return attempts.stream()
                .mapToLong(time -> time.outcome() instanceof Outcome.Applied applied ? applied.version() : 0)
                .max()
                .orElseThrow();
    }

    /** Whether it took effect, as a client was told or somebody saw. */
    boolean tookEffect() {
        return fate == Fate.APPLIED || fate == Fate.OPEN && seen;
    }

    /** Whether it may take effect. */
    boolean mayTakeEffect() {
        return fate == Fate.APPLIED || fate == Fate.OPEN;
    }

    /** Whether it was asked for more than once, or a client did not learn what became of it. */
    boolean isDoubtful() {
        return attempts.size() > 1 || attempts.get(0).outcome() instanceof Outcome.Unknown;
    }

    long by() {
        return by;
    }

    /**
     * Somebody saw by then that it had taken effect.
     *
     * @return whether that was not known
     */
    boolean see(long nanos) {
        boolean isNew = !seen || nanos < by;
        seen = true;
        by = Math.min(by, nanos);
        return isNew;
    }

    @Override
    public String toString() {
        return attempts.size() == 1
                ? ValueText.of(first)
                : ValueText.of(first) + " (asked for " + attempts.size() + " times)";
    }
}
