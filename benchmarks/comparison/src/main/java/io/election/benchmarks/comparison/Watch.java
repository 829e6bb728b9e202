package io.election.benchmarks.comparison;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Asks a node again and again whether it leads, and tells whoever started its process on the standard output. Every node is
 * asked in the same way. Times are {@link System#nanoTime()}, which on Linux all processes share:
 *
 * <pre>
 * ready &lt;time&gt;                       it takes part
 * leads &lt;just after the first true answer&gt;
 * lost &lt;just before the last true answer&gt;   also where the process ends while it leads
 * </pre>
 */
final class Watch {

    private static final FileOutputStream lines = new FileOutputStream(FileDescriptor.out);

    private final BooleanSupplier leads;
    private final Duration interval;
    private boolean told;
    private long lastTrue;

    private Watch(BooleanSupplier leads, Duration interval) {
        this.leads = leads;
        this.interval = interval;
    }

    /** Keeps the standard output for this class; what others print goes to the standard error. */
    static void takeOutput() {
        System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
    }

    /** Tells that the node takes part, and begins to ask it. */
    static Watch begin(BooleanSupplier leads, Duration interval) {
        Watch watch = new Watch(leads, interval);
        Thread thread = new Thread(watch::askAgainAndAgain, "watch");
        thread.setDaemon(true);
        thread.start();
        tell("ready " + System.nanoTime());
        return watch;
    }

    private void askAgainAndAgain() {
        while (true) {
            ask();
            LockSupport.parkNanos(interval.toNanos());
        }
    }

    private synchronized void ask() {
        long before = System.nanoTime();
        boolean answer = leads.getAsBoolean();
        if (answer != told) {
            tell(answer ? "leads " + System.nanoTime() : "lost " + lastTrue);
            told = answer;
        }
        if (answer) {
            lastTrue = before;
        }
    }

    /** Asks for the last time, when the node has stopped and its process is about to end. */
    synchronized void end() {
        ask();
        if (told) {
            tell("lost " + lastTrue);
            told = false;
        }
    }

    /** Tells a line; whoever reads it knows what it means. */
    static synchronized void tell(String line) {
        try {
            lines.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException("Nobody reads what this node tells.", e);
        }
    }
}
