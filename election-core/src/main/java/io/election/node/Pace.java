package io.election.node;

/** Keeps a transfer from taking more bytes in a second than it may. Not for several threads. */
class Pace {

    private static final double SECOND = 1e9;
    private static final long SHORTEST_REST_NANOS = 1_000_000;

    private final long bytesPerSecond;
    private long begunNanos;
    private long bytes;

    Pace(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** A transfer begins, or goes on after a break. */
    void begin() {
        begunNanos = nanos();
        bytes = 0;
    }

    /** So many bytes have come. Waits until more may. */
    void took(long more) throws InterruptedException {
        bytes += more;
        long restNanos = (long) (SECOND * bytes / bytesPerSecond) - (nanos() - begunNanos);
        if (restNanos > SHORTEST_REST_NANOS) {
            rest(restNanos);
        }
    }

    long nanos() {
        return System.nanoTime();
    }

    void rest(long nanos) throws InterruptedException {
        Thread.sleep(nanos / 1_000_000, (int) (nanos % 1_000_000));
    }
}
