package io.election.sample.figures;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Sorted measurements of one unit, of which minimum, median, 90th percentile (nearest rank) and maximum are told. */
public final class Figures {

    private final Unit unit;
    private final long[] sorted;

    private Figures(Unit unit, long[] sorted) {
        this.unit = unit;
        this.sorted = sorted;
    }

    /** In what is measured, and how a person reads it. */
    public enum Unit {
        /** Nanoseconds, read as milliseconds with as many digits as tell something. */
        NANOS {
            @Override
            public String format(long value) {
                return millis(value);
            }
        },
        /** Bytes, read as B, KiB or MiB. */
        BYTES {
            @Override
            public String format(long value) {
                long size = Math.abs(value);
                if (size < 10 * 1024) {
                    return value + " B";
                }
                return size < 1024 * 1024
                        ? String.format(Locale.ROOT, "%.1f KiB", value / 1024.0)
                        : String.format(Locale.ROOT, "%.1f MiB", value / 1048576.0);
            }
        },
        /** How many. */
        COUNT {
            @Override
            public String format(long value) {
                return Long.toString(value);
            }
        };

        /** The value, with its unit. */
        public abstract String format(long value);
    }

    /**
     * Figures of some measurements.
     *
     * @throws IllegalArgumentException if there are none
     */
    public static Figures of(Unit unit, long... values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("values must not be empty");
        }
        long[] sorted = values.clone();
        Arrays.sort(sorted);
        return new Figures(unit, sorted);
    }

    /**
     * Figures of some measurements.
     *
     * @throws IllegalArgumentException if there are none
     */
    public static Figures of(Unit unit, Collection<Long> values) {
        return of(unit, values.stream().mapToLong(Long::longValue).toArray());
    }

    /**
     * The value that at least so many of the measurements do not exceed.
     *
     * @param percent from 0 (the minimum) to 100 (the maximum)
     */
    public long percentile(int percent) {
        int rank = (int) Math.ceil(percent / 100.0 * sorted.length);
        return sorted[Math.max(rank, 1) - 1];
    }

    /** The middle value; of an even number of values the lower one of the two. */
    public long median() {
        return percentile(50);
    }

    public int count() {
        return sorted.length;
    }

    public Unit unit() {
        return unit;
    }

    /** All values, the smallest first. */
    public List<Long> values() {
        return Arrays.stream(sorted).boxed().toList();
    }

    /** A row of a Markdown table: what, how many, minimum, median, 90th percentile, maximum. */
    public String row(String what) {
        return "| " + what + " | " + sorted.length + " | " + told(0) + " | " + told(50) + " | " + told(90) + " | "
                + told(100) + " |";
    }

    /** All values in one line, the smallest first. */
    public String line() {
        return values().stream().map(unit::format).collect(Collectors.joining(", "));
    }

    private String told(int percent) {
        return unit.format(percentile(percent));
    }

    /** Nanoseconds as milliseconds, with as many digits as tell something. */
    public static String millis(long nanos) {
        double millis = nanos / 1e6;
        return String.format(Locale.ROOT, Math.abs(millis) < 100 ? "%.2f ms" : "%.0f ms", millis);
    }

    /** Nanoseconds as seconds. */
    public static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.2f s", nanos / 1e9);
    }
}
