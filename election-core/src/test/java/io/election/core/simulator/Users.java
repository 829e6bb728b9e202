package io.election.core.simulator;

import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.MemberKind;
import java.util.random.RandomGenerator;

/** What applications do in a run: they ask who leads, write entries, and keep logs of their own. */
final class Users {

    private final VirtualCluster cluster;
    private final Plan plan;
    private final RandomGenerator random;
    private boolean calm;
    private int proposals;

    Users(VirtualCluster cluster, Plan plan, RandomGenerator random) {
        this.cluster = cluster;
        this.plan = plan;
        this.random = random;
    }

    void begin() {
        cluster.repeat(random, plan.meanBetweenCallsNanos, this::call);
        if (plan.suppliesPosition) {
            cluster.repeat(random, plan.longestTimeoutNanos / 5, this::applicationWorks);
        }
    }

    /** Nobody calls any more; applications go on copying. */
    void calm() {
        calm = true;
    }

    private void call() {
        if (calm) {
            return;
        }
        VirtualMember leader = cluster.leader();
        VirtualMember member = leader == null || random.nextInt(3) == 0 ? any() : leader;
        switch (random.nextInt(20)) {
            case 0 -> member.receive(new Input.StepMeasured(1 + random.nextLong(plan.longestTimeoutNanos / 10)));
            case 1 -> confirm(member);
            case 2, 3, 4, 5, 6 -> propose(member);
            default -> {
                if (member.isUp() && !member.isPaused()) {
                    member.isLeader();
                }
            }
        }
    }

    void propose(VirtualMember member) {
        if (member.isUp()) {
            long call = cluster.nextCall();
            cluster.invariants().called(member, call);
            member.receive(new Input.Propose(call, cluster.filler("x" + ++proposals)));
        }
    }

    private void confirm(VirtualMember member) {
        if (member.isUp()) {
            long call = cluster.nextCall();
            cluster.invariants().called(member, call);
            cluster.users().asksToConfirm(member, call);
            member.receive(new Input.Confirm(call));
        }
    }

    private VirtualMember any() {
        return cluster.members().get(random.nextInt(cluster.members().size()));
    }

    /**
     * The application's own log: the leader writes, and those who know it as the leader of their term copy it, by ways of
     * their own. After the faults they copy from each other too: of two members, one may have the longer election log and
     * the other the longer application log, and then neither can lead the other.
     */
    private void applicationWorks() {
        VirtualMember leader = cluster.leader();
        if (leader == null && calm) {
            VirtualMember furthest = furthest();
            copy(furthest, any());
        }
        if (leader == null || !leader.isIdle() || !leader.isReady()) {
            return;
        }
        if (random.nextBoolean()) {
            leader.application().write(leader.leaseTerm());
            leader.applicationWrote(leader.application().position());
        } else {
            VirtualMember to = any();
            if (to != leader && cluster.invariants().followsOrIs(to, leader)) {
                copy(leader, to);
            }
        }
        if (leader.isUp()) {
            cluster.invariants().applicationHeld(leader);
        }
    }

    private void copy(VirtualMember from, VirtualMember to) {
        ApplicationLog log = to.application();
        int missing = from.application().size() - log.sharedWith(from.application());
        if (from == to || !to.isIdle() || !to.isReady() || to.kind() != MemberKind.DATA || missing == 0) {
            return;
        }
        int upTo = from.application().size() - (calm || random.nextBoolean() ? 0 : random.nextInt(missing));
        if (log.copy(from.application(), upTo)) {
            cluster.coverage().reached(Coverage.Event.APPLICATION_RECORDS_CUT);
        }
        to.applicationWrote(log.position());
    }

    private VirtualMember furthest() {
        VirtualMember furthest = cluster.members().get(0);
        for (VirtualMember member : cluster.members()) {
            if (counted(furthest).isBehind(counted(member))) {
                furthest = member;
            }
        }
        return furthest;
    }

    private LogPosition counted(VirtualMember member) {
        LogPosition counted = member.isUp() ? cluster.invariants().countedPosition(member) : null;
        return counted == null ? LogPosition.NONE : counted;
    }
}
