package io.election.core.explorer;

import io.election.core.DurableState;
import io.election.core.ElectionSettings;
import io.election.core.EnrolledMember;
import io.election.core.HardState;
import io.election.core.LogPosition;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * What is explored: three members, the state from which they begin, and the bounds.
 *
 * @param name its name
 * @param kinds the kinds of the members a, b and c
 * @param isFounded whether the cluster has been founded
 * @param begin leads from the start of all members to the state with which the exploration begins
 * @param worst leads from there to the state with which long schedules begin, because only a few events are missing there
 *     for what the scope is about
 * @param bounds the bounds
 */
record Scope(
        String name,
        List<MemberKind> kinds,
        boolean isFounded,
        UnaryOperator<World> begin,
        UnaryOperator<World> worst,
        Bounds bounds) {

    private static final List<String> IDS = List.of("a", "b", "c");
    private static final Bounds WITHOUT_BOUNDS = Bounds.of(0, 100, 100);

    Scope with(Bounds changed) {
        return new Scope(name, kinds, isFounded, begin, worst, changed);
    }

    /** The same scope, which begins closer to what it is about. */
    Scope atItsWorst() {
        return new Scope(
                name, kinds, isFounded, world -> worst.apply(begin.apply(world).with(WITHOUT_BOUNDS)), worst, bounds);
    }

    /** The state with which the exploration begins. */
    World start(PlantedDefect planted, Locals locals) {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < kinds.size(); i++) {
            members.add(new Member(IDS.get(i), kinds.get(i), 0, false));
        }
        Local[] all = new Local[members.size()];
        for (int i = 0; i < all.length; i++) {
            ElectionSettings settings = new ElectionSettings(
                    "orders",
                    IDS.get(i),
                    members,
                    Timing.TIMEOUT,
                    Timing.HEARTBEAT,
                    Timing.LEASE,
                    0,
                    Timing.STEP,
                    Timing.HANDOVER,
                    false,
                    1000);
            all[i] = locals.of(
                    new ExploredMember(settings, planted, i, isFounded ? founded(members) : DurableState.NEW));
        }
        World world = new World(all, new long[all.length], List.of(), List.of(), -1, History.EMPTY, WITHOUT_BOUNDS);
        for (int i = 0; i < all.length; i++) {
            world = next(world, new Action(Action.Kind.START, i));
        }
        return begin.apply(world).with(bounds);
    }

    private static DurableState founded(List<Member> members) {
        Membership membership = new Membership(
                "c-1",
                ExploredMember.WALL_MILLIS / 1000,
                members.stream()
                        .map(m -> new EnrolledMember(m.id(), m.kind(), m.id() + "-1", 1))
                        .toList());
        return new DurableState(
                new HardState(1, null, Timing.TIMEOUT),
                new Snapshot(new LogPosition(1, 1), membership, List.of(), 0),
                List.of());
    }

    // ---------------------------------------------------------------------------------------------- how it begins

    /** A rule is broken before the exploration begins, although nothing goes wrong yet. */
    static final class BeginsWrong extends RuntimeException {

        private static final long serialVersionUID = 1L;

        BeginsWrong(String what) {
            super(what);
        }
    }

    static World next(World world, Action action) {
        World.Outcome outcome = world.after(action);
        if (outcome instanceof World.Outcome.Next next) {
            return next.world();
        }
        if (outcome instanceof World.Outcome.Violation violation) {
            throw new BeginsWrong(violation.what());
        }
        throw new IllegalStateException(
                "the exploration does not get to its beginning: too many messages after " + action + " in " + world);
    }

    /** Nothing goes wrong, and all is as quick as can be, until something holds and nothing is under way. */
    static World quietly(World from, Predicate<World> until) {
        return quietly(from, until, -1);
    }

    /** The same, but no message from or to one member ever arrives. */
    static World quietly(World from, Predicate<World> until, int cutOff) {
        World world = from;
        for (int i = 0; i < 1_000; i++) {
            if (cutOff >= 0) {
                world = world.withoutMessagesOf(cutOff);
            }
            if (world.underWay().isEmpty() && isWritten(world) && until.test(world)) {
                return world;
            }
            world = next(world, world.quickest());
        }
        throw new IllegalStateException("the exploration does not get to its beginning; it got to " + world);
    }

    /** The same, but only until something holds: what is under way then stays under way. */
    static World exactly(World from, Predicate<World> until, int cutOff) {
        World world = from;
        for (int i = 0; i < 1_000 && !until.test(world); i++) {
            world = next(
                    world.withoutMessagesOf(cutOff),
                    world.withoutMessagesOf(cutOff).quickest());
        }
        return world;
    }

    private static boolean isWritten(World world) {
        for (int i = 0; i < world.members(); i++) {
            if (world.member(i).unwritten() > 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return name + (bounds.isAnyOrder() ? ", every order" : ", deviations " + bounds.deviations()) + ", crashes "
                + bounds.crashes() + ", losses " + bounds.losses() + ", cuts " + bounds.cuts();
    }
}
