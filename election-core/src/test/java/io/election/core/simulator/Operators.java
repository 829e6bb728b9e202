package io.election.core.simulator;

import io.election.core.ElectionView;
import io.election.core.Input;
import io.election.core.MemberChange;
import io.election.core.Membership;
import java.util.List;
import java.util.random.RandomGenerator;

/** Who changes the members of a cluster: processes are started that no list names, and members promoted, demoted and removed. */
final class Operators {

    private final VirtualCluster cluster;
    private final Plan plan;
    private final Faults faults;
    private final RandomGenerator random;
    private boolean calm;

    Operators(VirtualCluster cluster, Plan plan, Faults faults, RandomGenerator random) {
        this.cluster = cluster;
        this.plan = plan;
        this.faults = faults;
        this.random = random;
    }

    void begin() {
        if (!plan.joiners.isEmpty()) {
            cluster.repeat(random, plan.meanBetweenChangesNanos, this::act);
        }
    }

    void calm() {
        calm = true;
    }

    private void act() {
        if (calm) {
            return;
        }
        VirtualMember joiner = cluster.members().get(plan.members.size() + random.nextInt(plan.joiners.size()));
        if (joiner.process() == VirtualMember.Process.DOWN && joiner.life() == 0) {
            faults.start(joiner, random.nextLong(plan.longestTimeoutNanos));
            return;
        }
        VirtualMember leader = cluster.leader();
        VirtualMember asked = leader == null || random.nextBoolean() ? any() : leader;
        if (asked.isUp()) {
            change(asked);
        }
    }

    private void change(VirtualMember asked) {
        ElectionView view = asked.view();
        Membership membership = view.membership();
        String about = any().id();
        MemberChange change = switch (random.nextInt(6)) {
            case 0 -> new MemberChange.Demote(about);
            case 1 -> new MemberChange.Remove(about);
            default -> new MemberChange.Promote(nobodysVoter(membership, about));
        };
        Long builds = membership == null || random.nextInt(3) > 0
                ? null
                : Long.valueOf(membership.version() - (random.nextInt(8) == 0 ? 1 : 0));
        long call = cluster.nextCall();
        cluster.invariants().called(asked, call);
        asked.receive(new Input.ChangeMembers(call, change, builds, random.nextBoolean()));
    }

    /** Somebody who has no vote, where there is one. */
    private String nobodysVoter(@org.jspecify.annotations.Nullable Membership membership, String otherwise) {
        if (membership == null) {
            return otherwise;
        }
        List<String> without = cluster.members().stream()
                .map(VirtualMember::id)
                .filter(id -> !Enrolment.voters(membership).contains(id))
                .toList();
        return without.isEmpty() ? otherwise : without.get(random.nextInt(without.size()));
    }

    private VirtualMember any() {
        return cluster.members().get(random.nextInt(cluster.members().size()));
    }
}
