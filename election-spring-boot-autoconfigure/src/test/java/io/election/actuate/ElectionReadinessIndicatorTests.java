package io.election.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.node.NodeStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

/** Whoever exchanges members one by one waits for this, and no rollout must wait for ever. */
class ElectionReadinessIndicatorTests {

    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

    private static Health health(NodeStatus status) {
        return new ElectionReadinessIndicator(() -> status, Duration.ofSeconds(2), InstantSource.fixed(NOW)).health();
    }

    @ParameterizedTest(name = "{0}, as {1}, the first election: {2}, leaderless for {3} s: {4}")
    @CsvSource({
        "voter, voter, false, , UP",
        "voter, voter, true, 0, UP",
        "voter, voter, false, 9, UP",
        "catching-up, voter, false, , OUT_OF_SERVICE",
        "catching-up, voter, false, 1, OUT_OF_SERVICE",
        "catching-up, voter, false, 2, UP",
        "learner, learner, false, , OUT_OF_SERVICE",
        "learner, learner, true, 1, OUT_OF_SERVICE",
        "learner, learner, true, 2, UP",
        "learner, spare, false, , UP",
        "learner, spare, false, 0, UP",
        "learner, spare, true, 0, OUT_OF_SERVICE",
        "non-voter, observer, false, , UP",
        "non-voter, observer, true, 0, OUT_OF_SERVICE",
        "unknown, voter, true, 0, OUT_OF_SERVICE",
        "unknown, voter, true, 2, UP",
        "unknown, voter, false, , OUT_OF_SERVICE",
        "removed, removed, false, , OUT_OF_SERVICE",
        "removed, removed, false, 9, OUT_OF_SERVICE"
    })
    void isUpForWhoDoesItsPartOrHasNobodyToWaitFor(
            String votingState, String standing, boolean initial, @Nullable Integer leaderless, String expected) {
        Instant since = leaderless == null ? null : NOW.minusSeconds(leaderless);
        Health health = health(Statuses.inPlace(votingState, standing, initial, since, null));
        assertThat(health.getStatus()).isEqualTo(new Status(expected));
        assertThat(health.getDetails()).containsEntry("standing", standing).containsEntry("votingState", votingState);
        if (!expected.equals("UP")) {
            assertThat(health.getDetails().get("reason")).asString().startsWith("T");
        }
    }

    /** Whoever found nobody would otherwise take the place of one that is in the cluster. */
    @Test
    void isOutOfServiceForAsLongAsThereMayBeAClusterToJoin() {
        Instant longAgo = NOW.minusSeconds(90);
        Health waiting = health(Statuses.unfounded(longAgo, true));
        assertThat(waiting.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
        assertThat(waiting.getDetails())
                .containsEntry("reason", "This member does not know yet whether there is a cluster to join");
        assertThat(health(Statuses.unfounded(longAgo, false)).getStatus()).isEqualTo(Status.UP);
        assertThat(health(Statuses.unfounded(NOW, false)).getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
    }

    @Test
    void isOutOfServiceForAMemberThatTakesNoPart() {
        assertThat(health(Statuses.withStorageFailure("disk full")).getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
    }
}
