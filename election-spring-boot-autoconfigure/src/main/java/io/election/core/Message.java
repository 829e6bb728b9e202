package io.election.core;

/** What members say to each other. Components are checked when a message is made, so an impossible one never exists. */
public sealed interface Message permits Request, Response {

    /** Terms from here on are impossible: no cluster lives that long (safety rule 14). */
    long TERM_LIMIT = 1L << 40;

    /**
     * What every message carries.
     *
     * @return the header
     */
    Header header();

    /**
     * The term that the message speaks of: the sender's, or the one a candidate would stand in.
     *
     * @return the term
     */
    long term();

    /**
     * Refuses an impossible term.
     *
     * @param term the term in a message
     * @throws IllegalArgumentException if it is negative or beyond {@link #TERM_LIMIT}
     */
    static void checkTerm(long term) {
        if (term < 0 || term >= TERM_LIMIT) {
            throw new IllegalArgumentException("term must be at least 0 and below 2^40, but is " + term);
        }
    }
}
