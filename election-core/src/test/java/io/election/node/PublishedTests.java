package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.FencingToken;
import io.election.Role;
import io.election.core.ClockReading;
import io.election.core.ElectionView;
import io.election.core.Lease;
import io.election.core.LogPosition;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PublishedTests {

    private static final long LEASE = Duration.ofMillis(750).toNanos();

    private final SetClock clock = new SetClock();

    private ElectionView view(
            Role role, @Nullable String leader, @Nullable Long heardNanos, @Nullable Integer reachable) {
        return new ElectionView(
                role,
                3,
                null,
                leader,
                heardNanos,
                false,
                new LogPosition(2, 1),
                1,
                null,
                3,
                2,
                reachable,
                List.of(),
                false,
                false,
                null);
    }

    private Published follower(Role role, @Nullable String leader, long heardAgoNanos) {
        return new Published(view(role, leader, clock.monotonicNanos() - heardAgoNanos, null), null);
    }

    private Published leader(int reachable, long leaseNanos) {
        ClockReading now = clock.read();
        Lease lease = new Lease(
                new ClockReading(now.monotonicNanos() + leaseNanos, now.wallMillis() + leaseNanos / 1_000_000));
        LeaseCell cell = new LeaseCell(3, new FencingToken(3), lease, clock, () -> {}, () -> {});
        return new Published(view(Role.LEADER, "a", null, reachable), cell);
    }

    private boolean isCalm(Published published) {
        return published.isCalm();
    }

    @Test
    void aFollowerThatKnowsItsLeaderIsCalm() {
        assertThat(isCalm(follower(Role.FOLLOWER, "b", LEASE / 2))).isTrue();
        assertThat(isCalm(follower(Role.FOLLOWER, null, 0))).isFalse();
    }

    @Test
    void whoeverStandsOrOpensATermIsNotCalm() {
        assertThat(isCalm(follower(Role.PRE_CANDIDATE, "b", 0))).isFalse();
        assertThat(isCalm(follower(Role.CANDIDATE, "b", 0))).isFalse();
        assertThat(isCalm(follower(Role.LEADER, "a", 0))).isFalse();
    }

    @Test
    void aLeaderIsCalmWhileAQuorumAnswersAndItsLeaseHolds() {
        assertThat(isCalm(leader(2, LEASE))).isTrue();
        assertThat(isCalm(leader(1, LEASE))).isFalse();
        assertThat(isCalm(leader(2, 0))).isFalse();
    }
}
