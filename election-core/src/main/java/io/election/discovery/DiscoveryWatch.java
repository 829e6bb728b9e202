package io.election.discovery;

import io.election.core.LogKeys;
import io.election.discovery.Discovered.State;
import io.election.discovery.MemberDiscovery.Address;
import io.election.discovery.MemberDiscovery.Answer;
import io.election.discovery.MemberDiscovery.Found;
import io.election.discovery.MemberDiscovery.Nobody;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Asks a {@link MemberDiscovery} again and again, on a thread of its own, and keeps what it said last. A question that takes
 * long, or for ever, holds up nobody. What was found is kept while the service fails, with its age. The log says when the
 * addresses change, and when the service fails or finds nobody.
 */
public final class DiscoveryWatch implements AutoCloseable {

    private static final Logger logger = LoggerFactory.getLogger(DiscoveryWatch.class);

    /** Between two questions, also where somebody is in a hurry, and after one that found nobody. */
    private static final long LEAST_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How long the log says nothing of a failure whose reason is another one each time. */
    private static final long SILENT_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final String cluster;
    private final String nodeId;
    private final MemberDiscovery source;
    private final long cacheNanos;
    private final Consumer<Discovered> listener;
    private final LongSupplier nanoTime;
    private final Thread thread;

    private final Object wish = new Object();
    private boolean wanted;
    private boolean closed;

    private volatile Known known = new Known(State.NOT_ASKED, null, 0, null);

    // Of the watch's thread alone.
    private String told = "";
    private long toldAtNanos;
    private long badSinceNanos;

    /** The latest answer with the time when it came, and how the latest question ended. */
    private record Known(
            State state,
            @Nullable Answer answer,
            long answeredAtNanos,
            @Nullable String problem) {

        SortedSet<Address> addresses() {
            return answer instanceof Found found ? found.addresses() : Collections.emptySortedSet();
        }
    }

    /**
     * Creates a watch that asks nothing yet.
     *
     * @param cluster the cluster's name, for the log
     * @param nodeId this member's id, for the log
     * @param source what is asked
     * @param cache for how long an answer is used before the service is asked again, in time that really passes
     * @param listener is told after each question, on the watch's thread; must neither block nor throw
     * @param nanoTime a monotonic clock in nanoseconds, by which an answer becomes old
     */
    public DiscoveryWatch(
            String cluster,
            String nodeId,
            MemberDiscovery source,
            Duration cache,
            Consumer<Discovered> listener,
            LongSupplier nanoTime) {
        if (cache.isNegative() || cache.isZero()) {
            throw new IllegalArgumentException("cache must be longer than 0, but is " + cache);
        }
        this.cluster = cluster;
        this.nodeId = nodeId;
        this.source = source;
        this.cacheNanos = cache.toNanos();
        this.listener = listener;
        this.nanoTime = nanoTime;
        this.thread = new Thread(this::run, "election-" + cluster + "-" + nodeId + "-discovery");
        thread.setDaemon(true);
    }

    /** Begins to ask. */
    public void start() {
        thread.start();
    }

    /**
     * What is known now. Never blocks.
     *
     * @return addresses with their age, and how the latest question ended
     */
    public Discovered latest() {
        Known latest = known;
        Answer answer = latest.answer();
        return new Discovered(
                latest.state(),
                latest.addresses(),
                answer instanceof Found found ? found.name() : null,
                answer == null ? null : Duration.ofNanos(Math.max(0, nanoTime.getAsLong() - latest.answeredAtNanos())),
                answer == null ? null : answer.maxAge(),
                latest.problem());
    }

    /** Asks as soon as possible, whatever is remembered, though not within a second of the question before. Never blocks. */
    public void askSoon() {
        synchronized (wish) {
            wanted = true;
            wish.notifyAll();
        }
    }

    /** Asks nothing any more. Does not wait for a question that is under way. */
    @Override
    public void close() {
        synchronized (wish) {
            closed = true;
            wish.notifyAll();
        }
        thread.interrupt();
    }

    private void run() {
        try {
            while (true) {
                try {
                    ask();
                } catch (OutOfMemoryError unsaid) {
                    // There was no memory for what came of it. It is asked again.
                }
                boolean good = known.state() == State.FOUND;
                if (!awaitNext(good ? cacheNanos : Math.min(cacheNanos, LEAST_INTERVAL_NANOS))) {
                    return;
                }
            }
        } catch (InterruptedException stopped) {
            // Only a close interrupts this thread.
        }
    }

    /** Whether there is a next question; returns when it is due. */
    private boolean awaitNext(long intervalNanos) throws InterruptedException {
        long begun = System.nanoTime();
        synchronized (wish) {
            while (!closed) {
                long left = (wanted ? Math.min(LEAST_INTERVAL_NANOS, intervalNanos) : intervalNanos)
                        - (System.nanoTime() - begun);
                if (left <= 0) {
                    wanted = false;
                    return true;
                }
                TimeUnit.NANOSECONDS.timedWait(wish, left);
            }
            return false;
        }
    }

    /** Asks once, and says what came of it. */
    void ask() throws InterruptedException {
        Known before = known;
        Known now;
        try {
            Answer answer = source.find();
            long at = nanoTime.getAsLong();
            now = answer instanceof Nobody nobody
                    ? new Known(State.NOBODY, answer, at, nobody.reason())
                    : new Known(State.FOUND, answer, at, null);
        } catch (InterruptedException stopped) {
            throw stopped;
        } catch (Exception | Error failure) {
            now = new Known(State.FAILED, before.answer(), before.answeredAtNanos(), reason(failure));
        }
        synchronized (wish) {
            if (closed) {
                return;
            }
        }
        known = now;
        tell(before, now);
        listener.accept(latest());
    }

    private static String reason(Throwable failure) {
        String message = failure.getMessage();
        return failure instanceof IOException && message != null && !message.isBlank()
                ? message
                : String.valueOf(failure);
    }

    // ------------------------------------------------------------------------------------------------ the log

    private void tell(Known before, Known now) {
        long at = nanoTime.getAsLong();
        if (now.state() == State.FOUND) {
            if (before.state() == State.FAILED) {
                line(Level.INFO)
                        .addKeyValue(LogKeys.DURATION, TimeUnit.NANOSECONDS.toMillis(at - badSinceNanos))
                        .log(
                                "Member '{}' of cluster '{}' has an answer about {} again, after {} s.",
                                nodeId,
                                cluster,
                                source.describe(),
                                TimeUnit.NANOSECONDS.toSeconds(at - badSinceNanos));
            }
            told = "";
            tellOfAddresses(before, now);
            return;
        }
        if (before.state() != State.FAILED) {
            badSinceNanos = at;
        }
        String what = now.state() + " " + now.problem();
        boolean anotherState = !told.startsWith(now.state() + " ");
        if (anotherState || !told.equals(what) && at - toldAtNanos >= SILENT_NANOS) {
            told = what;
            toldAtNanos = at;
            if (now.state() == State.NOBODY) {
                tellOfNobody(now);
            } else {
                tellOfFailure(now, at);
            }
        }
    }

    private void tellOfNobody(Known now) {
        line(Level.WARN)
                .addKeyValue(LogKeys.REASON, now.problem())
                .log(
                        "Member '{}' of cluster '{}' finds nobody under {}: {}. It keeps asking.",
                        nodeId,
                        cluster,
                        source.describe(),
                        now.problem());
    }

    private void tellOfFailure(Known now, long at) {
        line(Level.WARN)
                .addKeyValue(LogKeys.REASON, now.problem())
                .log(
                        "Member '{}' of cluster '{}' cannot ask for {}: {}. {} It keeps asking.",
                        nodeId,
                        cluster,
                        source.describe(),
                        now.problem(),
                        now.addresses().isEmpty()
                                ? "It knows no addresses."
                                : "It goes on with the " + now.addresses().size() + " addresses of "
                                        + TimeUnit.NANOSECONDS.toSeconds(at - now.answeredAtNanos()) + " s ago.");
    }

    private void tellOfAddresses(Known before, Known now) {
        SortedSet<Address> added = without(now.addresses(), before.addresses());
        SortedSet<Address> gone = without(before.addresses(), now.addresses());
        String name = now.answer() instanceof Found found ? found.name() : null;
        if (before.addresses().isEmpty()) {
            line(Level.INFO)
                    .addKeyValue(LogKeys.COUNT, added.size())
                    .log(
                            "Member '{}' of cluster '{}' has found {} addresses under {}{}: {}.",
                            nodeId,
                            cluster,
                            added.size(),
                            source.describe(),
                            name == null ? "" : ", which is '" + name + "'",
                            text(added));
        } else if (!added.isEmpty() || !gone.isEmpty()) {
            line(Level.INFO)
                    .addKeyValue(LogKeys.COUNT, now.addresses().size())
                    .log(
                            "Member '{}' of cluster '{}' finds other addresses under {}: {}{}{}. There are {} now.",
                            nodeId,
                            cluster,
                            source.describe(),
                            added.isEmpty() ? "" : text(added) + (added.size() == 1 ? " is new" : " are new"),
                            added.isEmpty() || gone.isEmpty() ? "" : ", ",
                            gone.isEmpty() ? "" : text(gone) + (gone.size() == 1 ? " is gone" : " are gone"),
                            now.addresses().size());
        }
    }

    private static SortedSet<Address> without(SortedSet<Address> all, SortedSet<Address> some) {
        SortedSet<Address> left = new TreeSet<>(all);
        left.removeAll(some);
        return left;
    }

    private static String text(SortedSet<Address> addresses) {
        return addresses.stream().map(Address::toString).collect(Collectors.joining(", "));
    }

    private LoggingEventBuilder line(Level level) {
        return logger.atLevel(level).addKeyValue(LogKeys.CLUSTER, cluster).addKeyValue(LogKeys.NODE, nodeId);
    }
}
