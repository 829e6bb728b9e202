package io.election.core.explorer;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.Input;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The explorer follows only one of two states that it takes to be equal. These tests look at the other one. */
class StatesOfTheWorldTests {

    private static final List<String> IDS = List.of("a", "b", "c");

    @Tag("thorough")
    @Test
    void equalStatesHaveEqualFutures() {
        int compared = 0;
        for (Scope scope : Scopes.all()) {
            compared += compareEqualStates(scope);
        }

        System.out.println("Compared " + compared + " states that count as equal to others");
        assertThat(compared).isGreaterThan(500);
    }

    private static int compareEqualStates(Scope scope) {
        Map<StateKey, World> first = new HashMap<>();
        ArrayDeque<World> toFollow = new ArrayDeque<>();
        World start = scope.start(PlantedDefect.NONE, new Locals(IDS));
        first.put(start.key(), start);
        toFollow.add(start);
        int compared = 0;
        while (compared < 100 && first.size() < 5_000 && !toFollow.isEmpty()) {
            World world = toFollow.poll();
            for (Action action : world.actions()) {
                if (!(world.after(action) instanceof World.Outcome.Next next)) {
                    continue;
                }
                World equal = first.putIfAbsent(next.world().key(), next.world());
                if (equal == null) {
                    toFollow.add(next.world());
                } else if (!equal.isMadeOfTheSame(next.world())) {
                    compared++;
                    assertThat(futures(next.world()))
                            .as("of %s, which counts as equal to %s", next.world(), equal)
                            .isEqualTo(futures(equal));
                }
            }
        }
        return compared;
    }

    /** The keys of the states after one step. */
    private static List<StateKey> futures(World world) {
        List<StateKey> keys = new ArrayList<>();
        for (Action action : world.actions()) {
            World.Outcome outcome = world.after(action);
            keys.add(outcome instanceof World.Outcome.Next next ? next.world().key() : new StateKey(0, 0));
        }
        keys.sort(null);
        return keys;
    }

    @Test
    void copyOfAMemberBehavesLikeTheMemberAndLeavesItAlone() {
        Locals locals = new Locals(IDS);
        World world = Scopes.TRANSFER.start(PlantedDefect.NONE, locals);
        for (int i = 0; i < 60; i++) {
            Action action = world.quickest();
            ExploredMember member = Copier.copy(world.member(action.member()));
            Tokens before = content(member);
            ExploredMember copy = Copier.copy(member);
            copy.pass(Timing.UNIT.toNanos());
            copy.step(new Input.Tick());
            copy.step(new Input.TransferLeadership(1, null));

            assertThat(content(member))
                    .as("the original after a step of its copy")
                    .isEqualTo(before);

            ExploredMember other = Copier.copy(member);
            other.pass(Timing.UNIT.toNanos());
            other.step(new Input.Tick());
            other.step(new Input.TransferLeadership(1, null));
            assertThat(content(other)).as("two copies after the same step").isEqualTo(content(copy));
            assertThat(other.left()).isEqualTo(copy.left());
            world = Scope.next(world, action);
        }
    }

    private static Tokens content(ExploredMember member) {
        return ContentEncoder.of(member, IDS, member.index(), member.nowNanos(), member.durableWrite());
    }

    @Test
    void tellsStatesApartThatDifferInOneField() {
        World world = Scopes.BOND.start(PlantedDefect.NONE, new Locals(IDS));
        List<StateKey> keys = new ArrayList<>(List.of(world.key()));
        for (Action action : world.actions()) {
            keys.add(((World.Outcome.Next) world.after(action)).world().key());
        }

        assertThat(keys).doesNotHaveDuplicates();
    }
}
