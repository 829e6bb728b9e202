package io.election.sample.cluster;

import io.election.FencingToken;
import io.election.Leadership;
import io.election.MemoryUnavailableException;
import io.election.NotLeaderException;
import io.election.ReplicatedStore;
import io.election.ReplicatedValue;
import io.election.StoredValue;
import io.election.WriteResult;
import io.election.Writers;
import io.election.history.Life;
import io.election.history.Operation;
import io.election.history.ValueOperation;
import io.election.history.ValueOperation.Content;
import io.election.history.ValueOperation.Expected;
import io.election.history.ValueOperation.Outcome;
import io.election.history.ValueRecord;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.stereotype.Component;

/**
 * Uses its member's replicated store as an application would, and records each operation ({@link ValueRecord}): writes of the leader, also
 * some that come late, writes of any member with and without a condition, linearizable reads and local ones. A write whose answer is
 * unknown is asked about again. There is another value every few seconds, so that each has a history of a length that can be judged.
 */
@Component
@ConditionalOnProperty({"sample.resource", "sample.writes"})
class StoreWork implements AutoCloseable {

    /** What follows the name of the file of the member's leadership record. */
    static final String SUFFIX = ".store";

    private static final long BETWEEN_NANOS = 50_000_000;
    private static final long LONGEST_DELAY_NANOS = 3_000_000_000L;
    private static final long ANOTHER_VALUE_NANOS = 10_000_000_000L;
    private static final Duration LIMIT = Duration.ofSeconds(2);

    /** Who reads the record knows better whose it is. */
    private static final Life LIFE = new Life("this", 1);

    private final Leadership leadership;
    private final ReplicatedStore store;
    private final OutputStream record;
    private final AtomicLong values = new AtomicLong();
    private volatile long lastIndex;
    private volatile boolean running = true;

    StoreWork(Leadership leadership, ReplicatedStore store, @Value("${sample.record}") Path record) throws IOException {
        this.leadership = leadership;
        this.store = store;
        this.record = new FileOutputStream(record + SUFFIX, true);
        start("leader-values", () -> writeAsLeader(0));
        start("late-values", () -> writeAsLeader(ThreadLocalRandom.current().nextLong(LONGEST_DELAY_NANOS)));
        start("values", this::write);
        start("read-values", this::read);
        start("shown-values", this::get);
    }

    private interface Use {
        void carryOut() throws IOException;
    }

    private void start(String name, Use use) {
        Thread thread = new Thread(
                () -> {
                    while (running) {
                        try {
                            use.carryOut();
                        } catch (IOException e) {
                            if (running) {
                                System.err.println("The use of this member's store ends: " + e);
                            }
                            return;
                        }
                        LockSupport.parkNanos(BETWEEN_NANOS);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    /** All processes of a machine share this clock, so all of them use the same values at a time. */
    private static String name(String kind) {
        return kind + "/" + System.nanoTime() / ANOTHER_VALUE_NANOS;
    }

    /** No other process writes the same. */
    private String next() {
        return ProcessHandle.current().pid() + "-" + values.incrementAndGet();
    }

    private void writeAsLeader(long delayNanos) throws IOException {
        FencingToken token;
        try {
            token = leadership.fencingToken();
        } catch (NotLeaderException notNow) {
            return;
        }
        LockSupport.parkNanos(delayNanos);
        ReplicatedValue<String> value = store.value(name("leader"), String.class);
        String next = next();
        record(value.name(), new Expected.Anything(), next, token.value(), () -> value.set(next, token));
    }

    private void write() throws IOException {
        ReplicatedValue<String> value = store.value(name("any"), String.class, Writers.ANY_MEMBER);
        String next = next();
        switch (ThreadLocalRandom.current().nextInt(8)) {
            case 0 -> record(value.name(), new Expected.Anything(), null, Operation.NO_TOKEN, value::remove);
            case 1, 2 -> record(value.name(), new Expected.Anything(), next, Operation.NO_TOKEN, () -> value.set(next));
            default -> {
                long version = value.get().version();
                record(
                        value.name(),
                        version == 0 ? new Expected.Absent() : new Expected.Version(version),
                        next,
                        Operation.NO_TOKEN,
                        () -> value.compareAndSet(version, next));
            }
        }
    }

    private interface Asked {
        CompletionStage<WriteResult<Long>> ask();
    }

    private void record(String name, Expected expected, @Nullable String value, long token, Asked write)
            throws IOException {
        String id = ProcessHandle.current().pid() + "-" + values.incrementAndGet();
        Asked asked = write;
        for (int attempt = 1; running && asked != null; attempt++) {
            long invoked = System.nanoTime();
            add(ValueRecord.asked(
                    of(id, invoked, Operation.UNANSWERED, name, expected, value, token, new Outcome.Unknown())));
            WriteResult<Long> result = asked.ask().toCompletableFuture().join();
            long answered = System.nanoTime();
            if (result instanceof WriteResult.Applied<Long> applied) {
                lastIndex = Math.max(lastIndex, applied.index());
            }
            add(ValueRecord.answered(
                    of(id, invoked, answered, name, expected, value, token, outcome(result, expected))));
            asked = result instanceof WriteResult.Unknown<Long> unknown && attempt < 3
                    ? () -> store.askAgain(unknown.id())
                    : null;
        }
    }

    private static ValueOperation.Write of(
            String id,
            long invoked,
            long answered,
            String name,
            Expected expected,
            @Nullable String value,
            long token,
            Outcome outcome) {
        return new ValueOperation.Write(LIFE, id, invoked, answered, name, expected, value, token, outcome);
    }

    private static Outcome outcome(WriteResult<Long> result, Expected expected) {
        if (result instanceof WriteResult.Applied<Long> applied) {
            return new Outcome.Applied(applied.index(), applied.result());
        }
        if (result instanceof WriteResult.NotApplied<Long> not) {
            return switch (not.reason()) {
                case CONFLICT -> new Outcome.Mismatched(not.index(), null);
                case STALE_TOKEN -> new Outcome.Stale(not.index());
                default -> new Outcome.NotApplied();
            };
        }
        return new Outcome.Unknown();
    }

    private String either() {
        return name(ThreadLocalRandom.current().nextBoolean() ? "leader" : "any");
    }

    private void read() throws IOException {
        String name = either();
        long before = System.nanoTime();
        StoredValue<String> stored = answer(store.value(name, String.class).read(LIMIT));
        if (stored != null) {
            add(ValueRecord.line(new ValueOperation.Read(LIFE, before, System.nanoTime(), name, content(stored))));
        }
    }

    private void get() throws IOException {
        String name = either();
        long minIndex = ThreadLocalRandom.current().nextBoolean() ? lastIndex : ValueOperation.NO_INDEX;
        long before = System.nanoTime();
        ReplicatedValue<String> value = store.value(name, String.class);
        StoredValue<String> stored =
                minIndex == ValueOperation.NO_INDEX ? value.get() : answer(value.get(minIndex, LIMIT));
        if (stored != null) {
            add(ValueRecord.line(
                    new ValueOperation.Get(LIFE, before, System.nanoTime(), name, content(stored), minIndex)));
        }
    }

    private static Content content(StoredValue<String> stored) {
        return stored.isPresent() ? new Content(stored.value(), stored.version()) : Content.ABSENT;
    }

    /** What a read says, or {@code null} if it could not be answered. */
    private static @Nullable StoredValue<String> answer(CompletionStage<StoredValue<String>> read) {
        try {
            return read.toCompletableFuture().join();
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof MemoryUnavailableException) {
                return null;
            }
            throw failed;
        }
    }

    private synchronized void add(String line) throws IOException {
        record.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Ends the work; a write that is under way may still be carried out. */
    @Override
    public void close() throws IOException {
        running = false;
        record.close();
    }
}
