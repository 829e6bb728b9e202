package io.election.core.simulator;

import io.election.core.AutopilotSettings;
import io.election.core.ElectionSettings;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.Quorum;
import io.election.core.ReplicationSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What a seed's cluster is like before anything happens: members, configurations, clocks, network, and which faults. */
final class Plan {

    private static final long MILLI = 1_000_000;

    final RandomGenerator random;
    final int voters;
    final int witnesses;
    final double drift;
    final boolean suppliesPosition;
    /** Whether members differ in their timing from the beginning. */
    final boolean mixedTimings;

    final boolean realJournals;
    final long shortestTimeoutNanos;
    final long longestTimeoutNanos;
    final List<Member> members;
    final List<ElectionSettings> settings = new ArrayList<>();
    final List<VirtualClock> clocks = new ArrayList<>();
    final VirtualNetwork.Weather weather = new VirtualNetwork.Weather();
    final double oldMessages;
    final long listenersNanos;
    final long timersNanos;
    final long stepNanos;
    final boolean sleepsAHeartbeatAtMost;
    final NodeLimits limits;
    final long endOfFaultsNanos;
    final long meanBetweenFaultsNanos;
    final long meanBetweenCallsNanos;
    final Swarm swarm;
    /** Which member may lie, or -1. */
    final int liar;
    /** Members that no list names, which come while the cluster runs; their settings and clocks follow the others'. */
    final List<Member> joiners;

    final long meanBetweenChangesNanos;
    /** What leaders change by themselves. */
    final AutopilotSettings autopilot;

    /**
     * Draws a plan.
     *
     * @param random of all that is there from the beginning
     * @param changes of who comes and goes, so that a cluster in which nobody does is as it would be without it
     */
    Plan(RandomGenerator random, RandomGenerator changes) {
        this.random = random;
        voters = oneOf(1, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4, 5, 5, 5, 5, 6, 7);
        int mostWitnesses = Quorum.of(voters) - 1;
        witnesses = random.nextInt(100) < 40 && mostWitnesses > 0 ? 1 + random.nextInt(mostWitnesses) : 0;
        int observers = random.nextInt(100) < 25 ? 1 + random.nextInt(2) : 0;
        drift = oneOf(0, 10, 50, 50) / 1000.0;
        suppliesPosition = random.nextInt(100) < 25;
        realJournals = random.nextInt(100) < 20;
        shortestTimeoutNanos = oneOf(300, 1000, 1000, 3000) * MILLI;
        longestTimeoutNanos = shortestTimeoutNanos * oneOf(1, 1, 1, 1, 2, 3);
        mixedTimings = random.nextInt(100) < 30;
        members = drawMembers(observers);
        ElectionSettings first = drawSettings();
        for (Member member : members) {
            ElectionSettings own = of(first, member.id());
            settings.add(mixedTimings || longestTimeoutNanos > shortestTimeoutNanos ? retimed(own, random) : own);
            clocks.add(new VirtualClock(
                    random.nextLong(-(1L << 40), 1L << 40),
                    1_767_225_600_000L * MILLI + random.nextLong(1L << 32),
                    rate(random),
                    rate(random)));
        }
        listenersNanos = oneOf(0, 5, 5, 2000) * MILLI;
        timersNanos = oneOf(0, 0, 1, 20) * MILLI;
        stepNanos = oneOf(0, 0, 0, 20, 500) * 1000L;
        sleepsAHeartbeatAtMost = random.nextInt(100) < 25;
        limits = random.nextInt(100) < 30 ? NodeLimits.LOW : NodeLimits.OF_THE_NODE;
        drawWeather();
        swarm = new Swarm(random);
        oldMessages = swarm.knows(Fault.OLD_MESSAGES) ? oneOf(5, 20, 50) / 1000.0 : 0;
        weather.lateResponses |= oldMessages > 0;
        leaveOutWhatIsNotPromised();
        joiners = drawJoiners(changes, first);
        autopilot = drawAutopilot(changes);
        settings.replaceAll(Scenario.withAutopilot(autopilot));
        meanBetweenChangesNanos = longestTimeoutNanos * new int[] {1, 3, 8}[changes.nextInt(3)];
        liar = drawLiar();
        endOfFaultsNanos = longestTimeoutNanos * oneOf(10, 20, 20, 40);
        meanBetweenFaultsNanos = shortestTimeoutNanos * oneOf(3, 10, 10, 30) / 10;
        meanBetweenCallsNanos = shortestTimeoutNanos * oneOf(1, 5, 20, 100) / 5;
    }

    private List<Member> drawJoiners(RandomGenerator changes, ElectionSettings first) {
        List<Member> drawn = new ArrayList<>();
        int count = changes.nextInt(100) < 30 ? 1 + changes.nextInt(3) : 0;
        for (int i = 0; i < count; i++) {
            MemberKind[] kinds = {
                MemberKind.DATA,
                MemberKind.DATA,
                MemberKind.DATA,
                MemberKind.DATA,
                MemberKind.WITNESS,
                MemberKind.OBSERVER
            };
            MemberKind kind = kinds[changes.nextInt(kinds.length)];
            if (kind == MemberKind.WITNESS && witnesses + 1 >= Quorum.of(voters + 1)) {
                kind = MemberKind.DATA;
            }
            Member joiner = new Member("j" + (i + 1), kind, changes.nextInt(3), false);
            drawn.add(joiner);
            List<Member> list = new ArrayList<>(members);
            list.add(joiner);
            ElectionSettings own = of(withMembers(first, list), joiner.id());
            settings.add(mixedTimings || longestTimeoutNanos > shortestTimeoutNanos ? retimed(own, changes) : own);
            clocks.add(new VirtualClock(
                    changes.nextLong(-(1L << 40), 1L << 40),
                    1_767_225_600_000L * MILLI + changes.nextLong(1L << 32),
                    rate(changes),
                    rate(changes)));
        }
        if (count > 0) {
            // A new founding is one of those whom the lists name, and a liar may say anything of who belongs to it.
            swarm.leaveOut(Fault.LOSE_ALL_DIRECTORIES);
            swarm.leaveOut(Fault.OTHER_LIST);
            swarm.leaveOut(Fault.LIE);
        }
        return List.copyOf(drawn);
    }

    private AutopilotSettings drawAutopilot(RandomGenerator changes) {
        if (joiners.isEmpty() || changes.nextBoolean()) {
            return AutopilotSettings.OFF;
        }
        long[] waits = {0, longestTimeoutNanos / 2, 3 * longestTimeoutNanos};
        boolean cleansUp = changes.nextBoolean();
        return new AutopilotSettings(
                voters + changes.nextInt(3),
                Duration.ofNanos(waits[changes.nextInt(3)]),
                cleansUp ? Duration.ofNanos(longestTimeoutNanos * (2 + changes.nextInt(5))) : null,
                1 + changes.nextInt(voters),
                changes.nextInt(3) == 0 ? Long.valueOf(65) : null);
    }

    /** The logs of this run feed state machines. Some members may begin in a version that does not read all. */
    void remember(MemoryPlan memory, RandomGenerator drawing) {
        settings.replaceAll(
                s -> withReplication(s, memory.beginsOld && drawing.nextInt(3) == 0 ? memory.old : memory.settings));
    }

    static ElectionSettings withReplication(ElectionSettings s, @Nullable ReplicationSettings replication) {
        return new ElectionSettings(
                s.cluster(),
                s.nodeId(),
                s.members(),
                s.electionTimeout(),
                s.heartbeatInterval(),
                s.leaseDuration(),
                s.clockDrift(),
                s.step(),
                s.handoverTimeout(),
                s.suppliesPosition(),
                s.compactionThreshold(),
                s.autopilot(),
                s.founding(),
                replication);
    }

    private ElectionSettings withAutopilot(ElectionSettings s) {
        return new ElectionSettings(
                s.cluster(),
                s.nodeId(),
                s.members(),
                s.electionTimeout(),
                s.heartbeatInterval(),
                s.leaseDuration(),
                s.clockDrift(),
                s.step(),
                s.handoverTimeout(),
                s.suppliesPosition(),
                s.compactionThreshold(),
                autopilot);
    }

    private void leaveOutWhatIsNotPromised() {
        if (swarm.knows(Fault.SUSPEND)) {
            // A machine whose sleep neither of its clocks shows is beyond what a lease can promise.
            swarm.leaveOut(Fault.WALL_CLOCK_BACK);
        }
        if (swarm.knows(Fault.LOSE_ALL_DIRECTORIES)) {
            // Tokens rise across foundings only where no wall clock has been set, on whichever member founds.
            swarm.leaveOut(Fault.WALL_CLOCK_BACK);
            swarm.leaveOut(Fault.WALL_CLOCK_FORWARD);
        }
    }

    /**
     * One that has no vote, a witness where two quorums share more than one voter, or any data member, of which nothing is
     * promised to anybody's application.
     */
    private int drawLiar() {
        if (!swarm.knows(Fault.LIE)) {
            return -1;
        }
        boolean lies = random.nextInt(100) < 20;
        int drawn = -1;
        if (lies && members.size() > voters && random.nextInt(3) > 0) {
            drawn = voters;
        } else if (lies && witnesses > 0 && voters % 2 == 0 && random.nextInt(3) > 0) {
            drawn = voters - 1;
        } else if (lies && voters > 2 && !suppliesPosition) {
            drawn = random.nextInt(voters - witnesses);
        }
        if (drawn == -1) {
            swarm.leaveOut(Fault.LIE);
        } else if (members.get(drawn).kind().votes()) {
            swarm.leaveOut(Fault.LOSE_ALL_DIRECTORIES);
        }
        return drawn;
    }

    private List<Member> drawMembers(int observers) {
        List<Member> drawn = new ArrayList<>();
        for (int i = 0; i < voters + observers; i++) {
            MemberKind kind =
                    i < voters - witnesses ? MemberKind.DATA : i < voters ? MemberKind.WITNESS : MemberKind.OBSERVER;
            drawn.add(new Member(
                    String.valueOf((char) ('a' + i)),
                    kind,
                    random.nextInt(3),
                    kind == MemberKind.DATA && random.nextInt(100) < 30));
        }
        return List.copyOf(drawn);
    }

    private ElectionSettings drawSettings() {
        long timeout = shortestTimeoutNanos;
        return new ElectionSettings(
                "simulated",
                members.get(0).id(),
                members,
                Duration.ofNanos(timeout),
                Duration.ofNanos(timeout / oneOf(5, 10, 10, 20)),
                lease(timeout, oneOf(75, 75, 85, 99)),
                drift,
                Duration.ofNanos(timeout / oneOf(10, 20, 50)),
                Duration.ofNanos(timeout * oneOf(1, 5)),
                suppliesPosition,
                oneOf(1, 2, 8, 100));
    }

    private static ElectionSettings of(ElectionSettings s, String id) {
        return new ElectionSettings(
                s.cluster(),
                id,
                s.members(),
                s.electionTimeout(),
                s.heartbeatInterval(),
                s.leaseDuration(),
                s.clockDrift(),
                s.step(),
                s.handoverTimeout(),
                s.suppliesPosition(),
                s.compactionThreshold());
    }

    /** The same member with durations of its own, as in a rolling change of them, and with other priorities. */
    ElectionSettings retimed(ElectionSettings s, RandomGenerator drawing) {
        long timeout = drawing.nextBoolean() ? shortestTimeoutNanos : longestTimeoutNanos;
        List<Member> reordered = new ArrayList<>();
        for (Member member : s.members()) {
            int priority = drawing.nextInt(4) == 0 ? drawing.nextInt(3) : member.priority();
            reordered.add(new Member(member.id(), member.kind(), priority, member.initialLeader()));
        }
        int[] beats = {5, 10, 20};
        int[] steps = {10, 20, 50};
        int[] shares = {50, 75, 99};
        int[] thresholds = {1, 2, 8, 100};
        return withReplication(
                new ElectionSettings(
                        s.cluster(),
                        s.nodeId(),
                        reordered,
                        Duration.ofNanos(timeout),
                        Duration.ofNanos(timeout / beats[drawing.nextInt(3)]),
                        lease(timeout, shares[drawing.nextInt(3)]),
                        drift,
                        Duration.ofNanos(timeout / steps[drawing.nextInt(3)]),
                        Duration.ofNanos(timeout * (drawing.nextBoolean() ? 1 : 5)),
                        s.suppliesPosition(),
                        thresholds[drawing.nextInt(4)],
                        s.autopilot()),
                s.replication());
    }

    /** The same settings with another list. */
    static ElectionSettings withMembers(ElectionSettings s, List<Member> members) {
        return withReplication(
                new ElectionSettings(
                        s.cluster(),
                        s.nodeId(),
                        members,
                        s.electionTimeout(),
                        s.heartbeatInterval(),
                        s.leaseDuration(),
                        s.clockDrift(),
                        s.step(),
                        s.handoverTimeout(),
                        s.suppliesPosition(),
                        s.compactionThreshold()),
                s.replication());
    }

    /** The share of the longest lease that the timeout and the drift allow. */
    private Duration lease(long timeoutNanos, int percent) {
        return Duration.ofNanos((long) (timeoutNanos * (1 - drift) / (1 + drift) * percent / 100) - 1);
    }

    /** Anywhere within the bound, but often at one of its ends. */
    double rate(RandomGenerator drawing) {
        return switch (drawing.nextInt(4)) {
            case 0 -> 1 - drift;
            case 1 -> 1 + drift;
            default -> 1 - drift + 2 * drift * drawing.nextDouble();
        };
    }

    private void drawWeather() {
        long timeout = settings.get(0).electionTimeout().toNanos();
        weather.loss = oneOf(0, 0, 2, 10) / 100.0;
        weather.duplication = oneOf(0, 0, 5) / 100.0;
        weather.straggling = oneOf(0, 5, 20) / 100.0;
        weather.shortestNanos = oneOf(50, 200) * 1000L;
        weather.typicalNanos = timeout / oneOf(1000, 200, 50);
        weather.longestNanos = timeout * oneOf(1, 5, 20) / 10;
        weather.callLimitNanos = timeout * oneOf(5, 10, 20) / 10;
        weather.reporting = oneOf(100, 100, 50, 0) / 100.0;
        weather.lateResponses = random.nextInt(100) < 30;
    }

    int oneOf(int... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
