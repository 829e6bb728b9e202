package io.election.core.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.ElectionSettings;
import io.election.core.FoundingSettings;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.simulator.FoundingWorld.Parcel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * Clusters whose members keep their memory in memory, founded again and again under random faults.
 *
 * <p>{@code -Delection.simulator.seeds}, {@code first-seed} and {@code seed} are those of {@link SimulatorTests}.
 */
class FoundingSimulatorTests {

    private static final int SEEDS = 400;
    private static final Duration T = Duration.ofSeconds(1);
    private static final long SECOND = 1_000_000_000L;

    /** How long the calm may take: new memories are found out in three intervals, and founded anew after a bond. */
    private static final long CALM_LIMIT = 60 * SECOND;

    private static ElectionSettings settings(String id, List<Member> members, FoundingSettings founding) {
        return new ElectionSettings(
                        "orders",
                        id,
                        members,
                        T,
                        Duration.ofMillis(100),
                        Duration.ofMillis(750),
                        0.05,
                        Duration.ofMillis(10),
                        Duration.ofSeconds(5),
                        false,
                        8)
                .withFounding(founding);
    }

    private static List<Member> members(int count) {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(new Member(String.valueOf((char) ('a' + i)), MemberKind.DATA, 0, false));
        }
        return members;
    }

    /** What all seeds together came to. */
    private static final class Sum {
        long seeds;
        long lives;
        long foundings;
        long forgotten;
        long superseded;

        void add(FoundingWorld world) {
            seeds++;
            lives += world.lives;
            foundings += world.committedFoundings();
            forgotten += world.forgotten;
            superseded += world.superseded;
        }

        @Override
        public String toString() {
            return seeds + " seeds, " + lives + " lives, " + foundings + " foundings, " + forgotten
                    + " lives forgot for want of a quorum, " + superseded + " for another cluster";
        }
    }

    /** One run of a seed. */
    private interface Course {
        FoundingWorld run(RandomGenerator random, boolean traced);
    }

    private static Sum each(String what, Course course) {
        Sum sum = new Sum();
        Long one = Long.getLong("election.simulator.seed");
        long first = one != null ? one : Long.getLong("election.simulator.first-seed", 1);
        long seeds = one != null ? 1 : Long.getLong("election.simulator.seeds", SEEDS);
        for (long seed = first; seed < first + seeds; seed++) {
            try {
                sum.add(course.run(new SplittableRandom(seed * 0x9E3779B97F4A7C15L), one != null));
            } catch (AssertionError | RuntimeException failure) {
                throw new AssertionError(
                        what + ", -Delection.simulator.seed=" + seed + ": " + failure, failure);
            }
        }
        System.out.println("Foundings, " + what + ": " + sum);
        return sum;
    }

    // -- a list ---------------------------------------------------------------------------------------------------

    @Test
    void aListFoundsItsClusterAnewHoweverManyForget() {
        Sum sum = each("a list", FoundingSimulatorTests::aList);
        assertThat(sum.foundings).isGreaterThan(sum.seeds);
        assertThat(sum.forgotten).isPositive();
    }

    private static FoundingWorld aList(RandomGenerator random, boolean traced) {
        FoundingWorld world = new FoundingWorld(random, traced);
        world.expectOneLeader();
        List<Member> members = members(1 + random.nextInt(5));
        for (Member member : members) {
            world.add(settings(member.id(), members, FoundingSettings.IN_MEMORY), random.nextLong(-2000, 2000));
        }
        return course(world, random);
    }

    /** Faults, and then a calm in which all have to come to one leader. */
    private static FoundingWorld course(FoundingWorld world, RandomGenerator random) {
        try {
            long longest = (1 + random.nextInt(40)) * FoundingWorld.MILLI;
            world.weather(100_000, longest, random.nextInt(4) == 0 ? 0.1 : 0);
            for (FoundingWorld.Member member : world.members()) {
                world.at(random.nextLong(2 * SECOND), member::start);
            }
            int faults = 5 + random.nextInt(30);
            double pace = new double[] {0.3, 1, 3}[random.nextInt(3)];
            for (int i = 0; i < faults; i++) {
                world.run((long) (random.nextDouble() * 2 * pace * SECOND));
                fault(world, random);
            }
            world.mend();
            world.hold(null);
            for (Parcel late : world.held()) {
                world.release(late);
            }
            world.weather(100_000, longest, 0);
            for (FoundingWorld.Member member : world.members()) {
                if (!member.isUp()) {
                    member.start();
                }
            }
            long limit = world.nowNanos() + CALM_LIMIT;
            do {
                if (!world.runUntil(limit - world.nowNanos(), () -> world.disagreement() == null)) {
                    throw new Violation("all come to one leader", String.valueOf(world.disagreement()));
                }
                // What was acknowledged by memories that are lost may let a leader lead for a moment.
                world.run(5 * SECOND);
            } while (world.disagreement() != null);
            return world;
        } finally {
            if (!world.trace().isEmpty()) {
                System.out.println(world.trace());
            }
        }
    }

    private static void fault(FoundingWorld world, RandomGenerator random) {
        List<FoundingWorld.Member> all = world.members();
        FoundingWorld.Member one = all.get(random.nextInt(all.size()));
        switch (random.nextInt(9)) {
            case 0, 1 -> {
                if (one.isUp()) {
                    one.restart();
                }
            }
            case 2 -> {
                if (one.isUp()) {
                    one.stop();
                    world.at(world.nowNanos() + random.nextLong(8 * SECOND), () -> {
                        if (!one.isUp()) {
                            one.start();
                        }
                    });
                }
            }
            case 3 -> {
                // Several at once, often a quorum.
                for (FoundingWorld.Member member : all) {
                    if (member.isUp() && random.nextBoolean()) {
                        member.restart();
                    }
                }
            }
            case 4 -> all.stream().filter(other -> other != one).forEach(other -> world.cut(one.id(), other.id()));
            case 5 -> {
                List<FoundingWorld.Member> shuffled = new ArrayList<>(all);
                Collections.shuffle(shuffled, new Random(random.nextLong()));
                int half = random.nextInt(all.size() + 1);
                for (FoundingWorld.Member left : shuffled.subList(0, half)) {
                    shuffled.subList(half, all.size()).forEach(right -> world.cut(left.id(), right.id()));
                }
            }
            case 6 -> world.mend();
            case 7 -> {
                // Messages that arrive much later.
                String from = one.id();
                double share = random.nextDouble();
                world.hold(parcel -> parcel.from().equals(from) && random.nextDouble() < share);
            }
            default -> {
                world.hold(null);
                for (Parcel late : world.held()) {
                    if (random.nextInt(3) > 0) {
                        world.release(late);
                    }
                }
            }
        }
    }
}
