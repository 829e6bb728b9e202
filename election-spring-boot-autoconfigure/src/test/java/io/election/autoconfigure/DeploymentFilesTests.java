package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.Member;
import io.election.discovery.DiscoverySettings;
import io.election.journal.RecoverMember;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The manifests for Kubernetes and the file for Compose: that they can be read, hang together, and set what there is. */
class DeploymentFilesTests {

    private static final Path ROOT = Path.of("..");
    private static final String PORT = "8090";

    // ------------------------------------------------------------------------------------------------ reading

    private static List<Map<String, Object>> read(String yaml) {
        List<Map<String, Object>> documents = new ArrayList<>();
        for (Object document : new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(yaml)) {
            documents.add(map(document));
        }
        return documents;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(@Nullable Object value) {
        assertThat(value).isInstanceOf(Map.class);
        return (Map<String, Object>) value;
    }

    private static List<Map<String, Object>> maps(@Nullable Object value) {
        assertThat(value).isInstanceOf(List.class);
        return ((List<?>) value).stream().map(DeploymentFilesTests::map).toList();
    }

    private static @Nullable Object at(Map<String, Object> document, String path) {
        Object value = document;
        for (String step : path.split("/")) {
            value = step.matches("[0-9]+")
                    ? ((List<?>) value).get(Integer.parseInt(step))
                    : map(value).get(step);
        }
        return value;
    }

    private static List<Map<String, Object>> manifests() throws IOException {
        List<Map<String, Object>> manifests = new ArrayList<>();
        Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(ROOT.resolve("docs/kubernetes.md")))
                .results()
                .forEach(block -> manifests.addAll(read(block.group(1))));
        return manifests;
    }

    private static List<Map<String, Object>> manifests(String kind) throws IOException {
        return manifests().stream()
                .filter(manifest -> kind.equals(manifest.get("kind")))
                .toList();
    }

    private static Map<String, Object> manifest(String kind) throws IOException {
        return manifests(kind).get(0);
    }

    private static Map<String, Object> container(Map<String, Object> workload) {
        return map(at(workload, "spec/template/spec/containers/0"));
    }

    /** What a process finds in its environment; from a secret comes something. */
    private static Map<String, Object> environment(Map<String, Object> container) {
        Map<String, Object> environment = new LinkedHashMap<>();
        for (Map<String, Object> variable : maps(container.get("env"))) {
            environment.put(
                    String.valueOf(variable.get("name")),
                    variable.containsKey("value") ? variable.get("value") : "a secret of the test");
        }
        return environment;
    }

    private static Map<String, Object> composed() throws IOException {
        return map(at(
                read(Files.readString(ROOT.resolve("sample-app/compose.yaml"))).get(0), "services/member"));
    }

    // ------------------------------------------------------------------------------------------------ settings

    private static Binder binder(Map<String, Object> variables) {
        StandardEnvironment environment = new StandardEnvironment();
        environment
                .getPropertySources()
                .replace(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
        ApplicationConversionService conversions = new ApplicationConversionService();
        conversions.addConverter(new MemberConverter());
        return new Binder(ConfigurationPropertySources.get(environment), null, conversions);
    }

    private static @Nullable DiscoverySettings found(Map<String, Object> variables) {
        Binder binder = binder(variables);
        ElectionProperties properties = binder.bindOrCreate("election", ElectionProperties.class);
        return new DiscoveryReader(
                        properties.discovery(),
                        properties.members(),
                        properties.standalone(),
                        properties.peer().port(),
                        null,
                        properties.electionTimeout())
                .read();
    }

    /** The names that a process takes from its environment: without dashes, and with underscores for dots. */
    private static Set<String> names(String prefix, Class<?> properties) {
        Set<String> names = new TreeSet<>();
        for (RecordComponent component : properties.getRecordComponents()) {
            String name = prefix + "_" + component.getName().toUpperCase(Locale.ROOT);
            if (component.getType().isRecord()) {
                names.addAll(names(name, component.getType()));
            } else {
                names.add(name);
            }
        }
        return names;
    }

    private static void assertNamesExist(Map<String, Object> variables) {
        Set<String> names = names("ELECTION", ElectionProperties.class);
        assertThat(variables.keySet())
                .filteredOn(name -> name.startsWith("ELECTION_"))
                .isNotEmpty()
                .allSatisfy(name -> assertThat(names).contains(name));
    }

    // ------------------------------------------------------------------------------------------------ Kubernetes

    @Test
    void aDeploymentFindsItsMembersUnderTheNameOfItsService() throws IOException {
        Map<String, Object> deployment = manifest("Deployment");
        Map<String, Object> variables = environment(container(deployment));
        assertNamesExist(variables);
        String service = String.valueOf(at(manifest("Service"), "metadata/name"));
        assertThat(found(variables)).isEqualTo(new DiscoverySettings(service, Integer.parseInt(PORT), 3));
        Object replicas = at(deployment, "spec/replicas");
        Object surge = at(deployment, "spec/strategy/rollingUpdate/maxSurge");
        assertThat(replicas).isEqualTo(3);
        assertThat(surge).isEqualTo(1);
        assertThat(2 * 3).as("more than half of what may run at once").isGreaterThan(3 + 1);
        assertThat(at(deployment, "spec/strategy/rollingUpdate/maxUnavailable")).isEqualTo(0);
    }

    @Test
    void aStatefulSetListsItsPodsWithTheNamesThatTheyGet() throws IOException {
        Map<String, Object> set = manifest("StatefulSet");
        Map<String, Object> variables = environment(container(set));
        assertNamesExist(variables);
        ElectionProperties properties = binder(variables).bindOrCreate("election", ElectionProperties.class);
        assertThat(found(variables)).isNull();
        assertThat(properties.members()).isNotNull().hasSize((Integer) at(set, "spec/replicas"));
        for (int i = 0; i < properties.members().size(); i++) {
            ElectionProperties.Member member = properties.members().get(i);
            String pod = at(set, "metadata/name") + "-" + i;
            assertThat(member.id()).isEqualTo(pod);
            assertThat(member.url()).isEqualTo("http://" + pod + "." + at(set, "spec/serviceName") + ":" + PORT);
            assertThat(new Member(pod, member.kind(), member.priority(), member.initialLeader()))
                    .isNotNull();
        }
        assertThat(at(set, "spec/podManagementPolicy"))
                .as("one pod alone is never ready at the first start")
                .isEqualTo("Parallel");
        String directory = String.valueOf(properties.storage().directory());
        String mount = String.valueOf(at(container(set), "volumeMounts/0/mountPath"));
        assertThat(directory).startsWith(mount + "/");
        assertThat(at(set, "spec/volumeClaimTemplates/0/metadata/name"))
                .isEqualTo(at(container(set), "volumeMounts/0/name"));
    }

    @Test
    void everyServiceShowsMembersThatAreNotReadyAndEveryPodIsFoundByIt() throws IOException {
        List<Map<String, Object>> services = manifests("Service").stream()
                .filter(DeploymentFilesTests::isHeadless)
                .toList();
        assertThat(services).hasSize(2).allSatisfy(service -> {
            assertThat(at(service, "spec/clusterIP")).isEqualTo("None");
            assertThat(at(service, "spec/publishNotReadyAddresses")).isEqualTo(true);
            assertThat(at(service, "spec/ports/0/port")).hasToString(PORT);
        });
        for (String kind : List.of("Deployment", "StatefulSet")) {
            Map<String, Object> workload = manifest(kind);
            assertThat(at(workload, "spec/template/metadata/labels"))
                    .isEqualTo(at(services.get(0), "spec/selector"))
                    .isEqualTo(at(workload, "spec/selector/matchLabels"));
        }
        assertThat(manifests("PodDisruptionBudget"))
                .hasSize(2)
                .allSatisfy(budget -> assertThat(at(budget, "spec/selector/matchLabels"))
                        .isEqualTo(at(services.get(0), "spec/selector")));
    }

    private static boolean isHeadless(Map<String, Object> service) {
        return map(service.get("spec")).containsKey("clusterIP");
    }

    @Test
    void onlyMembersReachThePortOfTheElectionAndNoPathOfItIsServedOutside() throws IOException {
        Map<String, Object> policy = manifest("NetworkPolicy");
        Object pods = at(manifest("Service"), "spec/selector");
        assertThat(at(policy, "spec/podSelector/matchLabels")).isEqualTo(pods);
        for (Map<String, Object> rule : maps(at(policy, "spec/ingress"))) {
            boolean opensTheElection =
                    maps(rule.get("ports")).stream().anyMatch(port -> PORT.equals(String.valueOf(port.get("port"))));
            assertThat(rule.containsKey("from")).isEqualTo(opensTheElection);
            if (opensTheElection) {
                assertThat(at(rule, "from/0/podSelector/matchLabels")).isEqualTo(pods);
                assertThat((List<?>) rule.get("from")).hasSize(1);
            }
        }
        assertThat(manifests("Service"))
                .filteredOn(service -> !isHeadless(service))
                .isNotEmpty()
                .allSatisfy(service ->
                        assertThat(String.valueOf(at(service, "spec/ports"))).doesNotContain(PORT, "election"));
        assertThat(maps(at(manifest("Ingress"), "spec/rules/0/http/paths")))
                .extracting(path -> path.get("path"))
                .doesNotContain("/", "/election", "/actuator");
    }

    @Test
    void noProbeAsksWhoLeadsAndAStopHasTimeForAHandover() throws IOException {
        for (String kind : List.of("Deployment", "StatefulSet")) {
            Map<String, Object> workload = manifest(kind);
            Map<String, Object> container = container(workload);
            Map<String, Object> variables = environment(container);
            assertThat(variables)
                    .containsEntry(
                            "MANAGEMENT_ENDPOINT_HEALTH_GROUP_READINESS_INCLUDE", "readinessState,electionReadiness")
                    .containsEntry("ELECTION_PEER_PORT", PORT);
            assertThat(at(container, "readinessProbe/httpGet/path")).isEqualTo("/actuator/health/readiness");
            assertThat(at(container, "livenessProbe/httpGet/path")).isEqualTo("/actuator/health/liveness");
            assertThat(at(container, "startupProbe/httpGet/path")).isEqualTo("/actuator/health/liveness");
            assertThat(container).doesNotContainKey("lifecycle");
            Duration handover = binder(variables)
                    .bindOrCreate("election", ElectionProperties.class)
                    .handover()
                    .timeout();
            assertThat((Integer) at(workload, "spec/template/spec/terminationGracePeriodSeconds"))
                    .isGreaterThan((int) handover.toSeconds() * 2);
            assertThat(maps(container.get("ports")).stream().map(port -> port.get("name")))
                    .contains("http");
            for (String probe : List.of("readinessProbe", "livenessProbe", "startupProbe")) {
                assertThat(at(container, probe + "/httpGet/port")).isEqualTo("http");
            }
        }
    }

    @Test
    void thePodThatRecoversRunsTheCommandOnAMembersVolume() throws IOException {
        Map<String, Object> pod = manifest("Pod");
        Map<String, Object> set = manifest("StatefulSet");
        List<?> command = (List<?>) at(pod, "spec/containers/0/command");
        Map<String, Object> variables = environment(container(set));
        String member = at(set, "metadata/name") + "-0";
        assertThat(command.stream().map(String::valueOf))
                .contains(
                        "-Dloader.main=" + RecoverMember.class.getName(),
                        "--directory=" + variables.get("ELECTION_STORAGE_DIRECTORY"),
                        "--cluster=" + variables.get("ELECTION_CLUSTER"),
                        "--member=" + member)
                .as("shows what would be done before it does it")
                .doesNotContain("--entries-may-be-lost");
        assertThat(at(pod, "spec/restartPolicy")).isEqualTo("Never");
        assertThat(at(pod, "spec/volumes/0/persistentVolumeClaim/claimName"))
                .isEqualTo(at(set, "spec/volumeClaimTemplates/0/metadata/name") + "-" + member);
        assertThat(at(pod, "spec/containers/0/volumeMounts/0/mountPath"))
                .isEqualTo(at(container(set), "volumeMounts/0/mountPath"));
    }

    // ------------------------------------------------------------------------------------------------ systemd

    @Test
    void aServiceOfSystemdKeepsItsDirectoryAndHasTimeForAHandover() throws IOException {
        String document = Files.readString(ROOT.resolve("docs/machines.md"));
        Map<String, String> unit = assignments(document, "ini");
        Map<String, String> variables = assignments(document, "shell");
        assertNamesExist(new LinkedHashMap<>(variables));
        ElectionProperties properties =
                binder(new LinkedHashMap<>(variables)).bindOrCreate("election", ElectionProperties.class);
        assertThat(properties.members()).isNotNull().hasSize(3);
        assertThat(properties.members())
                .extracting(ElectionProperties.Member::id)
                .contains(properties.nodeId());
        assertThat(properties.members())
                .allSatisfy(member -> assertThat(member.url())
                        .isEqualTo("http://" + member.id() + ":"
                                + properties.peer().port()));
        assertThat(String.valueOf(properties.storage().directory()))
                .startsWith("/var/lib/" + unit.get("StateDirectory") + "/");
        assertThat(Integer.parseInt(unit.get("TimeoutStopSec")))
                .isGreaterThan((int) properties.handover().timeout().toSeconds() * 2);
        assertThat(unit).containsEntry("SuccessExitStatus", "143");
        assertThat(document).contains("# " + unit.get("EnvironmentFile") + ",");
    }

    /** What the first block of a kind assigns. */
    private static Map<String, String> assignments(String document, String kind) {
        int begin = document.indexOf("```" + kind + "\n");
        String block = document.substring(begin, document.indexOf("\n```", begin));
        Map<String, String> assigned = new LinkedHashMap<>();
        for (String line : block.lines().toList()) {
            int equals = line.indexOf('=');
            if (!line.startsWith("#") && equals > 0) {
                assigned.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        return assigned;
    }

    // ------------------------------------------------------------------------------------------------ Compose

    @Test
    void aComposeServiceIsFoundUnderItsOwnNameWhateverTheSamplesFileLists() throws IOException {
        Map<String, Object> member = composed();
        Map<String, Object> variables = map(member.get("environment"));
        assertNamesExist(variables);
        assertThat(found(variables))
                .as("nothing keeps the answers of Compose's own name server")
                .isEqualTo(new DiscoverySettings(
                        "member",
                        Integer.parseInt(PORT),
                        List.of(),
                        DiscoverySettings.CACHE,
                        3,
                        false,
                        Duration.ZERO,
                        null,
                        true));
        assertThat(member)
                .as("a name or a port of the host would be taken twice")
                .doesNotContainKey("container_name");
        assertThat(String.valueOf(((List<?>) member.get("ports")).get(0))).isEqualTo(variables.get("SERVER_PORT"));
        assertThat(Files.readString(ROOT.resolve("sample-app/pom.xml")))
                .as("the jar that is mounted")
                .contains("<finalName>sample-app</finalName>", "<classifier>exec</classifier>", "<artifactId>dnsjava");
        assertThat(String.valueOf(((List<?>) member.get("volumes")).get(0)))
                .startsWith("./target/sample-app-exec.jar:");
    }
}
