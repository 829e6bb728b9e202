package io.election.core.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.AutopilotSettings;
import io.election.core.ElectionSettings;
import io.election.core.FoundingSettings;
import io.election.core.GatheringSettings;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.simulator.FoundingWorld.Parcel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Clusters whose members keep their memory in memory, founded again and again under random faults.
 *
 * <p>{@code -Delection.simulator.seeds}, {@code first-seed} and {@code seed} are those of {@link SimulatorTests}.
 */
@Tag("seeded")
class FoundingSimulatorTests {

    private static final int SEEDS = 100;
    private static final int SEEDS_THAT_REACH_ALL = 400;
    private static final long MOST_BY_THE_WAY = 2_000;
    private static final Duration T = Duration.ofSeconds(1);
    private static final long SECOND = 1_000_000_000L;

    /** How long the calm may take: new memories are found out in three intervals, and founded anew after a bond. */
    private static final long CALM_LIMIT = 60 * SECOND;

    private static ElectionSettings settings(String id, List<Member> members, FoundingSettings founding) {
        return settings(id, members, founding, AutopilotSettings.OFF);
    }

    private static ElectionSettings settings(
            String id, List<Member> members, FoundingSettings founding, AutopilotSettings autopilot) {
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
                        8,
                        autopilot)
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

        /** Whether there are so many that all of what may happen does, as at full strength. */
        boolean isWhole() {
            return seeds >= SEEDS_THAT_REACH_ALL;
        }

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

    /** A founding takes longer than other runs, so a build at full strength runs fewer of them, unless it says how many. */
    private static long seeds() {
        long ofAll = Math.min(MOST_BY_THE_WAY, Long.getLong("election.simulator.seeds", SEEDS));
        return Long.getLong("election.foundings.seeds", ofAll);
    }

    private static Sum each(String what, Course course) {
        Sum sum = new Sum();
        Long one = Long.getLong("election.simulator.seed");
        long first = one != null ? one : Long.getLong("election.simulator.first-seed", 1);
        long seeds = one != null ? 1 : seeds();
        for (long seed = first; seed < first + seeds; seed++) {
            try {
                sum.add(course.run(new SplittableRandom(seed * 0x9E3779B97F4A7C15L), one != null));
            } catch (AssertionError | RuntimeException failure) {
                throw new AssertionError(what + ", -Delection.simulator.seed=" + seed + ": " + failure, failure);
            }
        }
        System.out.println("Foundings, " + what + ": " + sum);
        return sum;
    }

    // -- a list ---------------------------------------------------------------------------------------------------

    @Test
    void aListFoundsItsClusterAnewHoweverManyForget() {
        Sum sum = each("a list", FoundingSimulatorTests::aList);
        if (sum.isWhole()) {
            assertThat(sum.foundings).isGreaterThan(sum.seeds);
            assertThat(sum.forgotten).isPositive();
        }
    }

    private static FoundingWorld aList(RandomGenerator random, boolean traced) {
        FoundingWorld world = new FoundingWorld(random, traced);
        world.expectOneLeader();
        List<Member> members = members(1 + random.nextInt(5));
        FoundingSettings founding =
                random.nextBoolean() ? FoundingSettings.IN_MEMORY : FoundingSettings.IN_MEMORY.askingForTokens();
        for (Member member : members) {
            world.add(settings(member.id(), members, founding), random.nextLong(-2000, 2000));
        }
        return course(world, random, null);
    }

    // -- discovery ------------------------------------------------------------------------------------------------

    private static final long MARGIN = 4 * SECOND;

    /** What a name service does to whoever asks. */
    private enum Names {
        /** It shows all that live, a little late. */
        SOUND,
        /** It shows all that live, and sometimes what was so long ago, parts of it, or another half to each half. */
        UNSOUND
    }

    @Test
    void discoveryFoundsOneClusterWhereNamesAreSound() {
        Sum sum = each("discovery", (random, traced) -> discovery(random, traced, Names.SOUND));
        if (sum.isWhole()) {
            assertThat(sum.foundings).isGreaterThan(sum.seeds);
        }
    }

    @Test
    void noLifeFoundsTwoClustersHoweverUnsoundNamesAre() {
        Sum sum = each("unsound discovery", (random, traced) -> discovery(random, traced, Names.UNSOUND));
        if (sum.isWhole()) {
            assertThat(sum.foundings).isGreaterThan(sum.seeds);
            assertThat(sum.superseded).isPositive();
        }
    }

    private static FoundingWorld discovery(RandomGenerator random, boolean traced, Names names) {
        FoundingWorld world = new FoundingWorld(random, traced);
        if (names == Names.SOUND) {
            world.expectOneLeader();
        }
        int expected = 1 + random.nextInt(4);
        int count = expected + random.nextInt(3);
        GatheringSettings gathering = new GatheringSettings(expected, expected == 1, Duration.ofNanos(MARGIN), true);
        AutopilotSettings autopilot = new AutopilotSettings(
                expected, T, random.nextBoolean() ? Duration.ofSeconds(5) : null, Math.min(3, expected), null);
        for (Member member : members(count)) {
            world.add(
                    settings(member.id(), List.of(member), FoundingSettings.discovered(gathering, true), autopilot),
                    random.nextLong(-900, 900));
        }
        ShownNames shown = new ShownNames(world, random, names);
        world.discover(shown, SECOND);
        return course(world, random, shown);
    }

    /** The name service: what it showed lately, and what is wrong with it. */
    private static final class ShownNames implements FoundingWorld.NameService {

        private final FoundingWorld world;
        private final RandomGenerator random;
        private final boolean unsound;
        private Set<String> earlier = Set.of();
        private long earlierNanos;
        private Set<String> frozen = Set.of();
        private int fault;
        private final Map<String, Boolean> half = new HashMap<>();

        ShownNames(FoundingWorld world, RandomGenerator random, Names names) {
            this.world = world;
            this.random = random;
            this.unsound = names == Names.UNSOUND;
        }

        private Set<String> living() {
            Set<String> living = new TreeSet<>();
            world.members().stream().filter(FoundingWorld.Member::isUp).forEach(m -> living.add(m.id()));
            return living;
        }

        /** Something else goes wrong from now on. */
        void change() {
            if (unsound) {
                fault = random.nextInt(4);
                frozen = living();
                half.clear();
            }
        }

        void becomesSound() {
            fault = 0;
        }

        @Override
        public Set<String> shownTo(FoundingWorld.Member member) {
            if (world.nowNanos() - earlierNanos > SECOND) {
                earlierNanos = world.nowNanos();
                earlier = living();
            }
            return switch (fault) {
                case 1 -> frozen;
                case 2 -> {
                    Set<String> part = new TreeSet<>(living());
                    part.removeIf(id -> random.nextInt(3) == 0);
                    yield part;
                }
                case 3 -> {
                    boolean side = half.computeIfAbsent(member.id(), id -> random.nextBoolean());
                    Set<String> part = new TreeSet<>(living());
                    part.removeIf(id -> half.computeIfAbsent(id, i -> random.nextBoolean()) != side);
                    yield part;
                }
                default -> random.nextBoolean() ? earlier : living();
            };
        }
    }

    /** Faults, and then a calm in which all have to come to one leader. */
    private static FoundingWorld course(FoundingWorld world, RandomGenerator random, @Nullable ShownNames names) {
        try {
            long longest = (1 + random.nextInt(40)) * FoundingWorld.MILLI;
            world.weather(100_000, longest, random.nextInt(4) == 0 ? 0.1 : 0);
            for (FoundingWorld.Member member : world.members()) {
                world.at(random.nextLong(2 * SECOND), member::start);
            }
            int faults = 5 + random.nextInt(30);
            // Founders that find each other need some seconds of peace.
            double pace = new double[] {0.3, 1, names == null ? 3 : 6}[random.nextInt(3)];
            for (int i = 0; i < faults; i++) {
                world.run((long) (random.nextDouble() * 2 * pace * SECOND));
                if (names != null && random.nextInt(4) == 0) {
                    names.change();
                } else {
                    fault(world, random);
                }
            }
            world.mend();
            if (names != null) {
                names.becomesSound();
            }
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
                if (names != null) {
                    // Whoever says that no quorum is left is restarted by its operator.
                    world.run(3 * SECOND);
                    world.members().stream().filter(world::needsARestart).forEach(FoundingWorld.Member::restart);
                    if (world.nowNanos() < limit && world.disagreement() != null) {
                        continue;
                    }
                }
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
