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

    @ParameterizedTest(
            name = "{0}, as {1}, the first election: {2}, leaderless for {3} s, and the others say so: {4}: {5}")
    @CsvSource({
        "voter, voter, false, , false, UP",
        "voter, voter, true, 0, false, UP",
        "voter, voter, false, 9, false, UP",
        "catching-up, voter, false, , false, OUT_OF_SERVICE",
        "catching-up, voter, false, 1, true, OUT_OF_SERVICE",
        "catching-up, voter, false, 2, true, UP",
        "catching-up, voter, false, 9, false, OUT_OF_SERVICE",
        "learner, learner, false, , false, OUT_OF_SERVICE",
        "learner, learner, true, 1, true, OUT_OF_SERVICE",
        "learner, learner, true, 2, true, UP",
        "learner, learner, false, 9, false, OUT_OF_SERVICE",
        "learner, spare, false, , false, UP",
        "learner, spare, false, 0, false, UP",
        "learner, spare, true, 0, false, OUT_OF_SERVICE",
        "non-voter, observer, false, , false, UP",
        "non-voter, observer, true, 0, false, OUT_OF_SERVICE",
        "unknown, voter, true, 0, true, OUT_OF_SERVICE",
        "unknown, voter, true, 2, true, UP",
        "unknown, voter, true, 9, false, OUT_OF_SERVICE",
        "unknown, voter, false, , false, OUT_OF_SERVICE",
        "removed, removed, false, , false, OUT_OF_SERVICE",
        "removed, removed, false, 9, true, OUT_OF_SERVICE"
    })
    void isUpForWhoDoesItsPartOrKnowsThatNobodyIsToBeWaitedFor(
            String votingState,
            String standing,
            boolean initial,
            @Nullable Integer leaderless,
            boolean nobodyLeads,
            String expected) {
        Instant since = leaderless == null ? null : NOW.minusSeconds(leaderless);
        Health health = health(
                Statuses.nobodyLeads(Statuses.inPlace(votingState, standing, initial, since, null), nobodyLeads));
        assertThat(health.getStatus()).isEqualTo(new Status(expected));
        assertThat(health.getDetails()).containsEntry("standing", standing).containsEntry("votingState", votingState);
        if (!expected.equals("UP")) {
            assertThat(health.getDetails().get("reason")).asString().startsWith("T");
        }
    }

    @Test
    void isOutOfServiceForAMemberThatTakesNoPart() {
        assertThat(health(Statuses.withStorageFailure("disk full")).getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
    }
}
