package io.election.core.simulator;

import io.election.core.ElectionSettings;
import io.election.core.EnrolledMember;
import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Quorum;
import io.election.core.simulator.Fault.Deed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** What strikes a cluster, as its {@link Swarm} draws it, and what repairs it afterwards. */
final class Faults {

    private static final long SECOND = 1_000_000_000;

    /** Each costs a long blackout, and then a time of faults. */
    private static final int MOST_FOUNDINGS_LOST = 2;

    private final VirtualCluster cluster;
    private final Coverage coverage;
    private final Plan plan;
    private final Swarm swarm;
    private final RandomGenerator random;
    private final long timeout;
    private final boolean[] everWiped;
    private final long[] lostAtNanos;
    /** When its journal was damaged, for each member: what was in it is lost from then on. */
    private final long[] damagedAtNanos;

    private boolean calm;
    private boolean forgot;
    private long blackoutUntilNanos = Long.MIN_VALUE;
    private long nobodyForgetsBeforeNanos = Long.MIN_VALUE;
    private int ambushes;
    private int floods;
    private Fault striking = Fault.CRASH;

    Faults(VirtualCluster cluster, Coverage coverage, Plan plan, RandomGenerator random) {
        this.cluster = cluster;
        this.coverage = coverage;
        this.plan = plan;
        this.swarm = plan.swarm;
        this.random = random;
        this.timeout = plan.longestTimeoutNanos;
        this.everWiped = new boolean[cluster.members().size()];
        this.lostAtNanos = new long[everWiped.length];
        this.damagedAtNanos = new long[everWiped.length];
        Arrays.fill(lostAtNanos, Long.MIN_VALUE / 2);
    }

    /**
     * From here on a process that ends takes its memory along, as that of a member without a disk does.
     *
     * @param evenAQuorum whether that may leave no quorum that remembers, which then does not come back; otherwise a memory is
     *     kept where those who remember do not decide without it
     */
    void everyRestartForgets(boolean evenAQuorum) {
        Liar liar = cluster.liar();
        boolean bearable = liar == null || !liar.member().kind().votes();
        for (VirtualMember member : cluster.members()) {
            member.whenItDies(() -> {
                if (evenAQuorum ? bearable && !foundsAlone(member) : mayLoseDirectory(member)) {
                    forgot = true;
                    lose(member);
                    coverage.restartsThatForgot++;
                }
            });
        }
    }

    /**
     * Whether the memory of nobody who may found a cluster has an entry, and one has forgotten what it had: the cluster may be founded
     * anew, also by those who only voted before. Who joined later is on nobody's list, and is not asked then.
     */
    boolean nothingIsLeft() {
        return forgot
                && cluster.members().stream()
                        .filter(member -> member.kind().votes() && member.index() < plan.members.size())
                        .allMatch(member -> durableLast(member).equals(LogPosition.NONE));
    }

    void begin() {
        cluster.repeat(random, plan.meanBetweenFaultsNanos, this::fault);
    }

    /** The faults stop, and everything that is broken is repaired. */
    void calm() {
        calm = true;
        if (cluster.liar() != null) {
            cluster.liar().lies(Long.MIN_VALUE);
        }
        cluster.ambush(null);
        cluster.network().keepOld(0);
        cluster.network().mendAll();
        cluster.network().weather(plan.weather.calm());
        for (VirtualMember member : cluster.members()) {
            member.diskIsSound();
            member.loopIsSound();
            member.resume();
            if (member.isClosing() || member.disk().failed() || hasOtherList(member)) {
                member.crash("is restarted");
            }
            giveBackList(member);
            if (member.process() == VirtualMember.Process.DOWN) {
                replaceDamaged(member);
                member.start(timeout / 10, timeout / 10);
                replaceDamaged(member);
                if (member.process() == VirtualMember.Process.DOWN) {
                    member.start(timeout / 10, timeout / 10);
                }
            }
        }
    }

    /** Until when all members stay down, since no clock must make a second founding look earlier than the first. */
    long blackoutUntilNanos() {
        return blackoutUntilNanos;
    }

    private void fault() {
        if (calm || swarm.isEmpty() || cluster.nowNanos() < blackoutUntilNanos) {
            return;
        }
        striking = swarm.draw(random);
        if (strike(striking)) {
            coverage.reached(striking);
        }
    }

    private boolean strike(Fault fault) {
        return switch (fault) {
            case CRASH -> crash(any());
            case CRASH_LEADER -> crash(leaderOrAny());
            case CRASH_ALL -> crashAll();
            case CLOSE -> close(anyOrLeader());
            case PAUSE -> pause(any(), -1);
            case PAUSE_LEADER -> pause(leaderOrAny(), -1);
            case PAUSE_IN_STEP -> pause(anyOrLeader(), random.nextInt(4));
            case SLOW_LOOP -> slowLoop(anyOrLeader());
            case FLOODED_QUEUE -> flood(anyOrLeader());
            case SUSPEND -> suspend(anyOrLeader());
            case LOSE_DIRECTORY -> loseDirectory(any());
            case LOSE_ALL_DIRECTORIES -> loseAllDirectories();
            case CORRUPT_JOURNAL -> damage(any(), true);
            case TRUNCATE_JOURNAL -> damage(any(), false);
            case SLOW_DISK -> slowDisk(anyOrLeader());
            case FAILED_WRITE -> failWrite(any());
            case SPLIT -> split();
            case ISOLATE -> isolate(any());
            case ISOLATE_LEADER -> isolate(leaderOrAny());
            case CUT_ONE_WAY -> cutOneWay();
            case SLOW_LINKS -> slowLinks(random.nextInt(3) == 0 ? any() : leaderOrAny());
            case STORM -> storm();
            case OLD_MESSAGES -> cluster.network().deliverOld(null, 0.5, aWhile()) > 0;
            case FLAPPING_QUORUM -> flap(2 + random.nextInt(8));
            case SWING_VOTE -> swing();
            case CLOCK_RATES -> changeRates(any());
            case WALL_CLOCK_FORWARD -> jumpWallClock(any(), 1);
            case WALL_CLOCK_BACK -> jumpWallClock(any(), -1);
            case OTHER_TIMING -> retime(any());
            case OTHER_LIST -> otherList(any());
            case LIE -> lie();
            case HAND_OVER -> handOver(random.nextInt(4) == 0 ? any() : leaderOrAny());
            case STEP_DOWN -> stepDown(random.nextInt(4) == 0 ? any() : leaderOrAny());
            case HARD_HANDOVER -> hardHandover();
            case STEP_DOWN_ALONE -> stepDownAlone();
            case AMBUSH -> ambush();
        };
    }

    private VirtualMember any() {
        return cluster.members().get(random.nextInt(cluster.members().size()));
    }

    private VirtualMember leaderOrAny() {
        VirtualMember leader = cluster.leader();
        return leader == null ? any() : leader;
    }

    private VirtualMember anyOrLeader() {
        return random.nextBoolean() ? any() : leaderOrAny();
    }

    private long aWhile() {
        long longest = switch (random.nextInt(4)) {
            case 0 -> timeout / 4;
            case 1 -> timeout;
            case 2 -> 3 * timeout;
            default -> 6 * timeout;
        };
        return random.nextLong(Math.max(1, (long) (longest * swarm.length(striking))));
    }

    private void after(long nanos, Runnable repair) {
        cluster.at(cluster.nowNanos() + nanos, () -> {
            if (!calm) {
                repair.run();
            }
        });
    }

    private void note(String who, String what) {
        cluster.trace().add(cluster.nowNanos(), who, "*** " + what);
    }

    // -- processes -----------------------------------------------------------------------------------------------

    void start(VirtualMember member, long bootNanos) {
        if (member.process() == VirtualMember.Process.DOWN && cluster.nowNanos() >= blackoutUntilNanos) {
            if (random.nextInt(4) == 0) {
                member.clock().reboot(random.nextLong(1L << 40));
            }
            member.start(bootNanos, random.nextLong(timeout / 2));
        }
    }

    private void restartAfterAWhile(VirtualMember member) {
        long boot = aWhile();
        after(aWhile(), () -> start(member, boot));
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
        if (random.nextInt(3) > 0) {
            return false;
        }
        cluster.members().forEach(this::crash);
        return true;
    }

    private boolean close(VirtualMember member) {
        if (!member.isUp() || member.isPaused() || member.isClosing()) {
            return false;
        }
        member.close(!plan.joiners.isEmpty() && random.nextBoolean());
        int life = member.life();
        after(2 * timeout + member.settings().handoverTimeout().toNanos(), () -> {
            if (member.life() == life || member.process() == VirtualMember.Process.DOWN) {
                member.crash("is killed while it closes");
                start(member, timeout / 10);
            }
        });
        return true;
    }

    private boolean pause(VirtualMember member, int afterEffects) {
        if (!member.isUp() || member.isPaused()) {
            return false;
        }
        member.pause(afterEffects);
        resumeAfterAWhile(member);
        return true;
    }

    /** From a little slower than usual to a step for each half of T. */
    private boolean slowLoop(VirtualMember member) {
        member.slowLoop(cluster.nowNanos() + aWhile(), 2 + random.nextLong(timeout / (1L << random.nextInt(12))));
        note(member.id(), "loop is slow");
        return true;
    }

    /** As many messages as may wait, and more, at a member that takes up to 2 T for them. */
    private boolean flood(VirtualMember member) {
        boolean low = member.limits() == NodeLimits.LOW;
        if (!member.isUp() || (!low && floods++ > 0)) {
            return false;
        }
        int times = member.limits().inputs() * 5 / 4 + (low ? random.nextInt(100) : 0);
        if (!cluster.network().flood(member, times, timeout / 100)) {
            return false;
        }
        member.slowLoop(cluster.nowNanos() + 2 * timeout, 2 + random.nextLong(2 * timeout / times));
        note(member.id(), "is flooded");
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

    // -- memories ------------------------------------------------------------------------------------------------

    /** Only as long as those who remember decide without it: a quorum that lost its memory does not come back. */
    private boolean loseDirectory(VirtualMember member) {
        if (!mayLoseDirectory(member)) {
            return false;
        }
        nobodyForgetsBeforeNanos = cluster.nowNanos() + 3 * timeout;
        member.crash("is killed with its disk");
        lose(member);
        restartAfterAWhile(member);
        return true;
    }

    private void lose(VirtualMember member) {
        lose(member, cluster.nowNanos());
    }

    private void lose(VirtualMember member, long sinceNanos) {
        cluster.invariants().losing(member);
        member.wipe();
        everWiped[member.index()] = true;
        lostAtNanos[member.index()] = sinceNanos;
        cluster.network().deliverOld(member, 0.5, 2 * aWhile());
    }

    /** Who founded a cluster alone, in which others are by now, and forgets it, founds another one alone. */
    private boolean foundsAlone(VirtualMember member) {
        return !plan.joiners.isEmpty() && plan.voters == 1 && member.index() < plan.members.size();
    }

    private boolean mayLoseDirectory(VirtualMember member) {
        if (!plan.joiners.isEmpty()) {
            return !foundsAlone(member)
                    && plan.witnesses == 0
                    && plan.joiners.stream().noneMatch(joiner -> joiner.kind() == MemberKind.WITNESS)
                    && !plan.suppliesPosition
                    && cluster.nowNanos() >= nobodyForgetsBeforeNanos
                    && cluster.invariants().membershipsInForce().stream().allMatch(m -> decidesWithout(member, m));
        }
        Liar liar = cluster.liar();
        if (liar != null && liar.member().kind().votes()) {
            // A voter that lies and one that forgets are more than a quorum can bear.
            return false;
        }
        if (plan.suppliesPosition && plan.witnesses > 0) {
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
        if (member.kind().votes() && remembering < Quorum.of(plan.voters)) {
            return false;
        }
        if (plan.suppliesPosition && member.kind().votes() && !leavesSomebodyAheadInBothLogs(member, lost)) {
            return false;
        }
        // What only a witness remembers is a place without its entry.
        return plan.witnesses == 0
                || member.kind() != MemberKind.DATA
                || (!bestData.isBehind(lost) && !bestData.isBehind(bestWitness));
    }

    /** Whether of the voters of a membership, without this one, a quorum remembers. */
    private boolean decidesWithout(VirtualMember member, Membership membership) {
        // A learner may be promoted for as long as it seems to be there. It is a voter then, and has forgotten.
        boolean votes = Enrolment.voters(membership).contains(member.id());
        int voters = Enrolment.voters(membership).size() + (votes ? 0 : 1);
        int remembering = 0;
        for (EnrolledMember named : membership.members()) {
            VirtualMember voter = cluster.member(named.id());
            if (voter != member && Enrolment.votes(named) && remembers(voter, named)) {
                remembering++;
            }
        }
        return remembering >= Quorum.of(voters);
    }

    private static boolean remembers(VirtualMember voter, EnrolledMember named) {
        if (voter.disk().isDamaged() || !voter.disk().incarnation().equals(named.incarnation())) {
            return false;
        }
        Membership known = voter.disk().state().snapshot().membership();
        return Enrolment.countsAtOnce(named)
                || (known != null
                        && known.member(named.id()).filter(named::equals).isPresent());
    }

    /**
     * Whether some other member's log and application are both as far as anybody's. Where one is further in its log and one
     * in its application, it takes a third to be elected, who may be the one that is about to forget (a limit of the
     * protocol).
     */
    private boolean leavesSomebodyAheadInBothLogs(VirtualMember member, LogPosition lost) {
        List<VirtualMember> others = cluster.members().stream()
                .filter(other -> other != member && other.kind() == MemberKind.DATA && remembers(other))
                .toList();
        return others.stream()
                .anyMatch(best -> !durableLast(best).isBehind(lost)
                        && others.stream().allMatch(other -> isAheadInBothLogs(best, other)));
    }

    /** Whether the state in which nobody can be elected is one of the known limits of the protocol, out of which only an operator helps. */
    boolean leaveNobodyToElect() {
        return plan.joiners.isEmpty() ? applicationsLeaveNobody() : aVoteWasTakenUnawares();
    }

    /**
     * Whether a leader took one voter's vote while it still counted on another one, whose memory was lost just before: those who are
     * left are no quorum.
     */
    private boolean aVoteWasTakenUnawares() {
        return cluster.invariants().membershipsInForce().stream().anyMatch(inForce -> {
            Long taken = cluster.invariants().voteTakenAtNanos(inForce);
            return taken != null
                    && remembering(inForce)
                            < Quorum.of(Enrolment.voters(inForce).size())
                    && Enrolment.voters(inForce).stream()
                            .map(cluster::member)
                            .anyMatch(voter -> lostAtNanos[voter.index()] <= taken
                                    && taken - lostAtNanos[voter.index()] <= 2 * plan.longestTimeoutNanos);
        });
    }

    private long remembering(Membership membership) {
        return membership.members().stream()
                .filter(named -> Enrolment.votes(named) && remembers(cluster.member(named.id()), named))
                .count();
    }

    /**
     * Whether of those who remember, nobody is as far in its log and in its application as a quorum, where a memory was lost.
     */
    private boolean applicationsLeaveNobody() {
        List<VirtualMember> voters = cluster.members().stream()
                .filter(member -> member.kind().votes())
                .toList();
        List<VirtualMember> remembering =
                voters.stream().filter(this::remembers).toList();
        return plan.suppliesPosition
                && remembering.size() < voters.size()
                && remembering.stream()
                        .filter(best -> best.kind() == MemberKind.DATA)
                        .noneMatch(best -> remembering.stream()
                                        .filter(other -> other == best || isAheadInBothLogs(best, other))
                                        .count()
                                >= Quorum.of(plan.voters));
    }

    private boolean isAheadInBothLogs(VirtualMember one, VirtualMember other) {
        LogPosition counted = cluster.invariants().countedPositionOnDisk(one);
        LogPosition otherInMemory = cluster.invariants().countedPosition(other);
        return !durableLast(one).isBehind(durableLast(other))
                && !durableLast(one).isBehind(cluster.invariants().last(other))
                && !counted.isBehind(cluster.invariants().countedPositionOnDisk(other))
                && (otherInMemory == null || !counted.isBehind(otherInMemory));
    }

    private static LogPosition later(LogPosition one, LogPosition other) {
        return one.isBehind(other) ? other : one;
    }

    private static LogPosition durableLast(VirtualMember member) {
        var state = member.disk().state();
        return state.entries().isEmpty()
                ? state.snapshot().last()
                : state.entries().get(state.entries().size() - 1).position();
    }

    /** Whether a voter's memory counts: it never lost it, or the log has let it in again. */
    private boolean remembers(VirtualMember voter) {
        if (voter.disk().isDamaged()) {
            return false;
        }
        if (!everWiped[voter.index()]) {
            return true;
        }
        // It knows that it was let in once the entry that says so is in its snapshot.
        Membership membership = voter.disk().state().snapshot().membership();
        return membership != null
                && membership
                        .member(voter.id())
                        .filter(enrolled ->
                                enrolled.incarnation().equals(voter.disk().incarnation()))
                        .isPresent();
    }

    /** All memory is lost at once; what is founded next is another cluster. */
    private boolean loseAllDirectories() {
        if (random.nextInt(6) > 0 || cluster.founding() == MOST_FOUNDINGS_LOST) {
            return false;
        }
        for (VirtualMember member : cluster.members()) {
            member.crash("is killed, and all disks are lost");
            member.wipe();
            member.application().clear();
            member.applicationWrote(LogPosition.NONE);
            everWiped[member.index()] = false;
        }
        cluster.forgetFounding();
        coverage.reached(Coverage.Event.FOUNDED_ANEW);
        // Longer than the clocks of any two members can be apart by now.
        blackoutUntilNanos = cluster.nowNanos() + 45 * SECOND + cluster.nowNanos() / 5;
        for (VirtualMember member : cluster.members()) {
            long boot = aWhile();
            cluster.at(blackoutUntilNanos + aWhile(), () -> {
                if (!calm) {
                    start(member, boot);
                }
            });
        }
        for (int i = 1; i <= 3; i++) {
            cluster.at(
                    blackoutUntilNanos + 3 * i * timeout,
                    () -> cluster.network().deliverOld(null, 1, 2 * timeout));
        }
        return true;
    }

    /** Its member refuses to start on it, until somebody removes the directory. */
    private boolean damage(VirtualMember member, boolean aBit) {
        if (!mayLoseDirectory(member) || member.disk().isDamaged()) {
            return false;
        }
        nobodyForgetsBeforeNanos = cluster.nowNanos() + 3 * timeout;
        member.crash("is killed, and its journal is damaged");
        damagedAtNanos[member.index()] = cluster.nowNanos();
        if (aBit) {
            member.disk().corrupt(random);
        } else {
            member.disk().truncate(random);
        }
        restartAfterAWhile(member);
        after(aWhile() + timeout, () -> {
            if (member.process() == VirtualMember.Process.DOWN) {
                replaceDamaged(member);
                start(member, timeout / 10);
            }
        });
        return true;
    }

    private void replaceDamaged(VirtualMember member) {
        if (member.process() == VirtualMember.Process.DOWN && member.disk().isDamaged()) {
            lose(member, damagedAtNanos[member.index()]);
        }
    }

    private boolean slowDisk(VirtualMember member) {
        member.slowDisk(cluster.nowNanos() + aWhile(), 1 + random.nextLong(3 * timeout));
        note(member.id(), "disk is slow");
        return true;
    }

    private boolean failWrite(VirtualMember member) {
        if (!member.isUp()) {
            return false;
        }
        if (random.nextInt(3) == 0) {
            // It fails only after a while, in which the member may have given its leader up.
            member.slowDisk(cluster.nowNanos() + timeout, 1 + random.nextLong(4 * timeout));
        } else if (random.nextBoolean()) {
            soon(member::probeFails);
        }
        member.failNextWrite();
        int life = member.life();
        after(aWhile() + timeout, () -> {
            if (member.life() == life && member.disk().failed()) {
                member.crash("is restarted after its disk failed");
                start(member, timeout / 10);
            }
        });
        return true;
    }

    // -- the network ---------------------------------------------------------------------------------------------

    private boolean split() {
        boolean[] here = new boolean[cluster.members().size()];
        for (int i = 0; i < here.length; i++) {
            here[i] = random.nextBoolean();
        }
        cutBetween(here);
        mendAfterAWhile();
        return true;
    }

    private void cutBetween(boolean[] here) {
        cluster.network().cutBetween(here);
        if (cluster.trace().isOn()) {
            List<VirtualMember> cutOff =
                    cluster.members().stream().filter(m -> here[m.index()]).toList();
            note("", "cut " + cutOff + " from all others");
        }
    }

    private boolean isolate(VirtualMember member) {
        boolean[] here = new boolean[cluster.members().size()];
        here[member.index()] = true;
        cutBetween(here);
        mendAfterAWhile();
        return true;
    }

    private boolean cutOneWay() {
        VirtualMember from = any();
        for (VirtualMember to : cluster.members()) {
            if (to != from && random.nextBoolean()) {
                if (random.nextBoolean()) {
                    cut(from, to);
                } else {
                    cut(to, from);
                }
            }
        }
        mendAfterAWhile();
        return true;
    }

    /** A quorum is lost, and regained, and lost again, each for about as long as a lease or a promise lasts. */
    private boolean flap(int times) {
        if (plan.voters == 1) {
            return false;
        }
        boolean[] here = new boolean[cluster.members().size()];
        VirtualMember leader = leaderOrAny();
        if (random.nextBoolean()) {
            here[leader.index()] = true;
            cutBetween(here);
        } else {
            for (VirtualMember alone : cluster.members()) {
                Arrays.fill(here, false);
                here[alone.index()] = true;
                cutBetween(here);
            }
        }
        long lost = random.nextLong(timeout * 8 / 5) + 1;
        long regained = random.nextLong(timeout * 8 / 5) + 1;
        after(lost, () -> {
            cluster.network().mendAll();
            if (times > 1) {
                after(regained, () -> flap(times - 1));
            }
        });
        return true;
    }

    /** Two halves, neither of which is a quorum without one voter, and that one now with the one, then with the other. */
    private boolean swing() {
        List<VirtualMember> voters = new ArrayList<>(
                cluster.members().stream().filter(m -> m.kind().votes()).toList());
        if (voters.size() < 3) {
            return false;
        }
        VirtualMember swing = swingVoter(voters);
        boolean[] here = new boolean[cluster.members().size()];
        voters.remove(swing);
        for (int i = 0; i < (plan.voters - 1) / 2; i++) {
            here[voters.remove(random.nextInt(voters.size())).index()] = true;
        }
        note(swing.id(), "is the swing vote");
        swing(swing, here, 1 + random.nextInt(4));
        return true;
    }

    /** A witness, or one whose memory is new, rather than any other. */
    private VirtualMember swingVoter(List<VirtualMember> voters) {
        VirtualMember swing = voters.get(random.nextInt(voters.size()));
        if (random.nextInt(3) == 0) {
            loseDirectory(swing);
        } else {
            for (VirtualMember voter : voters) {
                if (!remembers(voter) || (voter.kind() == MemberKind.WITNESS && random.nextBoolean())) {
                    swing = voter;
                }
            }
        }
        if (!remembers(swing)) {
            coverage.reached(Coverage.Event.CATCHING_UP_MEMBER_WAS_THE_SWING_VOTE);
        }
        if (swing.kind() == MemberKind.WITNESS) {
            coverage.reached(Coverage.Event.WITNESS_WAS_THE_SWING_VOTE);
        }
        return swing;
    }

    private void swing(VirtualMember swing, boolean[] here, int times) {
        cluster.network().mendAll();
        if (times == 0) {
            return;
        }
        here[swing.index()] = times % 2 == 0;
        cutBetween(here);
        after(timeout / 2 + aWhile(), () -> swing(swing, here, times - 1));
    }

    /** All that comes to a member, or all that goes from it, takes long. */
    private boolean slowLinks(VirtualMember member) {
        long nanos = random.nextLong(timeout);
        boolean inwards = random.nextInt(3) > 0;
        for (VirtualMember other : cluster.members()) {
            if (other != member) {
                cluster.network().slow(inwards ? other : member, inwards ? member : other, nanos);
            }
        }
        note(member.id(), "slow links " + (inwards ? "to it" : "from it"));
        if (random.nextBoolean()) {
            mendAfterAWhile();
        }
        return true;
    }

    private void cut(VirtualMember from, VirtualMember to) {
        cluster.network().cut(from, to);
        if (cluster.trace().isOn()) {
            note("", "cut " + from + " > " + to);
        }
    }

    private void mendAfterAWhile() {
        cluster.at(cluster.nowNanos() + aWhile(), () -> {
            if (!calm) {
                cluster.network().mendAll();
                note("", "network whole");
            }
        });
    }

    private boolean storm() {
        VirtualNetwork.Weather weather = plan.weather;
        VirtualNetwork.Weather storm = new VirtualNetwork.Weather();
        storm.loss = 0.4 * random.nextDouble();
        storm.duplication = 0.3 * random.nextDouble();
        storm.straggling = random.nextDouble();
        storm.shortestNanos = weather.shortestNanos;
        storm.typicalNanos = weather.typicalNanos;
        storm.longestNanos = random.nextLong(2 * timeout) + weather.typicalNanos;
        storm.callLimitNanos = weather.callLimitNanos;
        storm.reporting = weather.reporting;
        storm.lateResponses = weather.lateResponses;
        cluster.network().weather(storm);
        note("", "storm");
        after(aWhile(), () -> cluster.network().weather(weather));
        return true;
    }

    // -- clocks --------------------------------------------------------------------------------------------------

    private boolean changeRates(VirtualMember member) {
        if (member.isPaused()) {
            return false;
        }
        double monotonic = plan.rate(random);
        double wall = plan.rate(random);
        member.changeClock(() -> member.clock().changeRates(cluster.nowNanos(), monotonic, wall));
        return true;
    }

    private boolean jumpWallClock(VirtualMember member, int direction) {
        long by = direction * random.nextLong(5 * timeout);
        member.changeClock(() -> member.clock().jumpWall(cluster.nowNanos(), by));
        return true;
    }

    // -- configurations ------------------------------------------------------------------------------------------

    /** One member of a rolling change: it goes, in good order or not, and comes back with other durations. */
    private boolean retime(VirtualMember member) {
        ElectionSettings other = plan.retimed(member.settings(), random);
        boolean goes = random.nextBoolean() ? close(member) : crash(member);
        if (goes) {
            // A process that closes keeps the settings that it has.
            member.settings(other);
        }
        return goes;
    }

    /**
     * One member comes back with another list. It must not start where the cluster has been founded, and found nothing where
     * it has not. In each such list stands somebody who does not exist: else it might be the list of a cluster that could be
     * founded.
     */
    private boolean otherList(VirtualMember member) {
        if (hasOtherList(member)) {
            return false;
        }
        List<Member> other = new ArrayList<>(plan.members);
        int replaced = random.nextInt(other.size());
        Member kept = other.get(replaced);
        MemberKind kind = MemberKind.values()[random.nextInt(MemberKind.values().length)];
        switch (random.nextInt(3)) {
            case 0 -> other.add(new Member("y", MemberKind.DATA, 0, false));
            case 1 -> other.set(replaced, new Member(kept.id(), kind, kept.priority(), false));
            default -> other.remove(replaced);
        }
        other.add(new Member("z", MemberKind.DATA, 0, false));
        ElectionSettings settings;
        try {
            settings = Plan.withMembers(member.settings(), other);
        } catch (IllegalArgumentException impossible) {
            return false;
        }
        if (!settings.self().kind().equals(member.kind()) || !crash(member)) {
            return false;
        }
        member.settings(settings);
        after(aWhile() + timeout, () -> {
            member.crash("is given the right list");
            giveBackList(member);
            start(member, timeout / 10);
        });
        return true;
    }

    private boolean hasOtherList(VirtualMember member) {
        return member.settings().members().size()
                        != plan.members.size() + (member.index() < plan.members.size() ? 0 : 1)
                || member.settings().member("z").isPresent();
    }

    private void giveBackList(VirtualMember member) {
        if (hasOtherList(member)) {
            member.settings(Plan.withMembers(member.settings(), plan.members));
        }
    }

    /** The member that may lie does so for a while, and asks the others what it likes. */
    private boolean lie() {
        Liar liar = cluster.liar();
        if (liar == null || !liar.member().isUp()) {
            return false;
        }
        liar.lies(cluster.nowNanos() + aWhile());
        note(liar.member().id(), "lies");
        long apart = timeout / (1L << random.nextInt(8));
        for (int i = 0; i < 20; i++) {
            after(i * apart, () -> liar.speaks(1 + random.nextInt(3)));
        }
        return true;
    }

    // -- what users wish -----------------------------------------------------------------------------------------

    private boolean handOver(VirtualMember member) {
        if (!member.isUp()) {
            return false;
        }
        long call = cluster.nextCall();
        cluster.invariants().called(member, call);
        member.receive(new Input.TransferLeadership(call, random.nextBoolean() ? null : any().id()));
        return true;
    }

    private boolean stepDown(VirtualMember member) {
        if (!member.isUp()) {
            return false;
        }
        long call = cluster.nextCall();
        cluster.invariants().called(member, call);
        member.receive(new Input.StepDown(call));
        return true;
    }

    /**
     * The leader's agreed successor falls silent, or closes, between the end of the lease and TimeoutNow. Of the others, one has not
     * written what all must hold, or has a memory that is not let in before the next leader is there.
     */
    private boolean hardHandover() {
        VirtualMember leader = cluster.leader();
        if (leader == null || cluster.isAmbushed()) {
            return false;
        }
        List<VirtualMember> others = new ArrayList<>(cluster.members().stream()
                .filter(m -> m != leader && m.isUp() && m.kind() == MemberKind.DATA)
                .toList());
        if (others.size() < 2) {
            return false;
        }
        VirtualMember successor = others.remove(random.nextInt(others.size()));
        VirtualMember other = others.get(random.nextInt(others.size()));
        cluster.listeners(timeout / (1 + random.nextInt(4)));
        if (random.nextBoolean() && mayLoseDirectory(other)) {
            other.crash("is killed with its disk");
            lose(other);
            other.start(timeout / 100, timeout / 100);
            after(timeout / 100 + random.nextLong(timeout / 5), () -> handOverAndSilence(leader, successor));
        } else {
            other.slowDisk(cluster.nowNanos() + 2 * timeout, 4 * timeout);
            propose(leader, "lags");
            after(random.nextLong(timeout / 5), () -> handOverAndSilence(leader, successor));
        }
        return true;
    }

    private void handOverAndSilence(VirtualMember leader, VirtualMember successor) {
        if (cluster.leader() != leader || cluster.isAmbushed()) {
            return;
        }
        int mine = ++ambushes;
        cluster.ambush((member, reached) -> {
            if (member == leader && reached == Moment.LEASE_GIVEN_UP) {
                cluster.ambush(null);
                Fault before = striking;
                striking = Fault.HARD_HANDOVER;
                if (random.nextInt(3) > 0) {
                    isolate(successor);
                } else {
                    soon(() -> close(successor));
                }
                striking = before;
            }
        });
        after(2 * timeout, () -> {
            if (ambushes == mine) {
                cluster.ambush(null);
            }
        });
        long call = cluster.nextCall();
        cluster.invariants().called(leader, call);
        leader.receive(new Input.TransferLeadership(call, successor.id()));
        cluster.listeners(plan.listenersNanos);
    }

    private void propose(VirtualMember leader, String what) {
        long call = cluster.nextCall();
        cluster.invariants().called(leader, call);
        leader.receive(new Input.Propose(call, cluster.filler(what)));
    }

    /**
     * The leader keeps its lease by witnesses, or by data members that reach it, while others stand in vain. It gives the lease up
     * without a successor, and at once hears from everybody.
     */
    private boolean stepDownAlone() {
        VirtualMember leader = cluster.leader();
        if (leader == null || plan.voters < 3) {
            return false;
        }
        boolean all = plan.witnesses > 0;
        for (VirtualMember other : cluster.members()) {
            if (other != leader && other.kind() == MemberKind.DATA && (all || random.nextBoolean())) {
                cut(leader, other);
                cut(other, leader);
            }
        }
        int life = leader.life();
        after(timeout + random.nextLong(2 * timeout), () -> {
            cluster.network().mendAll();
            note("", "network whole");
            if (leader.life() == life && cluster.leader() == leader) {
                stepDown(leader);
            }
        });
        return true;
    }

    // -- at the worst moment -------------------------------------------------------------------------------------

    /** Waits for a moment, on one member or on any, and strikes there, or strikes the leader then. */
    private boolean ambush() {
        if (cluster.isAmbushed()) {
            return false;
        }
        Moment moment = Moment.values()[random.nextInt(Moment.values().length)];
        Deed deed = Deed.values()[random.nextInt(Deed.values().length)];
        VirtualMember only = random.nextInt(3) == 0 ? any() : null;
        boolean atTheLeader = random.nextInt(4) == 0;
        ambushes++;
        note("", deed + " waits for " + moment);
        cluster.ambush((member, reached) -> {
            if (reached == moment && (only == null || only == member)) {
                cluster.ambush(null);
                strike(moment, deed, atTheLeader ? leaderOr(member) : member);
            }
        });
        if (moment == Moment.LEASE_NEARLY_OVER) {
            awaitEndOfLease(deed);
        } else {
            provoke(moment);
            int mine = ambushes;
            after((moment == Moment.TAIL_BEING_CUT ? 8 : 2) * timeout + aWhile(), () -> {
                if (ambushes == mine) {
                    cluster.ambush(null);
                }
            });
        }
        return true;
    }

    private VirtualMember leaderOr(VirtualMember member) {
        VirtualMember leader = cluster.leader();
        return leader == null ? member : leader;
    }

    /** Some moments come only where somebody makes them come. */
    private void provoke(Moment moment) {
        VirtualMember leader = cluster.leader();
        if (leader == null || random.nextBoolean()) {
            return;
        }
        switch (moment) {
            case TIMEOUT_NOW_HAS_LEFT, LEASE_GIVEN_UP -> handOver(leader);
            case PRE_VOTE_ASKED -> isolate(leader);
            case OWN_VOTE_BEING_WRITTEN,
                    VOTE_BEING_WRITTEN,
                    OPENING_BEING_WRITTEN,
                    VOTE_HAS_LEFT,
                    LEADERSHIP_GAINED -> {
                if (random.nextBoolean()) {
                    handOver(leader);
                } else {
                    isolate(leader);
                }
            }
            case MEMBERSHIP_BEING_WRITTEN -> loseDirectory(any());
            case LEASE_LOST -> isolate(leader);
            case TAIL_BEING_CUT -> {
                // What only a deposed leader has is cut when it follows another.
                isolate(leader);
                for (int i = 0; i < 3; i++) {
                    propose(leader, "tail " + i);
                }
            }
            default -> {
                // Comes by itself.
            }
        }
    }

    /** The leader is cut off, and struck just before its lease ends. */
    private void awaitEndOfLease(Deed deed) {
        VirtualMember leader = cluster.leader();
        if (leader == null || leader.leadsUntilNanos() == Long.MAX_VALUE) {
            cluster.ambush(null);
            return;
        }
        isolate(leader);
        long before = timeout / (10L << random.nextInt(6));
        int life = leader.life();
        awaitEndOfLease(leader, life, deed, before);
    }

    private void awaitEndOfLease(VirtualMember leader, int life, Deed deed, long before) {
        long left = leader.leadsUntilNanos() - cluster.nowNanos();
        if (leader.life() != life || left <= 0) {
            cluster.ambush(null);
        } else if (left > before) {
            after(left - before, () -> awaitEndOfLease(leader, life, deed, before));
        } else {
            cluster.ambush(null);
            strike(Moment.LEASE_NEARLY_OVER, deed, leader);
        }
    }

    private void strike(Moment moment, Deed deed, VirtualMember member) {
        note(member.id(), deed + " at " + moment);
        Fault before = striking;
        striking = Fault.AMBUSH;
        boolean struck = switch (deed) {
            case CRASH -> crash(member);
            case CRASH_AND_LOSE_DIRECTORY -> loseDirectory(member);
            case PAUSE -> pause(member, -1);
            case ISOLATE -> isolate(member);
            case FAIL_WRITE -> failWrite(member);
            case HAND_OVER -> soon(() -> handOver(member));
            case STEP_DOWN -> soon(() -> stepDown(member));
            case CLOSE -> soon(() -> close(member));
            case LIE -> lie();
        };
        striking = before;
        if (struck) {
            coverage.reached(moment);
            coverage.reached(deed);
        }
    }

    /** A wish is one more input: it comes after the step that is being carried out, at the same instant. */
    private boolean soon(Runnable wish) {
        after(0, wish);
        return true;
    }
}
