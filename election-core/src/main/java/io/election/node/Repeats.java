package io.election.node;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** Keeps what happens again and again from filling the log. Any thread may use it. */
final class Repeats {

    private static final long SILENT_NANOS = Duration.ofMinutes(1).toNanos();
    private static final int MOST = 1024;

    private final Map<String, Long> toldAtNanos = new TreeMap<>();

    /** Whether a thing is to be told: it was not, within the last minute. */
    synchronized boolean isDue(String what) {
        long now = System.nanoTime();
        Long before = toldAtNanos.get(what);
        if (before != null && now - before < SILENT_NANOS) {
            return false;
        }
        if (toldAtNanos.size() >= MOST) {
            toldAtNanos.clear();
        }
        toldAtNanos.put(what, now);
        return true;
    }
}
