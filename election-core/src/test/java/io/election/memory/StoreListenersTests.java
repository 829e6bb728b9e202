package io.election.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.ListenerRegistration;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Who listens to changes, and on which thread. */
class StoreListenersTests {

    private static final Duration LONG = Duration.ofMinutes(1);

    private final StoreListeners listeners = new StoreListeners("test-values", new MemoryLog("orders", "a"));
    private final List<String> told = new CopyOnWriteArrayList<>();

    StoreListenersTests() {
        listeners.start();
    }

    private void change(String value) {
        listeners.changed(value);
        listeners.wake();
    }

    @Test
    void aListenerRunsOnAnotherThreadThanTheOneThatApplies() {
        List<Thread> threads = new CopyOnWriteArrayList<>();
        listeners.add("x", () -> threads.add(Thread.currentThread()));
        change("x");
        await().atMost(LONG).until(() -> threads.size() == 1);
        assertThat(threads.get(0)).isNotSameAs(Thread.currentThread());
    }

    @Test
    void changesThatComeWhileAListenerRunsAreToldTogether() throws Exception {
        CountDownLatch goesOn = new CountDownLatch(1);
        Thread caller = Thread.currentThread();
        listeners.add("x", () -> {
            told.add("x");
            try {
                // Whoever calls it on its own thread is not held up by it, and fails the test.
                if (Thread.currentThread() != caller) {
                    goesOn.await(LONG.toSeconds(), TimeUnit.SECONDS);
                }
            } catch (InterruptedException torn) {
                told.add(String.valueOf(torn));
            }
        });
        change("x");
        await().atMost(LONG).until(() -> told.size() == 1);
        for (int i = 0; i < 100; i++) {
            // Returns although the listener does not.
            change("x");
        }
        goesOn.countDown();
        listeners.add("end", () -> told.add("end"));
        await().atMost(LONG).until(() -> told.size() == 2);
        change("end");
        await().atMost(LONG).until(() -> told.contains("end"));
        assertThat(told).containsExactly("x", "x", "end");
    }

    @Test
    void aListenerThatThrowsIsCalledAgainAndKeepsNobodyFromListening() {
        listeners.add("x", () -> {
            told.add("throws");
            throw new IllegalStateException("on purpose");
        });
        listeners.add("x", () -> told.add("x"));
        change("x");
        await().atMost(LONG).until(() -> told.size() == 2);
        change("x");
        await().atMost(LONG).until(() -> told.size() == 4);
    }

    @Test
    void whoDoesNotListenAnyMoreIsToldNothing() {
        ListenerRegistration registration = listeners.add("x", () -> told.add("x"));
        listeners.add("end", () -> told.add("end"));
        registration.close();
        change("x");
        change("end");
        await().atMost(LONG).until(() -> told.contains("end"));
        assertThat(told).containsExactly("end");
    }

    @Test
    void allAreToldWhenTheWholeStateIsReplaced() {
        listeners.add("x", () -> told.add("x"));
        listeners.add("y", () -> told.add("y"));
        listeners.replaced();
        listeners.wake();
        await().atMost(LONG).untilAsserted(() -> assertThat(told).containsExactlyInAnyOrder("x", "y"));
    }
}
