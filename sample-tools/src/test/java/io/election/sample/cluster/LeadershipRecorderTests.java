package io.election.sample.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FencingToken;
import io.election.HandoverResult;
import io.election.LeaderElectedEvent;
import io.election.Leadership;
import io.election.LeadershipState;
import io.election.NotLeaderException;
import io.election.Role;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeadershipRecorderTests {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private final Switch leadership = new Switch();

    @Test
    void recordsWhenTheAnswerTurns() throws Exception {
        try (LeadershipRecorder recorder = recorder(Duration.ofMinutes(1))) {
            leadership.leads = true;
            await().atMost(LIMIT).until(() -> kinds().contains("still"));
            recorder.elected(new LeaderElectedEvent("test", "a", 3, new FencingToken(33)));
            leadership.leads = false;
            await().atMost(LIMIT).until(() -> kinds().contains("leader false"));
            recorder.steppedDown(new StepDownEvent("test", "a", 3, StepDownReason.REQUESTED));
        }

        assertThat(kinds().stream().filter(kind -> !kind.equals("asked")).distinct())
                .containsExactly("leader true", "still", "elected", "leader false", "stepped-down", "end");
        assertThat(lines().get(0)).endsWith(" 33");
    }

    @Test
    void recordsTheFirstAnswerAfterAPause() throws Exception {
        try (LeadershipRecorder recorder = recorder(Duration.ofMillis(50))) {
            leadership.leads = true;
            await().atMost(LIMIT).until(() -> kinds().contains("leader true"));
            CountDownLatch end = leadership.standStill();
            await().pollDelay(Duration.ofMillis(100)).atMost(LIMIT).until(() -> leadership.standsStill);
            leadership.leads = false;
            end.countDown();
            await().atMost(LIMIT).until(() -> kinds().contains("woke"));
        }

        assertThat(lines())
                .filteredOn(line -> line.startsWith("woke"))
                .last()
                .asString()
                .endsWith(" false");
    }

    @Test
    void recordsALeadershipThatWasLostAndRegainedWhileNobodyAskedAsTwo() throws Exception {
        try (LeadershipRecorder recorder = recorder(Duration.ofMinutes(1))) {
            leadership.leads = true;
            await().atMost(LIMIT).until(() -> kinds().contains("leader true"));
            CountDownLatch end = leadership.standStill();
            await().atMost(LIMIT).until(() -> leadership.standsStill);
            await().pollDelay(Duration.ofMillis(20)).until(() -> true);
            leadership.token = 35;
            end.countDown();
            await().atMost(LIMIT).until(() -> kinds().contains("leader false"));
            await().atMost(LIMIT).until(() -> lines().stream().anyMatch(line -> line.endsWith(" 35")));
        }

        assertThat(lines())
                .filteredOn(line -> line.startsWith("leader"))
                .map(line -> line.replaceFirst("\\d{3,} ", ""))
                .satisfiesExactly(
                        first -> assertThat(first).isEqualTo("leader true 33"),
                        lost -> assertThat(lost).startsWith("leader false"),
                        second -> assertThat(second).isEqualTo("leader true 35"),
                        last -> assertThat(last).startsWith("leader false"));
    }

    @Test
    void recordsHowOftenItAsked() throws Exception {
        try (LeadershipRecorder recorder = recorder(Duration.ofMinutes(1))) {
            await().atMost(LIMIT).until(() -> kinds().contains("asked"));
        }

        assertThat(lines())
                .filteredOn(line -> line.startsWith("asked"))
                .last()
                .asString()
                .matches("asked \\d+ [1-9]\\d*");
    }

    private LeadershipRecorder recorder(Duration lease) throws IOException {
        return new LeadershipRecorder(leadership, directory.resolve("record"), lease, Duration.ofNanos(50_000));
    }

    private List<String> lines() throws IOException {
        return Files.readAllLines(directory.resolve("record"));
    }

    private List<String> kinds() throws IOException {
        return lines().stream().map(line -> line.replaceAll(" \\d.*", "")).toList();
    }

    /** A leadership that is what the test says, and can keep who asks waiting. */
    private static final class Switch implements Leadership {

        volatile boolean leads;
        volatile long token = 33;
        volatile boolean standsStill;
        private volatile @Nullable CountDownLatch still;

        CountDownLatch standStill() {
            CountDownLatch latch = new CountDownLatch(1);
            still = latch;
            return latch;
        }

        @Override
        public boolean isLeader() {
            CountDownLatch latch = still;
            if (latch != null) {
                standsStill = true;
                try {
                    latch.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                still = null;
            }
            return leads;
        }

        @Override
        public FencingToken fencingToken() {
            if (!leads) {
                throw new NotLeaderException("a", null);
            }
            return new FencingToken(token);
        }

        @Override
        public LeadershipState state() {
            return new LeadershipState(leads, Role.FOLLOWER, 3, null, null);
        }

        @Override
        public boolean confirm(Duration timeout) {
            return leads;
        }

        @Override
        public boolean await(Duration timeout) {
            return leads;
        }

        @Override
        public CompletionStage<HandoverResult> handOver(@Nullable String to) {
            return CompletableFuture.completedStage(
                    new HandoverResult(HandoverResult.Outcome.NOT_LEADER, null, 3, "Only for show."));
        }

        @Override
        public CompletionStage<HandoverResult> stepDown() {
            return handOver(null);
        }

        @Override
        public void assertLeader() {
            fencingToken();
        }
    }
}
