package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class StartedThreadsTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final AtomicInteger runs = new AtomicInteger();
    private final CountDownLatch end = new CountDownLatch(1);

    /** Ends by an error twice, then waits for the test. */
    private void work() {
        if (runs.incrementAndGet() < 3) {
            throw new AssertionError("of this test");
        }
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Thread start(StartedThreads threads) {
        AtomicReference<Thread> started = new AtomicReference<>();
        threads.run(() -> {
            Thread thread = new Thread(this::work, "made by somebody else");
            started.set(thread);
            thread.start();
        });
        return started.get();
    }

    @Test
    void aThreadThatEndsByAnErrorBeginsAnew() {
        StartedThreads threads = new StartedThreads(new PeerThreads("orders", "a"), "of a test", true);
        Thread thread = start(threads);
        await().atMost(PATIENCE).until(() -> runs.get() == 3);
        assertThat(threads.started()).isSameAs(thread);
        assertThat(thread.isDaemon()).isTrue();
        end.countDown();
        await().atMost(PATIENCE).until(() -> !thread.isAlive());
        assertThat(threads.started()).isNull();
    }

    @Test
    void aThreadThatIsNotToBeginAnewHasEnded() throws InterruptedException {
        StartedThreads threads = new StartedThreads(new PeerThreads("orders", "a"), "of a test", false);
        start(threads).join(PATIENCE.toMillis());
        assertThat(runs).hasValue(1);
        assertThat(threads.started()).isNull();
    }

    @Test
    void nothingBeginsAnewOnceItIsClosed() {
        StartedThreads threads = new StartedThreads(new PeerThreads("orders", "a"), "of a test", true);
        threads.close();
        Thread thread = start(threads);
        await().atMost(PATIENCE).until(() -> !thread.isAlive());
        assertThat(runs).hasValue(1);
    }

    @Test
    void whatItRunsFailsForTheCaller() {
        assertThatIllegalStateException()
                .isThrownBy(() -> new StartedThreads(new PeerThreads("orders", "a"), "of a test", true).run(() -> {
                    throw new IllegalStateException("of this test");
                }));
    }
}
