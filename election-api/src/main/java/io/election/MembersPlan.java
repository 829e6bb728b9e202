package io.election;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The changes that lead from the members in force to a list, in an order in which they can be made. The leader judges each of them
 * when its turn comes.
 *
 * @param version the version of the members that it was made for
 * @param steps the changes, in their order
 */
public record MembersPlan(long version, List<Step> steps) {

    /** Copies the steps. */
    public MembersPlan {
        steps = List.copyOf(steps);
    }

    /** What a step does to a member. */
    public enum Action {
        /** Gives it a vote. */
        PROMOTE,
        /** Removes it from the cluster. */
        REMOVE,
        /** Removes it, so that it can come back as another kind. */
        CHANGE_KIND
    }

    /**
     * One change.
     *
     * @param action what is done
     * @param member to whom
     * @param kind what the member is to be, with {@link Action#CHANGE_KIND}; otherwise {@code null}
     * @param because why, one sentence
     */
    public record Step(Action action, String member, ClusterMembers.@Nullable Kind kind, String because) {}

    /**
     * How the plan went.
     *
     * @param outcome that of the last step that was tried; {@link MemberChangeResult.Outcome#UNCHANGED} for a plan without steps
     * @param version the version of the members in force then
     * @param made how many steps were made
     * @param detail an explanation for people, one or more sentences
     */
    public record Result(MemberChangeResult.Outcome outcome, long version, int made, String detail) {}

    /**
     * A short text that is the same for the same plan, and hardly ever for another one. Who applies a plan that was shown names it.
     *
     * @return the version, a dash and a number in base 16
     */
    public String id() {
        return version + "-" + Integer.toHexString(describe().hashCode());
    }

    private String describe() {
        StringBuilder text = new StringBuilder();
        for (Step step : steps) {
            text.append(step.action())
                    .append(' ')
                    .append(step.member())
                    .append(' ')
                    .append(step.kind())
                    .append('\n');
        }
        return text.toString();
    }
}
