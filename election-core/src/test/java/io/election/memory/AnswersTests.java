package io.election.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who tells callers what became of their writes. */
class AnswersTests {

    private static final Duration LONG = Duration.ofMinutes(1);

    private final Answers answers = new Answers("answers");

    @AfterEach
    void stop() {
        answers.stop();
    }

    @Test
    void whoWaitsForALaterAnswerIsTold() {
        CompletableFuture<String> later = new CompletableFuture<>();
        CompletableFuture<String> first = new CompletableFuture<>();
        answers.execute(() -> first.complete(
                later.orTimeout(LONG.toSeconds(), TimeUnit.SECONDS).join()));
        answers.execute(() -> later.complete("told"));
        await().atMost(LONG).until(() -> {
            answers.tick(System.nanoTime());
            return first.isDone();
        });
        assertThat(first).isCompletedWithValue("told");
    }

    @Test
    void whoIsLeftAfterTheStopIsToldByWhoTells() {
        answers.stop();
        AtomicReference<Thread> told = new AtomicReference<>();
        answers.execute(() -> told.set(Thread.currentThread()));
        assertThat(told).hasValue(Thread.currentThread());
    }
}
