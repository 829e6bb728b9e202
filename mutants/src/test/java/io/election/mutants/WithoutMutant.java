package io.election.mutants;

import io.election.mutants.TestProcess.End;
import io.election.mutants.TestProcess.Result;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What passes without any mutant, and how long each class takes for that. A class is run once, when the first mutant needs it: what
 * no mutant of a run gets to is not run at all.
 */
final class WithoutMutant {

    /** Runs classes without any mutant. */
    interface Unchanged {
        Result ask(Mutant mutant, List<String> asked) throws IOException, InterruptedException;
    }

    private final Unchanged unchanged;
    private final Map<String, Duration> took = new ConcurrentHashMap<>();
    private final Map<String, Object> areas = new ConcurrentHashMap<>();

    WithoutMutant(Unchanged unchanged) {
        this.unchanged = unchanged;
    }

    /**
     * Runs those of the classes that were not run yet.
     *
     * @param mutant one whose module has them
     * @throws IllegalStateException if something fails without a mutant
     */
    void require(Mutant mutant, List<String> types) throws IOException, InterruptedException {
        List<String> missing = missing(types);
        if (missing.isEmpty()) {
            return;
        }
        // Of an engine's package there is one at a time: the second mutant finds done what the first one waited for.
        Object turn = TestClasses.isOfEngine(mutant)
                ? areas.computeIfAbsent(mutant.area(), area -> new Object())
                : new Object();
        synchronized (turn) {
            missing = missing(types);
            if (missing.isEmpty()) {
                return;
            }
            Result result = unchanged.ask(mutant, missing);
            if (!passed(result)) {
                throw new IllegalStateException("without any mutant, already: " + result);
            }
            took.putAll(result.took());
        }
    }

    private List<String> missing(List<String> types) {
        return types.stream().filter(type -> !took.containsKey(type)).toList();
    }

    /** How long a class took; nothing where it was not run. */
    Duration of(String type) {
        return took.getOrDefault(type, Duration.ZERO);
    }

    static boolean passed(Result result) {
        return result.end() == End.DONE && result.failures().isEmpty();
    }
}
