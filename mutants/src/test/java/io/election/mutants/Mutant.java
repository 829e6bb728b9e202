package io.election.mutants;

import java.util.List;
import java.util.Set;

/**
 * A deliberate defect of the product, one line or a few.
 *
 * @param name unique, and a file's name
 * @param rule the {@linkplain Rule#key() key} of the rule that it breaks
 * @param pitfalls the pitfalls of other engines that it falls into
 * @param defect what is wrong, in words
 * @param area the package below {@code io.election} in which its text stands
 * @param edits what is changed
 * @param ask simple names of the test classes to ask first
 * @param end how its tests are expected to end
 */
record Mutant(
        String name,
        String rule,
        Set<Integer> pitfalls,
        String defect,
        String area,
        List<Edit> edits,
        List<String> ask,
        End end) {

    /**
     * One change of a source.
     *
     * @param old a text that stands in the area once; white space does not matter
     * @param replacement what stands there instead
     */
    record Edit(String old, String replacement) {}

    /** How a test that notices a mutant ends. Any other end than the expected one, or a failed test, counts for nothing. */
    enum End {
        /** A test fails. */
        ASSERTION,
        /** A test may also never end: the mutant is one that loops, or that waits for ever. */
        HANG,
        /** The process of the tests may also end: the mutant is one that takes all memory, or that stops the JVM. */
        DEATH
    }

    /** Whether the code that it changes runs on one thread without a clock, so that tests end the same each time. */
    boolean isDeterministic() {
        return area.equals("core") || area.equals("journal");
    }
}
