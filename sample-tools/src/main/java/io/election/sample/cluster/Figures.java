package io.election.sample.cluster;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.LongFunction;

/** Sorted measurements, of which minimum, median, 90th percentile (nearest rank) and maximum are told. */
final class Figures {

    private final long[] sorted;

    private Figures(long[] sorted) {
        this.sorted = sorted;
    }

    static Figures of(long... values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("values must not be empty");
        }
        long[] sorted = values.clone();
        Arrays.sort(sorted);
        return new Figures(sorted);
    }

    /**
     * The value that at least so many of the measurements do not exceed.
     *
     * @param percent from 0 (the minimum) to 100 (the maximum)
     */
    long percentile(int percent) {
        int rank = (int) Math.ceil(percent / 100.0 * sorted.length);
        return sorted[Math.max(rank, 1) - 1];
    }

    /** A row of a Markdown table: what, how many, minimum, median, 90th percentile, maximum. */
    String row(String what, LongFunction<String> format) {
        return "| " + what + " | " + sorted.length + " | " + format.apply(percentile(0)) + " | "
                + format.apply(percentile(50)) + " | " + format.apply(percentile(90)) + " | "
                + format.apply(percentile(100)) + " |";
    }

    /** Nanoseconds, as a person reads them: milliseconds with as many digits as tell something. */
    static String millis(long nanos) {
        double millis = nanos / 1e6;
        return String.format(Locale.ROOT, Math.abs(millis) < 100 ? "%.2f ms" : "%.0f ms", millis);
    }

    static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.2f s", nanos / 1e9);
    }
}
