package io.election.core;

import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.data;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ElectionSettingsTests {

    private static ElectionSettings timing(Duration timeout, Duration lease, double drift) {
        return new ElectionSettings(
                "orders",
                "a",
                THREE,
                timeout,
                Duration.ofMillis(100),
                lease,
                drift,
                Duration.ofMillis(10),
                Duration.ofSeconds(5),
                false,
                64);
    }

    @Test
    void theDefaultsFit() {
        assertThatNoException().isThrownBy(() -> timing(Duration.ofSeconds(1), Duration.ofMillis(750), 0.05));
    }

    @Test
    void aLeaseMustHaveEndedOnASlowClockBeforeThePromiseEndsOnAFastOne() {
        // 1000 ms x 0.95 = 950 ms; 904.76.. ms x 1.05 = 950 ms
        assertThatNoException().isThrownBy(() -> timing(Duration.ofSeconds(1), Duration.ofMillis(904), 0.05));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> timing(Duration.ofSeconds(1), Duration.ofMillis(905), 0.05))
                .withMessage("leaseDuration x (1 + clockDrift) must be below electionTimeout x (1 - clockDrift), but"
                        + " leaseDuration is PT0.905S, electionTimeout PT1S and clockDrift 0.05");
    }

    @Test
    void withoutDriftTheLeaseIsStillShorterThanThePromise() {
        assertThatIllegalArgumentException().isThrownBy(() -> timing(Duration.ofSeconds(1), Duration.ofSeconds(1), 0));
        assertThatNoException().isThrownBy(() -> timing(Duration.ofSeconds(1), Duration.ofMillis(999), 0));
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.01, 1, 2, Double.NaN})
    void theDriftIsARate(double drift) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> timing(Duration.ofSeconds(1), Duration.ofMillis(750), drift))
                .withMessage("clockDrift must be at least 0 and below 1, but is " + drift);
    }

    @Test
    void durationsArePositive() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> timing(Duration.ZERO, Duration.ofMillis(750), 0.05))
                .withMessage("electionTimeout must be positive, but is PT0S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> timing(Duration.ofSeconds(1), Duration.ofMillis(-1), 0.05))
                .withMessage("leaseDuration must be positive, but is PT-0.001S");
    }

    @Test
    void theOtherDurationsArePositiveToo() {
        Duration ok = Duration.ofMillis(10);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> others(Duration.ZERO, ok, ok))
                .withMessage("heartbeatInterval must be positive, but is PT0S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> others(ok, Duration.ZERO, ok))
                .withMessage("step must be positive, but is PT0S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> others(ok, ok, Duration.ofNanos(-1)))
                .withMessage("handoverTimeout must be positive, but is PT-0.000000001S");
    }

    private static ElectionSettings others(Duration heartbeatInterval, Duration step, Duration handoverTimeout) {
        return new ElectionSettings(
                "orders",
                "a",
                THREE,
                Duration.ofSeconds(1),
                heartbeatInterval,
                Duration.ofMillis(750),
                0.05,
                step,
                handoverTimeout,
                false,
                64);
    }

    @Test
    void someDataMemberIsListed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemberUnderTest.settings("w", List.of(MemberUnderTest.witness("w"))))
                .withMessage("members must name at least one data member, because only data members may lead");
    }

    @Test
    void witnessesAreNoQuorumAlone() {
        Member a = data("a");
        Member b = data("b");
        Member v = MemberUnderTest.witness("v");
        Member w = MemberUnderTest.witness("w");
        assertThatNoException().isThrownBy(() -> MemberUnderTest.settings("a", List.of(a, b, w)));
        assertThatNoException().isThrownBy(() -> MemberUnderTest.settings("a", List.of(a, b, v, w)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemberUnderTest.settings("a", List.of(a, v, w)))
                .withMessage("witnesses must not be a quorum alone, but 2 of 3 voters are witnesses");
    }

    @Test
    void aPromiseThatNoMessageCanCarryIsRefused() {
        Duration longest = Request.FromLeader.PROMISE_LIMIT;
        assertThatNoException().isThrownBy(() -> timing(longest, Duration.ofMinutes(45), 0.05));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> timing(longest.plusNanos(1), Duration.ofMinutes(45), 0.05))
                .withMessage("electionTimeout must be at most PT1H, but is PT1H0.000000001S");
    }

    @Test
    void theNodeIsListedExactlyOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemberUnderTest.settings("z", THREE))
                .withMessage("nodeId must be listed once in members, but 'z' is not; listed are [a, b, c]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemberUnderTest.settings("a", List.of(data("a"), data("a"))));
    }

    @Test
    void noOtherMemberIsListedTwice() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemberUnderTest.settings("a", List.of(data("a"), data("b"), data("b"))))
                .withMessage("members must have different ids, but listed are [a, b, b]");
    }

    @Test
    void aThousandMembersAtMostAreListed() {
        List<Member> thousand =
                IntStream.range(0, 1000).mapToObj(i -> data("m-" + i)).toList();
        assertThatNoException().isThrownBy(() -> MemberUnderTest.settings("m-0", thousand));
        List<Member> more =
                Stream.concat(thousand.stream(), Stream.of(data("z"))).toList();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemberUnderTest.settings("m-0", more))
                .withMessage("members must be at most 1000, but are 1001");
    }

    @Test
    void theListIsSortedById() {
        assertThat(MemberUnderTest.settings("a", List.of(data("c"), data("a"), data("b")))
                        .listed())
                .extracting(ListedMember::id)
                .containsExactly("a", "b", "c");
    }
}
