package io.election.core.explorer;

import java.util.ArrayList;
import java.util.List;

/**
 * A schedule that breaks a rule.
 *
 * @param what which rule it breaks, and how
 * @param steps what happens, and what it leads to, in order
 */
record Counterexample(String what, List<String> steps) {

    static Counterexample of(World start, short[] path, String what) {
        List<String> steps = new ArrayList<>();
        World world = start;
        for (int i = 0; i < path.length; i++) {
            Action action = world.actions().get(path[i]);
            String text = String.format("%3d  %s", i + 1, described(action, world));
            World.Outcome outcome = world.after(action);
            if (outcome instanceof World.Outcome.Next next) {
                world = next.world();
                steps.add(text + "\n       → " + world.member(action.member()));
            } else {
                steps.add(text + "\n       → " + what);
            }
        }
        return new Counterexample(what, steps);
    }

    private static String described(Action action, World world) {
        String id = world.member(action.member()).id();
        return switch (action.kind()) {
            case DELIVER -> "arrives: " + action.message();
            case HOLD_UP -> "is held up: " + action.message();
            case CUT_OFF -> id + " is cut off for good";
            case DELIVER_AND_KEEP -> "arrives, and will arrive again: " + action.message();
            case FAIL -> id + " learns that there will be no answer: " + action.message();
            case TIMER -> passed(action, world) + "the timer of " + id;
            case TIMER_AFTER_LOSS -> "all under way is lost; " + passed(action, world) + "the timer of " + id;
            case TIMER_BEFORE_ANOTHER -> passed(action, world) + "the timer of " + id + ", before an earlier one";
            case WRITE -> id + " finishes " + action.detail() + " write" + (action.detail() == 1 ? "" : "s");
            case CRASH ->
                id + " dies; of its " + world.member(action.member()).unwritten() + " unfinished writes the first "
                        + action.detail() + " survive";
            case START -> id + " starts";
            case START_ON_A_NEW_DIRECTORY -> id + " starts on a new directory";
            case HAND_OVER -> "a caller asks " + id + " to hand over";
            case STEP_DOWN -> "a caller asks " + id + " to step down";
            case CLOSE -> id + " closes";
            case WORK_DONE -> "the work under " + id + "'s leadership is done";
            case PROPOSE -> "a caller asks " + id + " to append an entry";
            case PROMOTE -> "a caller asks " + id + " to promote " + about(action, world);
            case DEMOTE -> "a caller asks " + id + " to demote " + about(action, world);
            case REMOVE -> "a caller asks " + id + " to remove " + about(action, world);
        };
    }

    private static String about(Action action, World world) {
        return world.member(action.detail()).id();
    }

    private static String passed(Action action, World world) {
        long nanos = world.untilDue(action.member());
        return nanos == 0 ? "" : Timing.units(nanos) + " pass; ";
    }

    int length() {
        return steps.size();
    }

    @Override
    public String toString() {
        return what + ", after " + length() + " steps:\n" + String.join("\n", steps);
    }
}
