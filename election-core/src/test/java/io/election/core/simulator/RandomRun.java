package io.election.core.simulator;

import io.election.core.Input;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Phase;
import io.election.core.Quorum;
import io.election.core.Request;
import io.election.core.Response;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One seed: a cluster drawn from it, a time of faults, and a time of calm in which the cluster has to come to an agreement
 * and to keep it.
 */
final class RandomRun {

    /**
     * Somebody leads within so many of the longest election timeouts after the faults. What may lie before, each at its
     * longest: a real round that is under way, 8, since it doubled; the draw after it, below 8; a leader that stepped down
     * and waits, 2; the bond of a start, 1; one that was asked to stand last, 1; a round that can be won, 1. That is 21, and
     * half as much again for the votes that two candidates split.
     */
    static final int LEADER_LIMIT = 32;

    /** No disk takes longer for one write. */
    private static final int SLOWEST_WRITE = 5;

    /** The wish of an operator ends within so many. */
    private static final int LONGEST_WISH = 12;

    /** All agree within so many: the leader may have to let in, one by one, whoever lost its memory. */
    static final int AGREEMENT_LIMIT = 40;

    private final VirtualCluster cluster;
    private final Coverage coverage;
    private final Plan plan;
    private final Faults faults;
    private final Users users;
    private final Operators operators;
    private final @Nullable StoreUsers storeUsers;
    private final RandomGenerator calmRandom;
    private final long timeout;
    private boolean disks = true;
    private boolean endsWithoutCalm;
    private boolean pauses;
    private final long seed;

    RandomRun(long seed, Trace trace, Coverage coverage) {
        this.seed = seed;
        this.coverage = coverage;
        plan = new Plan(VirtualCluster.random(seed, "plan"), VirtualCluster.random(seed, "changes"));
        timeout = plan.longestTimeoutNanos;
        RandomGenerator ofMemory = VirtualCluster.random(seed, "memory");
        MemoryPlan memory = MemoryPlan.draw(plan, ofMemory);
        if (memory != null) {
            plan.remember(memory, ofMemory);
        }
        cluster = new VirtualCluster(seed, trace, coverage, plan.settings, plan.clocks);
        if (memory != null) {
            cluster.remember(memory);
        }
        if (plan.realJournals) {
            cluster.members().forEach(VirtualMember::useRealJournal);
        }
        for (VirtualMember member : cluster.members()) {
            member.limits(plan.limits);
            member.stepsTake(plan.stepNanos);
            member.exchangesPings();
            if (member.index() >= plan.members.size()) {
                member.saysWhereItIs();
            }
            if (plan.sleepsAHeartbeatAtMost) {
                member.sleepsAHeartbeatAtMost();
            }
        }
        cluster.listeners(plan.listenersNanos);
        cluster.timers(plan.timersNanos);
        cluster.network().weather(plan.weather);
        cluster.network().keepOld(plan.oldMessages);
        if (plan.liar >= 0) {
            cluster.letLie(cluster.members().get(plan.liar));
        }
        faults = new Faults(cluster, coverage, plan, VirtualCluster.random(seed, "faults"));
        users = new Users(cluster, plan, VirtualCluster.random(seed, "users"));
        operators = new Operators(cluster, plan, faults, VirtualCluster.random(seed, "operators"));
        storeUsers = memory == null
                ? null
                : new StoreUsers(cluster, cluster.memory(), plan, faults, VirtualCluster.random(seed, "store users"));
        calmRandom = VirtualCluster.random(seed, "calm");
        cluster.users().watch(VirtualCluster.random(seed, "what users see"), plan.shortestTimeoutNanos / 5);
        trace.add(0, "", "*** faults: " + plan.swarm);
    }

    /**
     * No member has a disk: each restart begins a new memory. What only befalls disks is left out.
     *
     * @param evenAQuorum whether a quorum may forget at once. Nothing then has to come about any more, and the run ends where
     *     nobody remembers anything.
     */
    RandomRun withoutDisks(boolean evenAQuorum) {
        disks = false;
        endsWithoutCalm = evenAQuorum;
        EnumSet<Fault> without = EnumSet.of(
                Fault.LOSE_DIRECTORY,
                Fault.CORRUPT_JOURNAL,
                Fault.TRUNCATE_JOURNAL,
                Fault.FAILED_WRITE,
                Fault.SLOW_DISK);
        if (evenAQuorum) {
            without.add(Fault.LOSE_ALL_DIRECTORIES);
        }
        without.forEach(plan.swarm::leaveOut);
        faults.everyRestartForgets(evenAQuorum);
        return this;
    }

    /** The leadership is paused and resumed as well. What else is drawn stays the same. */
    RandomRun pausing() {
        pauses = true;
        return this;
    }

    /** Whether the logs of this run feed state machines. */
    boolean remembers() {
        return storeUsers != null;
    }

    /** From here on users are shown something else than what is so. */
    RandomRun lying(WhatUsersSee.Lie lie) {
        cluster.users().lie(lie);
        return this;
    }

    /**
     * Runs it all.
     *
     * @throws Violation if a rule does not hold
     */
    void run() {
        if (!disks && plan.liar >= 0 && cluster.liar().member().kind().votes()) {
            // A voter that lies and one that forgets are more than a quorum can bear: nobody would forget.
            return;
        }
        try {
            course();
        } catch (Violation | RuntimeException violation) {
            if (!VirtualCluster.JUDGED_BY_HISTORY_ALONE) {
                throw violation;
            }
        }
        if (storeUsers != null) {
            storeUsers.end();
        }
        // The first step after the end of a lease tells of it: it may have to wait for a slow one, and be as slow
        // itself.
        boolean slow = plan.swarm.knows(Fault.SLOW_LOOP) || plan.swarm.knows(Fault.FLOODED_QUEUE);
        cluster.users().judge(slow ? 3 * timeout : timeout);
        coverage.seen += cluster.users().size();
    }

    private void course() {
        RandomGenerator random = plan.random;
        for (VirtualMember member : cluster.members().subList(0, plan.members.size())) {
            faults.start(
                    member, random.nextInt(100) < 80 ? random.nextLong(timeout / 2 + 1) : random.nextLong(3 * timeout));
        }
        if (random.nextInt(100) < 60) {
            // Most runs have something to lose before it gets lost.
            cluster.run(10 * timeout, () -> cluster.leader() != null);
        }
        long end = cluster.nowNanos() + plan.endOfFaultsNanos;
        faults.begin();
        users.begin();
        if (storeUsers != null) {
            storeUsers.begin();
        }
        operators.begin();
        if (pauses) {
            operators.pauses(VirtualCluster.random(seed, "pauses"));
        }
        if (endsWithoutCalm) {
            cluster.run(end, faults::nothingIsLeft);
            coverage.seeds++;
            coverage.virtualNanos += cluster.nowNanos();
            return;
        }
        cluster.run(end);
        while (cluster.nowNanos() < faults.blackoutUntilNanos() + 10 * timeout && faults.blackoutUntilNanos() > 0) {
            // A cluster that was lost as a whole is founded anew, and has its time of faults too.
            cluster.run(faults.blackoutUntilNanos() + 10 * timeout);
        }
        cluster.trace().add(cluster.nowNanos(), "", "*** the faults stop");
        if (storeUsers != null) {
            storeUsers.calm();
        }
        faults.calm();
        users.calm();
        operators.calm();
        endPauses();
        long begin = cluster.nowNanos();
        if (plan.liar >= 0 && cluster.liar().member().kind().votes()) {
            // What a voter said that is not so may keep the others from agreeing.
            cluster.run(begin + 10 * timeout);
        } else if (somebodyLeads(begin)) {
            agree(begin);
            if (storeUsers != null) {
                storeUsers.writeAndReadOnceMore();
            }
            if (!cluster.run(cluster.nowNanos() + AGREEMENT_LIMIT * timeout, () -> cluster.lateLearner() == null)) {
                throw new Violation("who wishes to join gets the log", String.valueOf(cluster.lateLearner()));
            }
            returns();
        }
        coverage.seeds++;
        coverage.virtualNanos += cluster.nowNanos();
    }

    /** The pauses end by themselves in one half of the runs that have any. Then, or in the other half, every member is asked to resume. */
    private void endPauses() {
        RandomGenerator drawing = operators.pausing();
        if (drawing == null) {
            return;
        }
        if (drawing.nextBoolean()
                && cluster.run(cluster.nowNanos() + AGREEMENT_LIMIT * timeout, this::nobodyIsPaused)) {
            return;
        }
        for (int i = 0; i < LONGEST_WISH && !nobodyIsPaused(); i++) {
            for (VirtualMember member : cluster.members()) {
                if (member.isUp() && member.view().pause() != null) {
                    operators.resume(member);
                }
            }
            cluster.run(cluster.nowNanos() + 2 * timeout);
        }
    }

    private boolean nobodyIsPaused() {
        return cluster.members().stream()
                .noneMatch(member -> member.isUp() && member.view().pause() != null);
    }

    // -- the calm after ------------------------------------------------------------------------------------------

    /** Whether somebody leads soon after the faults: anything else is a defect, but for the one state that is a known limit. */
    private boolean somebodyLeads(long begin) {
        try {
            awaitLeader(begin);
            return true;
        } catch (Violation nobodyLeads) {
            if (!faults.leaveNobodyToElect()) {
                throw nobodyLeads;
            }
            coverage.waitForAnOperator++;
            return false;
        }
    }

    private void agree(long begin) {
        long settled = begin + 3 * timeout;
        @Nullable Membership members = null;
        while (true) {
            awaitAgreement(begin);
            long agreed = cluster.nowNanos();
            VirtualMember leader = cluster.leader();
            long term = leader.leaseTerm();
            Membership inForce = leader.view().membership();
            if (members != null && !members.equals(inForce)) {
                // The leader changes the members by itself, as long as there is somebody to promote or to remove.
                settled = agreed + 3 * timeout;
            }
            members = inForce;
            users.propose(leader);
            cluster.run(agreed + 3 * timeout);
            String disagreement = cluster.disagreement();
            if (disagreement == null && cluster.leader() == leader && leader.leaseTerm() == term) {
                coverage.agreedAfter((agreed - begin) / (double) timeout);
                break;
            }
            // What the faults began may still take its course: a lease that is nearly over, a write, a transfer.
            if (agreed > settled && cluster.leader() == leader && isOfALiarAlone()) {
                coverage.agreedAfter((agreed - begin) / (double) timeout);
                break;
            }
            boolean membersChanged = !Objects.equals(inForce, leader.view().membership());
            if (agreed > settled && !membersChanged) {
                throw new Violation(
                        "an undisturbed leader leads on",
                        leader + " in term " + term + ", now " + cluster.leader() + "; " + disagreement);
            }
        }
        // The wish of an operator waits for its leader, or for an answer that was lost, as long as a handover may take.
        cluster.run(cluster.nowNanos() + LONGEST_WISH * timeout, this::callsAreAnswered);
        for (VirtualMember member : cluster.members()) {
            if (cluster.invariants().openCalls(member) > 0) {
                throw new Violation(
                        "each call is answered in the end",
                        member + " owes " + cluster.invariants().openCalls(member));
            }
        }
        // What the faults made a disk begin, it may still be writing.
        if (!cluster.run(cluster.nowNanos() + SLOWEST_WRITE * timeout, this::requestsAreAnswered)) {
            throw new Violation("requests are answered", "some are not after " + SLOWEST_WRITE + " T");
        }
    }

    private boolean callsAreAnswered() {
        return cluster.members().stream()
                .allMatch(member -> cluster.invariants().openCalls(member) == 0);
    }

    private boolean requestsAreAnswered() {
        return cluster.members().stream()
                .allMatch(member ->
                        member.openExchanges() <= 4 * cluster.members().size());
    }

    private void awaitLeader(long begin) {
        if (!cluster.run(begin + LEADER_LIMIT * timeout, () -> cluster.leader() != null)) {
            throw new Violation(
                    "somebody leads within " + LEADER_LIMIT + " T after the faults", cluster.disagreement() + "");
        }
        coverage.ledAfter((cluster.nowNanos() - begin) / (double) timeout);
    }

    private void awaitAgreement(long begin) {
        long limit = begin + AGREEMENT_LIMIT * timeout;
        String disagreement = cluster.disagreement();
        while (disagreement != null && cluster.nowNanos() < limit) {
            cluster.run(cluster.nowNanos() + timeout / 4);
            disagreement = cluster.disagreement();
        }
        if (disagreement != null && !isOfALiarAlone()) {
            throw new Violation(
                    "the members agree on a leader within " + AGREEMENT_LIMIT + " T after the faults", disagreement);
        }
    }

    /**
     * Whether only an observer that lied lags behind. It may have said that it holds the founding, which it refused, and its
     * leader believes that for as long as its term lasts.
     */
    private boolean isOfALiarAlone() {
        Liar liar = cluster.liar();
        return liar != null
                && liar.member().kind() == MemberKind.OBSERVER
                && cluster.disagreementBesides(liar.member()) == null;
    }

    // -- who returns ---------------------------------------------------------------------------------------------

    private void returns() {
        int drawn = calmRandom.nextInt(100);
        VirtualMember leader = cluster.leader();
        if (leader == null || plan.voters < 3 || drawn >= 25 || !plan.joiners.isEmpty()) {
            return;
        }
        if (!disks
                && !cluster.members().stream().allMatch(member -> member.disk().isQuiet())) {
            // An ambush slowed down a write, which may take as long as the lease. Memory does not.
            return;
        }
        // As the node measures it in a sound network: neighbours in rank stand one after the other within a bond.
        for (VirtualMember member : cluster.members()) {
            member.receive(new Input.StepMeasured(plan.shortestTimeoutNanos / 50));
        }
        if (drawn < 15) {
            minorityReturns(leader);
        } else {
            raisedTermReturns(leader);
        }
    }

    /** Whoever was cut off with too few to elect anybody disturbs nobody when it comes back. */
    private void minorityReturns(VirtualMember leader) {
        long term = leader.leaseTerm();
        List<VirtualMember> others = voters();
        others.remove(leader);
        Collections.shuffle(others, new Random(calmRandom.nextLong()));
        boolean[] gone = new boolean[cluster.members().size()];
        int most = plan.voters - Quorum.of(plan.voters);
        others.subList(0, 1 + calmRandom.nextInt(most)).forEach(member -> gone[member.index()] = true);
        cluster.network().cutBetween(gone);
        cluster.run(cluster.nowNanos() + timeout + calmRandom.nextLong(5 * timeout));
        cluster.network().mendAll();
        cluster.run(cluster.nowNanos() + 3 * timeout);
        String disagreement = cluster.disagreement();
        if (cluster.leader() != leader || leader.leaseTerm() != term || disagreement != null) {
            throw new Violation(
                    "a minority that returns disturbs nobody",
                    leader + " led term " + term + ", now " + cluster.leader() + "; " + disagreement);
        }
        coverage.reached(Coverage.Event.MINORITY_RETURNED);
    }

    /**
     * A member that won pre-votes, and stood in terms of which nobody heard, costs one re-election when it comes back, and of
     * the same leader: all others are bound to that one.
     */
    private void raisedTermReturns(VirtualMember before) {
        long term = before.leaseTerm();
        List<VirtualMember> others = voters();
        others.removeIf(member -> member == before || member.kind() != MemberKind.DATA);
        if (others.isEmpty()) {
            return;
        }
        VirtualMember returning = others.get(calmRandom.nextInt(others.size()));
        cluster.network().drop(envelope -> !isPreVote(envelope, returning.id()));
        boolean raised = cluster.run(
                cluster.nowNanos() + LEADER_LIMIT * timeout,
                () -> returning.election().view(returning.reading()).term() >= term + 2);
        boolean[] gone = new boolean[cluster.members().size()];
        gone[returning.index()] = true;
        cluster.network().cutBetween(gone);
        cluster.network().drop(null);
        if (!raised) {
            // Such as one whose application is behind, so that nobody would vote for it.
            return;
        }
        long begin = cluster.nowNanos();
        awaitLeader(begin);
        // Until whoever was asked to stand last no longer does.
        cluster.run(cluster.nowNanos() + 12 * timeout);
        VirtualMember leader = cluster.leader();
        if (leader == null || leader.leaseTerm() >= returning.view().term()) {
            return;
        }
        long led = coverage.gained;
        cluster.network().mendAll();
        cluster.run(cluster.nowNanos() + 5 * timeout);
        String disagreement = cluster.disagreement();
        if (cluster.leader() != leader || coverage.gained > led + 1 || disagreement != null) {
            throw new Violation(
                    "a member that returns with a higher term costs one re-election of the same leader",
                    leader + " led, now " + cluster.leader() + " after " + (coverage.gained - led) + " elections; "
                            + disagreement);
        }
        coverage.reached(Coverage.Event.RAISED_TERM_RETURNED);
    }

    private static boolean isPreVote(VirtualNetwork.Envelope envelope, String by) {
        return (envelope.message instanceof Request.Vote asked
                        && asked.phase() == Phase.PRE_VOTE
                        && envelope.from.equals(by))
                || (envelope.message instanceof Response.Vote answered
                        && answered.phase() == Phase.PRE_VOTE
                        && envelope.to.equals(by));
    }

    private List<VirtualMember> voters() {
        return new ArrayList<>(cluster.members().stream()
                .filter(member -> member.kind().votes())
                .toList());
    }
}
