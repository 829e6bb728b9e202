package io.election.core.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.Effect;
import io.election.core.ElectionSettings;
import io.election.core.Input;
import io.election.core.Member;
import io.election.core.MemberKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * For how long nobody leads, as far as the protocol decides it: members that take no time to think, on a network and on disks like
 * those of a data center, in virtual time. Prints what the seeds gave, {@code -Delection.simulator.seeds=100} of more of them.
 */
@Tag("seeded")
class FailoverTimeTests {

    private static final Duration T = Duration.ofSeconds(1);
    private static final int SEEDS = Integer.getInteger("election.simulator.seeds", 25);

    /** How many answers out of a hundred are at most as large. */
    private static Duration percentile(long[] sorted, int percent) {
        return Duration.ofNanos(sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)]);
    }

    private static long[] sorted(Run run, Duration heartbeat) {
        long[] nanos = new long[SEEDS];
        for (int seed = 1; seed <= SEEDS; seed++) {
            nanos[seed - 1] = run.gapNanos(seed, heartbeat);
        }
        Arrays.sort(nanos);
        System.out.printf(
                "%s, heartbeat %d ms, %d seeds: least %.1f, median %.1f, 90 %% %.1f, most %.1f ms%n",
                run,
                heartbeat.toMillis(),
                SEEDS,
                nanos[0] / 1e6,
                percentile(nanos, 50).toNanos() / 1e6,
                percentile(nanos, 90).toNanos() / 1e6,
                nanos[SEEDS - 1] / 1e6);
        return nanos;
    }

    /** What makes a leader leave. */
    private enum Run {
        CRASH {
            @Override
            void end(VirtualCluster cluster, VirtualMember leader) {
                leader.crash("is killed");
            }
        },
        HANDOVER {
            @Override
            void end(VirtualCluster cluster, VirtualMember leader) {
                leader.receive(new Input.TransferLeadership(0, null));
            }
        };

        abstract void end(VirtualCluster cluster, VirtualMember leader);

        long gapNanos(int seed, Duration heartbeat) {
            VirtualCluster cluster = cluster(seed, heartbeat);
            RandomGenerator random = cluster.random("failover");
            cluster.members().forEach(member -> member.start(0, 0));
            assertThat(cluster.run(Duration.ofSeconds(10).toNanos(), () -> cluster.disagreement() == null))
                    .isTrue();
            // At any time between two heartbeats.
            cluster.run(cluster.nowNanos()
                    + T.toNanos()
                    + random.nextLong(heartbeat.multipliedBy(10).toNanos()));
            VirtualMember before = Objects.requireNonNull(cluster.leader());
            long[] ended = {cluster.nowNanos()};
            long[] gained = {0};
            cluster.listen((member, effect) -> {
                if (effect instanceof Effect.LeadershipEnded) {
                    ended[0] = cluster.nowNanos();
                } else if (effect instanceof Effect.LeadershipGained) {
                    gained[0] = cluster.nowNanos();
                }
            });
            end(cluster, before);
            assertThat(cluster.run(cluster.nowNanos() + 10 * T.toNanos(), () -> gained[0] > 0))
                    .as("seed " + seed)
                    .isTrue();
            assertThat(cluster.leader()).as("seed " + seed).isNotSameAs(before);
            return gained[0] - ended[0];
        }
    }

    private static VirtualCluster cluster(int seed, Duration heartbeat) {
        List<Member> members = Stream.of("a", "b", "c")
                .map(id -> new Member(id, MemberKind.DATA, 0, false))
                .toList();
        List<ElectionSettings> settings = new ArrayList<>();
        List<VirtualClock> clocks = new ArrayList<>();
        for (Member member : members) {
            settings.add(new ElectionSettings(
                    "failover",
                    member.id(),
                    members,
                    T,
                    heartbeat,
                    T.multipliedBy(3).dividedBy(4),
                    0.05,
                    Duration.ofMillis(10),
                    Duration.ofSeconds(5),
                    false,
                    100));
            clocks.add(new VirtualClock(clocks.size() * 1_000_000_000_000L, 1_767_225_600_000_000_000L, 1, 1));
        }
        VirtualCluster cluster = new VirtualCluster(seed, new Trace(false), new Coverage(), settings, clocks);
        VirtualNetwork.Weather weather = new VirtualNetwork.Weather();
        weather.shortestNanos = 50_000;
        weather.typicalNanos = 300_000;
        cluster.network().weather(weather);
        cluster.members().forEach(member -> member.diskPace(200_000, 1_000_000));
        return cluster;
    }

    @Test
    void whoIsKilledIsReplacedWithinT() {
        for (Duration heartbeat : List.of(Duration.ofMillis(100), Duration.ofMillis(200), Duration.ofMillis(250))) {
            long[] gaps = sorted(Run.CRASH, heartbeat);
            // The promise runs from the last heartbeat, which is up to an interval older than the crash.
            assertThat(Duration.ofNanos(gaps[0])).isGreaterThan(T.minus(heartbeat));
            assertThat(percentile(gaps, 50)).isLessThan(T.minus(heartbeat.dividedBy(5)));
            assertThat(Duration.ofNanos(gaps[gaps.length - 1])).isLessThan(T.plusMillis(25));
        }
    }

    /** Five one-way delays and the writes of two votes and of the opening, at most 0.3 and 1 ms each. */
    @Test
    void whoHandsOverIsReplacedWithinAFewMilliseconds() {
        long[] gaps = sorted(Run.HANDOVER, Duration.ofMillis(100));
        assertThat(Duration.ofNanos(gaps[gaps.length - 1])).isLessThan(Duration.ofNanos(5 * 300_000 + 3 * 1_000_000));
    }
}
