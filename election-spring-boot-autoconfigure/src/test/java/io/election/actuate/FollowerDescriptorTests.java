package io.election.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.node.FollowerStatus;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A load balancer sends readers only to members that have what the leader has, or nearly so. */
class FollowerDescriptorTests {

    private static FollowerDescriptor judged(FollowerStatus status) {
        return FollowerDescriptor.of(status, false, 64);
    }

    private static FollowerStatus follower(@Nullable Long told, long committed, String votingState) {
        return new FollowerStatus(true, 3, "a", "http://a", null, told, committed, null, votingState, true, null);
    }

    private static FollowerStatus silent(@Nullable String leader) {
        return new FollowerStatus(false, 3, leader, null, null, 100L, 100, null, "voter", true, null);
    }

    @Test
    void isUsedWhileItLacksNoMoreThanIsAllowed() {
        for (String votingState : new String[] {"voter", "non-voter", "learner", "catching-up", "unknown"}) {
            assertThat(judged(follower(100L, 36, votingState)))
                    .returns(true, FollowerDescriptor::follower)
                    .returns(null, FollowerDescriptor::reason)
                    .returns(64L, FollowerDescriptor::lag)
                    .returns("a", FollowerDescriptor::leaderId);
        }
        assertThat(judged(follower(100L, 35, "voter")).reason())
                .isEqualTo("This member is 65 entries behind its leader, and may be 64.");
        assertThat(FollowerDescriptor.of(follower(100L, 99, "voter"), false, 0).follower())
                .isFalse();
        assertThat(FollowerDescriptor.of(follower(100L, 100, "voter"), false, 0).follower())
                .isTrue();
    }

    @Test
    void saysWhyItIsNotUsed() {
        assertThat(FollowerDescriptor.of(silent("b"), true, 64).reason()).isEqualTo("This member leads.");
        assertThat(judged(silent(null)).reason()).isEqualTo("This member knows no leader.");
        assertThat(judged(silent("a")).reason()).contains("has not heard from a leader within a lease");
        assertThat(judged(follower(null, 100, "voter")).reason()).contains("has not told this member yet");
        assertThat(judged(follower(100L, 100, "removed")).reason()).contains("was removed");
        assertThat(judged(new FollowerStatus(true, 3, "a", null, null, 9L, 9, null, "voter", false, null))
                        .reason())
                .contains("is a witness");
        assertThat(judged(new FollowerStatus(true, 3, "a", null, null, 9L, 9, 9L, "voter", true, "its machine failed"))
                        .reason())
                .isEqualTo("This member takes no part: its machine failed.");
    }
}
