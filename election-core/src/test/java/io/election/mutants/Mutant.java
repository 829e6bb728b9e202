package io.election.mutants;

import java.util.List;
import java.util.Set;

/**
 * A deliberate defect of the product, one line or a few.
 *
 * @param name unique, and a file's name
 * @param rule the safety rule that it breaks
 * @param pitfalls the pitfalls of other engines that it falls into
 * @param defect what is wrong, in words
 * @param area the package below {@code io.election} in which its text stands
 * @param edits what is changed
 * @param ask simple names of the test classes to ask first
 */
record Mutant(
        String name, int rule, Set<Integer> pitfalls, String defect, String area, List<Edit> edits, List<String> ask) {

    /**
     * One change of a source.
     *
     * @param old a text that stands in the area once; white space does not matter
     * @param replacement what stands there instead
     */
    record Edit(String old, String replacement) {}
}
