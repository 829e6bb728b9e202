package io.election.node;

import io.election.core.LackOfMemory;
import io.election.core.LogKeys;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Writes sentences about one member to the log, on a thread that comes and goes: a log that blocks, on a full pipe or a disk that
 * hangs, must not block the caller.
 *
 * <p>A placeholder with a name, such as {@code {term}}, also becomes the key-value pair {@code election.term}: see
 * {@link LogKeys}. One that begins with a plus, such as {@code {+reason}}, becomes the pair only, and is not part of the sentence.
 * Pairs are made on the log's thread, so that the caller needs no memory for them.
 */
final class LogLines {

    private static final Logger logger = LoggerFactory.getLogger(ElectionNode.class);

    /** Sentences that wait for a slow log, at most; more are counted and left out. */
    private static final int MAX_WAITING = 1024;

    private static final String PREFIX = "election.";
    private static final char ONLY_A_PAIR = '+';

    private final String cluster;
    private final String nodeId;
    private final String who;
    private final boolean silent;
    private final ThreadPoolExecutor lines;
    private final AtomicLong leftOut = new AtomicLong();

    LogLines(String cluster, String nodeId) {
        this(cluster, nodeId, false);
    }

    private LogLines(String cluster, String nodeId, boolean silent) {
        this.silent = silent;
        this.cluster = cluster;
        this.nodeId = nodeId;
        this.who = "Member '" + nodeId + "' of cluster '" + cluster + "'";
        this.lines = new ThreadPoolExecutor(
                1,
                1,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MAX_WAITING),
                line -> {
                    // Whoever says something may be a thread of an application, whose thread-local values stay with it.
                    Thread thread = new Thread(null, line, "election-" + cluster + "-" + nodeId + "-log", 0, false);
                    thread.setDaemon(true);
                    return thread;
                },
                (line, full) -> leftOut.incrementAndGet());
        lines.allowCoreThreadTimeOut(true);
    }

    /** For a rehearsal: says nothing, and does what is done aside on the caller's thread. */
    static LogLines silent(String nodeId) {
        return new LogLines("", nodeId, true);
    }

    /**
     * Says a sentence whose subject is this member.
     *
     * @param predicate the sentence without its subject, with placeholders
     * @param arguments one for each placeholder; one more is an exception, which is logged with its stack trace
     */
    void say(Level level, String predicate, @Nullable Object... arguments) {
        if (silent || !logger.isEnabledForLevel(level)) {
            return;
        }
        aside(() -> {
            try {
                write(level, predicate, arguments);
            } catch (Error failure) {
                leftOut(failure);
            }
            long missing = leftOut.getAndSet(0);
            if (missing > 0) {
                write(
                        Level.WARN,
                        "could not log {count} sentences, because the log was too slow or memory was short.",
                        missing);
            }
        });
    }

    private void write(Level level, String predicate, @Nullable Object... arguments) {
        LoggingEventBuilder line = logger.atLevel(level)
                .addKeyValue(LogKeys.CLUSTER, cluster)
                .addKeyValue(LogKeys.NODE, nodeId)
                .addArgument(who);
        StringBuilder pattern = new StringBuilder("{} ");
        int argument = 0;
        int copied = 0;
        for (int open = predicate.indexOf('{'); open >= 0; open = predicate.indexOf('{', copied)) {
            int close = predicate.indexOf('}', open);
            boolean shown = predicate.charAt(open + 1) != ONLY_A_PAIR;
            String name = predicate.substring(shown ? open + 1 : open + 2, close);
            if (!name.isEmpty()) {
                line = line.addKeyValue(PREFIX + name, arguments[argument]);
            }
            pattern.append(predicate, copied, open);
            if (shown) {
                line = line.addArgument(arguments[argument]);
                pattern.append("{}");
            }
            argument++;
            copied = close + 1;
        }
        pattern.append(predicate, copied, predicate.length());
        if (argument < arguments.length && arguments[argument] instanceof Throwable cause) {
            line = line.setCause(cause);
        }
        line.log(pattern.toString());
    }

    /** A sentence could not be said, or a message not sent, for lack of memory; needs none. */
    void leftOut() {
        leftOut.incrementAndGet();
    }

    /** The same, if that is what failed; anything else is thrown on. Needs no memory. */
    void leftOut(Error failure) {
        if (LackOfMemory.in(failure) == null) {
            throw failure;
        }
        leftOut();
    }

    /** Does work that may log, without holding the caller up. */
    void aside(Runnable work) {
        if (silent) {
            work.run();
            return;
        }
        try {
            lines.execute(work);
        } catch (Error failure) {
            leftOut(failure);
        }
    }

    /** Waits until all that was said so far is in the log, for at most so long. */
    void flush(Duration atMost) throws InterruptedException {
        CountDownLatch written = new CountDownLatch(1);
        lines.execute(written::countDown);
        if (!written.await(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
            leftOut.incrementAndGet();
        }
    }
}
