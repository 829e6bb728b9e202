package io.election.benchmarks.comparison;

import java.util.Arrays;

/** How long single calls took, in microseconds. One thread at a time adds. */
final class Latencies {

    private int[] micros = new int[1024];
    private int count;

    void add(long nanos) {
        if (count == micros.length) {
            micros = Arrays.copyOf(micros, 2 * count);
        }
        micros[count++] = (int) Math.min(Integer.MAX_VALUE, nanos / 1000);
    }

    void addAll(Latencies others) {
        micros = Arrays.copyOf(micros, Math.max(1, count + others.count));
        System.arraycopy(others.micros, 0, micros, count, others.count);
        count += others.count;
    }

    int count() {
        return count;
    }

    /** Number, median, 99th percentile (nearest rank) and maximum, with a blank between. */
    String summary() {
        int[] sorted = Arrays.copyOf(micros, count);
        Arrays.sort(sorted);
        return count + " " + at(sorted, 50) + " " + at(sorted, 99) + " " + at(sorted, 100);
    }

    private static int at(int[] sorted, int percent) {
        int rank = (int) Math.ceil(sorted.length * percent / 100.0);
        return sorted.length == 0 ? 0 : sorted[Math.max(0, rank - 1)];
    }
}
