package io.election.peer;

import org.jspecify.annotations.Nullable;

/**
 * The text of bytes that come again and again, such as the id of a member, kept so that the next one is not made anew. It holds
 * {@value #KEPT} texts, of {@value #LONGEST} letters at most; one takes the place of another. Whoever sends other texts only makes it
 * useless for a while.
 */
final class Words {

    static final int LONGEST = 64;

    private static final int KEPT = 512;

    /** A string is safe to hand to another thread, so nothing guards this. */
    private static final @Nullable String[] WORDS = new String[KEPT];

    private Words() {}

    /** The text of Latin letters, one in each byte. */
    @SuppressWarnings("deprecation") // It makes a string of bytes that are Latin letters, in one go.
    static String of(byte[] bytes, int from, int until) {
        int length = until - from;
        if (length > LONGEST) {
            return new String(bytes, 0, from, length);
        }
        int hash = 0;
        for (int at = from; at < until; at++) {
            hash = 31 * hash + (bytes[at] & 0xff);
        }
        int place = place(hash);
        for (int i = place; i < place + 2; i++) {
            String kept = WORDS[i];
            if (kept != null && isAt(kept, bytes, from, length)) {
                return kept;
            }
        }
        String word = new String(bytes, 0, from, length);
        // The one that came before keeps the second place.
        WORDS[place + 1] = WORDS[place];
        WORDS[place] = word;
        return word;
    }

    private static boolean isAt(String word, byte[] bytes, int from, int length) {
        if (word.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (word.charAt(i) != (bytes[from + i] & 0xff)) {
                return false;
            }
        }
        return true;
    }

    /** The first of two places in which a text may be. */
    private static int place(int hash) {
        return (hash ^ hash >>> 9 ^ hash >>> 18) & KEPT - 2;
    }
}
