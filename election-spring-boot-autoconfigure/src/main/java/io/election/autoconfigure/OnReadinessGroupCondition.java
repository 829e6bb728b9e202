package io.election.autoconfigure;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/** Whether a health group of the application includes the readiness of its member. Nobody else is to see it. */
final class OnReadinessGroupCondition extends SpringBootCondition {

    private static final String GROUPS = "management.endpoint.health.group";

    /**
     * What is read of a health group.
     *
     * @param include the contributors in it
     */
    record Group(@Nullable Set<String> include) {}

    @Override
    public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        ConditionMessage.Builder message = ConditionMessage.forCondition("Readiness of the election");
        Map<String, Group> groups = Binder.get(context.getEnvironment())
                .bind(GROUPS, Bindable.mapOf(String.class, Group.class))
                .orElseGet(Map::of);
        for (Map.Entry<String, Group> group : groups.entrySet()) {
            Set<String> include = group.getValue().include();
            if (include != null && include.contains(ElectionReadinessAutoConfiguration.CONTRIBUTOR)) {
                return ConditionOutcome.match(message.because("the health group " + group.getKey() + " includes it"));
            }
        }
        return ConditionOutcome.noMatch(
                message.because("no health group includes " + ElectionReadinessAutoConfiguration.CONTRIBUTOR));
    }
}
