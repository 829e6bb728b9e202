package io.election.actuate;

import io.election.Role;
import io.election.node.NodeStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** States of a member of three, as an operator may meet them. */
final class Statuses {

    private Statuses() {}

    static NodeStatus.Member member(String id, @Nullable Boolean reachable) {
        return new NodeStatus.Member(id, "http://" + id, "data", "voter", reachable, null, null, null);
    }

    static NodeStatus leader(NodeStatus.Member... members) {
        return status(true, null, null, false, false, members);
    }

    static NodeStatus leaderlessSince(Instant since) {
        return status(false, since, null, false, false, member("a", null), member("b", null), member("c", null));
    }

    static NodeStatus withStorageFailure(String failure) {
        return status(false, Instant.EPOCH, failure, false, false);
    }

    static NodeStatus withOtherList() {
        return status(false, null, null, true, false);
    }

    static NodeStatus withLeaseGone() {
        return status(false, null, null, false, true);
    }

    private static NodeStatus status(
            boolean leader,
            @Nullable Instant leaderlessSince,
            @Nullable String storageFailure,
            boolean listDiffers,
            boolean leaseGone,
            NodeStatus.Member... members) {
        return new NodeStatus(
                "orders",
                "a",
                false,
                leader || leaseGone ? Role.LEADER : Role.FOLLOWER,
                leader,
                7,
                leader ? "a" : null,
                null,
                null,
                false,
                leader ? Duration.ofMillis(640) : null,
                leader ? 1L : null,
                null,
                new NodeStatus.Quorum(3, 2, leader ? 2 : null),
                List.of(members),
                3,
                null,
                null,
                List.of(),
                leaderlessSince,
                storageFailure,
                listDiffers,
                leaseGone,
                null);
    }
}
