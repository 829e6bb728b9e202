package io.election.mutants;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The last known state of what should only become less, as {@code report-baseline.txt} has it. A run prints the number there
 * and its own, and fails if its own is higher.
 *
 * @param seeds with how many of the simulator's seeds it was made; a run with fewer cannot be compared
 * @param onlyByTests mutants of the core that tests of the core catch and no judge does
 * @param rulesWithoutAMutant rules that no mutant breaks
 */
record Baseline(int seeds, Set<String> onlyByTests, Set<String> rulesWithoutAMutant) {

    static final Baseline NONE = new Baseline(0, Set.of(), Set.of());

    /** Reads lines of a key, a colon and a value. The script that runs everything reads the other keys. */
    static Baseline read(Path file) {
        int seeds = 0;
        Set<String> onlyByTests = new LinkedHashSet<>();
        Set<String> rules = new LinkedHashSet<>();
        try {
            for (String line : Files.readAllLines(file)) {
                if (line.isBlank() || line.startsWith("#")) {
                    continue;
                }
                int colon = line.indexOf(": ");
                String key = line.substring(0, Math.max(colon, 0));
                String value = line.substring(colon + 2).trim();
                switch (key) {
                    case "seeds" -> seeds = Integer.parseInt(value);
                    case "only-by-tests" -> onlyByTests.add(value);
                    case "rule-without-a-mutant" -> rules.add(value);
                    case "fault-kind-not-reached" -> {
                        // Of real processes, which are no matter of mutants.
                    }
                    default ->
                        throw new IllegalArgumentException(file + ": '" + line
                                + "' begins with none of seeds, only-by-tests, rule-without-a-mutant,"
                                + " fault-kind-not-reached");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Baseline(seeds, onlyByTests, rules);
    }
}
