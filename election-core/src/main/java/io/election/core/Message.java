package io.election.core;

import org.jspecify.annotations.Nullable;

/** What members say to each other. Components are checked when a message is made, so an impossible one never exists. */
public sealed interface Message permits Request, Response {

    /** Terms from here on are impossible: no cluster lives that long (safety rule 14). */
    long TERM_LIMIT = 1L << 40;

    /** Indexes from here on are impossible, so that counting on from one never overflows. */
    long INDEX_LIMIT = 1L << 52;

    /** The longest name of a cluster, a member or an incarnation, in characters. */
    int LONGEST_NAME = 128;

    /** Members of one cluster, at most. */
    int MOST_MEMBERS = 1000;

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

    /**
     * Refuses an impossible term of a leader or a candidate: nobody leads, or stands, in term 0.
     *
     * @param term the term in a message
     * @throws IllegalArgumentException if it is not positive, or beyond {@link #TERM_LIMIT}
     */
    static void checkOwnTerm(long term) {
        checkTerm(term);
        if (term < 1) {
            throw new IllegalArgumentException("term must be positive, but is " + term);
        }
    }

    /**
     * Refuses an impossible index.
     *
     * @param field what it is, for the message
     * @param index the index
     * @throws IllegalArgumentException if it is negative or beyond {@link #INDEX_LIMIT}
     */
    static void checkIndex(String field, long index) {
        if (index < 0) {
            throw new IllegalArgumentException(field + " must not be negative, but is " + index);
        }
        if (index >= INDEX_LIMIT) {
            throw new IllegalArgumentException(field + " must be below 2^52, but is " + index);
        }
    }

    /**
     * Refuses an impossible place in the election's own log.
     *
     * @param field what it is, for the message
     * @param position the place
     * @param latest the latest term that can have written it
     * @throws IllegalArgumentException if its index is impossible, or its term later, or only one of the two is 0
     */
    static void checkPosition(String field, LogPosition position, long latest) {
        checkIndex(field + ".index", position.index());
        if ((position.index() == 0) != (position.term() == 0) || position.term() > latest) {
            throw new IllegalArgumentException(
                    field + " must be a place in a log of terms up to " + latest + ", but is " + position);
        }
    }

    /**
     * Refuses what is no name: it is empty, too long, or holds what cannot be shown or written down.
     *
     * @param field what it is, for the message
     * @param name the name, or {@code null} where it may be absent
     * @throws IllegalArgumentException if it is none
     */
    static void checkName(String field, @Nullable String name) {
        if (name == null) {
            return;
        }
        if (name.isBlank() || name.length() > LONGEST_NAME) {
            throw new IllegalArgumentException(field + " must have 1 to " + LONGEST_NAME
                    + " characters, not all of them blank, but has " + name.length());
        }
        if (name.chars().anyMatch(Character::isISOControl) || !isUnicode(name)) {
            throw new IllegalArgumentException(field + " must be text that can be shown");
        }
    }

    /**
     * Whether a text can be written down and read again: half a surrogate pair cannot.
     *
     * @param text any text
     * @return {@code true} if it is Unicode
     */
    static boolean isUnicode(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (!Character.isHighSurrogate(text.charAt(i))
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }
}
