package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.core.Response;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a thread waits for the reply to a request. */
@Timeout(120)
class HeldRequestTests {

    private static final long LONG = TimeUnit.MINUTES.toNanos(10);

    private final HeldRequest held = new HeldRequest();
    private final Response reply = Messages.answer(Messages.heartbeat(Peers.CLUSTER, "a", "b", 1));

    @Test
    void aReplyThatIsThereAlreadyIsNotWaitedFor() throws InterruptedException {
        held.accept(reply);
        Thread.currentThread().interrupt();
        assertThat(held.await(LONG)).isSameAs(reply);
        assertThat(Thread.interrupted()).as("left for whoever waits next").isTrue();
    }

    @Test
    void aReplyWakesTheThreadThatWaits() throws InterruptedException {
        AtomicReference<@Nullable Response> got = new AtomicReference<>();
        Thread waiting = waiting(got);
        held.accept(reply);
        waiting.join();
        assertThat(got).hasValue(reply);
    }

    @Test
    void anEndWakesTheThreadThatWaitsWithoutAReply() throws InterruptedException {
        AtomicReference<@Nullable Response> got = new AtomicReference<>(reply);
        Thread waiting = waiting(got);
        held.end();
        held.accept(reply);
        waiting.join();
        assertThat(got).hasNullValue();
        assertThat(held.isOutOfTime()).isFalse();
    }

    private Thread waiting(AtomicReference<@Nullable Response> got) {
        Thread thread = new Thread(() -> {
            try {
                got.set(held.await(LONG));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        thread.start();
        await().atMost(Duration.ofMinutes(1)).until(() -> thread.getState() == Thread.State.TIMED_WAITING);
        return thread;
    }

    @Test
    void aReplyThatComesAfterItsTimeIsNone() throws InterruptedException {
        assertThat(held.await(1)).isNull();
        held.accept(reply);
        held.end();
        assertThat(held.isOutOfTime()).isTrue();
        assertThat(held.await(LONG)).isNull();
    }

    @Test
    void anInterruptEndsTheWait() throws InterruptedException {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Thread thread = new Thread(() -> {
            try {
                held.await(LONG);
            } catch (InterruptedException e) {
                failure.set(e);
            }
        });
        thread.start();
        await().atMost(Duration.ofMinutes(1)).until(() -> thread.getState() == Thread.State.TIMED_WAITING);
        thread.interrupt();
        thread.join();
        assertThat(failure.get()).isInstanceOf(InterruptedException.class);
    }
}
