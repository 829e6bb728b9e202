package io.election.documented;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The manifests of docs/kubernetes.md against Kubernetes' own schema, without a cluster: every field is one that there is, has the
 * type that it is to have, and whatever is required is there.
 */
class KubernetesSchemaTests {

    private static final Path DOCUMENT = Path.of("..", "docs", "kubernetes.md");

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> manifests() throws IOException {
        List<Map<String, Object>> manifests = new ArrayList<>();
        Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(DOCUMENT))
                .results()
                .flatMap(block -> parse(block.group(1)).stream())
                .forEach(document -> manifests.add((Map<String, Object>) document));
        return manifests;
    }

    private static List<Object> parse(String yaml) {
        List<Object> documents = new ArrayList<>();
        new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(yaml).forEach(documents::add);
        return documents;
    }

    private static void validate(Map<String, Object> manifest) throws ReflectiveOperationException {
        JsonElement json = new Gson().toJsonTree(manifest);
        Class<?> model = Class.forName("io.kubernetes.client.openapi.models.V1" + manifest.get("kind"));
        try {
            model.getMethod("validateJsonElement", JsonElement.class).invoke(null, json);
            // The types of what is inside.
            model.getMethod("fromJson", String.class).invoke(null, json.toString());
        } catch (InvocationTargetException ex) {
            throw new AssertionError(manifest.get("kind") + ": " + ex.getCause().getMessage(), ex.getCause());
        }
    }

    @Test
    void everyManifestFollowsTheSchema() throws Exception {
        List<Map<String, Object>> manifests = manifests();
        TreeSet<String> kinds = new TreeSet<>();
        for (Map<String, Object> manifest : manifests) {
            kinds.add(String.valueOf(manifest.get("kind")));
            assertThat(String.valueOf(manifest.get("apiVersion")))
                    .as(String.valueOf(manifest.get("kind")))
                    .isIn("v1", "apps/v1", "policy/v1", "networking.k8s.io/v1");
            validate(manifest);
        }
        assertThat(kinds)
                .containsExactly(
                        "Deployment",
                        "Ingress",
                        "NetworkPolicy",
                        "Pod",
                        "PodDisruptionBudget",
                        "Service",
                        "StatefulSet");
    }

    @Test
    @SuppressWarnings("unchecked")
    void aFieldThatThereIsNotIsFoundHoweverDeep() throws IOException {
        Map<String, Object> deployment = manifests().stream()
                .filter(manifest -> manifest.get("kind").equals("Deployment"))
                .findFirst()
                .orElseThrow();
        Map<String, Object> spec = (Map<String, Object>) deployment.get("spec");
        Map<String, Object> pod = (Map<String, Object>) ((Map<String, Object>) spec.get("template")).get("spec");
        Map<String, Object> container = ((List<Map<String, Object>>) pod.get("containers")).get(0);
        container.put("livenesProbe", container.get("livenessProbe"));
        assertThatThrownBy(() -> validate(deployment))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("livenesProbe");
    }
}
