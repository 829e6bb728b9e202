package io.election.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message between members. Components are checked when a message is created, so an impossible message never exists.
 */
public sealed interface Message permits Request, Response {

    /** Terms from this one on are impossible: no cluster lives that long (safety rule 14). */
    long TERM_LIMIT = 1L << 40;

    /** Indexes from this one on are impossible, so that incrementing an index never overflows. */
    long INDEX_LIMIT = 1L << 52;

    /** The longest name of a cluster, a member or an incarnation, in characters. */
    int LONGEST_NAME = 128;

    /** The highest number of members of one cluster. */
    int MOST_MEMBERS = 1000;

    /**
     * What every message carries.
     *
     * @return the header
     */
    Header header();

    /**
     * The term of the message: the sender's, or the one in which a candidate stands or would stand.
     *
     * @return the term, or 0 for a ping and its answer
     */
    long term();

    /**
     * Refuses an impossible term.
     *
     * @param term the term in a message
     * @throws IllegalArgumentException if it is negative, or not below {@link #TERM_LIMIT}
     */
    static void checkTerm(long term) {
        if (term < 0 || term >= TERM_LIMIT) {
            throw new IllegalArgumentException("term must be at least 0 and below 2^40, but is " + term);
        }
    }

    /**
     * Refuses an impossible term of a leader or a candidate: no member leads or stands in term 0.
     *
     * @param term the term in a message
     * @throws IllegalArgumentException if it is not positive, or not below {@link #TERM_LIMIT}
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
     * @param field the name of the field, for the exception message
     * @param index the index
     * @throws IllegalArgumentException if it is negative, or not below {@link #INDEX_LIMIT}
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
     * Refuses an impossible position in the election's own log.
     *
     * @param field the name of the field, for the exception message
     * @param position the position
     * @param latest the latest term in which it can have been written
     * @throws IllegalArgumentException if its index is impossible, if its term is later, or if only one of the two is 0
     */
    static void checkPosition(String field, LogPosition position, long latest) {
        if (position.index() < 0 || position.index() >= INDEX_LIMIT) {
            // Only here is the text made: this is checked for every message.
            checkIndex(field + ".index", position.index());
        }
        if ((position.index() == 0) != (position.term() == 0) || position.term() > latest) {
            throw new IllegalArgumentException(
                    field + " must be a place in a log of terms up to " + latest + ", but is " + position);
        }
    }

    /**
     * Refuses an invalid name: one that is blank, too long, or contains characters that cannot be shown or written.
     *
     * @param field the name of the field, for the exception message
     * @param name the name; {@code null} is accepted, for a name that may be absent
     * @throws IllegalArgumentException if the name is invalid
     */
    static void checkName(String field, @Nullable String name) {
        if (name == null) {
            return;
        }
        if (name.isBlank() || name.length() > LONGEST_NAME) {
            throw new IllegalArgumentException(field + " must have 1 to " + LONGEST_NAME
                    + " characters, not all of them blank, but has " + name.length());
        }
        if (hasControl(name) || !isUnicode(name)) {
            throw new IllegalArgumentException(field + " must be text that can be shown");
        }
    }

    /** Refuses ids that no members have, and returns them sorted. */
    static List<String> checkedIds(String field, List<String> ids) {
        if (ids.size() > MOST_MEMBERS || ids.stream().distinct().count() != ids.size()) {
            throw new IllegalArgumentException(
                    field + " must name up to " + MOST_MEMBERS + " different members, but names " + ids.size());
        }
        ids.forEach(id -> checkName(field, id));
        return ids.stream().sorted().toList();
    }

    // Called several times for each message, so without a stream.
    private static boolean hasControl(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (Character.isISOControl(name.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether a text can be written and read back. Half a surrogate pair cannot.
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
