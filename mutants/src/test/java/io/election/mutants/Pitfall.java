package io.election.mutants;

import org.jspecify.annotations.Nullable;

/**
 * What went wrong in other engines' elections.
 *
 * @param number counts them
 * @param text which engines, and what happened
 * @param notHere why it cannot be built in here, or {@code null} if it can, and some mutant must do so
 */
record Pitfall(int number, String text, @Nullable String notHere) {}
