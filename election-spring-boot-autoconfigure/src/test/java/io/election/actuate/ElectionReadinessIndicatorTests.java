package io.election.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.node.FollowerStatus;
import io.election.node.NodeStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

/** Whoever exchanges members one by one waits for this, and no rollout must wait for ever. */
class ElectionReadinessIndicatorTests {

    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

    private static ElectionReadinessIndicator indicator(
            Supplier<NodeStatus> status, Supplier<FollowerStatus> following) {
        return new ElectionReadinessIndicator(status, following, Duration.ofSeconds(2), InstantSource.fixed(NOW));
    }

    /** Of a member that follows whoever it knows as leader, and has everything. */
    private static Health health(NodeStatus status) {
        return indicator(() -> status, () -> following(status.leaderlessSince() == null, 100L, 100, null))
                .health();
    }

    private static FollowerStatus following(
            boolean follows, @Nullable Long told, long applied, @Nullable String failure) {
        return new FollowerStatus(follows, 3, "b", null, null, told, 100, applied, "voter", true, failure);
    }

    /** One that has known no leader since its start, unless it knows one now. */
    private static NodeStatus voter(@Nullable Integer leaderless) {
        return Statuses.inPlace(
                "voter", "voter", leaderless != null, leaderless == null ? null : NOW.minusSeconds(leaderless), null);
    }

    @ParameterizedTest(
            name = "{0}, as {1}, the first election: {2}, leaderless for {3} s, and the others say so: {4}: {5}")
    @CsvSource({
        "voter, voter, false, , false, UP",
        "voter, voter, true, 0, false, OUT_OF_SERVICE",
        "voter, voter, true, 2, false, UP",
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
    void waitsUntilItHasCaughtUpOnceAndNoMore() {
        AtomicReference<NodeStatus> status = new AtomicReference<>(voter(0));
        AtomicReference<FollowerStatus> following = new AtomicReference<>(following(false, null, 0, null));
        ElectionReadinessIndicator indicator = indicator(status::get, following::get);
        assertThat(indicator.health().getDetails().get("reason"))
                .isEqualTo("This member has not heard from a leader since its start");

        status.set(voter(null));
        assertThat(indicator.health().getStatus())
                .as("a leader that others told of, and that was not heard")
                .isEqualTo(Status.OUT_OF_SERVICE);
        following.set(following(true, null, 0, null));
        assertThat(indicator.health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
        following.set(following(true, 100L, 35, null));
        assertThat(indicator.health().getDetails().get("reason"))
                .isEqualTo("This member lacks 65 entries of what its leader has committed");
        following.set(following(true, 100L, 100, "its machine failed"));
        assertThat(indicator.health().getDetails().get("reason")).isEqualTo("This member applies nothing");
        following.set(following(true, 100L, 36, null));
        assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);

        following.set(following(true, 100L, 0, null));
        assertThat(indicator.health().getStatus()).as("falls behind later").isEqualTo(Status.UP);
        status.set(voter(0));
        assertThat(indicator.health().getStatus()).as("loses its leader").isEqualTo(Status.UP);
    }

    @Test
    void aLeaderHasNobodyToCatchUpWith() {
        NodeStatus leader = Statuses.leader(Statuses.member("a", true));
        assertThat(indicator(() -> leader, () -> following(false, null, 0, null))
                        .health()
                        .getStatus())
                .isEqualTo(Status.UP);
    }

    /** Members that start one after the other, each once the one before is ready, would otherwise never be two. */
    @Test
    void aVoterThatHearsOfNoLeaderDoesNotKeepTheOthersFromStarting() {
        assertThat(indicator(() -> voter(2), () -> following(false, null, 0, null))
                        .health()
                        .getStatus())
                .isEqualTo(Status.UP);
    }

    @Test
    void isOutOfServiceForAMemberThatTakesNoPart() {
        assertThat(health(Statuses.withStorageFailure("disk full")).getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
    }
}
