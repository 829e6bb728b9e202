package io.election.core.simulator;

import io.election.core.ElectionSettings;
import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Payload;
import io.election.core.Quorum;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One seed: a cluster drawn from it, a time of faults, and a time of calm in which the cluster has to come to an
 * agreement. Not every run knows every fault: some states are reached only where others stay away.
 */
final class RandomRun {

    /** Agreement has to come within so many of the longest election timeouts after the faults. */
    static final int AGREEMENT_LIMIT = 40;

    private static final long MILLI = 1_000_000;

    private enum Fault {
        CRASH,
        CRASH_LEADER,
        CRASH_ALL,
        CLOSE,
        LOSE_DIRECTORY,
        PAUSE,
        PAUSE_LEADER,
        PAUSE_IN_STEP,
        SUSPEND,
        SPLIT,
        ISOLATE,
        ISOLATE_LEADER,
        CUT_ONE_WAY,
        SLOW_LINKS,
        STORM,
        SLOW_DISK,
        FAILED_WRITE,
        CLOCK_RATES,
        WALL_CLOCK,
        RECONFIGURE
    }

    private final VirtualCluster cluster;
    private final Coverage coverage;
    private final RandomGenerator plan;
    private final RandomGenerator faults;
    private final RandomGenerator users;
    private final Set<Fault> known = EnumSet.noneOf(Fault.class);
    private final int dataMembers;
    private final int witnesses;
    private final int voters;
    private final double drift;
    private final long longestTimeoutNanos;
    private final boolean suppliesPosition;
    private final long endOfFaultsNanos;
    private final long meanBetweenFaultsNanos;
    private final long meanBetweenCallsNanos;
    private final boolean[] everWiped;
    private boolean calm;
    private VirtualNetwork.Weather weather = new VirtualNetwork.Weather();
    private int proposals;

    RandomRun(long seed, Trace trace, Coverage coverage) {
        this.coverage = coverage;
        plan = VirtualCluster.random(seed, "plan");
        faults = VirtualCluster.random(seed, "faults");
        users = VirtualCluster.random(seed, "users");

        voters = oneOf(1, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4, 5, 5, 5, 5, 6, 7);
        int mostWitnesses = Quorum.of(voters) - 1;
        witnesses = plan.nextInt(100) < 40 && mostWitnesses > 0 ? 1 + plan.nextInt(mostWitnesses) : 0;
        dataMembers = voters - witnesses;
        int observers = plan.nextInt(100) < 25 ? 1 + plan.nextInt(2) : 0;
        drift = oneOf(0, 10, 50, 50) / 1000.0;
        suppliesPosition = plan.nextInt(100) < 25;
        long timeout = oneOf(300, 1000, 1000, 3000) * MILLI;
        ElectionSettings first = settings(members(observers), timeout);
        longestTimeoutNanos = timeout * (plan.nextInt(100) < 20 ? 3 : 1);

        List<ElectionSettings> settings = new ArrayList<>();
        List<VirtualClock> clocks = new ArrayList<>();
        for (Member member : first.members()) {
            long mine = longestTimeoutNanos > timeout && plan.nextBoolean() ? longestTimeoutNanos : timeout;
            settings.add(of(first, member.id(), mine));
            clocks.add(new VirtualClock(
                    plan.nextLong(-(1L << 40), 1L << 40),
                    1_767_225_600_000L * MILLI + plan.nextLong(1L << 32),
                    rate(),
                    rate()));
        }
        cluster = new VirtualCluster(seed, trace, coverage, settings, clocks);
        everWiped = new boolean[settings.size()];
        cluster.listeners(oneOf(0, 5, 5, 2000) * MILLI);
        cluster.timers(oneOf(0, 0, 1, 20) * MILLI);
        weather();
        for (Fault fault : Fault.values()) {
            if (plan.nextInt(100) < 45) {
                known.add(fault);
            }
        }
        if (known.contains(Fault.SUSPEND)) {
            // A machine whose sleep neither of its clocks shows is beyond what a lease can promise.
            known.remove(Fault.WALL_CLOCK);
        }
        if (longestTimeoutNanos == timeout) {
            known.remove(Fault.RECONFIGURE);
        }
        endOfFaultsNanos = longestTimeoutNanos * oneOf(10, 20, 20, 40);
        meanBetweenFaultsNanos = timeout * oneOf(3, 10, 10, 30) / 10;
        meanBetweenCallsNanos = timeout * oneOf(1, 5, 20, 100) / 5;
    }

    private List<Member> members(int observers) {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < voters + observers; i++) {
            MemberKind kind = i < dataMembers ? MemberKind.DATA : i < voters ? MemberKind.WITNESS : MemberKind.OBSERVER;
            members.add(new Member(
                    String.valueOf((char) ('a' + i)),
                    kind,
                    plan.nextInt(3),
                    kind == MemberKind.DATA && plan.nextInt(100) < 30));
        }
        return members;
    }

    private ElectionSettings settings(List<Member> members, long timeoutNanos) {
        return new ElectionSettings(
                "simulated",
                members.get(0).id(),
                members,
                Duration.ofNanos(timeoutNanos),
                Duration.ofNanos(timeoutNanos / oneOf(5, 10, 10, 20)),
                lease(timeoutNanos, oneOf(75, 75, 85, 99)),
                drift,
                Duration.ofNanos(timeoutNanos / oneOf(10, 20, 50)),
                Duration.ofNanos(timeoutNanos * oneOf(1, 5)),
                suppliesPosition,
                oneOf(1, 2, 8, 100));
    }

    /** The share of the longest lease that the timeout and the drift allow. */
    private Duration lease(long timeoutNanos, int percent) {
        return Duration.ofNanos((long) (timeoutNanos * (1 - drift) / (1 + drift) * percent / 100) - 1);
    }

    private ElectionSettings of(ElectionSettings s, String id, long timeoutNanos) {
        double by = (double) timeoutNanos / s.electionTimeout().toNanos();
        return new ElectionSettings(
                s.cluster(),
                id,
                s.members(),
                Duration.ofNanos(timeoutNanos),
                scaled(s.heartbeatInterval(), by),
                scaled(s.leaseDuration(), by),
                s.clockDrift(),
                s.step(),
                s.handoverTimeout(),
                s.suppliesPosition(),
                s.compactionThreshold());
    }

    private static Duration scaled(Duration duration, double by) {
        return Duration.ofNanos((long) (duration.toNanos() * by));
    }

    /** Anywhere within the bound, but often at one of its ends. */
    private double rate() {
        return switch (plan.nextInt(4)) {
            case 0 -> 1 - drift;
            case 1 -> 1 + drift;
            default -> 1 - drift + 2 * drift * plan.nextDouble();
        };
    }

    private int oneOf(int... choices) {
        return choices[plan.nextInt(choices.length)];
    }

    private void weather() {
        long timeout = cluster.members().get(0).settings().electionTimeout().toNanos();
        weather.loss = oneOf(0, 0, 2, 10) / 100.0;
        weather.duplication = oneOf(0, 0, 5) / 100.0;
        weather.straggling = oneOf(0, 5, 20) / 100.0;
        weather.shortestNanos = oneOf(50, 200) * 1000L;
        weather.typicalNanos = timeout / oneOf(1000, 200, 50);
        weather.longestNanos = timeout * oneOf(1, 5, 20) / 10;
        weather.callLimitNanos = timeout * oneOf(5, 10, 20) / 10;
        weather.reporting = oneOf(100, 100, 50, 0) / 100.0;
        weather.lateResponses = plan.nextInt(100) < 30;
        cluster.network().weather(weather);
    }

    /**
     * Runs it all.
     *
     * @throws Violation if a rule does not hold
     */
    void run() {
        for (VirtualMember member : cluster.members()) {
            start(member, plan.nextInt(100) < 80 ? plan.nextLong(timeout() / 2 + 1) : plan.nextLong(3 * timeout()));
        }
        if (plan.nextInt(100) < 60) {
            // Most runs have something to lose before it gets lost.
            cluster.run(10 * longestTimeoutNanos, () -> cluster.leader() != null);
        }
        long start = cluster.nowNanos();
        later(faults, meanBetweenFaultsNanos, this::fault);
        later(users, meanBetweenCallsNanos, this::call);
        if (suppliesPosition) {
            later(users, timeout() / 5, this::applicationWorks);
        }
        cluster.run(start + endOfFaultsNanos);
        calm();
        agree();
        coverage.seeds++;
        coverage.virtualNanos += cluster.nowNanos();
    }

    private long timeout() {
        return longestTimeoutNanos;
    }

    private void later(RandomGenerator random, long meanNanos, Runnable action) {
        long wait = (long) (-Math.log(1 - random.nextDouble()) * meanNanos);
        cluster.at(cluster.nowNanos() + wait, () -> {
            action.run();
            later(random, meanNanos, action);
        });
    }

    // -- the calm after ------------------------------------------------------------------------------------------

    private void calm() {
        calm = true;
        cluster.trace().add(cluster.nowNanos(), "", "*** the faults stop");
        cluster.network().mendAll();
        cluster.network().weather(weather.calm());
        for (VirtualMember member : cluster.members()) {
            member.diskIsSound();
            member.resume();
            if (member.isClosing() || member.disk().failed()) {
                member.crash("is restarted");
            }
            if (member.process() == VirtualMember.Process.DOWN) {
                member.start(timeout() / 10, timeout() / 10);
            }
        }
    }

    private void agree() {
        long begin = cluster.nowNanos();
        long settled = begin + 3 * timeout();
        while (true) {
            awaitAgreement(begin);
            long agreed = cluster.nowNanos();
            VirtualMember leader = cluster.leader();
            long term = leader.leaseTerm();
            propose(leader);
            cluster.run(agreed + 3 * timeout());
            String disagreement = cluster.disagreement();
            if (disagreement == null && cluster.leader() == leader && leader.leaseTerm() == term) {
                coverage.agreed((agreed - begin) / (double) timeout());
                break;
            }
            // What the faults began may still take its course: a lease that is nearly over, a write, a handover.
            if (agreed > settled) {
                throw new Violation(
                        "an undisturbed leader leads on",
                        leader + " in term " + term + ", now " + cluster.leader() + "; " + disagreement);
            }
        }
        for (VirtualMember member : cluster.members()) {
            if (cluster.invariants().openCalls(member) > 0) {
                throw new Violation(
                        "each call is answered in the end",
                        member + " owes " + cluster.invariants().openCalls(member));
            }
            if (member.openExchanges() > 4 * cluster.members().size()) {
                throw new Violation("requests are answered", member + " owes " + member.openExchanges());
            }
        }
    }

    private void awaitAgreement(long begin) {
        long limit = begin + AGREEMENT_LIMIT * timeout();
        String disagreement = cluster.disagreement();
        while (disagreement != null && cluster.nowNanos() < limit) {
            cluster.run(cluster.nowNanos() + timeout() / 4);
            disagreement = cluster.disagreement();
        }
        if (disagreement != null) {
            throw new Violation(
                    "the members agree on a leader within " + AGREEMENT_LIMIT + " T after the faults", disagreement);
        }
    }

    // -- callers -------------------------------------------------------------------------------------------------

    private void call() {
        if (calm) {
            return;
        }
        VirtualMember member = users.nextInt(3) == 0 ? any(users) : leaderOr(users);
        switch (users.nextInt(20)) {
            case 0 -> handOver(member, users.nextBoolean() ? null : any(users).id());
            case 1 -> {
                coverage.fault("step down");
                long call = cluster.nextCall();
                if (member.isUp()) {
                    cluster.invariants().called(member, call);
                }
                member.receive(new Input.StepDown(call));
            }
            case 2 -> member.receive(new Input.StepMeasured(1 + users.nextLong(timeout() / 10)));
            case 3, 4, 5, 6, 7, 8 -> propose(member);
            default -> {
                if (member.isUp() && !member.isPaused()) {
                    member.isLeader();
                }
            }
        }
    }

    private void handOver(VirtualMember member, @Nullable String to) {
        if (member.isUp()) {
            coverage.fault("hand over");
            long call = cluster.nextCall();
            cluster.invariants().called(member, call);
            member.receive(new Input.HandOver(call, to));
        }
    }

    private void propose(VirtualMember member) {
        if (member.isUp()) {
            long call = cluster.nextCall();
            cluster.invariants().called(member, call);
            member.receive(new Input.Propose(call, new Payload.Application("x" + ++proposals)));
        }
    }

    /**
     * The application's own log: the leader writes, the others copy it by ways of their own. After the faults they copy
     * from each other too: of two members, one may have the longer election log and the other the longer application
     * log, and then neither can lead the other.
     */
    private void applicationWorks() {
        VirtualMember leader = cluster.leader();
        if (leader == null && calm) {
            copy(furthest(), any(users));
        }
        if (leader == null || leader.isPaused()) {
            return;
        }
        LogPosition mine = leader.applicationPosition();
        if (users.nextBoolean()) {
            leader.applicationWrote(new LogPosition(leader.leaseTerm(), mine.index() + 1));
            return;
        }
        copy(leader, any(users));
    }

    private static void copy(VirtualMember from, VirtualMember to) {
        LogPosition position = from.applicationPosition();
        if (to.isUp()
                && !to.isPaused()
                && to.kind() == MemberKind.DATA
                && to.applicationPosition().isBehind(position)) {
            to.applicationWrote(position);
        }
    }

    private VirtualMember furthest() {
        VirtualMember furthest = cluster.members().get(0);
        for (VirtualMember member : cluster.members()) {
            if (furthest.applicationPosition().isBehind(member.applicationPosition())) {
                furthest = member;
            }
        }
        return furthest;
    }

    // -- faults --------------------------------------------------------------------------------------------------

    private void fault() {
        if (calm || known.isEmpty()) {
            return;
        }
        Fault fault = List.copyOf(known).get(faults.nextInt(known.size()));
        if (strike(fault)) {
            coverage.fault(fault.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' '));
        }
    }

    private boolean strike(Fault fault) {
        return switch (fault) {
            case CRASH -> crash(any(faults));
            case CRASH_LEADER -> crash(leaderOr(faults));
            case CRASH_ALL -> crashAll();
            case CLOSE -> close(faults.nextBoolean() ? any(faults) : leaderOr(faults));
            case LOSE_DIRECTORY -> loseDirectory(any(faults));
            case PAUSE -> pause(any(faults), -1);
            case PAUSE_LEADER -> pause(leaderOr(faults), -1);
            case PAUSE_IN_STEP -> pause(faults.nextBoolean() ? any(faults) : leaderOr(faults), faults.nextInt(4));
            case SUSPEND -> suspend(faults.nextBoolean() ? any(faults) : leaderOr(faults));
            case SPLIT -> split();
            case ISOLATE -> isolate(any(faults));
            case ISOLATE_LEADER -> isolate(leaderOr(faults));
            case CUT_ONE_WAY -> cutOneWay();
            case SLOW_LINKS -> slowLinks(faults.nextInt(3) == 0 ? any(faults) : leaderOr(faults));
            case STORM -> storm();
            case SLOW_DISK -> slowDisk(faults.nextBoolean() ? any(faults) : leaderOr(faults));
            case FAILED_WRITE -> failWrite(any(faults));
            case CLOCK_RATES -> changeRates(any(faults));
            case WALL_CLOCK -> jumpWallClock(any(faults));
            case RECONFIGURE -> reconfigure(any(faults));
        };
    }

    private VirtualMember any(RandomGenerator random) {
        return cluster.members().get(random.nextInt(cluster.members().size()));
    }

    private VirtualMember leaderOr(RandomGenerator random) {
        VirtualMember leader = cluster.leader();
        return leader == null ? any(random) : leader;
    }

    private long aWhile() {
        long timeout = timeout();
        return switch (faults.nextInt(4)) {
            case 0 -> faults.nextLong(timeout / 4);
            case 1 -> faults.nextLong(timeout);
            case 2 -> faults.nextLong(3 * timeout);
            default -> faults.nextLong(6 * timeout);
        };
    }

    private void start(VirtualMember member, long bootNanos) {
        if (member.process() == VirtualMember.Process.DOWN) {
            if (faults.nextInt(4) == 0) {
                member.clock().reboot(faults.nextLong(1L << 40));
            }
            member.start(bootNanos, faults.nextLong(timeout() / 2));
        }
    }

    private void restartAfterAWhile(VirtualMember member) {
        long boot = aWhile();
        cluster.at(cluster.nowNanos() + aWhile(), () -> {
            if (!calm) {
                start(member, boot);
            }
        });
    }

    private boolean crash(VirtualMember member) {
        if (member.process() == VirtualMember.Process.DOWN) {
            return false;
        }
        member.crash("is killed");
        restartAfterAWhile(member);
        return true;
    }

    private boolean crashAll() {
        if (faults.nextInt(3) > 0) {
            return false;
        }
        cluster.members().forEach(this::crash);
        return true;
    }

    private boolean close(VirtualMember member) {
        if (!member.isUp() || member.isPaused() || member.isClosing()) {
            return false;
        }
        member.close();
        int life = member.life();
        cluster.at(
                cluster.nowNanos()
                        + 2 * timeout()
                        + member.settings().handoverTimeout().toNanos(),
                () -> {
                    if (!calm && (member.life() == life || member.process() == VirtualMember.Process.DOWN)) {
                        member.crash("is killed while it closes");
                        start(member, timeout() / 10);
                    }
                });
        return true;
    }

    /** Only as long as those who remember decide without it: a quorum that lost its memory does not come back. */
    private boolean loseDirectory(VirtualMember member) {
        if (!mayLoseDirectory(member)) {
            return false;
        }
        member.crash("is killed with its disk");
        cluster.invariants().losing(member);
        member.wipe();
        everWiped[member.index()] = true;
        restartAfterAWhile(member);
        return true;
    }

    private boolean mayLoseDirectory(VirtualMember member) {
        if (suppliesPosition && witnesses > 0) {
            return false;
        }
        LogPosition lost = cluster.invariants().last(member);
        LogPosition bestData = LogPosition.NONE;
        LogPosition bestWitness = LogPosition.NONE;
        int remembering = 0;
        for (VirtualMember other : cluster.members()) {
            if (other == member || !other.kind().votes() || !remembers(other)) {
                continue;
            }
            remembering++;
            if (other.kind() == MemberKind.DATA) {
                bestData = later(bestData, durableLast(other));
            } else {
                bestWitness = later(bestWitness, cluster.invariants().last(other));
            }
        }
        if (member.kind().votes() && remembering < Quorum.of(voters)) {
            return false;
        }
        // What only a witness remembers is a place without its entry.
        return witnesses == 0
                || member.kind() != MemberKind.DATA
                || (!bestData.isBehind(lost) && !bestData.isBehind(bestWitness));
    }

    private static LogPosition later(LogPosition one, LogPosition other) {
        return one.isBehind(other) ? other : one;
    }

    private static LogPosition durableLast(VirtualMember member) {
        var state = member.disk().state();
        return state.entries().isEmpty()
                ? state.base().last()
                : state.entries().get(state.entries().size() - 1).position();
    }

    /** Whether a voter's memory counts: it never lost it, or the log has let it in again. */
    private boolean remembers(VirtualMember voter) {
        if (!everWiped[voter.index()]) {
            return true;
        }
        // It knows that it was let in once the entry that says so is in its base.
        Membership membership = voter.disk().state().base().membership();
        return membership != null
                && membership
                        .member(voter.id())
                        .filter(enrolled ->
                                enrolled.incarnation().equals(voter.disk().incarnation()))
                        .isPresent();
    }

    private boolean pause(VirtualMember member, int afterEffects) {
        if (!member.isUp() || member.isPaused()) {
            return false;
        }
        member.pause(afterEffects);
        resumeAfterAWhile(member);
        return true;
    }

    private boolean suspend(VirtualMember member) {
        if (!member.isUp() || member.isPaused()) {
            return false;
        }
        member.suspend();
        resumeAfterAWhile(member);
        return true;
    }

    private void resumeAfterAWhile(VirtualMember member) {
        int life = member.life();
        cluster.at(cluster.nowNanos() + aWhile(), () -> {
            if (member.life() == life) {
                member.resume();
            }
        });
    }

    private boolean split() {
        boolean[] here = new boolean[cluster.members().size()];
        for (int i = 0; i < here.length; i++) {
            here[i] = faults.nextBoolean();
        }
        for (VirtualMember from : cluster.members()) {
            for (VirtualMember to : cluster.members()) {
                if (here[from.index()] != here[to.index()]) {
                    cut(from, to);
                }
            }
        }
        mendAfterAWhile();
        return true;
    }

    private boolean isolate(VirtualMember member) {
        for (VirtualMember other : cluster.members()) {
            if (other != member) {
                cut(member, other);
                cut(other, member);
            }
        }
        mendAfterAWhile();
        return true;
    }

    private boolean cutOneWay() {
        VirtualMember from = any(faults);
        for (VirtualMember to : cluster.members()) {
            if (to != from && faults.nextBoolean()) {
                if (faults.nextBoolean()) {
                    cut(from, to);
                } else {
                    cut(to, from);
                }
            }
        }
        mendAfterAWhile();
        return true;
    }

    /** All that comes to a member, or all that goes from it, takes long. */
    private boolean slowLinks(VirtualMember member) {
        long nanos = faults.nextLong(timeout());
        boolean inwards = faults.nextInt(3) > 0;
        for (VirtualMember other : cluster.members()) {
            if (other != member) {
                cluster.network().slow(inwards ? other : member, inwards ? member : other, nanos);
            }
        }
        cluster.trace().add(cluster.nowNanos(), member.id(), "*** slow links " + (inwards ? "to it" : "from it"));
        if (faults.nextBoolean()) {
            mendAfterAWhile();
        }
        return true;
    }

    private void cut(VirtualMember from, VirtualMember to) {
        cluster.network().cut(from, to);
        if (cluster.trace().isOn()) {
            cluster.trace().add(cluster.nowNanos(), "", "*** cut " + from + " > " + to);
        }
    }

    private void mendAfterAWhile() {
        cluster.at(cluster.nowNanos() + aWhile(), () -> {
            cluster.network().mendAll();
            cluster.trace().add(cluster.nowNanos(), "", "*** network whole");
        });
    }

    private boolean storm() {
        VirtualNetwork.Weather storm = new VirtualNetwork.Weather();
        storm.loss = 0.4 * faults.nextDouble();
        storm.duplication = 0.3 * faults.nextDouble();
        storm.straggling = faults.nextDouble();
        storm.shortestNanos = weather.shortestNanos;
        storm.typicalNanos = weather.typicalNanos;
        storm.longestNanos = faults.nextLong(2 * timeout()) + weather.typicalNanos;
        storm.callLimitNanos = weather.callLimitNanos;
        storm.reporting = weather.reporting;
        storm.lateResponses = weather.lateResponses;
        cluster.network().weather(storm);
        cluster.trace().add(cluster.nowNanos(), "", "*** storm");
        cluster.at(cluster.nowNanos() + aWhile(), () -> {
            if (!calm) {
                cluster.network().weather(weather);
            }
        });
        return true;
    }

    private boolean slowDisk(VirtualMember member) {
        member.slowDisk(cluster.nowNanos() + aWhile(), 1 + faults.nextLong(3 * timeout()));
        cluster.trace().add(cluster.nowNanos(), member.id(), "*** disk is slow");
        return true;
    }

    private boolean failWrite(VirtualMember member) {
        if (!member.isUp()) {
            return false;
        }
        member.failNextWrite();
        int life = member.life();
        long wait = aWhile() + timeout();
        cluster.at(cluster.nowNanos() + wait, () -> {
            if (!calm && member.life() == life && member.disk().failed()) {
                member.crash("is restarted after its disk failed");
                start(member, timeout() / 10);
            }
        });
        return true;
    }

    private boolean changeRates(VirtualMember member) {
        double monotonic = 1 - drift + 2 * drift * faults.nextDouble();
        double wall = 1 - drift + 2 * drift * faults.nextDouble();
        if (member.isPaused()) {
            return false;
        }
        member.changeClock(() -> member.clock().changeRates(cluster.nowNanos(), monotonic, wall));
        return true;
    }

    private boolean jumpWallClock(VirtualMember member) {
        long by = faults.nextLong(-5 * timeout(), 5 * timeout());
        member.changeClock(() -> member.clock().jumpWall(cluster.nowNanos(), by));
        return true;
    }

    /** The timeout is changed in a rolling restart: from the short to the long one, or back. */
    private boolean reconfigure(VirtualMember member) {
        ElectionSettings s = member.settings();
        long timeout = s.electionTimeout().toNanos();
        long other = timeout == longestTimeoutNanos ? longestTimeoutNanos / 3 : longestTimeoutNanos;
        if (!crash(member)) {
            return false;
        }
        member.settings(of(s, member.id(), other));
        return true;
    }
}
