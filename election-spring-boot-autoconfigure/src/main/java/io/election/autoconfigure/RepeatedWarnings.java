package io.election.autoconfigure;

import io.election.core.LogKeys;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repeats, while a member runs, warnings that could be overlooked among the lines of a start: once after a minute, and then at an
 * interval. Has no thread of its own.
 */
final class RepeatedWarnings {

    /** From a start to the first repetition. */
    static final Duration FIRST = Duration.ofMinutes(1);

    /** From one repetition to the next. */
    static final Duration EACH = Duration.ofHours(1);

    private static final Logger logger = LoggerFactory.getLogger(RepeatedWarnings.class);

    private final String cluster;
    private final String nodeId;
    private final List<String> warnings;
    private final Duration first;
    private final Duration each;
    private @Nullable CompletableFuture<Void> timer;

    /**
     * Creates it. Nothing is logged before the start.
     *
     * @param cluster the member's cluster
     * @param nodeId the member
     * @param warnings one sentence or more each; may be empty
     */
    RepeatedWarnings(String cluster, String nodeId, List<String> warnings) {
        this(cluster, nodeId, warnings, FIRST, EACH);
    }

    /**
     * Creates it with other times. Nothing is logged before the start.
     *
     * @param cluster the member's cluster
     * @param nodeId the member
     * @param warnings one sentence or more each; may be empty
     * @param first from a start to the first repetition
     * @param each from one repetition to the next
     */
    RepeatedWarnings(String cluster, String nodeId, List<String> warnings, Duration first, Duration each) {
        this.cluster = cluster;
        this.nodeId = nodeId;
        this.warnings = List.copyOf(warnings);
        this.first = first;
        this.each = each;
    }

    synchronized void start() {
        if (timer == null && !warnings.isEmpty()) {
            after(first);
        }
    }

    synchronized void stop() {
        if (timer != null) {
            // Removes it from the JDK's queue of timers.
            timer.cancel(false);
            timer = null;
        }
    }

    private synchronized void after(Duration delay) {
        CompletableFuture<Void> next = new CompletableFuture<>();
        timer = next;
        next.thenRunAsync(() -> repeat(next));
        next.completeOnTimeout(null, delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    private synchronized void repeat(CompletableFuture<Void> due) {
        // Otherwise it was stopped, or started again, meanwhile.
        if (timer == due) {
            for (String warning : warnings) {
                logger.atWarn()
                        .addKeyValue(LogKeys.CLUSTER, cluster)
                        .addKeyValue(LogKeys.NODE, nodeId)
                        .log(warning);
            }
            after(each);
        }
    }
}
