package io.election.sample.cluster;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.Leadership;
import io.election.NotLeaderException;
import io.election.StepDownEvent;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Asks {@link Leadership#isLeader()} some ten thousand times a second and writes to a file when the answer changes, so that
 * the records of several processes can be laid side by side: did two ever lead at once? How long did nobody? Costs a part
 * of a processor, unless {@code sample.record-interval} makes it ask less often; only for demonstrations and measurements.
 *
 * <p>One line for each thing that happens; times are {@link System#nanoTime()}, which on Linux all processes share:
 *
 * <pre>
 * leader true &lt;just after a first true answer&gt; &lt;fencing token&gt;   the token is part of that answer
 * still &lt;just before a later true answer&gt;                    about every 10 ms
 * leader false &lt;just before the last true answer&gt; &lt;just after the first false answer&gt;
 * asked &lt;time&gt; &lt;how often so far&gt;                          about every second
 * woke &lt;time&gt; &lt;nanoseconds it stood still&gt; &lt;first answer&gt;   after a pause longer than the lease
 * elected &lt;when the listener ran&gt; &lt;term&gt; &lt;fencing token&gt;
 * stepped-down &lt;when the listener ran&gt; &lt;term&gt; &lt;reason&gt;
 * leader-changed &lt;when the listener ran&gt; &lt;term&gt; &lt;leader or -&gt;
 * end &lt;time&gt;                                                   only if the application was closed
 * </pre>
 *
 * A leadership is thus never recorded longer than it was: whatever overlaps in the records did overlap. One that was lost and
 * regained while nobody asked is recorded as two.
 */
@Component
@ConditionalOnProperty("sample.record")
class LeadershipRecorder implements AutoCloseable {

    private static final long STILL_NANOS = 10_000_000;
    private static final long ASKED_NANOS = 1_000_000_000;
    /** No leadership is lost and regained in less. */
    private static final long REGAINED_NANOS = 1_000_000;

    private static final long CLOSE_MILLIS = 1_000;

    private final Leadership leadership;
    private final long leaseNanos;
    private final long intervalNanos;
    private final OutputStream file;
    private final Thread thread;
    private volatile boolean running = true;

    LeadershipRecorder(
            Leadership leadership,
            @Value("${sample.record}") Path file,
            @Value("${election.lease-duration:750ms}") Duration lease,
            @Value("${sample.record-interval:50us}") Duration interval)
            throws IOException {
        this.leadership = leadership;
        this.leaseNanos = lease.toNanos();
        this.intervalNanos = interval.toNanos();
        this.file = new FileOutputStream(file.toFile(), true);
        this.thread = new Thread(this::watch, "leadership-recorder");
        thread.setDaemon(true);
        thread.start();
    }

    private void watch() {
        boolean leads = false;
        String token = "";
        long lastTrue = 0;
        long lastStill = 0;
        long lastAsked = System.nanoTime();
        long answers = 0;
        long pause = 0;
        long previous = System.nanoTime();
        while (running) {
            long before = System.nanoTime();
            boolean answer = leadership.isLeader();
            long after = System.nanoTime();
            answers++;
            pause = Math.max(pause, before - previous);
            if (pause > leaseNanos) {
                write("woke " + before + " " + pause + " " + answer);
            }
            if (answer && leads && after - previous > REGAINED_NANOS && !token.equals(token())) {
                write("leader false " + lastTrue + " " + before);
                leads = false;
            }
            // A pause inside the call leaves open when the answer was found; the next one is the first after it.
            pause = after - before;
            if (answer && !leads) {
                token = token();
                // Not before the token was had: it might be that of a later leadership than the answer's.
                write("leader true " + System.nanoTime() + " " + token);
                lastStill = before;
            } else if (!answer && leads) {
                write("leader false " + lastTrue + " " + after);
            } else if (answer && before - lastStill > STILL_NANOS) {
                write("still " + before);
                lastStill = before;
            }
            if (answer) {
                lastTrue = before;
            }
            if (after - lastAsked > ASKED_NANOS) {
                write("asked " + after + " " + answers);
                lastAsked = after;
            }
            leads = answer;
            previous = after;
            LockSupport.parkNanos(intervalNanos);
        }
        if (leads) {
            write("leader false " + lastTrue + " " + System.nanoTime());
        }
        write("asked " + System.nanoTime() + " " + answers);
        write("end " + System.nanoTime());
    }

    private String token() {
        try {
            return leadership.fencingToken().toString();
        } catch (NotLeaderException lostAtOnce) {
            return "-";
        }
    }

    @EventListener
    void elected(LeaderElectedEvent event) {
        write("elected " + System.nanoTime() + " " + event.term() + " " + event.fencingToken());
    }

    @EventListener
    void steppedDown(StepDownEvent event) {
        write("stepped-down " + System.nanoTime() + " " + event.term() + " " + event.reason());
    }

    @EventListener
    void changed(LeaderChangedEvent event) {
        String leader = event.leaderId() == null ? "-" : event.leaderId();
        write("leader-changed " + System.nanoTime() + " " + event.term() + " " + leader);
    }

    private synchronized void write(String line) {
        try {
            file.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("The record cannot be written.", e);
        }
    }

    /** Ends the record; the election has stopped by then. */
    @Override
    public void close() throws IOException, InterruptedException {
        running = false;
        thread.join(CLOSE_MILLIS);
        file.close();
    }
}
