package io.election.autoconfigure;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.core.env.Environment;

/**
 * Knows the platforms that may run several copies of an application, by what each says in the environment. A container alone
 * says nothing of copies, nor does a plain host.
 */
final class CopyingPlatform {

    /** Those that Boot does not know, by a variable that each documents. */
    private static final Map<String, String> BY_VARIABLE = Map.of(
            "ECS_CONTAINER_METADATA_URI_V4", "Amazon ECS",
            "ECS_CONTAINER_METADATA_URI", "Amazon ECS",
            "K_REVISION", "Cloud Run or Knative",
            "CONTAINER_APP_REVISION", "Azure Container Apps");

    private CopyingPlatform() {}

    /**
     * The platform's name, or {@code null} if there is none, or {@code spring.main.cloud-platform} is {@code none}.
     *
     * @param environment the application's
     */
    static @Nullable String of(Environment environment) {
        CloudPlatform known = CloudPlatform.getActive(environment);
        if (known != null) {
            return known == CloudPlatform.NONE ? null : known.toString();
        }
        return BY_VARIABLE.entrySet().stream()
                .filter(each -> environment.containsProperty(each.getKey()))
                .map(Map.Entry::getValue)
                .sorted()
                .findFirst()
                .orElse(null);
    }
}
