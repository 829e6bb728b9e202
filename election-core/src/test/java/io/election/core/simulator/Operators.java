package io.election.core.simulator;

import io.election.core.ElectionView;
import io.election.core.Input;
import io.election.core.MemberChange;
import io.election.core.Membership;
import io.election.core.PauseTerms;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Who changes the members of a cluster: processes are started that no list names, and members promoted, demoted and removed. In some
 * runs the leadership is paused and resumed as well.
 */
final class Operators {

    private final VirtualCluster cluster;
    private final Plan plan;
    private final Faults faults;
    private final RandomGenerator random;
    private @Nullable RandomGenerator pausing;
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

    /** The leadership is paused and resumed from the beginning on. */
    void pauses(RandomGenerator drawing) {
        pausing = drawing;
        cluster.repeat(drawing, plan.meanBetweenChangesNanos, () -> pauseOrResume(drawing));
    }

    private void pauseOrResume(RandomGenerator drawing) {
        if (calm) {
            return;
        }
        VirtualMember asked =
                cluster.members().get(drawing.nextInt(cluster.members().size()));
        if (!asked.isUp()) {
            return;
        }
        int[] timeouts = {1, 5, 20};
        long millis = plan.longestTimeoutNanos / 1_000_000 * timeouts[drawing.nextInt(3)];
        Membership membership = asked.view().membership();
        Long builds = membership == null || drawing.nextBoolean() ? null : Long.valueOf(membership.version());
        if (drawing.nextInt(3) > 0) {
            long until = asked.reading().wallMillis() + millis;
            wish(asked, new MemberChange.PauseLeadership(asked.id(), new PauseTerms("user", "", until)), builds);
        } else {
            wish(asked, resumption(asked), null);
        }
    }

    private static MemberChange resumption(VirtualMember asked) {
        return new MemberChange.ResumeLeadership(asked.id(), new PauseTerms("user", "", null));
    }

    /** Asks a member to resume. */
    void resume(VirtualMember asked) {
        wish(asked, resumption(asked), null);
    }

    private void wish(VirtualMember asked, MemberChange change, @Nullable Long builds) {
        long call = cluster.nextCall();
        cluster.invariants().called(asked, call);
        asked.receive(new Input.ChangeMembers(call, change, builds, false));
    }

    /** What pauses are drawn from, or {@code null} where there are none. */
    @Nullable RandomGenerator pausing() {
        return pausing;
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
    private String nobodysVoter(@Nullable Membership membership, String otherwise) {
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
