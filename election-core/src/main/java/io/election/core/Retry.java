package io.election.core;

/**
 * When a request that failed is sent again. A connection may break where the member behind it is well, so the first
 * attempts follow soon. They are few: a member that is down costs three more requests each time that it falls silent.
 */
final class Retry {

    /** How many failures in a row are followed by an attempt before the next regular one. */
    private static final int SOON = 3;

    private Retry() {}

    /** Counts a failure. It does not count on for ever. */
    static int oneMore(int failures) {
        return Math.min(failures, SOON) + 1;
    }

    /** Whether the next attempt comes before the regular one, after this number of failures in a row. */
    static boolean isSoon(int failures) {
        return failures <= SOON;
    }

    /**
     * When to send the request again: at once, then after a quarter and after half of the interval, then when it is
     * regularly due.
     *
     * @param failures how many requests have failed in a row
     * @param failedAtNanos when the latest of them failed
     * @param dueNanos when the next one is regularly due
     * @param intervalNanos the time between two regular ones
     */
    static long atNanos(int failures, long failedAtNanos, long dueNanos, long intervalNanos) {
        if (!isSoon(failures)) {
            return dueNanos;
        }
        long soon = failedAtNanos + (failures - 1) * (intervalNanos / 4);
        return soon - dueNanos < 0 ? soon : dueNanos;
    }
}
