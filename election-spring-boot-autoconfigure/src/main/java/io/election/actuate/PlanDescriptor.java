package io.election.actuate;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.election.MembersPlan;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * The changes that lead from the members in force to this member's list. Nothing is changed before the plan is posted.
 *
 * @param plan what to post so that this plan is applied, and no other one
 * @param version the version of the members that it was made for
 * @param steps the changes, in the order in which they are made
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record PlanDescriptor(String plan, long version, List<Step> steps) implements OperationResponseBody {

    static PlanDescriptor of(MembersPlan plan) {
        return new PlanDescriptor(
                plan.id(),
                plan.version(),
                plan.steps().stream()
                        .map(step -> new Step(
                                dashed(step.action()),
                                step.member(),
                                step.kind() == null ? null : dashed(step.kind()),
                                step.because()))
                        .toList());
    }

    private static String dashed(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * One change.
     *
     * @param action {@code promote}, {@code remove} or {@code change-kind}
     * @param member to whom
     * @param kind with {@code change-kind}, what the member is to be
     * @param because why, one sentence
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Step(
            String action, String member, @Nullable String kind, String because) {}
}
