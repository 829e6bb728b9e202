package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Parameter;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.BindResult;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.ByteArrayResource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an editor shows beside a setting, and that the documents say the same. */
class ConfigurationMetadataTests {

    private static final Path ROOT = Path.of("..");

    /** A row of a table of settings: the name and the default. */
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-z][a-z0-9.\\[\\]-]*)` \\|([^|]*)\\|");

    private static List<JsonNode> metadata() throws IOException {
        List<JsonNode> properties = new ArrayList<>();
        for (URL url : Collections.list(ElectionProperties.class
                .getClassLoader()
                .getResources("META-INF/spring-configuration-metadata.json"))) {
            try (InputStream in = url.openStream()) {
                for (JsonNode property : new JsonMapper().readTree(in).get("properties")) {
                    String name = property.get("name").asString();
                    if (name.startsWith("election.")
                            || name.startsWith("management.endpoint.election.")
                            || name.startsWith("management.endpoint.electionstore.")) {
                        properties.add(property);
                    }
                }
            }
        }
        return properties;
    }

    @Test
    void describesEverySetting() throws IOException {
        List<String> names = new ArrayList<>();
        for (JsonNode property : metadata()) {
            names.add(property.get("name").asString());
            assertThat(property.has("description")
                            && property.get("description").asString().endsWith("."))
                    .as("description of %s", property)
                    .isTrue();
        }
        assertThat(names)
                .contains(
                        "election.enabled",
                        "election.when-disabled",
                        "election.standalone",
                        "election.cluster",
                        "election.node-id",
                        "election.members",
                        "election.election-timeout",
                        "election.heartbeat-interval",
                        "election.lease-duration",
                        "election.clock-drift",
                        "election.storage.mode",
                        "election.storage.directory",
                        "election.peer.path",
                        "election.peer.port",
                        "election.peer.secret",
                        "election.peer.accepted-secrets",
                        "election.peer.ssl.bundle",
                        "election.peer.trust-network",
                        "election.handover.timeout",
                        "election.health.leaderless-grace",
                        "election.health.no-leader-status",
                        "election.console.enabled",
                        "election.events.interrupt",
                        "election.rehearsal.enabled",
                        "election.web.on-follower",
                        "election.store.enabled",
                        "election.memory.data-copies",
                        "management.endpoint.electionstore.access",
                        "election.fencing.jdbc.data-source",
                        "election.fencing.jdbc.platform",
                        "election.fencing.jdbc.table",
                        "election.fencing.jdbc.initialize-schema",
                        "election.fencing.jdbc.schema",
                        "election.fencing.jdbc.timeout",
                        "election.fencing.redis.connection-factory",
                        "election.fencing.redis.key-prefix",
                        "election.fencing.http.memory",
                        "election.fencing.http.guards",
                        "management.endpoint.election.access");
    }

    @Test
    void theReferencePageNamesEverySettingAndNoOther() throws Exception {
        Map<String, String> defaults = defaults();
        Map<String, String> documented = rows(Files.readString(ROOT.resolve("docs/settings.md")), "");
        assertThat(documented.keySet()).containsExactlyInAnyOrderElementsOf(defaults.keySet());
        documented.forEach((name, shown) -> assertShowsDefault(name, shown, defaults.get(name)));
    }

    @Test
    void theReadmeNamesSettingsThatExist() throws Exception {
        Map<String, String> defaults = defaults();
        String readme = Files.readString(ROOT.resolve("README.md"));
        String section = readme.substring(readme.indexOf("\n## Settings"));
        Map<String, String> documented = rows(section.substring(0, section.indexOf("\n## ", 1)), "election.");
        assertThat(documented).isNotEmpty();
        assertThat(defaults.keySet()).containsAll(documented.keySet());
        documented.forEach((name, shown) -> assertShowsDefault(name, shown, defaults.get(name)));
    }

    @Test
    void theReadmesFilesCanBeRead() throws IOException {
        List<String> files = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(ROOT.resolve("README.md")))
                .results()
                .map(block -> block.group(1))
                .toList();
        assertThat(files).hasSize(3).allSatisfy(file -> {
            StandardEnvironment environment = new StandardEnvironment();
            environment
                    .getPropertySources()
                    .addFirst(new MapPropertySource("secret", Map.of("ELECTION_PEER_SECRET", "sixteen characters")));
            new YamlPropertySourceLoader()
                    .load("README.md", new ByteArrayResource(file.getBytes()))
                    .forEach(environment.getPropertySources()::addLast);
            ApplicationConversionService conversions = new ApplicationConversionService();
            conversions.addConverter(new MemberConverter());
            BindResult<ElectionProperties> bound = new Binder(
                            ConfigurationPropertySources.get(environment),
                            new PropertySourcesPlaceholdersResolver(environment),
                            conversions)
                    .bind("election", ElectionProperties.class);
            assertThat(bound.get().peer().secret()).isEqualTo("sixteen characters");
            if (file.contains("discovery:")) {
                assertThat(bound.get().members()).isNull();
                assertThat(bound.get().discovery().dns()).isEqualTo("orders-headless");
                assertThat(bound.get().discovery().expected()).isEqualTo(3);
                assertThat(bound.get().peer().port()).isEqualTo(8090);
                return;
            }
            assertThat(bound.get().members())
                    .extracting(ElectionProperties.Member::id, ElectionProperties.Member::url)
                    .containsExactly(
                            tuple("node-1", "http://host-1:8080"),
                            tuple("node-2", "http://host-2:8080"),
                            tuple("node-3", "http://host-3:8080"));
        });
    }

    /** Without a default of its own a setting may say in words what holds then. */
    private static void assertShowsDefault(String name, String shown, String value) {
        if (value.isEmpty()) {
            assertThat(shown).as("default of %s", name).doesNotStartWith("`");
        } else {
            assertThat(shown).as("default of %s", name).isEqualTo("`" + value + "`");
        }
    }

    private static Map<String, String> rows(String page, String prefix) {
        Map<String, String> rows = new TreeMap<>();
        Matcher matcher = ROW.matcher(page);
        while (matcher.find()) {
            assertThat(rows.put(prefix + matcher.group(1), matcher.group(2).trim()))
                    .as("earlier row of %s", matcher.group(1))
                    .isNull();
        }
        return rows;
    }

    /** The metadata's settings, and those of the elements of a list; the default is empty where there is none. */
    private static Map<String, String> defaults() throws Exception {
        Map<String, String> defaults = new TreeMap<>();
        for (JsonNode property : metadata()) {
            String name = property.get("name").asString();
            JsonNode value = property.get("defaultValue");
            defaults.put(name, value == null ? "" : value.asString());
            Matcher element = Pattern.compile("java\\.util\\.List<(io\\.election\\..*)>")
                    .matcher(property.get("type").asString());
            if (element.matches()) {
                for (Parameter part : Class.forName(element.group(1))
                        .getDeclaredConstructors()[0]
                        .getParameters()) {
                    DefaultValue otherwise = part.getAnnotation(DefaultValue.class);
                    defaults.put(
                            name + "[]."
                                    + part.getName()
                                            .replaceAll("([A-Z])", "-$1")
                                            .toLowerCase(),
                            otherwise == null ? "" : String.join(",", otherwise.value()));
                }
            }
        }
        return defaults;
    }
}
