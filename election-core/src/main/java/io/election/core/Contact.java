package io.election.core;

import org.jspecify.annotations.Nullable;

/**
 * Where a member can be reached, and how willing it is to lead, as it says itself. A hint: nothing that is safe depends on it.
 *
 * @param url where the other members reach it
 * @param appUrl where clients reach its application, or {@code null} if it does not say
 * @param priority the order in which members stand: higher before lower
 */
public record Contact(String url, @Nullable String appUrl, int priority) {

    /** The longest url, in characters. */
    public static final int LONGEST_URL = 2048;

    public Contact {
        checkUrl("url", url);
        if (appUrl != null) {
            checkUrl("appUrl", appUrl);
        }
    }

    private static void checkUrl(String what, String url) {
        if (url.isEmpty() || url.length() > LONGEST_URL) {
            throw new IllegalArgumentException(
                    what + " must have 1 to " + LONGEST_URL + " characters, but has " + url.length());
        }
    }

    /** About how many bytes it takes to hold this. */
    long weight() {
        return 16L + url.length() + (appUrl == null ? 0 : appUrl.length());
    }
}
