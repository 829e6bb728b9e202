package io.election.brokers;

import static org.awaitility.Awaitility.await;

import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.EventListener;

/** What happened on all members of a test, in its order; one test at a time. */
final class Story {

    static final Duration PATIENCE = Duration.ofSeconds(60);

    /** For a cluster whose leader is to lose nothing to a machine that is busy. */
    static final String[] UNHURRIED = {"election.election-timeout=2s", "election.lease-duration=1500ms"};

    private static final List<String> lines = new CopyOnWriteArrayList<>();
    private static volatile @Nullable String held;
    private static volatile CountDownLatch released = new CountDownLatch(0);

    private Story() {}

    static void begin() {
        lines.clear();
        held = null;
        released = new CountDownLatch(0);
    }

    static void tell(String line) {
        lines.add(line);
    }

    static List<String> lines() {
        return List.copyOf(lines);
    }

    static void awaitLine(String part) {
        await().atMost(PATIENCE).until(() -> lines.stream().anyMatch(line -> line.contains(part)));
    }

    /** Until it is closed, also by a test that fails: nothing that waits for the work may then wait for ever. */
    interface Hold extends AutoCloseable {

        @Override
        void close();
    }

    /** From now on this piece of work does not end before {@link #release()}. */
    static Hold hold(String work) {
        released = new CountDownLatch(1);
        held = work;
        return Story::release;
    }

    static void release() {
        released.countDown();
    }

    private static void work(String node, String work) {
        tell(node + " begins " + work);
        if (work.equals(held)) {
            try {
                released.await();
            } catch (InterruptedException e) {
                tell(node + " is interrupted in " + work);
                Thread.currentThread().interrupt();
                return;
            }
        }
        tell(node + " ends " + work);
    }

    /** Tells of one member. */
    record Teller(String node) {

        void process(String work) {
            work(node, work);
        }

        @EventListener
        void elected(LeaderElectedEvent event) {
            tell(node + " is elected");
        }

        @EventListener
        void steppedDown(StepDownEvent event) {
            tell(node + " stepped down");
        }
    }
}
