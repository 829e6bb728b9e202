package io.election.sample.cluster;

import io.election.Leadership;
import io.election.NotLeaderException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.stereotype.Component;

/**
 * Uses its member's leadership as an application would: writes to a {@link FencedFile} under its token, sometimes long after it
 * obtained the token, and asks for confirmations. It adds a line to the member's record for each thing that it does; times are
 * {@link System#nanoTime()}:
 *
 * <pre>
 * writes &lt;just before&gt; &lt;token&gt; &lt;value&gt;                what follows may never be known
 * accepted &lt;just after&gt; &lt;value&gt;
 * refused &lt;just after&gt; &lt;value&gt;
 * read &lt;just before&gt; &lt;just after&gt; &lt;token or -&gt; &lt;value&gt;
 * confirmed &lt;just before&gt; &lt;just after&gt; &lt;token then, or -&gt;
 * not-confirmed &lt;just before&gt; &lt;just after&gt; -
 * </pre>
 */
@Component
@ConditionalOnProperty("sample.resource")
class GuardedWork implements AutoCloseable {

    private static final long BETWEEN_WRITES_NANOS = 20_000_000;
    private static final long BETWEEN_CONFIRMATIONS_NANOS = 100_000_000;
    private static final long LONGEST_DELAY_NANOS = 3_000_000_000L;
    private static final Duration CONFIRMATION_LIMIT = Duration.ofSeconds(2);
    private static final int VALUES_OF_A_PROCESS = 1 << 24;

    private final Leadership leadership;
    private final FencedFile resource;
    private final OutputStream record;
    private volatile boolean running = true;
    private long values;

    GuardedWork(
            Leadership leadership, @Value("${sample.resource}") Path resource, @Value("${sample.record}") Path record)
            throws IOException {
        this.leadership = leadership;
        this.resource = new FencedFile(resource);
        this.record = new FileOutputStream(record.toFile(), true);
        start("guarded-writes", this::write, BETWEEN_WRITES_NANOS);
        start("late-writes", this::writeLate, BETWEEN_WRITES_NANOS);
        start("guarded-reads", this::read, 10 * BETWEEN_WRITES_NANOS);
        start("confirmations", this::confirm, BETWEEN_CONFIRMATIONS_NANOS);
    }

    private interface Use {
        void carryOut() throws IOException;
    }

    private void start(String name, Use use, long pauseNanos) {
        Thread thread = new Thread(
                () -> {
                    while (running) {
                        try {
                            use.carryOut();
                        } catch (IOException e) {
                            if (running) {
                                System.err.println("The guarded work of this member ends: " + e);
                            }
                            return;
                        }
                        LockSupport.parkNanos(pauseNanos);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    private void write() throws IOException {
        long token = token();
        if (token != Recording.NO_TOKEN) {
            write(token);
        }
    }

    /** As work does that goes on after its leadership has ended. */
    private void writeLate() throws IOException {
        long token = token();
        if (token != Recording.NO_TOKEN) {
            LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(LONGEST_DELAY_NANOS));
            write(token);
        }
    }

    private void write(long token) throws IOException {
        long value = nextValue();
        add("writes " + System.nanoTime() + " " + token + " " + value);
        boolean accepted = resource.write(token, value);
        add((accepted ? "accepted " : "refused ") + System.nanoTime() + " " + value);
    }

    /** No other process writes the same. */
    private synchronized long nextValue() {
        return ProcessHandle.current().pid() * VALUES_OF_A_PROCESS + ++values;
    }

    private void read() throws IOException {
        long before = System.nanoTime();
        FencedFile.Content content = resource.read();
        add("read " + before + " " + System.nanoTime() + " " + word(content.token()) + " " + content.value());
    }

    private void confirm() throws IOException {
        if (leadership.isLeader()) {
            long before = System.nanoTime();
            boolean confirmed = leadership.confirm(CONFIRMATION_LIMIT);
            long token = confirmed ? token() : Recording.NO_TOKEN;
            add((confirmed ? "confirmed " : "not-confirmed ") + before + " " + System.nanoTime() + " " + word(token));
        }
    }

    private long token() {
        try {
            return leadership.fencingToken().value();
        } catch (NotLeaderException notNow) {
            return Recording.NO_TOKEN;
        }
    }

    private static String word(long token) {
        return token == Recording.NO_TOKEN ? "-" : String.valueOf(token);
    }

    private synchronized void add(String line) throws IOException {
        record.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Ends the work; a write that is under way may still be carried out. */
    @Override
    public void close() throws IOException {
        running = false;
        resource.close();
        record.close();
    }
}
